"""Distribution of net values: quantiles, probabilities and bars. Its computation does not belong here."""

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAME = 1e-12
"""Sums of chances differ from the fractions they stand for by less."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Net values of one opened product, US cents, ascending, with their chances (sum 1).

    `step` is 0 where the values are all there are. Else they are the points of a grid, `step` apart, and a
    point stands for the values within half a step of it. `sd` comes from the parts: the grid's own is wider
    by what splitting values between two points adds. Nothing opened nets less than `low`: the normal error of
    measured rates reaches below it, and quantiles end there.
    """

    values: Floats
    chances: Floats
    sd: float
    step: float = 0.0
    low: float = -inf

    @cached_property
    def mean(self) -> float:
        """Expected value, cents: of the distribution itself, so that it can be held against the sum."""
        # No dot product: BLAS shares one of this size among threads, and waits for them up to 2 ms.
        return float((self.values * self.chances).sum())

    @cached_property
    def _cumulated(self) -> Floats:
        return np.cumsum(self.chances)

    @cached_property
    def _curve(self) -> tuple[Floats, Floats]:
        """Values between the points of a grid, and the chance of less."""
        edges = np.append(self.values[0] - self.step / 2, self.values + self.step / 2)
        return edges, np.append(0.0, self._cumulated)

    def quantile(self, p: float) -> float:
        """The value that a share `p` of openings does not exceed, cents."""
        below = self._cumulated
        i = int(np.searchsorted(below, p * below[-1] - SAME))
        i = min(i, len(self.values) - 1)
        if not self.step or self.chances[i] <= 0:
            return float(max(self.values[i], self.low))
        into = (p - (below[i] - self.chances[i])) / self.chances[i] - 0.5
        value = self.values[i] + self.step * min(max(into, -0.5), 0.5)
        return float(min(max(value, self.values[0], self.low), self.values[-1]))

    def quantiles(self, shares: Floats) -> Floats:
        """The values that each of `shares` of openings do not exceed, cents."""
        return np.array([self.quantile(float(p)) for p in shares])

    def nodes(self, count: int) -> tuple[Floats, Floats]:
        """Values and their chances: all of a short list, else `count` equally likely ones."""
        if not self.step and len(self.values) <= count:
            return self.values, self.chances
        at = (np.arange(count) + 0.5) / count
        values = np.interp(at * self._cumulated[-1], self._cumulated, self.values)
        return np.maximum(values, self.low), np.full(count, 1 / count)

    def p_above(self, price: float) -> float:
        """The chance of a value above `price` (cents): P(profit) when that is what it costs."""
        if not self.step:
            return float(self.chances[self.values > price].sum())
        return 1.0 - float(np.interp(price, *self._curve))

    def below(self, values: Floats) -> Floats:
        """The chance of at most each of `values`, cents, in their shape."""
        if self.step:
            return np.asarray(np.interp(values, *self._curve))
        reached = np.searchsorted(self.values, values, side="right")
        return np.append(0.0, self._cumulated)[reached]

    def break_even(self, p: float) -> float:
        """The highest price, in cents, that is still exceeded with a chance of `p`."""
        return self.quantile(1 - p)

    def bars(self, bins: int, *, tail: float = 0.001) -> list[tuple[float, float, float]]:
        """(from, to, chance) of equally wide bars from the `tail` quantile to that of 1 - `tail`, cents.

        What lies outside counts in the end bars, so that the chances sum to 1. A constant is one bar.
        """
        low, high = self.quantile(tail), self.quantile(1 - tail)
        if high <= low:
            return [(low, high, 1.0)]
        edges = np.linspace(low, high, bins + 1)
        above = np.array([1.0, *(self.p_above(edge) for edge in edges[1:-1]), 0.0])
        chances = np.abs(np.diff(above)).round(12)  # sums of floats differ by their order
        return list(zip(edges[:-1].tolist(), edges[1:].tolist(), chances.tolist(), strict=True))
