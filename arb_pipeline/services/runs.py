"""Runs on request: refresh of a product's prices, analysis of all products, replay of rejected records.

A request is recorded and committed before its run is launched: no run is without an entry in the audit log,
and no transaction waits for Dagster.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor, record
from arb_pipeline.contracts.errors import ConflictError, NotFoundError
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import source_access
from arb_pipeline.storage.dagster_api import UNDER_WAY, DagsterApi, RunRecord
from arb_pipeline.storage.postgres.tables import load_ledger, products

WORK = "arb/work"
"""Tag: subject of the run; no two runs of one subject at once."""
THEN = "arb/then"
"""Tag: the job that follows."""
AFTER = "arb/after"
"""Tag of the run that follows: the id of the one before."""
REFRESH, ANALYSE, ANALYSE_ALL = "update_product_prices", "analyze_product_arbitrage", "analyze_all_products"
REPLAY = "market_quotes"


class AlreadyRunningError(ConflictError):
    """A run of the same work is in progress."""

    def __init__(self, run_id: str, work: str) -> None:
        super().__init__(f"{work} is under way as run {run_id}", next_step=f"GET /api/v1/runs/{run_id}")
        self.run_id = run_id


class NotConfiguredError(ConflictError):
    """No source for the request is configured."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A run that is to be launched once its request is committed."""

    work: str
    job: str
    day: date
    config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    object_type: str = "run"
    object_id: str | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was started."""

    run_id: str
    job: str
    status: str
    url: str


def refresh_price(connection: sa.Connection, actor: Actor, api: DagsterApi, product_id: str) -> Requested:
    """Starts a run that fetches today's prices of one product; its analysis follows.

    Raises `NotConfiguredError` where no source that answers for one product has its keys.
    """
    row = connection.execute(
        sa.select(products.c.product_type, products.c.name).where(products.c.id == UUID(product_id))
    ).first()
    if row is None:
        thing = "product"
        raise NotFoundError(thing, value=product_id, next_step="GET /api/v1/products lists them.")
    if row.product_type != "sealed":
        message = f"{row.name} is a single card: its price comes with the day's prices of all cards"
        raise ConflictError(message, next_step="POST /api/v1/opportunities/analyze-all reads them.")
    access = [source_access(name) for name, source in SOURCES.items() if source.asks_for]
    if all(source.missing for source in access):
        needs = "; ".join(f"{source.name}: {', '.join(source.missing)}" for source in access)
        message = "No source that answers for a single product is configured"
        raise NotConfiguredError(message, next_step=f"Set the keys of one of them: {needs}.")
    day = datetime.now(UTC).date()
    config = {"resources": {"workspace": {"config": {"products": [product_id]}}}}
    wanted = Requested(
        f"refresh-price:{product_id}",
        REFRESH,
        day,
        config=config,
        tags={"arb/of_named_products": "yes", THEN: ANALYSE, "arb/product": product_id},
        object_type="product",
        object_id=product_id,
    )
    return _recorded(connection, actor, api, wanted)


def analyze_all(connection: sa.Connection, actor: Actor, api: DagsterApi) -> Requested:
    """Requests a run that values all products on the newest day of prices."""
    day = connection.scalar(sa.select(sa.func.max(load_ledger.c.day)))
    if day is None:
        message = "No prices are loaded: there is nothing to analyse"
        raise ConflictError(message, next_step="Load a day first: `arb run`, or the job update_all_prices.")
    return _recorded(connection, actor, api, Requested("analyze-all", ANALYSE_ALL, day))


def replay(connection: sa.Connection, actor: Actor, api: DagsterApi, source: str, day: date) -> Requested:
    """Requests a run that cleans a day's packages of the marketplaces again."""
    wanted = Requested(
        f"replay:{day}",
        "day_prices" if source == "tcgplayer" else REPLAY,
        day,
        object_type="quarantine",
        object_id=f"{source}/{day}",
    )
    return _recorded(connection, actor, api, wanted)


def launch(engine: sa.Engine, actor: Actor, api: DagsterApi, wanted: Requested) -> Started:
    """Launches a run whose request is committed, unless the same work is under way."""
    tags = {
        WORK: wanted.work,
        "arb/started_by": "api",
        "arb/user_id": actor.user_id or "",
        "arb/request_id": actor.request_id or "",
        **wanted.tags,
    }
    with _alone(engine, wanted.work):
        _check_not_running(api, wanted)
        run_id, status = api.launch(
            wanted.job, config=wanted.config, tags=tags, partition=wanted.day.isoformat()
        )
    return Started(run_id, wanted.job, status, api.page(run_id))


def record_started(connection: sa.Connection, actor: Actor, wanted: Requested, started: Started) -> None:
    """Writes into the audit log which run was launched."""
    after = {"run_id": started.run_id, "job": wanted.job, "day": wanted.day.isoformat()}
    object_id = wanted.object_id or started.run_id
    record(connection, actor, "start_run", wanted.object_type, object_id, after=after)


def _recorded(connection: sa.Connection, actor: Actor, api: DagsterApi, wanted: Requested) -> Requested:
    """Writes the request into the audit log. Raises `AlreadyRunningError`."""
    _check_not_running(api, wanted)
    after = {"work": wanted.work, "job": wanted.job, "day": wanted.day.isoformat()}
    record(connection, actor, "request_run", wanted.object_type, wanted.object_id, after=after)
    return wanted


def _check_not_running(api: DagsterApi, wanted: Requested) -> None:
    running = api.runs(tags={WORK: wanted.work}, statuses=UNDER_WAY, limit=1)
    if not running and wanted.job == ANALYSE_ALL:
        running = api.runs(job=wanted.job, statuses=UNDER_WAY, limit=1)
    if running:
        raise AlreadyRunningError(running[0].run_id, wanted.work)


@contextmanager
def _alone(engine: sa.Engine, work: str) -> Iterator[None]:
    """One launch of the same work at a time, whichever process; outside of any transaction."""
    name = {"work": f"run:{work}"}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(hashtext(:work))"), name)
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(hashtext(:work))"), name)


def cancel(connection: sa.Connection, actor: Actor, api: DagsterApi, run_id: str) -> RunRecord:
    """Cancels a run. Raises `ConflictError` for one that has ended."""
    run = api.run(run_id)
    if run.status not in UNDER_WAY:
        message = f"The run {run_id} has ended: {run.status.lower()}"
        raise ConflictError(message, next_step="Only a run that has not ended can be cancelled.")
    api.terminate(run_id)
    record(connection, actor, "cancel_run", "run", run_id, before={"status": run.status})
    return api.run(run_id)


def seconds_left(api: DagsterApi, run: RunRecord, now: datetime) -> float | None:
    """Time left by the mean duration of the job's last successful runs; None where there are none."""
    if run.started_at is None or run.ended_at is not None:
        return None
    earlier = api.runs(job=run.job, statuses=("SUCCESS",), limit=5)
    took = [
        (past_run.ended_at - past_run.started_at).total_seconds()
        for past_run in earlier
        if past_run.ended_at is not None and past_run.started_at is not None
    ]
    if not took:
        return None
    return round(max(sum(took) / len(took) - (now - run.started_at).total_seconds(), 0.0), 1)
