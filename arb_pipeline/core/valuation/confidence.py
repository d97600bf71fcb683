"""Confidence score of a valuation, 0 to 1 (valuation.md 7).

Each factor is in [0, 1]; one without data scores the neutral value and is named in `missing_factors`.
"""

from typing import TypeVar

import polars as pl

from arb_pipeline.core.money import rounded
from arb_pipeline.core.params import Confidence

MEANS = "how far data supports the figures, by four factors; not a chance of profit: that is P(profit)"
"""Meaning of the score, for pages and the terminal."""


def price_stability(c: Confidence) -> pl.Expr:
    """1 - cv / stable_cv; cv is half the sealed product's, half its singles' (weighted by net value)."""
    has_data = (pl.col("days_priced") >= c.min_days) & (pl.col("days_moved") >= c.min_moves)
    cv = (pl.col("sealed_cv") + pl.col("singles_cv")) / 2
    return pl.when(has_data).then(1 - (cv / c.stable_cv).clip(0, 1))


def seller_count(c: Confidence) -> pl.Expr:
    """1 - ln(n) / ln(many): fewer sellers, more opportunity. No seller is no offer."""
    sellers = pl.col("seller_count").cast(pl.Float64)
    return pl.when(sellers >= 1).then((1 - sellers.log() / pl.lit(float(c.many_sellers)).log()).clip(0, 1))


def volume_history(c: Confidence) -> pl.Expr:
    """Share of the compared days with trading: the market price moved, which takes a sale, or the quantity.

    Both come from different sources and different days: so the larger of the two shares counts. On the same
    days it never exceeds the share of days on which either moved.
    """

    def share(moved: str, compared: str) -> pl.Expr:
        return pl.when(pl.col(compared) >= c.min_days - 1).then(pl.col(moved) / pl.col(compared))

    return pl.max_horizontal(
        share("days_moved", "days_compared"), share("quantity_moved", "quantity_compared")
    )


def margin_size(c: Confidence) -> pl.Expr:
    """0 for no margin, 1 for a large but plausible one, falling to 0 for an implausible one."""
    m = pl.col("margin_bps") / 10_000
    fading = (c.margin_unbelievable - m) / (c.margin_unbelievable - c.margin_fading)
    return (
        pl.when(m <= 0)
        .then(0.0)
        .when(m < c.margin_full)
        .then(m / c.margin_full)
        .when(m <= c.margin_fading)
        .then(1.0)
        .when(m.is_not_null())
        .then(fading.clip(0, 1))
    )


def with_proven_cv(nets: pl.DataFrame, c: Confidence) -> pl.DataFrame:
    """Nets without the cv of cards with under 7 days of prices, or under 2 days of movement.

    A price that never moves is without trade, not stable.
    """
    is_proven = (pl.col("days_compared") >= c.min_days - 1) & (pl.col("days_moved") >= c.min_moves)
    return nets.with_columns(cv=pl.when(is_proven).then("cv"))


Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

FACTORS = {
    "price_stability": ("price_stability", price_stability),
    "seller_count": ("seller_count_factor", seller_count),
    "volume_history": ("volume_history", volume_history),
    "margin_size": ("margin_size", margin_size),
}
"""Factor -> (its column, its rule)."""


def with_confidence(frame: Frame, c: Confidence, *, is_capped: pl.Expr) -> Frame:
    """Adds the four factors (four decimals), `missing_factors` and `confidence_score` (two)."""
    known = frame.with_columns(
        rounded(rule(c).fill_nan(None), 4).alias(column) for column, rule in FACTORS.values()
    )
    missing = [pl.when(pl.col(column).is_null()).then(pl.lit(name)) for name, (column, _) in FACTORS.items()]
    filled = known.with_columns(missing_factors=pl.concat_list(missing).list.drop_nulls()).with_columns(
        pl.col(column).fill_null(c.neutral) for column, _ in FACTORS.values()
    )
    score = pl.sum_horizontal(pl.col(FACTORS[name][0]) * weight for name, weight in c.weights.items())
    capped = pl.when(is_capped).then(pl.min_horizontal(score, pl.lit(c.cap))).otherwise(score)
    return filled.with_columns(confidence_score=rounded(capped, 2))
