"""Background tasks of a server: events for listeners, and removal of old records."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import anyio.to_thread
import sqlalchemy as sa

from arb_pipeline.access.retention import prune
from arb_pipeline.api import runs
from arb_pipeline.api.context import Context
from arb_pipeline.api.database import fetch_rows
from arb_pipeline.api.metrics import Metrics
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.workers import processes, workers_of
from arb_pipeline.contracts.errors import ArbError, UnavailableError
from arb_pipeline.storage.logs import logger
from arb_pipeline.storage.postgres.access_tables import api_keys

WATCH_SECONDS = 2.0
KEEP_SECONDS = 60.0
LIST_SECONDS = 2.0
RUN_SECONDS = 5.0
OBSERVE_SECONDS = 2.0
CANCEL_SECONDS = 0.5
"""Pause before a task that still runs is cancelled again."""
LISTS = """
    SELECT count(*) FROM price_lists WHERE status = 'queued'
        OR (status = 'running' AND heartbeat_at < now() - interval '60 seconds')
"""
PROGRESS = """
    SELECT id::text, user_id::text, status, rows, rows_done FROM price_lists
    WHERE status = 'running' OR finished_at > now() - interval '10 seconds'
"""
PRUNE_EVERY = timedelta(hours=1)
CHANGED = """
    SELECT e.opportunity_id::text AS id, e.event, o.status, p.name, e.created_at
    FROM opportunity_events e
    JOIN arbitrage_opportunities o ON o.id = e.opportunity_id
    JOIN products p ON p.id = o.sealed_product_id
    WHERE e.created_at > %(since)s AND e.created_at <= %(now)s AND e.event <> 'confirmed'
    ORDER BY e.created_at LIMIT 200
"""
PUBLISHED = """
    SELECT (SELECT max(as_of) FROM sealed_valuations)::text AS as_of,
        (SELECT max(updated_at) FROM sealed_valuations v
            WHERE v.as_of = (SELECT max(as_of) FROM sealed_valuations)) AS written_at,
        (SELECT count(*) FROM arbitrage_opportunities WHERE status = 'active') AS active
"""
log = logger()


@contextlib.asynccontextmanager
async def running(context: Context, metrics: Metrics, *, is_warm: bool = False) -> AsyncIterator[None]:
    """Runs the tasks for as long as the server runs. `is_warm`: and the process that calculates."""
    tasks = [
        asyncio.create_task(_forever(context, _watch, WATCH_SECONDS)),
        asyncio.create_task(_forever(context, _keep, KEEP_SECONDS)),
        asyncio.create_task(_forever(context, _value_lists, LIST_SECONDS)),
        asyncio.create_task(_forever(context, _watch_runs, RUN_SECONDS)),
        asyncio.create_task(_observe(context, metrics)),
    ]
    if is_warm:
        tasks.append(asyncio.create_task(workers_of(context).warm()))
    try:
        yield
    finally:
        await ended(tasks)


async def ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancels tasks and waits for their end.

    A cancellation is repeated until it is heard: psycopg_pool drops one that arrives together with the
    connection that the task waits for, and a server would never end.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _forever(context: Context, work: Any, seconds: float) -> None:
    """Repeats a task; waits while the database is unavailable."""
    while True:
        try:
            await work(context)
        except (ArbError, ProblemError, sa.exc.SQLAlchemyError, OSError) as error:
            log.warning("background work waits", work=work.__name__, error=type(error).__name__)
        await asyncio.sleep(seconds)


async def _observe(context: Context, metrics: Metrics) -> None:
    """Shows this process's state to the other process that Prometheus may ask."""
    while True:
        metrics.observe(context)
        await asyncio.sleep(OBSERVE_SECONDS)


async def _watch(context: Context) -> None:
    """Sends changes by any process to this process's listeners. Without listeners it runs no query."""
    state: dict[str, Any] = context.state.setdefault("watch", {})
    if not context.memory.has_listeners:
        state.clear()
        return
    version = await context.versions.of(("analysis", "opportunities"))
    if version == state.get("version"):
        return
    now = datetime.now(UTC)
    published = (await fetch_rows(context, PUBLISHED))[0]
    if "version" in state:
        if published["written_at"] != state["written_at"]:
            event = {"type": "publication", "as_of": published["as_of"], "active": published["active"]}
            context.memory.tell(event)
        # Events carry the time of their statement: those of a transaction that committed late come late.
        since = state["at"] - timedelta(seconds=5)
        for row in await fetch_rows(context, CHANGED, {"since": since, "now": now}):
            mark = (row["id"], row["created_at"])
            if mark not in state["sent"]:
                state["sent"].add(mark)
                event = {name: row[name] for name in ("id", "event", "status", "name")}
                context.memory.tell({"type": "opportunity", **event})
        state["sent"] = {mark for mark in state["sent"] if mark[1] > since}
    else:
        state["sent"] = set()
    state |= {"version": version, "written_at": published["written_at"], "at": now}


async def _watch_runs(context: Context) -> None:
    """Reports the progress of runs to this process's listeners. Without listeners it sends no query."""
    if not context.memory.has_listeners:
        context.state.pop("runs_sent", None)
        return
    try:
        events, sent = await runs.progress(context, context.state.get("runs_sent", {}))
    except UnavailableError:
        return  # no Dagster serves: nothing runs
    context.state["runs_sent"] = sent
    for event in events:
        context.memory.tell(event)


async def _keep(context: Context) -> None:
    """Records the last use of keys; removes records past their retention once an hour."""
    used: set[str] = context.state.get("used_keys", set())
    context.state["used_keys"] = set()
    now = datetime.now(UTC)
    is_due = now - context.state.get("pruned_at", datetime.min.replace(tzinfo=UTC)) > PRUNE_EVERY
    if not used and not is_due:
        return

    def work() -> None:
        with context.engine.begin() as connection:
            if used:
                ids = [UUID(key_id) for key_id in used]
                change = sa.update(api_keys).where(api_keys.c.id.in_(ids))
                connection.execute(change.values(last_used_at=sa.func.now()))
            if is_due:
                prune(connection)

    await anyio.to_thread.run_sync(work)
    if is_due:
        context.state["pruned_at"] = now


async def _value_lists(context: Context) -> None:
    """Starts the valuation process while price lists wait, and sends its progress to listeners."""
    from arb_pipeline.services.price_list_jobs import value_queued

    process: Any = context.state.get("list_process")
    is_running = process is not None and process.is_alive()
    if not is_running:
        rows = await fetch_rows(context, LISTS)
        if rows[0]["count"]:
            process = processes().Process(target=value_queued, args=(context.settings,), daemon=True)
            await anyio.to_thread.run_sync(process.start)
            context.state["list_process"] = process
            is_running = True
    if context.memory.has_listeners and (is_running or context.state.get("list_progress")):
        progress: dict[str, Any] = {}
        for row in await fetch_rows(context, PROGRESS):
            progress[row["id"]] = (row["status"], row["rows_done"])
            if context.state.get("list_progress", {}).get(row["id"]) != progress[row["id"]]:
                context.memory.tell({"type": "price_list", **row})
        context.state["list_progress"] = progress
