"""Sources, quarantine, runs, backtests and calibration."""

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from arb_pipeline.api import data_team, runs
from arb_pipeline.api.documented import LOCATION, IdempotencyKey, IfNoneMatch, detail_answers
from arb_pipeline.api.models.buyers import RunStarted
from arb_pipeline.api.models.data_team import (
    Backtest,
    Calibration,
    RejectionPage,
    ReplayRequest,
    Run,
    Runs,
    Sources,
)
from arb_pipeline.api.models.queries import CalibrationQuery, NoQuery, QuarantineQuery, RunQuery
from arb_pipeline.api.routing import problems, router

app = router("data team")
RunId = Annotated[str, Path(pattern=r"^[0-9a-f-]{8,64}$")]
RejectionId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{8,64}$")]


@app.get("/sources", responses=detail_answers(Sources))
async def list_sources(
    request: Request, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """Lists the sources: configuration, age and rows."""
    return await data_team.sources(request)


@app.get("/quarantine", responses={200: {"model": RejectionPage}, **problems("invalid-cursor")})
async def list_quarantine(request: Request, query: Annotated[QuarantineQuery, Query()]) -> Response:
    """Lists records that cleaning rejected, newest day first."""
    return await data_team.quarantine(request, query)


@app.post(
    "/quarantine/{rejection_id}/replay",
    status_code=202,
    responses={
        202: {"model": RunStarted, "headers": {"Location": LOCATION}},
        **problems("not-found", "already-running", "idempotency-key-reused", "unsupported-type"),
    },
)
async def replay_quarantine(
    request: Request,
    rejection_id: RejectionId,
    _query: Annotated[NoQuery, Query()],
    _body: ReplayRequest | None = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Starts a run that cleans the packages of the rejection's source and day again."""
    return await data_team.replay(request, rejection_id)


@app.get("/backtests/latest", responses=detail_answers(Backtest))
async def get_latest_backtest(
    request: Request, _query: Annotated[NoQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """The newest backtest; 404 until one has run."""
    return await data_team.latest_backtest(request)


@app.get("/calibration", responses=detail_answers(Calibration))
async def get_calibration(
    request: Request, query: Annotated[CalibrationQuery, Query()], _tag: IfNoneMatch = None
) -> Response:
    """Calibration of forecasts: reliability of P(profit), coverage of p5 to p95."""
    return await data_team.calibration(request, query)


@app.get("/runs", responses={200: {"model": Runs}, **problems()})
async def list_runs(request: Request, query: Annotated[RunQuery, Query()]) -> Response:
    """Lists Dagster runs, newest first."""
    return await runs.recent(request, query)


@app.get("/runs/{run_id}", responses={200: {"model": Run}, **problems("not-found")})
async def get_run(request: Request, run_id: RunId, _query: Annotated[NoQuery, Query()]) -> Response:
    """State, step and time left of a run."""
    return await runs.get(request, run_id)


@app.post(
    "/runs/{run_id}/cancel",
    status_code=202,
    responses={202: {"model": Run}, **problems("not-found", "conflict", "idempotency-key-reused")},
)
async def cancel_run(
    request: Request, run_id: RunId, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Cancels a run that has not ended."""
    return await runs.cancel(request, run_id)
