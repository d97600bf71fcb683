"""Seeded days of prices for the feature tests of every engine."""

import random
from datetime import date, timedelta

import polars as pl

from arb_pipeline.storage.lake import Lake, Where

DAY = date(2025, 10, 10)
PRODUCTS, DAYS, SEED = 300, 31, 20260101


def written_days(lake: Lake) -> list[Where]:
    """The rollup files of a month in a lake, oldest first."""
    seeded = random.Random(SEED)
    days = [DAY - timedelta(days=age) for age in range(DAYS)]
    for day in days:
        lake.write(prices_of(day, seeded), "prices/daily", category="mtg", day=day)
    return lake.paths("prices/daily", "mtg", days)


def prices_of(day: date, seeded: random.Random) -> pl.DataFrame:
    """A day of calm, lively, spiking and missing prices, some of them only asked."""
    rows = []
    for product in range(PRODUCTS):
        spread = (0.0, 0.01, 0.3)[product % 3]
        cents = round((50 + 7 * product) * (1 + spread * seeded.uniform(-1, 1)))
        cents *= 3 if product % 5 == 0 and seeded.random() < 0.1 else 1
        market = cents if seeded.random() < 0.9 else None
        if seeded.random() < 0.95:
            requested = cents if seeded.random() < 0.9 else None
            quality, sellers = (1.0 if market else 0.6), seeded.choice([None, 0, 12])
            rows.append(("tcgplayer", str(product), "foil", day, cents, quality, market, requested, sellers))
    names = ("source", "source_product_id", "printing", "day", "reference_cents", "quality")
    types = {"market_cents": pl.Int64, "low_cents": pl.Int64, "seller_count": pl.Int32}
    schema = [*names, *types]
    frame = pl.DataFrame(rows, schema=schema, schema_overrides=types, orient="row")
    return frame.select(pl.lit("mtg").alias("category"), pl.all())
