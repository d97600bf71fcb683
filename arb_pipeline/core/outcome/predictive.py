"""Net value at the sale: value of the contents times the movement of prices, taken as independent.

The movement is that of the product's expected value: the cards of one opening move further than it, and that
is left out, as it is small beside the spread of what is opened.
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from arb_pipeline.core.outcome.distribution import Floats, Outcome
from arb_pipeline.core.outcome.movement import Movement

HALVINGS_LISTED, HALVINGS_GRID = 52, 24
"""Halvings of a quantile's bracket: exact for a list of values, to 1e-6 on a grid, which is no finer."""
CONTENT_NODES = 256
"""Equally likely values that stand for what is opened, where a slowly varying function is averaged."""
EDGE = 1e-9
"""A share of openings that no bracket needs to reach beyond."""


@dataclass(frozen=True, eq=False)
class Predictive:
    """Distribution of the net value of one product at the horizon, US cents."""

    contents: Outcome
    movement: Movement

    @property
    def mean(self) -> float:
        """Expected value, cents."""
        return self.contents.mean * self.movement.mean

    @property
    def contents_sd(self) -> float:
        """Standard deviation of the contents' value at the prices of today, cents."""
        return self.contents.sd

    @property
    def price_sd(self) -> float:
        """Standard deviation that movement alone gives to the expected value of today, cents."""
        return abs(self.contents.mean) * sqrt(self.movement.variance)

    @cached_property
    def sd(self) -> float:
        """Standard deviation of the product of both, cents."""
        m, v = self.movement.mean, self.movement.variance
        squares = self.contents.sd**2 + self.contents.mean**2
        return sqrt(max(squares * (v + m**2) - (self.contents.mean * m) ** 2, 0.0))

    def below(self, value: float) -> float:
        """Probability of a net value of at most `value` cents."""
        return float(self._below(np.array([value]))[0])

    def p_above(self, price: float) -> float:
        """The chance of a net value above `price` cents, never 0 or 1: within what the sample can show."""
        return float(self.chances_above(np.array([price]))[0])

    def chances_above(self, prices: Floats) -> Floats:
        """`p_above` of each of `prices`."""
        return self.movement.bounded(1.0 - self._below(prices))

    def quantile(self, p: float) -> float:
        """The value that a share `p` of sales does not exceed, cents."""
        return float(self.quantiles(np.array([p]))[0])

    def quantiles(self, shares: Floats) -> Floats:
        """The values that each of `shares` of sales do not exceed, cents."""
        if len(self.contents.values) == 1:
            constant = float(self.contents.values[0])
            return np.array([constant * self.movement.quantile(float(p)) for p in shares])
        least, most = self.movement.quantile(0.0), self.movement.quantile(1.0)
        low = np.full(
            len(shares), min(self.contents.quantile(EDGE) * least, self.contents.quantile(EDGE) * most)
        )
        high = np.full(len(shares), self.contents.quantile(1 - EDGE) * most)
        for _ in range(HALVINGS_GRID if self.contents.step else HALVINGS_LISTED):
            middle = (low + high) / 2
            reached = self._below(middle) >= shares
            high, low = np.where(reached, middle, high), np.where(reached, low, middle)
        return np.asarray(high)

    def log_growth(self, price: float, stake: float) -> float:
        """Expected log growth of the money at work, of which a share `stake` buys at `price` cents.

        The rest is idle. A share under 1 keeps a total loss finite.
        """
        values, chances = self.contents.nodes(CONTENT_NODES)
        gains = np.log1p(stake * (values[:, None] * self.movement.nodes[None, :] / price - 1))
        return float((gains.mean(axis=1) * chances).sum())

    def break_even(self, p: float) -> float:
        """The highest price, in cents, that is still exceeded with a chance of `p`."""
        return self.quantile(1 - p)

    def bars(self, bins: int, *, tail: float = 0.001) -> list[tuple[float, float, float]]:
        """(from, to, chance) of equally wide bars, as `Outcome.bars`."""
        low, high = self.quantiles(np.array([tail, 1 - tail]))
        if high <= low:
            return [(float(low), float(high), 1.0)]
        edges = np.linspace(low, high, bins + 1)
        below = np.concatenate([[0.0], self._below(edges[1:-1]), [1.0]])
        chances = np.abs(np.diff(below)).round(12)  # sums of floats differ by their order
        return list(zip(edges[:-1].tolist(), edges[1:].tolist(), chances.tolist(), strict=True))

    def _below(self, values: Floats) -> Floats:
        if not self.contents.step:
            return self._below_listed(values)
        # Of a grid, with tens of thousands of points, the factors are summed over: they are fewer.
        nodes = self.movement.nodes
        return np.asarray(self.contents.below(values[:, None] / nodes[None, :]).mean(axis=1))

    def _below_listed(self, values: Floats) -> Floats:
        positive = self.contents.values > 0
        certain = self.contents.chances[~positive].sum()
        result = np.where(values >= 0, certain, 0.0)
        sold = values > 0
        if sold.any() and positive.any():
            logs = np.log(values[sold])[:, None] - np.log(self.contents.values[positive])[None, :]
            # A multiplication and a sum: BLAS waits for its threads.
            result[sold] += (self.movement.below(logs) * self.contents.chances[positive]).sum(axis=1)
        return np.asarray(result)
