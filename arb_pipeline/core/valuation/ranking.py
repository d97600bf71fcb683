"""Risk, competition and rank (valuation.md 8)."""

import polars as pl

from arb_pipeline.core.params import Risk, Step


def risk_level(risk: Risk) -> pl.Expr:
    """Low and medium require both confidence and margin; an unknown margin is high risk."""

    def reaches(step: Step) -> pl.Expr:
        sure, fat = pl.col("confidence_score") >= step.confidence, pl.col("margin_bps") >= step.margin
        return sure & fat

    low, medium = reaches(risk.low).fill_null(value=False), reaches(risk.medium).fill_null(value=False)
    return pl.when(low).then(pl.lit("low")).when(medium).then(pl.lit("medium")).otherwise(pl.lit("high"))


def competition_level(risk: Risk) -> pl.Expr:
    """From the sealed product's sellers."""
    n = pl.col("seller_count")
    return (
        pl.when(n.is_null())
        .then(pl.lit("unknown"))
        .when(n <= risk.few_sellers)
        .then(pl.lit("low"))
        .when(n <= risk.some_sellers)
        .then(pl.lit("medium"))
        .otherwise(pl.lit("high"))
    )


def rank_score() -> pl.Expr:
    """Expected log growth of the money at work over the horizon (docs/adr/0013); null without a price."""
    return pl.col("log_growth")


def confidence_rank(risk: Risk) -> pl.Expr:
    """The rank before docs/adr/0013, which backtests compare: confidence x P(profit) x log2(1 + m) x weight.

    Null without a margin, and below -100 %.
    """
    m = pl.col("margin_bps") / 10_000
    weight = pl.col("risk_level").replace_strict(risk.rank_weight, return_dtype=pl.Float64)
    return pl.when(m > -1).then(pl.col("confidence_score") * pl.col("p_profit") * (1 + m).log(2) * weight)
