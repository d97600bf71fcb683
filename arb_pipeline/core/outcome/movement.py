"""Movement of prices up to the sale: a distribution of the factor that a net value is multiplied by.

How the law is estimated belongs to `core/backtest/movement_fit.py`; its shipped figures live in params/.
"""

from dataclasses import dataclass
from functools import cached_property
from math import exp, sqrt

import numpy as np

from arb_pipeline.core.outcome.distribution import Floats

NODES = 128
"""Equally likely factors that stand for the distribution where it is summed over: each the mean of its share
of the movements. On the law's own table, 5 % quantiles of a product of two are then within 0.1 % of those of
4,096 factors."""

FLAT = 1e-5
"""Logs that differ by less: the mean between them is worked by its series, which is then exact to 1e-11."""


@dataclass(frozen=True, eq=False)
class Movement:
    """The factor between a net value today and at the horizon, by quantiles of its logarithm.

    `probabilities` ascend; between two of them the log is linear. What lies below the first or above the last
    is at the first or last log: a table is cut at quantiles that its sample can show. `comparable` is the
    number of products whose movement the table rests on: it bounds every probability.
    """

    probabilities: Floats
    logs: Floats
    comparable: int

    def widened(self, scale: float, extra_sd: float = 0.0) -> "Movement":
        """The movement with its logs `scale` times as large, then spread to include `extra_sd` of the log.

        The added doubt is independent of the movement: squares of standard deviations add.
        """
        logs = self.logs * scale
        if extra_sd > 0:
            own = scale * self.log_sd
            logs = logs * (np.hypot(own, extra_sd) / own) if own > 0 else logs
        return Movement(self.probabilities, np.asarray(logs), self.comparable)

    def centred(self) -> "Movement":
        """The movement with its logs shifted so that the expected factor is 1."""
        return Movement(self.probabilities, np.asarray(self.logs - np.log(self.mean)), self.comparable)

    @cached_property
    def _pieces(self) -> tuple[Floats, Floats]:
        """Edges of the pieces between which the log is linear, from probability 0 to 1, and their logs."""
        ends = np.concatenate([[0.0], self.probabilities, [1.0]])
        return ends, np.concatenate([self.logs[:1], self.logs, self.logs[-1:]])

    @cached_property
    def nodes(self) -> Floats:
        """`NODES` equally likely factors, whose mean is that of the distribution."""
        ends, logs = self._pieces
        edges = np.union1d(ends, np.arange(NODES + 1) / NODES)
        sums = np.concatenate([[0.0], np.cumsum(_integrals(edges, np.interp(edges, ends, logs), 1))])
        return np.asarray(np.diff(np.interp(np.arange(NODES + 1) / NODES, edges, sums)) * NODES)

    @cached_property
    def log_sd(self) -> float:
        """Standard deviation of the log."""
        ends, logs = self._pieces
        left, right, width = logs[:-1], logs[1:], np.diff(ends)
        mean = float((width * (left + right)).sum() / 2)
        squares = float((width * (left**2 + left * right + right**2)).sum() / 3)
        return sqrt(max(squares - mean**2, 0.0))

    @cached_property
    def mean(self) -> float:
        """Expected factor."""
        return float(_integrals(*self._pieces, 1).sum())

    @cached_property
    def variance(self) -> float:
        """Variance of the factor."""
        return max(float(_integrals(*self._pieces, 2).sum()) - self.mean**2, 0.0)

    def quantile(self, p: float) -> float:
        """The factor that a share `p` of movements does not exceed."""
        return exp(float(np.interp(p, self.probabilities, self.logs)))

    def below(self, logs: Floats) -> Floats:
        """The chance that the log of the factor is at most each of `logs`."""
        return np.asarray(np.interp(logs, self.logs, self.probabilities, left=0.0, right=1.0))

    def bounded(self, chances: Floats) -> Floats:
        """Probabilities within what the sample can show: n cases without a miss allow (n + 1) / (n + 2)."""
        least = 1 / (self.comparable + 2)
        return np.clip(chances, least, 1 - least)


def _integrals(ends: Floats, logs: Floats, power: int) -> Floats:
    """Integral of factor ** power over each piece: width x (exp b - exp a) / (b - a), with a, b its logs."""
    left, right = power * logs[:-1], power * logs[1:]
    rise = right - left
    is_flat = np.abs(rise) < FLAT
    steep = np.where(is_flat, 1.0, rise)
    slope = np.where(is_flat, 1 + rise / 2, np.expm1(steep) / steep)
    return np.asarray(np.diff(ends) * np.exp(left) * slope)
