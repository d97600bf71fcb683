"""Observations, quotes and their loads for tests, and what the tables hold afterwards."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa

from arb_pipeline.storage.postgres import exports, tables
from arb_pipeline.storage.postgres.prices import Load, save_prices
from arb_pipeline.storage.postgres.reference import save_products

DAY = date(2025, 9, 30)
NEXT = DAY + timedelta(days=1)
CATALOGUE = pl.DataFrame(
    {
        "product_id": [str(uuid.UUID(int=n)) for n in range(300)],
        "tcg_product_id": [f"{n}" for n in range(300)],
    }
)
NOON = datetime(2025, 10, 2, 12, tzinfo=UTC)
UNTIMED = ("id", "created_at", "fetched_at")


def save_catalogue(engine: sa.Engine) -> None:
    rows = CATALOGUE.select("tcg_product_id", id="product_id", name="tcg_product_id")
    with engine.begin() as connection:
        save_products(connection, rows.with_columns(product_type=pl.lit("single"), category=pl.lit("mtg")))


def observed(*numbers: int, day: date = DAY, cents: int = 500, **overrides: Any) -> pl.DataFrame:
    """Observations of products: market at `cents`, low a tenth below."""
    row: dict[str, Any] = {"category": "mtg", "source": "tcgplayer", "printing": "normal", "day": day}
    row |= {
        "condition": "near_mint",
        "language": "English",
        "market_cents": cents,
        "low_cents": cents * 9 // 10,
    }
    row |= {"recorded_at": datetime(day.year, day.month, day.day, 20, tzinfo=UTC), "mid_cents": None}
    row |= {"seller_count": None, "available_quantity": None} | overrides
    counts = dict.fromkeys(("mid_cents", "seller_count", "available_quantity"), pl.Int64)
    return pl.DataFrame([row | {"source_product_id": str(n)} for n in numbers], schema_overrides=counts)


def of(observations: pl.DataFrame, package: str = "a", **overrides: Any) -> Load:
    first = observations.row(0, named=True)
    n = observations.height
    load = Load(first["source"], first["category"], first["day"], package * 64, "1", n, n, 0, 0)
    return replace(load, **overrides)


def save(engine: sa.Engine, observations: pl.DataFrame, package: str = "a", **options: Any) -> int:
    confirmed = options.pop("confirmed", False)
    load = of(observations, package, **options)
    with engine.begin() as connection:
        return save_prices(connection, [load], observations, CATALOGUE, confirmed=confirmed)["mtg"]


def kept(engine: sa.Engine) -> tuple[int, str]:
    with engine.connect() as connection:
        return exports.fingerprint(connection, "price_history", without=UNTIMED)


def market(engine: sa.Engine) -> dict[str, Decimal]:
    """The market price of each product."""
    table = tables.price_history.c
    query = sa.select(tables.products.c.tcg_product_id, table.price).join(tables.products)
    with engine.connect() as connection:
        return dict(connection.execute(query.where(table.price_type == "market")).all())


def ledger(engine: sa.Engine) -> list[int]:
    """Rows written by each load."""
    with engine.connect() as connection:
        query = sa.select(tables.load_ledger.c.rows_written).order_by(tables.load_ledger.c.day)
        return list(connection.scalars(query))


def emptied(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE price_history, load_ledger")


def quoted(*numbers: int, **overrides: Any) -> pl.DataFrame:
    """Rows as `core.quoted_prices.history_rows` makes them."""
    row = {"source": "cardkingdom", "price_type": "retail", "printing": "normal", "condition": "near_mint"}
    row |= {"language": "English", "recorded_at": NOON, "price_cents": 1999, "shipping_cents": None}
    row |= {"seller_count": 1, "available_quantity": 3, "source_url": None, "confidence_level": "high"}
    row |= {"is_foil": False, "data_source_quality": 0.85} | overrides
    types = {"shipping_cents": pl.Int64, "source_url": pl.String, "recorded_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(
        [row | {"product_id": str(uuid.UUID(int=n))} for n in numbers], schema_overrides=types
    )


def quotes_load(n: int, package: str = "a", **overrides: Any) -> Load:
    return replace(Load("cardkingdom", "all", NOON.date(), package * 64, "1", n, n, 0, 0), **overrides)
