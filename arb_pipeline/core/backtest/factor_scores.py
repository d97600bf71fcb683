"""Predictive power of the confidence score's factors and weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from arb_pipeline.core.backtest.estimates import Estimate, gain, rank_correlation, varies

SCORE = "confidence_score"


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor against one target that it should predict."""

    name: str
    weight: float | None
    """Null for the score itself, caps included."""
    rows: int
    """Rows with data; without data a factor has the neutral value and no predictive power."""
    products: int
    correlation: Estimate
    """Rank correlation over the rows with data."""
    adds: Estimate
    """Contribution: correlation of the weighted sum less that of the other factors' sum, over all rows."""


def judged(rows: pl.DataFrame, target: str, weights: Mapping[str, float]) -> list[Factor]:
    """Rank correlation of the score and of each factor with `target`, where higher is better."""
    return [
        _judged(rows, SCORE, target, None, Estimate(None)),
        *(
            _judged(rows, name, target, weight, _adds(rows, name, target, weights))
            for name, weight in weights.items()
        ),
    ]


def _judged(rows: pl.DataFrame, name: str, target: str, weight: float | None, adds: Estimate) -> Factor:
    known = rows.drop_nulls([name, target])
    correlation = rank_correlation(known, name, target)
    return Factor(name, weight, known.height, known["product_id"].n_unique(), correlation, adds)


def _adds(rows: pl.DataFrame, name: str, target: str, weights: Mapping[str, float]) -> Estimate:
    """Contribution of one factor. Sums are rounded: sums that differ by the order of adding must rank equal.

    A factor that varies for a few products only has no interval: the others have the neutral value.
    """
    if rows[name].null_count() == rows.height:
        return Estimate(None)
    parts = {factor: pl.col(f"{factor}_filled") * weight for factor, weight in weights.items()}
    others = [part for factor, part in parts.items() if factor != name]
    sums = rows.with_columns(
        _all=pl.sum_horizontal(parts.values()).round(9), _others=pl.sum_horizontal(others).round(9)
    )
    return gain(sums, "_all", "_others", target, is_enough=varies(rows.drop_nulls(name), name))
