"""Sources, quarantine, backtests and calibration: requests to calls of services."""

from datetime import UTC, date, datetime
from typing import Any

import anyio.to_thread
import orjson
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.api import cursors, runs, worker_tasks
from arb_pipeline.api.context import Context, context_of, version_of
from arb_pipeline.api.details import answer_json, tag_of
from arb_pipeline.api.lists import etag, once
from arb_pipeline.api.models.data_team import Sources, SourceState
from arb_pipeline.api.models.queries import CalibrationQuery, QuarantineQuery
from arb_pipeline.api.workers import workers_of

LIST_SECONDS = 30
"""Seconds for which the quarantine's list is cached: its files have no version."""


async def sources(request: Request) -> Response:
    """All sources with their state."""
    context = context_of(request)
    text = await anyio.to_thread.run_sync(lambda: _sources(context).model_dump_json())
    return answer_json(request, text, tag_of(text))


def _sources(context: Context) -> Sources:
    from arb_pipeline.services.sources import loaded

    with context.engine.connect() as connection:
        sources_view = loaded(context.settings, connection, now=datetime.now(UTC))
    return Sources(
        items=[
            SourceState(**view.model_dump(), is_configured=not view.needs, is_stale=view.is_stale)
            for view in sources_view
        ]
    )


async def quarantine(request: Request, query: QuarantineQuery) -> Response:
    """One page of the rejected records, read in a worker and held for half a minute."""
    context = context_of(request)
    given = query.model_dump(exclude={"limit", "cursor", "include_total"}, mode="json")
    of = cursors.cursor_of("quarantine", "-day", given, "integer", "integer")
    start = 0 if query.cursor is None else int(cursors.decode(of, query.cursor)[0])
    filters = orjson.dumps(given).decode()

    async def produce() -> bytes:
        text = await workers_of(context).run(worker_tasks.rejections, filters, start, query.limit)
        return text.encode()

    version = await version_of(request, ("prices",))
    key = f"quarantine:{etag(version, filters, str(start), str(query.limit))}"
    page = orjson.loads(await once(context, key, produce, LIST_SECONDS))
    following = page["next"]
    body = {
        "items": page["items"],
        "next_cursor": None if following is None else cursors.encode(of, str(following), "0"),
        "total": page["total"] if query.include_total else None,
        "by_reason": page["by_reason"],
    }
    return Response(orjson.dumps(body), media_type="application/json")


async def replay(request: Request, rejection_id: str) -> Response:
    """Starts a run that cleans a rejection's source and day again."""
    context = context_of(request)
    text = await workers_of(context).run(worker_tasks.rejection, rejection_id)
    body = orjson.loads(text)
    return await runs.replay(request, body["source"], date.fromisoformat(body["day"]))


async def latest_backtest(request: Request) -> Response:
    """The newest backtest of `arb backtest`."""
    text = await workers_of(context_of(request)).run(worker_tasks.backtest)
    return answer_json(request, text, tag_of(text))


def _outcomes(context: Context, category: str | None) -> list[dict[str, Any]]:
    from arb_pipeline.services.portfolio import outcomes

    with context.engine.connect() as connection:
        return [purchase.model_dump() for purchase in outcomes(connection, category)]


async def calibration(request: Request, query: CalibrationQuery) -> Response:
    """Calibration of forecasts, computed in a worker."""
    context = context_of(request)
    if query.source == "purchases":
        outcome_rows = await anyio.to_thread.run_sync(lambda: _outcomes(context, query.category))
        rows = orjson.dumps(outcome_rows).decode()
        text = await workers_of(context).run(worker_tasks.calibration_of_purchases, rows)
    else:
        text = await workers_of(context).run(worker_tasks.calibration_of_backtest, query.category)
    return answer_json(request, text, tag_of(text))
