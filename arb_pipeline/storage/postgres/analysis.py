"""Publishes one analysis in one transaction: valuations, highest-value cards, opportunities, events."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.columns import ARBITRAGE_OPPORTUNITIES, SEALED_VALUATIONS, VALUATION_SINGLES
from arb_pipeline.contracts.schema import Column, Table
from arb_pipeline.core.money import to_decimal
from arb_pipeline.core.opportunities.lifecycle import FIGURES, Reconciled, analysed_at, reconcile
from arb_pipeline.core.params import Publish
from arb_pipeline.storage.postgres.merge import Written, merge
from arb_pipeline.storage.postgres.tables import (
    arbitrage_opportunities,
    opportunity_events,
    products,
    sealed_valuations,
    valuation_singles,
)


@dataclass(frozen=True, slots=True)
class Published:
    """Number of rows that one analysis wrote."""

    valuations: Written
    singles: Written
    opportunities: int
    expired: int
    events: int
    is_latest: bool
    """False for a day before the newest analysed: its valuations are stored, opportunities are unchanged."""
    changes: pl.DataFrame
    """The events: product_id, opportunity_id, event, why, and the figures in cents."""

    @property
    def rows(self) -> int:
        """Rows written in all."""
        return self.valuations.total + self.singles.total + self.opportunities + self.expired + self.events


NO_CHANGES = pl.DataFrame(
    schema=dict.fromkeys(("product_id", "opportunity_id", "event", "why"), pl.String)
    | dict.fromkeys(FIGURES, pl.Int64)
)


def publish_analysis(
    connection: sa.Connection,
    valuations: pl.DataFrame,
    singles: pl.DataFrame,
    *,
    as_of: date,
    categories: list[str],
    publish: Publish,
    product_ids: Collection[str] | None = None,
    now: datetime | None = None,
) -> Published:
    """Writes one day's analysis of some categories. Atomic within the caller's transaction.

    `singles`: highest-value cards of the valuations (the contract `ValuationSingles`).
    `product_ids`: only these products are written and expire. Whether the day is the newest still depends
    on the categories. `now`: as in `reconcile`.
    """
    one_writer(connection)
    of_categories = products.c.category.in_(categories)
    ours: sa.ColumnElement[bool] = of_categories
    if product_ids is not None:
        ours = of_categories & products.c.id.in_([UUID(id_) for id_ in product_ids])
        valuations = valuations.filter(pl.col("product_id").is_in(list(product_ids)))
        singles = singles.filter(pl.col("product_id").is_in(list(product_ids)))
    of_ours = sealed_valuations.c.product_id.in_(sa.select(products.c.id).where(ours))
    written = merge(
        connection,
        sealed_valuations,
        as_rows(valuations, SEALED_VALUATIONS),
        keys=["product_id", "as_of"],
        delete_missing=of_ours & (sealed_valuations.c.as_of == as_of),
    )
    carried = merge(
        connection,
        valuation_singles,
        as_rows(singles, VALUATION_SINGLES),
        keys=["product_id", "as_of", "rank"],
        delete_missing=valuation_singles.c.product_id.in_(sa.select(products.c.id).where(ours))
        & (valuation_singles.c.as_of == as_of),
    )
    newest = newest_analysed(connection, categories)
    if newest is not None and newest > as_of:
        return Published(written, carried, 0, 0, 0, is_latest=False, changes=NO_CHANGES)
    known = _known(connection, as_of, ours)
    changes = reconcile(valuations, known, as_of=as_of, publish=publish, now=now)
    opportunities, expired, events = _apply(connection, changes, as_of)
    recorded = changes.events.select(NO_CHANGES.columns)
    return Published(written, carried, opportunities, expired, events, is_latest=True, changes=recorded)


def one_writer(connection: sa.Connection) -> None:
    """Locks bulk writes of opportunities until the transaction ends.

    A user's action locks only its row, which an analysis locks too before reading it.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("publish_analysis"))))


