"""Calibration: realised shares per bin of a score, Brier score and skill of P(profit)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from arb_pipeline.core.backtest.estimates import FEW, Estimate, Floats, estimated, wilson

BINS = 10
NOISE = 1e-9
"""Tolerance: scores of two decimals times ten differ from whole numbers by less."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of `low` up to `high`, the last bin with 1."""

    low: float
    high: float
    rows: int
    products: int
    """Number of distinct products in the rows: the sample size of the interval."""
    forecast: float
    """Mean score."""
    share: float
    """Mean realised share."""
    share_low: float
    share_high: float


def bins(rows: pl.DataFrame, score: str, target: str) -> list[Bin]:
    """Bins of 0.1 of `score` that have rows; `target` is a share in [0, 1]. Nulls of either are left out."""
    numbered = rows.drop_nulls([score, target]).with_columns(
        bin=(pl.col(score) * BINS + NOISE).floor().clip(0, BINS - 1).cast(pl.Int32)
    )
    grouped = (
        numbered.group_by("bin")
        .agg(
            rows=pl.len(),
            products=pl.col("product_id").n_unique(),
            forecast=pl.mean(score),
            share=pl.mean(target),
        )
        .sort("bin")
    )
    return [
        Bin(
            row["bin"] / BINS,
            (row["bin"] + 1) / BINS,
            row["rows"],
            row["products"],
            row["forecast"],
            row["share"],
            *wilson(row["share"], row["products"]),
        )
        for row in grouped.iter_rows(named=True)
    ]


def is_rising(of_bins: list[Bin]) -> bool | None:
    """True if the realised share never falls over bins of `FEW` or more products; None: under two bins."""
    shares = [of_bin.share for of_bin in of_bins if of_bin.products >= FEW]
    return all(a <= b for a, b in pairwise(shares)) if len(shares) > 1 else None


@dataclass(frozen=True, slots=True)
class Brier:
    """Accuracy of P(profit). 0 is perfect; a constant forecast of `base_rate` has no skill."""

    rows: int
    products: int
    forecast: float
    """Mean P(profit)."""
    base_rate: float
    """Mean realised share."""
    score: Estimate
    luck: float
    """Irreducible part of the score: mean q (1 - q)."""
    skill: Estimate
    """1 - score / score of a constant forecast of the base rate; null where the base rate is 0 or 1."""
    reliability: float
    """Mean squared distance of forecast and share that came true, per bin of 0.1. 0: every forecast holds."""
    resolution: float
    """Mean squared distance of a bin's share from the base rate: how far forecasts tell products apart."""
    uncertainty: float
    """Base rate x (1 - base rate): the score of always saying the base rate."""
    within_bins: float
    """The rest, as forecasts of a bin differ: score = reliability - resolution + uncertainty + this."""
    zero_or_one: float
    """The score of a forecast of 0 or 1 by the sign of the margin."""


def brier(rows: pl.DataFrame) -> Brier | None:
    """Expected Brier score of `p_profit` against `came_true`; None of no rows.

    Whether an opening nets more than it cost is a draw of chance q = `came_true`, so that the expected square
    is E (p - Y)^2 = (p - q)^2 + q (1 - q); where all cards are certain q is 0 or 1 and it is the usual score.
    """
    known = rows.drop_nulls(["p_profit", "came_true"])
    if known.is_empty():
        return None
    p, q = pl.col("p_profit"), pl.col("came_true")
    one, square, luck = pl.lit(1.0) + 0 * p, (p - q) ** 2 + q * (1 - q), q * (1 - q)

    def skill(sums: Floats) -> Floats:
        n, squares, came = np.moveaxis(sums, -1, 0)
        base = came / n
        reference = base * (1 - base)
        return np.asarray(
            np.where(reference > 0, 1 - squares / n / np.where(reference > 0, reference, 1), np.nan)
        )

    score = estimated(known, [one, square], lambda s: np.asarray(s[..., 1] / s[..., 0]))
    base_rate = known.select(q.mean()).item()
    of_bins, uncertainty = bins(known, "p_profit", "came_true"), base_rate * (1 - base_rate)
    reliability = (
        sum(of_bin.rows * (of_bin.forecast - of_bin.share) ** 2 for of_bin in of_bins) / known.height
    )
    resolution = sum(of_bin.rows * (of_bin.share - base_rate) ** 2 for of_bin in of_bins) / known.height
    called = (pl.col("margin_bps") > 0).cast(pl.Float64)
    return Brier(
        rows=known.height,
        products=known["product_id"].n_unique(),
        forecast=known.select(p.mean()).item(),
        base_rate=base_rate,
        score=score,
        luck=known.select(luck.mean()).item(),
        skill=estimated(known, [one, square, q], skill),
        reliability=reliability,
        resolution=resolution,
        uncertainty=uncertainty,
        within_bins=known.select((square).mean()).item() - reliability + resolution - uncertainty,
        zero_or_one=known.select(((called - q) ** 2 + luck).mean()).item(),
    )
