"""The daily rollup: one reference price per source, product, printing and day (valuation.md 2)."""

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.prices import DailyPrices

KEY = ("source", "source_product_id", "printing")
"""What has a price of its own. Condition is near mint and language English until an issue asks for more."""


def daily_rollup(observations: pl.DataFrame, *, asks_quality: float) -> pl.DataFrame:
    """Observations of one day -> the contract `DailyPrices`: one row per category and key with its price.

    TCGplayer: the market price (recent sales, quality 1); without one the lower of low and mid, which
    only says what sellers ask (`asks_quality`). The high price never counts.
    """
    asks = pl.min_horizontal("low_cents", "mid_cents")
    is_plain = (pl.col("condition") == "near_mint") & (pl.col("language") == "English")
    rollup = (
        observations.filter(is_plain)
        .with_columns(
            reference_cents=pl.coalesce("market_cents", asks),
            quality=pl.when(pl.col("market_cents").is_not_null()).then(1.0).otherwise(asks_quality),
        )
        .sort("recorded_at")
        .unique(["category", *KEY], keep="last", maintain_order=True)
        .select(
            "category", *KEY, "day", "reference_cents", "quality", "market_cents", "low_cents", "seller_count"
        )
        .sort("category", *KEY)
    )
    return conform(rollup, DailyPrices)
