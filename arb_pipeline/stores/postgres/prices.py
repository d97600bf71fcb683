"""Writes `price_history`, with its ledger row in the same transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import polars as pl
import sqlalchemy as sa

from arb_pipeline.core.identity import row_ids, stable_id
from arb_pipeline.core.money import to_decimal
from arb_pipeline.stores.postgres.merge import merge
from arb_pipeline.stores.postgres.partitions import ensure_months
from arb_pipeline.stores.postgres.tables import load_ledger, price_history

KEYS = ["product_id", "source", "price_type", "printing", "condition", "language", "recorded_at"]
LEDGER_KEYS = ["source", "category", "day", "package_id", "parser_version"]


@dataclass(frozen=True, slots=True)
class Load:
    """One package's load of one category and day; raw = accepted + duplicate + quarantined."""

    source: str
    category: str
    day: date
    package_id: str
    parser_version: str
    rows_raw: int
    rows_accepted: int
    rows_duplicate: int
    rows_quarantined: int


def save_prices(
    connection: sa.Connection, loads: Sequence[Load], observations: pl.DataFrame, products: pl.DataFrame
) -> dict[str, int]:
    """Adds the observations of a package that the catalogue knows, with a ledger row per load: rows written.

    `loads`: one per category of one package. `products`: product_id, tcg_product_id. Observations of other
    products stay in the lake.
    """
    written: dict[str, int] = {}
    for load in sorted(loads, key=lambda load: load.category):
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"load {load.source} {load.category}"))
        connection.execute(sa.select(lock))
        ensure_months(connection, [load.day])
        rows = _rows(observations.filter(pl.col("category") == load.category), products)
        if rows.height:
            merged = merge(connection, price_history, rows, keys=KEYS, keep=["id"])
        written[load.category] = merged.total if rows.height else 0
    ledger = pl.DataFrame([_entry(load, written[load.category]) for load in loads])
    merge(
        connection,
        load_ledger,
        ledger,
        keys=LEDGER_KEYS,
        keep=[c for c in ledger.columns if c not in LEDGER_KEYS],
    )
    return written


def _entry(load: Load, rows_written: int) -> dict[str, object]:
    key = (load.source, load.category, load.day.isoformat(), load.package_id, load.parser_version)
    return {"id": stable_id("load", *key), **asdict(load), "rows_written": rows_written}


def _rows(observations: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Long rows: market and low, and mid where there is no market price to go by."""
    known = observations.join(products, left_on="source_product_id", right_on="tcg_product_id")
    known = known.with_columns(mid_cents=pl.when(pl.col("market_cents").is_null()).then("mid_cents"))
    prices = pl.concat(
        known.filter(pl.col(f"{kind}_cents").is_not_null()).select(
            "product_id",
            "source",
            "printing",
            "condition",
            "language",
            "recorded_at",
            "seller_count",
            "available_quantity",
            price=to_decimal(pl.col(f"{kind}_cents")),
            price_type=pl.lit(kind),
            currency=pl.lit("USD"),
            is_foil=pl.col("printing").str.contains("foil"),
        )
        for kind in ("market", "low", "mid")
    )
    return prices.with_columns(row_ids(prices, *KEYS).alias("id"))
