"""Queries for alerts: current opportunities and newest loads."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from arb_pipeline.core.alerting.changes import Opportunity
from arb_pipeline.core.alerting.incidents import LoadShare
from arb_pipeline.storage.postgres.tables import (
    arbitrage_opportunities,
    load_ledger,
    products,
    sealed_valuations,
)

FORGOTTEN = timedelta(days=30)
"""Changes older than this trigger no alert."""
PAGE = "https://www.tcgplayer.com/product/{}"


def newest_analyses(connection: sa.Connection, categories: Sequence[str]) -> dict[str, date]:
    """The day of each game's newest analysis."""
    days = {}
    for category in categories:
        query = (
            sa.select(sealed_valuations.c.as_of)
            .join(products, products.c.id == sealed_valuations.c.product_id)
            .where(products.c.category == category)
            .order_by(sealed_valuations.c.as_of.desc())
            .limit(1)
        )
        day = connection.scalar(query)
        if day is not None:
            days[category] = day
    return days


def opportunities(
    connection: sa.Connection, now: datetime, *, stale_days: int | None = None
) -> list[Opportunity]:
    """Active opportunities, best first, then recently changed ones.

    `stale_days`: age of prices beyond which none is current; None: no limit.
    """
    table = arbitrage_opportunities
    query = (
        sa.select(table, products.c.name, products.c.category, products.c.set_code, products.c.tcg_product_id)
        .join(products, products.c.id == table.c.sealed_product_id)
        .where((table.c.status == "active") | (table.c.updated_at > now - FORGOTTEN))
        .order_by(
            table.c.status != "active",
            table.c.rank_score.desc().nulls_last(),
            table.c.profit.desc(),
            table.c.id,
        )
    )
    rows = connection.execute(query).mappings().all()
    newest = newest_analyses(connection, sorted({row["category"] for row in rows}))
    return [_opportunity(row, newest.get(row["category"]), stale_days) for row in rows]


def newest_loads(connection: sa.Connection) -> list[LoadShare]:
    """Newest loaded day per source and game: all its packages, each by its latest parse."""
    table = load_ledger.c
    newest = sa.func.max(table.day).over(partition_by=[table.source, table.category])
    latest = sa.func.row_number().over(
        partition_by=[table.source, table.category, table.day, table.package_id],
        order_by=table.loaded_at.desc(),
    )
    of_day = sa.select(load_ledger, newest.label("newest"), latest.label("nth")).subquery()
    query = (
        sa.select(
            of_day.c.source,
            of_day.c.category,
            of_day.c.day,
            sa.func.sum(of_day.c.rows_raw).cast(sa.BigInteger),
            sa.func.sum(of_day.c.rows_quarantined).cast(sa.BigInteger),
        )
        .where(of_day.c.day == of_day.c.newest, of_day.c.nth == 1)
        .group_by(of_day.c.source, of_day.c.category, of_day.c.day)
        .order_by(of_day.c.source, of_day.c.category)
    )
    rows = connection.execute(query).all()
    return [LoadShare(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _opportunity(row: Any, newest: date | None, stale_days: int | None) -> Opportunity:
    return Opportunity(
        stale_days=stale_days,
        id=str(row["id"]),
        name=row["name"],
        category=row["category"],
        set_code=row["set_code"],
        status=row["status"],
        price_cents=_hundredths(row["sealed_price"]),
        value_cents=_hundredths(row["singles_value"]),
        profit_cents=_hundredths(row["profit"]),
        margin_bps=_hundredths(row["margin_percentage"]),
        confidence=float(row["confidence_score"]),
        risk=row["risk_level"],
        as_of=row["as_of"],
        expires_at=row["expires_at"],
        is_latest=newest == row["as_of"],
        p_profit=None if row["p_profit"] is None else float(row["p_profit"]),
        p5_cents=None if row["p5"] is None else _hundredths(row["p5"]),
        p95_cents=None if row["p95"] is None else _hundredths(row["p95"]),
        quick_sale_cents=None if row["quick_sale_value"] is None else _hundredths(row["quick_sale_value"]),
        resale_cents=None if row["resale_value"] is None else _hundredths(row["resale_value"]),
        exit=row["exit"],
        flags=tuple(row["flags"]),
        why=row["why"] or "",
        url=PAGE.format(row["tcg_product_id"]) if str(row["tcg_product_id"] or "").isdigit() else "",
    )


def _hundredths(value: Decimal) -> int:
    """NUMERIC with two decimals -> whole cents or basis points, exact."""
    return int(value * 100)
