"""The daily rollup: one reference price per source, product, printing and day (valuation.md 2)."""

from math import inf

import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.prices import DailyPrices

KEY = ("source", "source_product_id", "printing")
"""Key of a price. Condition is near mint and language English."""


UNASKED, CONTRADICTED, LONE_ASK = 0.8, 0.3, 0.2
"""Qualities of doubtful prices: a market price without asks; asks far under a market price; a single ask."""


def is_doubted(quality: pl.Expr) -> pl.Expr:
    """True if a price is without a market."""
    return quality.is_in([UNASKED, CONTRADICTED, LONE_ASK])


def daily_rollup(
    observations: pl.DataFrame,
    *,
    asks_quality: float,
    contradicted_share: float = 0.0,
    lone_ask: int | None = None,
) -> pl.DataFrame:
    """Observations of one day -> the contract `DailyPrices`: one row per category and key with its price.

    TCGplayer: the market price (recent sales, quality 1); without one the lower of low and mid, which
    only says what sellers ask (`asks_quality`). The high price never counts.

    A market price follows past sales, and may persist where asks are far lower. With both low and mid under
    `contradicted_share` of it the asks count in its place; a price without asks is marked. From `lone_ask`
    cents on, a single ask without a sale is marked.
    """
    market, asks = pl.col("market_cents"), pl.min_horizontal("low_cents", "mid_cents")
    highest_ask = pl.max_horizontal("low_cents", "mid_cents")
    is_contradicted = (highest_ask < market * contradicted_share).fill_null(value=False)
    is_lone = market.is_null() & (asks == highest_ask) & (asks >= (inf if lone_ask is None else lone_ask))
    is_unasked = market.is_not_null() & asks.is_null() & (contradicted_share > 0)
    is_plain = (pl.col("condition") == "near_mint") & (pl.col("language") == "English")
    rollup = (
        observations.filter(is_plain)
        .with_columns(
            reference_cents=pl.when(is_contradicted).then(asks).otherwise(pl.coalesce(market, asks)),
            quality=pl.when(is_contradicted)
            .then(CONTRADICTED)
            .when(is_unasked)
            .then(UNASKED)
            .when(market.is_not_null())
            .then(1.0)
            .when(is_lone)
            .then(LONE_ASK)
            .otherwise(asks_quality),
        )
        .sort("recorded_at")
        .unique(["category", *KEY], keep="last", maintain_order=True)
        .select(
            "category", *KEY, "day", "reference_cents", "quality", "market_cents", "low_cents", "seller_count"
        )
        .sort("category", *KEY)
    )
    return conform(rollup, DailyPrices)
