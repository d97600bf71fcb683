"""A price list of 100,000 rows valued at once, against the same rows valued one call each.

`ARB_HOME=DIR python -m benchmarks.price_lists [--rows N] [--sample N]`. It needs a home with an
analysed day. The list names every product with known contents again and again, by name, our id and
TCGplayer's, at 397 prices and six quantities; one row in ten names nothing that is known. Exit code
1 when any figure, flag or sentence of a sampled row differs from the list's, or the target is missed.
"""

import argparse
import csv
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import polars as pl

from arb_pipeline.services import price_list, what_if
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.postgres.engine import connected
from benchmarks import timing

ROWS, SAMPLE = 100_000, 40
TARGET_SECONDS = 20
CHANCE = 0.8
"""P(profit) of the second break-even price, beside 50 %."""
UNKNOWN_EVERY = 10
FIELDS = ("name", "id", "tcg_product_id")


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.price_lists", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the list")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="rows valued one call each")
    options = parser.parse_args(arguments)
    print(f"{timing.machine()}\n{timing.versions()}")
    with TemporaryDirectory(prefix="arb-bench-") as scratch:
        path = Path(scratch) / "list.csv"
        products = write_list(path, options.rows)
        started, working = perf_counter(), process_time()
        with connected(settings()) as engine:
            valued = price_list.value_list(settings(), engine, path, chance=CHANCE)
        price_list.write_csv(valued, Path(scratch) / "valued.csv")
        whole, worked = perf_counter() - started, process_time() - working
    known = [row for row in valued.rows if row.is_valued]
    sample = known[:: max(1, len(known) // options.sample)][: options.sample]
    alone, wrong = one_by_one(sample)
    scaled = alone / len(sample) * len(known)
    rows = [
        ["the list at once, with its CSV", f"{whole:.1f}", f"{len(valued.rows):,}", "1"],
        [
            "`arb value` of each row, from a sample",
            f"{scaled:.0f}",
            f"{len(sample):,}",
            f"{scaled / whole:.0f}",
        ],
    ]
    print(f"\n{valued.summary.valued:,} of {options.rows:,} rows valued, {products:,} products")
    print(f"{worked:.1f} s of processor time for the list: a busy machine takes longer\n")
    print(timing.table(["", "s", "rows measured", "times"], rows))
    met = whole <= TARGET_SECONDS
    print(
        f"\nTarget: {TARGET_SECONDS} s; {whole:.1f}: {'met' if met else 'MISSED'}. Rows that differ: {wrong}."
    )
    return int(bool(wrong) or not met)


def write_list(path: Path, rows: int) -> int:
    """Writes a list of that many rows; how many products are on it."""
    lake = Lake(settings().lake)
    known = (
        lake.read("contents/draws").select(product_id=pl.col("sealed_product_id").cast(pl.String)).unique()
    )
    sealed = lake.read(SEALED_PRODUCTS).join(known, on="product_id")
    named = sealed.filter(pl.col("tcg_product_id").is_not_null()).sort("product_id")
    ids = named.select("name", "product_id", "tcg_product_id").rows()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*FIELDS, "price", "quantity"])
        for n in range(rows):
            cells = ["", "", ""]
            cells[n % 3] = ids[n % len(ids)][n % 3] if n % UNKNOWN_EVERY else f"Nothing known {n}"
            table.writerow([*cells, f"{5 + n % 397}.{n % 100:02}", 1 + n % 6])
    return len(ids)


def compared(valued: what_if.WhatIfView) -> dict[str, object]:
    """All of a valuation that a list has: not the single piece, and not the bars."""
    return valued.model_dump(exclude={"one": True, "all": {"outcome"}})


def one_by_one(sample: list[price_list.PriceListRow]) -> tuple[float, int]:
    """Seconds of a call each, and how many rows differ from those of the list."""
    wrong, seconds = 0, 0.0
    with connected(settings()) as engine, engine.connect() as connection:
        for row in sample:
            if row.valuation is None:
                continue
            listed = row.valuation.view()
            quote = what_if.Quote(
                product=listed.product_id,
                price=Decimal(row.cells["price"]),
                quantity=int(row.cells["quantity"]),
                shipping=Decimal(0),
                channels=(),
                day=None,
                chance=CHANCE,
            )
            started = perf_counter()
            alone = what_if.value_quote(settings(), connection, quote)
            seconds += perf_counter() - started
            wrong += compared(alone) != compared(listed)
    return seconds, wrong


if __name__ == "__main__":
    sys.exit(main())