def newest_analysed(connection: sa.Connection, categories: Collection[str]) -> date | None:
    """Newest analysed day of some games.

    By opportunities too: a repeated analysis may leave a day without valuations.
    """
    ids = sa.select(products.c.id).where(products.c.category.in_(list(categories)))
    owners = {
        sealed_valuations: sealed_valuations.c.product_id,
        arbitrage_opportunities: arbitrage_opportunities.c.sealed_product_id,
    }
    newest = (sa.select(sa.func.max(t.c.as_of)).where(id_.in_(ids)) for t, id_ in owners.items())
    day: date | None = connection.scalar(sa.select(sa.func.greatest(*(q.scalar_subquery() for q in newest))))
    return day


def _known(connection: sa.Connection, as_of: date, ours: sa.ColumnElement[bool]) -> pl.DataFrame:
    """Locked rows for `reconcile`, so that a user's action comes before or after it."""
    table = arbitrage_opportunities
    cents = [(table.c[name.removesuffix("_cents")] * 100).cast(sa.BigInteger).label(name) for name in FIGURES]
    query = (
        sa.select(
            table.c.id.cast(sa.Text),
            table.c.sealed_product_id.cast(sa.Text),
            table.c.status,
            table.c.opened_on,
            table.c.as_of.label("confirmed_on"),
            table.c.expires_at,
            *cents,
        )
        .join(products, products.c.id == table.c.sealed_product_id)
        .where(ours, (table.c.status == "active") | (table.c.as_of == as_of))
        .order_by(table.c.id)
        .with_for_update(of=table)
    )
    schema: pl.Schema = pl.Schema(dict.fromkeys(("id", "sealed_product_id", "status"), pl.String()))
    schema |= {"opened_on": pl.Date(), "confirmed_on": pl.Date(), "expires_at": pl.Datetime("us", "UTC")}
    schema |= dict.fromkeys(FIGURES, pl.Int64())
    rows = pl.DataFrame(connection.execute(query).all(), schema=schema, orient="row")
    ids = [UUID(id_) for id_ in rows["id"]]
    events = opportunity_events.c
    count = sa.select(events.opportunity_id.cast(sa.Text), sa.func.count()).group_by(events.opportunity_id)
    event_counts = connection.execute(count.where(events.opportunity_id.in_(ids))).all()
    counts = pl.DataFrame(event_counts, schema={"id": pl.String, "events": pl.Int64}, orient="row")
    return rows.join(counts, on="id", how="left")


def _apply(connection: sa.Connection, changes: Reconciled, as_of: date) -> tuple[int, int, int]:
    table = arbitrage_opportunities
    expired = 0
    if changes.expired.height:  # first: a product may expire one row and open the next
        ids = [UUID(id_) for id_ in changes.expired["id"]]
        expiry = sa.update(table).where(table.c.id.in_(ids), table.c.status == "active")
        ends_at = sa.func.least(table.c.expires_at, analysed_at(as_of))
        expiry = expiry.values(status="expired", expires_at=ends_at, updated_at=sa.func.now())
        expired = connection.execute(expiry).rowcount
    written = merge(connection, table, as_rows(changes.current, ARBITRAGE_OPPORTUNITIES), keys=["id"])
    details = pl.struct("why", *FIGURES).struct.json_encode()
    events = changes.events.with_columns(details=details).drop("product_id", "why", *FIGURES)
    logged = merge(connection, opportunity_events, events, keys=["id"], keep=["details"])
    return written.total, expired, logged.total


def as_rows(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The frame with names and exact types of its table: cents and basis points become NUMERIC."""
    columns = [column for column in table.columns if column.in_frame in frame.columns]
    converted = [column for column in columns if column.kind.sql == "numeric"]
    renamed = [column.in_frame for column in converted if column.in_frame != column.name]
    return frame.with_columns(_exact(column) for column in converted).drop(renamed)


def _exact(column: Column) -> pl.Expr:
    """Values of a column as decimals of its scale."""
    value, kind = pl.col(column.in_frame), column.kind
    if kind.is_minor_unit:
        return to_decimal(value).alias(column.name)
    scale = kind.scale or 0
    return value.round(scale).cast(pl.Decimal(12, scale)).alias(column.name)
