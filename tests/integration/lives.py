"""Analyses of a few products, as short calls; and what the tables say of the lives of their opportunities."""

import uuid
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.valuation import Valuations, ValuationSingles
from arb_pipeline.core.params import Publish
from arb_pipeline.storage.postgres.analysis import Published, publish_analysis
from arb_pipeline.storage.postgres.reference import save_products

FIRST = date(2025, 10, 1)
NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
"""Times at which users act."""
PRODUCTS = {name: str(uuid.UUID(int=n)) for n, name in enumerate(("box", "deck", "tin"), 1)}
PUBLISH = Publish(
    min_margin=1000,
    min_profit=500,
    min_p_profit=0.5,
    min_expected_profit=500,
    min_priced_share=0.8,
    valued_share=0.5,
    full_priced_share=0.95,
    expires_hours=24,
)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def out_at(number: int) -> datetime:
    """Time at which the prices of a day are published."""
    return datetime.combine(day(number), time(20), UTC)


def save(connection: sa.Connection) -> None:
    """The products: sealed, of one game."""
    rows = pl.DataFrame({"id": list(PRODUCTS.values()), "name": [f"Test {name}" for name in PRODUCTS]})
    kind = {"product_type": pl.lit("sealed"), "category": pl.lit("mtg"), "set_code": pl.lit("tst")}
    save_products(connection, rows.with_columns(**kind, tcg_product_id=pl.lit(None, pl.String)))


def valuations(number: int, prices: Mapping[str, int | None]) -> pl.DataFrame:
    """Valued at $100.00; `prices`: product -> landed price in cents, None: valued and not published."""
    rows = []
    for name, price in prices.items():
        cents = price or 9950
        row = {"product_id": PRODUCTS[name], "as_of": day(number), "published": price is not None}
        row |= {"sealed_price_cents": cents, "singles_value_cents": 10000, "profit_cents": 10000 - cents}
        row |= {"margin_bps": round((10000 - cents) * 10000 / cents), "confidence_score": 0.7}
        row |= {"risk_level": "low", "competition_level": "low", "contents_complete": True, "extras": 0}
        row |= {"unknown_parts": [], "missing_factors": [], "flags": [], "why": f"{name} at {price}"}
        row |= dict.fromkeys(("price_stability", "seller_count_factor", "volume_history", "margin_size"), 0.5)
        rows.append({column: row.get(column) for column in empty(Valuations).schema})
    return pl.DataFrame(rows, schema=empty(Valuations).schema, orient="row")


def analyse(
    connection: sa.Connection, number: int, scope: Collection[str] | None = None, **prices: int | None
) -> Published:
    """One analysis of a day."""
    return publish_analysis(
        connection,
        valuations(number, prices),
        empty(ValuationSingles),
        as_of=day(number),
        categories=["mtg"],
        publish=PUBLISH,
        product_ids=None if scope is None else [PRODUCTS[name] for name in scope],
    )


def rows(connection: sa.Connection) -> list[dict[str, Any]]:
    """Opportunities, oldest first: the table's columns, with the product's short name."""
    query = "SELECT o.*, p.name FROM arbitrage_opportunities o JOIN products p ON p.id = o.sealed_product_id"
    result = connection.execute(sa.text(f"{query} ORDER BY p.name, o.opened_on, o.id")).mappings()
    return [dict(row) | {"name": row["name"].removeprefix("Test ")} for row in result]


def lives(connection: sa.Connection) -> list[tuple[str, str, int, int]]:
    """(product, status, opened on, confirmed on) of each; days as numbers."""
    return [
        (row["name"], row["status"], (row["opened_on"] - FIRST).days, (row["as_of"] - FIRST).days)
        for row in rows(connection)
    ]


def events(connection: sa.Connection, opportunity_id: object = None) -> list[str]:
    """The events of one opportunity, or of all, in the order in which they were written."""
    where = "WHERE opportunity_id = :id" if opportunity_id else ""
    query = sa.text(f"SELECT event FROM opportunity_events {where} ORDER BY created_at, id")
    return list(connection.scalars(query, {"id": str(opportunity_id)} if opportunity_id else {}))


def only(connection: sa.Connection, name: str = "box") -> str:
    """The id of a product's one opportunity."""
    (row,) = (row for row in rows(connection) if row["name"] == name)
    return str(row["id"])
