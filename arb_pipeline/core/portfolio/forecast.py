"""Forecast of all pieces of a purchase from that of one piece, and the place of a result in it.

The contents of pieces are independent; the movement of prices up to the sale is common to them. So the spread
of N pieces lies between sqrt(N) and N times that of one.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

TAIL = 1 / 20
Z = NormalDist().inv_cdf(1 - TAIL)
LEAST = 1 / 200
"""No probability is 0 or 1: quantiles beyond p5 and p95 are extrapolated."""


@dataclass(frozen=True, slots=True)
class Band:
    """Net value at the sale of all pieces: quantiles, in cents."""

    p5: float
    p50: float
    p95: float


def band(
    pieces: int,
    value: float | None,
    quantiles: tuple[float | None, float | None, float | None],
    *,
    sd: float | None,
    contents_sd: float | None = None,
    price_sd: float | None = None,
) -> Band | None:
    """p5, p50 and p95 of the value of all pieces; None without a spread, or where one is not known.

    `value` (the patient sale), `quantiles` (p5, p50, p95), `sd` and its parts are of one piece. One piece has
    its own quantiles; pieces whose contents are all guaranteed N times those, as they are one bet. Others
    have N x value -+ 1.645 x sqrt(N x contents_sd^2 + N^2 x price_sd^2), never below 0. Without the parts all
    spread counts as that of contents.
    """
    p5, p50, p95 = quantiles
    if not sd or value is None or p5 is None or p50 is None or p95 is None:
        return None
    if pieces == 1 or contents_sd == 0:
        return Band(pieces * p5, pieces * p50, pieces * p95)
    contents = sd if contents_sd is None else contents_sd
    spread = Z * sqrt(pieces * contents**2 + (pieces * (price_sd or 0.0)) ** 2)
    return Band(max(0.0, pieces * value - spread), pieces * value, pieces * value + spread)


def place(value: float, of: Band) -> float | None:
    """Probability that the forecast gives to a value of at most `value` (PIT); None without spread.

    Normal on each side of the median, through p5 below and p95 above it.
    """
    low, high = of.p50 - of.p5, of.p95 - of.p50
    width = high if value >= of.p50 else low
    if low + high <= 0:
        return None
    if width <= 0:
        return 0.5 if value == of.p50 else (1 - LEAST if value > of.p50 else LEAST)
    probability = NormalDist().cdf(Z * (value - of.p50) / width)
    return min(1 - LEAST, max(LEAST, probability))


def p_profit_at(cost: float, of: Band) -> float | None:
    """Probability that the value at the sale exceeds `cost`; None without spread."""
    below = place(cost, of)
    return None if below is None else 1 - below
