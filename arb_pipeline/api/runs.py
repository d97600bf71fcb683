"""Runs, from requests to the service and back."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.access.audit import Actor
from arb_pipeline.api.context import Context, context_of
from arb_pipeline.api.models.buyers import RunStarted
from arb_pipeline.api.models.data_team import Run, Runs
from arb_pipeline.api.models.queries import RunQuery
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.writes import Action, Written, write
from arb_pipeline.services import runs as service
from arb_pipeline.storage.dagster_api import UNDER_WAY, DagsterApi, RunRecord

STATES = {
    "QUEUED": "queued",
    "NOT_STARTED": "starting",
    "STARTING": "starting",
    "STARTED": "running",
    "SUCCESS": "succeeded",
    "FAILURE": "failed",
    "CANCELING": "cancelling",
    "CANCELED": "cancelled",
}


def api_of(context: Context) -> DagsterApi:
    """The client of this process."""
    api: DagsterApi = context.state.setdefault("dagster", None) or DagsterApi(context.settings)
    context.state["dagster"] = api
    return api


async def refresh_price(request: Request, product_id: str) -> Response:
    """Starts the renewal of a product's prices."""
    api = api_of(context_of(request))
    return await _started(
        request, lambda connection, actor: service.refresh_price(connection, actor, api, product_id)
    )


async def analyze_all(request: Request) -> Response:
    """Starts the analysis of all products."""
    api = api_of(context_of(request))
    return await _started(request, lambda connection, actor: service.analyze_all(connection, actor, api))


async def replay(request: Request, source: str, day: Any) -> Response:
    """Starts the replay of a source's day."""
    api = api_of(context_of(request))
    return await _started(
        request, lambda connection, actor: service.replay(connection, actor, api, source, day)
    )


async def _started(request: Request, ask: Callable[[sa.Connection, Actor], service.Requested]) -> Response:
    """Commits the request, then launches its run, then commits which one it is."""
    context = context_of(request)

    def action(connection: sa.Connection, actor: Actor) -> Written:
        try:
            wanted = ask(connection, actor)
        except (service.AlreadyRunningError, service.NotConfiguredError) as error:
            raise _refused(error) from None
        return Written(then=lambda: _launched(context, actor, wanted))

    return await write(request, action)


def _launched(context: Context, actor: Actor, wanted: service.Requested) -> Action:
    try:
        run = service.launch(context.engine, actor, api_of(context), wanted)
    except service.AlreadyRunningError as error:
        raise _refused(error) from None

    def action(connection: sa.Connection, actor: Actor) -> Written:
        service.record_started(connection, actor, wanted, run)
        view = RunStarted(
            run_id=run.run_id, job=run.job, state=STATES.get(run.status, "starting"), url=run.url
        )
        return Written(view, 202, {"Location": f"/api/v1/runs/{run.run_id}"})

    return action


def _refused(error: service.AlreadyRunningError | service.NotConfiguredError) -> ProblemError:
    if isinstance(error, service.AlreadyRunningError):
        headers = {"Location": f"/api/v1/runs/{error.run_id}"}
        return ProblemError("already-running", str(error), headers=headers)
    return ProblemError("not-configured", str(error))


async def get(request: Request, run_id: str) -> Response:
    """State, step and time left of a run."""
    api = api_of(context_of(request))
    view = await anyio.to_thread.run_sync(lambda: _view(api, api.run(run_id), is_whole=True))
    return _json(view)


async def recent(request: Request, query: RunQuery) -> Response:
    """Runs, newest first."""
    api = api_of(context_of(request))

    def work() -> Runs:
        return Runs(items=[_view(api, run) for run in api.runs(job=query.job, limit=query.limit)])

    return _json(await anyio.to_thread.run_sync(work))


async def cancel(request: Request, run_id: str) -> Response:
    """Cancels a run."""
    api = api_of(context_of(request))

    def action(connection: sa.Connection, actor: Actor) -> Written:
        return Written(_view(api, service.cancel(connection, actor, api, run_id)), 202)

    return await write(request, action)


def _view(api: DagsterApi, run: RunRecord, *, is_whole: bool = False) -> Run:
    follower = (
        api.runs(tags={service.AFTER: run.run_id}, limit=1) if is_whole and service.THEN in run.tags else []
    )
    values = _progress_of(run) | {
        "seconds_left": service.seconds_left(api, run, datetime.now(UTC)) if is_whole else None,
        "started_by": run.tags.get("arb/user_id") or None,
        "partition": run.tags.get("dagster/partition"),
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "error": api.failure(run.run_id) if is_whole and run.status == "FAILURE" else None,
        "next_run_id": follower[0].run_id if follower else None,
        "url": api.page(run.run_id),
    }
    return Run(**values)


def _progress_of(run: RunRecord) -> dict[str, Any]:
    """Fields of a run that change while it is under way."""
    return {
        "run_id": run.run_id,
        "job": run.job,
        "state": STATES.get(run.status, "starting"),
        "step": run.current if run.status in UNDER_WAY else None,
        "steps_done": len(run.done),
        "steps_total": max(len(run.steps), len(run.done)),
    }


def _json(view: Any) -> Response:
    return Response(
        view.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def progress(context: Context, sent: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Events of runs whose state or step changed, and the latest event of each; `sent`: the previous ones."""
    api = api_of(context)

    def work() -> list[RunRecord]:
        under_way = api.runs(statuses=UNDER_WAY)
        known = {run.run_id for run in under_way}
        return [*under_way, *(api.run(run_id) for run_id in sent if run_id not in known)]

    events, now = [], {}
    for run in await anyio.to_thread.run_sync(work):
        event = _progress_of(run)
        if run.status in UNDER_WAY:
            now[run.run_id] = event
        if sent.get(run.run_id) != event:
            events.append({"type": "run", **event})
    return events, now
