"""Runs on request: a product's prices renewed, all products analysed, a source's rejections replayed."""

from collections.abc import Mapping
from dataclasses import dataclass
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
"""Tag: what the run is about; no two of the same at once."""
THEN = "arb/then"
"""Tag: the job that follows."""
AFTER = "arb/after"
"""Tag of the run that follows: the id of the one before."""
REFRESH, ANALYSE, ANALYSE_ALL = "update_product_prices", "analyze_product_arbitrage", "analyze_all_products"
REPLAY = "market_quotes"


class AlreadyRunningError(ConflictError):
    """The same work is under way."""

    def __init__(self, run_id: str, work: str) -> None:
        super().__init__(f"{work} is under way as run {run_id}", next_step=f"GET /api/v1/runs/{run_id}")
        self.run_id = run_id


class NotConfiguredError(ConflictError):
    """No source can do what is requested with the settings there are."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was started."""

    run_id: str
    job: str
    status: str
    url: str


def refresh_price(connection: sa.Connection, actor: Actor, api: DagsterApi, product_id: str) -> Started:
    """Starts a run that requests the prices of one product for today; its analysis follows.

    Raises `NotConfiguredError` where no source that can be asked for one product has its keys.
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
    return _start(
        connection,
        actor,
        api,
        f"refresh-price:{product_id}",
        REFRESH,
        day,
        config=config,
        tags={"arb/of_named_products": "yes", THEN: ANALYSE, "arb/product": product_id},
        object_type="product",
        object_id=product_id,
    )


def analyze_all(connection: sa.Connection, actor: Actor, api: DagsterApi) -> Started:
    """Starts a run that values all products on the newest day of prices."""
    day = connection.scalar(sa.select(sa.func.max(load_ledger.c.day)))
    if day is None:
        message = "No prices are loaded: there is nothing to analyse"
        raise ConflictError(message, next_step="Load a day first: `arb run`, or the job update_all_prices.")
    return _start(connection, actor, api, "analyze-all", ANALYSE_ALL, day)


def replay(connection: sa.Connection, actor: Actor, api: DagsterApi, source: str, day: date) -> Started:
    """Starts a run that cleans a day's packages of the marketplaces again."""
    return _start(
        connection,
        actor,
        api,
        f"replay:{day}",
        "day_prices" if source == "tcgplayer" else REPLAY,
        day,
        object_type="quarantine",
        object_id=f"{source}/{day}",
    )


def _start(
    connection: sa.Connection,
    actor: Actor,
    api: DagsterApi,
    work: str,
    job: str,
    day: date,
    *,
    config: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    object_type: str = "run",
    object_id: str | None = None,
) -> Started:
    """Starts a run unless the same work is under way: one at a time decides, whichever process."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:work))"), {"work": f"run:{work}"})
    running = api.runs(tags={WORK: work}, statuses=UNDER_WAY, limit=1)
    if not running and work == "analyze-all":
        running = api.runs(job=job, statuses=UNDER_WAY, limit=1)
    if running:
        raise AlreadyRunningError(running[0].run_id, work)
    every = {
        WORK: work,
        "arb/started_by": "api",
        "arb/user_id": actor.user_id or "",
        "arb/request_id": actor.request_id or "",
        **(tags or {}),
    }
    run_id, status = api.launch(job, config=config or {}, tags=every, partition=day.isoformat())
    after = {"run_id": run_id, "job": job, "day": day.isoformat()}
    record(connection, actor, "start_run", object_type, object_id or run_id, after=after)
    return Started(run_id, job, status, api.page(run_id))


def cancel(connection: sa.Connection, actor: Actor, api: DagsterApi, run_id: str) -> RunRecord:
    """Cancels a run. Raises `ConflictError` for one that has ended."""
    found = api.run(run_id)
    if found.status not in UNDER_WAY:
        message = f"The run {run_id} has ended: {found.status.lower()}"
        raise ConflictError(message, next_step="Only a run that has not ended can be cancelled.")
    api.terminate(run_id)
    record(connection, actor, "cancel_run", "run", run_id, before={"status": found.status})
    return api.run(run_id)


def seconds_left(api: DagsterApi, run: RunRecord, now: datetime) -> float | None:
    """Time left by the mean duration of the job's last successful runs; None where there are none."""
    if run.started_at is None or run.ended_at is not None:
        return None
    earlier = api.runs(job=run.job, statuses=("SUCCESS",), limit=5)
    took = [
        (each.ended_at - each.started_at).total_seconds()
        for each in earlier
        if each.ended_at is not None and each.started_at is not None
    ]
    if not took:
        return None
    return round(max(sum(took) / len(took) - (now - run.started_at).total_seconds(), 0.0), 1)
