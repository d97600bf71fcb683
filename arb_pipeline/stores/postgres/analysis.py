"""Publishes one analysis: valuations, what carries them, opportunities and events, in one transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import polars as pl
import sqlalchemy as sa

from arb_pipeline.core.lifecycle import FIGURES, Reconciled, reconcile
from arb_pipeline.core.money import to_decimal
from arb_pipeline.core.params import Publish
from arb_pipeline.stores.postgres.merge import Written, merge
from arb_pipeline.stores.postgres.tables import (
    arbitrage_opportunities,
    opportunity_events,
    products,
    sealed_valuations,
    valuation_singles,
)

MONEY = (
    "sealed_price",
    "sealed_list_price",
    "market_price",
    "gross_singles_value",
    "singles_value",
    "profit",
    "price",
    "net",
    "value",
)


@dataclass(frozen=True, slots=True)
class Published:
    """What one analysis wrote, in rows."""

    valuations: Written
    singles: Written
    opportunities: int
    expired: int
    events: int
    is_latest: bool
    """False for a day before the newest analysed: its valuations are kept, opportunities are left alone."""

    @property
    def rows(self) -> int:
        """Rows written in all."""
        return self.valuations.total + self.singles.total + self.opportunities + self.expired + self.events


def publish_analysis(
    connection: sa.Connection,
    valuations: pl.DataFrame,
    singles: pl.DataFrame,
    *,
    as_of: date,
    categories: list[str],
    publish: Publish,
) -> Published:
    """Writes one day's analysis of some categories. The caller's transaction makes it all or nothing.

    `singles`: the cards that carry each of the valuations (the contract `ValuationSingles`).
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("publish_analysis"))))
    ours = products.c.category.in_(categories)
    of_ours = sealed_valuations.c.product_id.in_(sa.select(products.c.id).where(ours))
    written = merge(
        connection,
        sealed_valuations,
        _as_numeric(valuations),
        keys=["product_id", "as_of"],
        delete_missing=of_ours & (sealed_valuations.c.as_of == as_of),
    )
    carried = merge(
        connection,
        valuation_singles,
        _as_numeric(singles),
        keys=["product_id", "as_of", "rank"],
        delete_missing=valuation_singles.c.product_id.in_(sa.select(products.c.id).where(ours))
        & (valuation_singles.c.as_of == as_of),
    )
    newest = connection.scalar(sa.select(sa.func.max(sealed_valuations.c.as_of)).where(of_ours))
    if newest is not None and newest > as_of:
        return Published(written, carried, 0, 0, 0, is_latest=False)
    known = _known(connection, as_of, ours)
    changes = reconcile(valuations, known, as_of=as_of, publish=publish)
    opportunities, expired, events = _apply(connection, changes)
    return Published(written, carried, opportunities, expired, events, is_latest=True)


def _known(connection: sa.Connection, as_of: date, ours: sa.ColumnElement[bool]) -> pl.DataFrame:
    table = arbitrage_opportunities
    cents = [(table.c[name.removesuffix("_cents")] * 100).cast(sa.BigInteger).label(name) for name in FIGURES]
    query = (
        sa.select(
            table.c.id.cast(sa.Text),
            table.c.sealed_product_id.cast(sa.Text),
            table.c.status,
            table.c.opened_on,
            table.c.as_of.label("confirmed_on"),
            *cents,
        )
        .join(products, products.c.id == table.c.sealed_product_id)
        .where(ours, (table.c.status == "active") | (table.c.as_of == as_of))
    )
    schema = {"id": pl.String, "sealed_product_id": pl.String, "status": pl.String, "opened_on": pl.Date}
    schema |= {"confirmed_on": pl.Date} | dict.fromkeys(FIGURES, pl.Int64)
    return pl.DataFrame(connection.execute(query).all(), schema=schema, orient="row")


def _apply(connection: sa.Connection, changes: Reconciled) -> tuple[int, int, int]:
    table = arbitrage_opportunities
    expired = 0
    if changes.expired.height:  # first: a product may expire one row and open the next
        ids = [UUID(id_) for id_ in changes.expired["id"]]
        expiry = sa.update(table).where(table.c.id.in_(ids), table.c.status == "active")
        expired = connection.execute(expiry.values(status="expired", updated_at=sa.func.now())).rowcount
    written = merge(connection, table, _as_numeric(changes.current), keys=["id"])
    details = pl.struct("why", *FIGURES).struct.json_encode()
    events = changes.events.with_columns(details=details).drop("why", *FIGURES)
    logged = merge(connection, opportunity_events, events, keys=["id"], keep=["details"])
    return written.total, expired, logged.total


def _as_numeric(frame: pl.DataFrame) -> pl.DataFrame:
    """Cents and basis points as the NUMERIC columns of the tables."""
    money = [
        to_decimal(pl.col(f"{name}_cents")).alias(name) for name in MONEY if f"{name}_cents" in frame.columns
    ]
    numeric = [
        pl.col(name).round(scale).cast(pl.Decimal(12, scale))
        for name, scale in {
            "confidence_score": 2,
            "price_stability": 4,
            "seller_count_factor": 4,
            "volume_history": 4,
            "margin_size": 4,
            "priced_share": 6,
            "value_share": 6,
        }.items()
        if name in frame.columns
    ]
    margin = (
        [to_decimal(pl.col("margin_bps")).alias("margin_percentage")] if "margin_bps" in frame.columns else []
    )
    kept = frame.with_columns(*money, *margin, *numeric)
    return kept.drop([c for c in kept.columns if c.endswith("_cents") or c == "margin_bps"])
