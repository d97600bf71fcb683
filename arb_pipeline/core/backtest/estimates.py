"""Confidence intervals of figures. Days of a product are dependent: the sample size counts products."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NORMAL_95 = 1.96
DRAWS = 500
SEED = 20_251_017
FEW = 10
"""Number of products below which a figure has neither interval nor verdict."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; null where the sample is too small."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def verdict(self) -> str:
        """One of: above 0, below 0, not shown (the interval holds 0), or too few."""
        if self.low is None or self.high is None:
            return "too few"
        if self.low > 0:
            return "above 0"
        return "below 0" if self.high < 0 else "not shown"


def wilson(share: float, products: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share among a number of independent products; valid at 0 and 1 too."""
    z2 = NORMAL_95**2
    middle = share + z2 / (2 * products)
    width = NORMAL_95 * sqrt(share * (1 - share) / products + z2 / (4 * products**2))
    scale = 1 + z2 / products
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def estimated(
    rows: pl.DataFrame, sums: Sequence[pl.Expr], figure: Callable[[Floats], Floats], *, is_enough: bool = True
) -> Estimate:
    """`figure` of the sums over all rows, with the 95 % interval of a bootstrap that draws whole products.

    `figure`: sums (any shape, `len(sums)` last) -> values, nan where there is none. Under `FEW` products, or
    where not `is_enough`, there is a value without an interval. The draws are seeded: the same rows give the
    same interval.
    """
    totals = rows.group_by("product_id").agg(e.sum().alias(str(i)) for i, e in enumerate(sums))
    table = totals.sort("product_id").drop("product_id").cast(pl.Float64).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(figure(table.sum(axis=0))) if len(table) else float("nan")
        if not np.isfinite(value):
            return Estimate(None)
        if len(table) < FEW or not is_enough:
            return Estimate(value)
        generator = np.random.default_rng(SEED)
        chances = np.full(len(table), 1 / len(table))
        drawn = np.array([generator.multinomial(len(table), chances) @ table for _ in range(DRAWS)])
        low, high = np.nanpercentile(figure(drawn), [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def rank_correlation(rows: pl.DataFrame, x: str, y: str) -> Estimate:
    """Spearman's: Pearson's of the ranks, ties ranked in the middle. The bootstrap does not rank anew."""
    known = rows.drop_nulls([x, y])
    ranked = known.select("product_id", **ranks(x, y))
    return estimated(ranked, moments("x", "y"), pearson, is_enough=varies(known, x, y))


def gain(rows: pl.DataFrame, x: str, rival: str, y: str, *, is_enough: bool = True) -> Estimate:
    """Gain of `x` over `rival` in ranking `y`: the difference of their rank correlations."""
    known = rows.drop_nulls([x, rival, y])
    ranked = known.select("product_id", **ranks(x, y), z=pl.col(rival).rank("average"))
    sums = [*moments("x", "y"), *moments("z", "y")]
    return estimated(
        ranked,
        sums,
        lambda s: pearson(s[..., :6]) - pearson(s[..., 6:]),
        is_enough=is_enough and varies(known, x, rival, y),
    )


def varies(rows: pl.DataFrame, *columns: str) -> bool:
    """True if `FEW` products or more differ from the most common value, in each column.

    One loss among thirty profits has a meaningless bootstrap interval: most draws lack the loss.
    """
    return all(
        rows.filter(pl.col(column) != pl.col(column).mode().min())["product_id"].n_unique() >= FEW
        for column in columns
    )


def ranks(x: str, y: str) -> dict[str, pl.Expr]:
    """Ranks of both columns."""
    return {"x": pl.col(x).rank("average"), "y": pl.col(y).rank("average")}


def moments(x: str, y: str) -> list[pl.Expr]:
    """Sums that `pearson` takes."""
    a, b = pl.col(x), pl.col(y)
    return [pl.lit(1.0) + 0 * a, a, b, a * a, b * b, a * b]


def pearson(sums: Floats) -> Floats:
    """Correlation from n and the sums of x, y, xx, yy, xy; nan where x or y does not vary."""
    n, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = (n * xx - x * x) * (n * yy - y * y)
    return np.asarray(
        np.where(spread > 0, (n * xy - x * y) / np.sqrt(np.where(spread > 0, spread, 1)), np.nan)
    )


def mean_of(sums: Floats) -> Floats:
    """Mean from n and the sum."""
    return np.asarray(sums[..., 1] / sums[..., 0])


def sd_of(sums: Floats) -> Floats:
    """Sample standard deviation from n and the sums of x and xx."""
    n, x, xx = np.moveaxis(sums, -1, 0)
    return np.asarray(np.sqrt(np.maximum(xx - x * x / n, 0) / (n - 1)))
