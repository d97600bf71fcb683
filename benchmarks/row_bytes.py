"""Bytes of a price on disk: in price_history with its indices, and in the daily rollup of the lake.

`python -m benchmarks.row_bytes [--products N] [--days N]`. Works on an embedded PostgreSQL of its own and a
scratch folder; prints the figures that docs/scaling.md names.
"""

import argparse
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import polars as pl

from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.postgres.partitions import ensure_months
from arb_pipeline.storage.postgres.reference import save_products
from benchmarks import price_days
from benchmarks.database import database
from benchmarks.loading import FIRST, catalogue, load, observed

SIZES = """
    SELECT sum(pg_total_relation_size(inhrelid))::bigint, sum(pg_relation_size(inhrelid))::bigint
    FROM pg_inherits WHERE inhparent = 'price_history'::regclass
"""


def in_postgres(products: int, days: int) -> tuple[int, int, int]:
    """Rows, bytes with indices, bytes without."""
    known = catalogue(products)
    dates = [FIRST + timedelta(days=number) for number in range(days)]
    with database() as engine:
        with engine.begin() as connection:
            named = known.select("tcg_product_id", id="product_id", name="tcg_product_id")
            made = named.with_columns(product_type=pl.lit("single"), category=pl.lit("mtg"))
            save_products(connection, made)
            ensure_months(connection, dates)
        rows = sum(load(engine, observed(products, day), known) for day in dates)
        with engine.connect() as connection:
            whole, heap = (int(str(size)) for size in connection.exec_driver_sql(SIZES).one())
    return rows, whole, heap


def in_lake(keys: int, days: int) -> tuple[int, int]:
    """Rows, bytes of the files."""
    with tempfile.TemporaryDirectory() as folder:
        dates = price_days.up_to(FIRST, days)
        rows = price_days.write(Lake(Path(folder)), keys=keys, days=dates)
        return rows, sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.row_bytes", description=__doc__)
    parser.add_argument("--products", type=int, default=60_000, help="each has three rows a day")
    parser.add_argument("--days", type=int, default=3, help="each is a load")
    options = parser.parse_args(arguments)
    rows, whole, heap = in_postgres(options.products, options.days)
    print(
        f"price_history: {rows:,} rows, {whole / rows:.0f} bytes each, of them {heap / rows:.0f} in the table"
    )
    rows, stored = in_lake(options.products * 3 // 2, options.days)
    print(f"lake, daily rollup: {rows:,} rows, {stored / rows:.1f} bytes each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
