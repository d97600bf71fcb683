"""Days of made-up prices in a lake, as fast as they can be written. What is measured does not belong here.

Made to move about as Magic's real prices did over 27 days (2025-09-21 to 2025-10-17, 150,464 keys; made-up
in brackets): the median key's price moved on 2 days (1), one key in ten on 13 or more (13); 16 % (16 %) moved
so far that the outlier guard looks at their median; 2 % (2 %) are only asked; the median is 43 cents (43).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from arb_pipeline.storage.lake import Lake

SEED, CATEGORY, TABLE, OBSERVED = 20260101, "mtg", "prices/daily", "prices/observed"
TIMES_A_DAY = 6
"""Prices are asked for every 4 hours (spec.md)."""
HAS_PRICE = 0.97
"""Share of the keys that have a price on a day."""
MEDIAN_CENTS, ASKED, SPIKES = 43, 0.02, 3e-4
MOVING, OF_KEYS = (0.03, 0.2, 0.7), (0.45, 0.4, 0.15)
"""Share of days on which a key's price moves, and of how many keys."""


def write(lake: Lake, *, keys: int, days: Sequence[date]) -> int:
    """Writes consecutive days in the form and order of the daily rollup; how many rows that is."""
    rows = 0
    for day, prices in _days(keys, days):
        lake.write(prices, TABLE, category=CATEGORY, day=day)
        rows += prices.height
    return rows


def write_observed(lake: Lake, *, keys: int, days: Sequence[date]) -> int:
    """Writes what was observed on consecutive days, each price `TIMES_A_DAY` times; how many rows that is."""
    rows = 0
    for day, prices in _days(keys, days):
        midnight = datetime.combine(day, time.min, UTC)
        at = [midnight + timedelta(hours=24 / TIMES_A_DAY) * nth for nth in range(TIMES_A_DAY)]
        observed = prices.select(
            *("category", "source", "source_product_id", "printing"),
            pl.lit("near_mint").alias("condition"),
            pl.lit("English").alias("language"),
            *("day", "market_cents", "low_cents", pl.col("reference_cents").alias("mid_cents")),
            "seller_count",
            pl.lit(None, pl.Int32).alias("available_quantity"),
        )
        by_time = pl.DataFrame({"recorded_at": at}, schema={"recorded_at": pl.Datetime("us", "UTC")})
        lake.write(by_time.join(observed, how="cross"), OBSERVED, category=CATEGORY, day=day)
        rows += observed.height * TIMES_A_DAY
    return rows


def up_to(last: date, count: int) -> list[date]:
    """So many days, the last one included, in order."""
    return [last - timedelta(days=age) for age in reversed(range(count))]


def _days(keys: int, days: Sequence[date]) -> Iterator[tuple[date, pl.DataFrame]]:
    chance = np.random.default_rng(SEED)
    named = _named(keys)
    level = chance.normal(np.log(MEDIAN_CENTS), 1.6, keys)
    moves_on = chance.choice(MOVING, keys, p=OF_KEYS)
    step = chance.lognormal(np.log(0.045), 0.8, keys)
    is_asked = chance.random(keys) < ASKED
    for day in days:
        level += (chance.random(keys) < moves_on) * step * chance.standard_normal(keys)
        spike = 1.2 * (chance.random(keys) < SPIKES)
        cents = np.maximum(5, np.rint(np.exp(level + spike))).astype(np.int64)
        low = np.maximum(1, np.rint(cents * chance.uniform(0.6, 1, keys))).astype(np.int64)
        prices = named.with_columns(
            day=pl.lit(day),
            reference_cents=pl.Series(np.where(is_asked, low, cents)),
            quality=pl.Series(np.where(is_asked, 0.6, 1.0)),
            market_cents=pl.Series(cents).set(pl.Series(is_asked), None),
            low_cents=pl.Series(low),
            seller_count=pl.lit(None, pl.Int32),  # not stated by TCGplayer's prices
        )
        yield day, prices.filter(chance.random(keys) < HAS_PRICE)


def _named(keys: int) -> pl.DataFrame:
    """Three fifths of the keys are products, the others their foils."""
    numbers, products = np.arange(keys), -(-keys * 3 // 5)
    ids = {
        "source_product_id": (numbers % products).astype(str),
        "printing": np.where(numbers < products, "normal", "foil"),
    }
    sorted_ids = pl.DataFrame(ids).sort("source_product_id", "printing")
    return sorted_ids.select(
        pl.lit(CATEGORY).alias("category"), pl.lit("tcgplayer").alias("source"), pl.all()
    )
