"""Movement of prices up to the sale: a distribution of the factor that a net value is multiplied by.

How the law is estimated belongs to `core/backtest/movement_fit.py`; its shipped figures live in params/.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp

import numpy as np

from arb_pipeline.core.outcome.distribution import Floats

NODES = 128
"""Equally likely factors that stand for the distribution where it is summed over. On the law's own table, 5 %
quantiles of a product of two are then within 0.1 % of those of 4,096 factors."""


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
    def nodes(self) -> Floats:
        """`NODES` equally likely factors."""
        at = (np.arange(NODES) + 0.5) / NODES
        return np.asarray(np.exp(np.interp(at, self.probabilities, self.logs)))

    @cached_property
    def log_sd(self) -> float:
        """Standard deviation of the log."""
        return float(np.log(self.nodes).std())

    @cached_property
    def mean(self) -> float:
        """Expected factor."""
        return float(self.nodes.mean())

    @cached_property
    def variance(self) -> float:
        """Variance of the factor."""
        return float(self.nodes.var())

    def quantile(self, p: float) -> float:
        """The factor that a share `p` of movements does not exceed."""
        return exp(float(np.interp(p, self.probabilities, self.logs)))

    def below(self, logs: Floats) -> Floats:
        """The chance that the log of the factor is at most each of `logs`."""
        return np.asarray(np.interp(logs, self.logs, self.probabilities, left=0.0, right=1.0))

    def bounded(self, p: float) -> float:
        """A probability within what the sample can show: n cases without a miss allow (n + 1) / (n + 2)."""
        least = 1 / (self.comparable + 2)
        return min(max(p, least), 1 - least)


def quantile_table(logs: Sequence[float], probabilities: Sequence[float]) -> Floats:
    """Empirical quantiles of log movements, forced to ascend strictly so that they can be inverted."""
    table = np.quantile(np.asarray(logs, dtype=np.float64), probabilities)
    return np.asarray(np.maximum.accumulate(table) + 1e-9 * np.arange(len(table)))
