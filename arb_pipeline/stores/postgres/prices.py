"""Writes `price_history`, with its ledger row in the same transaction."""

from dataclasses import dataclass
from datetime import date

import polars as pl
import sqlalchemy as sa

from arb_pipeline.core.identity import row_ids, stable_id
from arb_pipeline.core.money import to_decimal
from arb_pipeline.stores.postgres.merge import Written, merge
from arb_pipeline.stores.postgres.partitions import ensure_months
from arb_pipeline.stores.postgres.tables import load_ledger, price_history

KEYS = ["product_id", "source", "price_type", "printing", "condition", "language", "recorded_at"]


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
    connection: sa.Connection, load: Load, observations: pl.DataFrame, products: pl.DataFrame
) -> Written:
    """Adds one load's observations of the products that the catalogue knows, and its ledger row.

    `products`: product_id, tcg_product_id. Observations of other products stay in the lake.
    """
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"load {load.source} {load.category}"))
    connection.execute(sa.select(lock))
    ensure_months(connection, [load.day])
    written = merge(connection, price_history, _rows(observations, products), keys=KEYS, keep=["id"])
    entry = {name: getattr(load, name) for name in load.__dataclass_fields__}
    key = (load.source, load.category, load.day.isoformat(), load.package_id, load.parser_version)
    ledger = pl.DataFrame([{"id": stable_id("load", *key), **entry, "rows_written": written.total}])
    natural = ["source", "category", "day", "package_id", "parser_version"]
    counts = [name for name in ledger.columns if name not in natural]
    merge(connection, load_ledger, ledger, keys=natural, keep=counts)
    return written


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
