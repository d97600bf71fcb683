"""Bundles: a product's components of value, with exact means and variances.

A `Bundle` is a constant, packs and mixtures, all independent of each other. Values are net cents.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf, sqrt

import numpy as np

from arb_pipeline.core.contents.mixtures import inclusion, subsets
from arb_pipeline.core.outcome.distribution import Floats
from arb_pipeline.core.outcome.packs import THETAS, Pack


@dataclass(frozen=True, eq=False)
class Mixture:
    """`draws` of some alternatives, each with a weight; without replacement one after the other."""

    alternatives: tuple["Bundle", ...]
    weights: tuple[float, ...]
    draws: int = 1
    replacement: bool = False

    @property
    def independent(self) -> bool:
        """True if its draws are independent of each other."""
        return self.replacement or self.draws == 1

    @property
    def equal(self) -> bool:
        """True if its alternatives are equally likely."""
        return len(set(self.weights)) == 1

    @cached_property
    def chances(self) -> Floats:
        """Probability of each alternative in one draw."""
        weights = np.array(self.weights)
        return np.asarray(weights / weights.sum())

    @cached_property
    def low(self) -> float:
        """Minimum value of its draws, cents."""
        return self.draws * min(alternative.low for alternative in self.alternatives)

    @cached_property
    def moments(self) -> tuple[float, float]:
        """Mean and variance, exact."""
        means = np.array([a.mean for a in self.alternatives])
        variances = np.array([a.variance for a in self.alternatives])
        if self.independent or self.equal:
            n, k = len(means), self.draws
            mean = float(self.chances @ means)
            between = float(self.chances @ (means - mean) ** 2)
            # Drawn without replacement: the finite-population correction, which is exact here.
            correction = 1.0 if self.independent else (n - k) / (n - 1)
            return k * mean, k * (float(self.chances @ variances) + correction * between)
        included = np.array(inclusion(self.weights, self.draws))
        mean = float(included @ means)
        squares = sum(p * float(means[list(s)].sum()) ** 2 for s, p in subsets(self.weights, self.draws))
        return mean, squares - mean**2 + float(included @ variances)

    @cached_property
    def cumulants(self) -> Floats:
        """Bound of log E exp(theta (value - low)): that of independent draws, which spread wider."""
        least = self.low / self.draws
        logs = [
            np.log(chance) + THETAS * (a.low - least) + a.cumulants
            for chance, a in zip(self.chances, self.alternatives, strict=True)
        ]
        return np.asarray(self.draws * np.logaddexp.reduce(np.array(logs), axis=0))


@dataclass(frozen=True, eq=False)
class Bundle:
    """Guaranteed cards (`constant` cents), packs and mixtures, each with a count."""

    constant: float = 0.0
    packs: Sequence[tuple[Pack, int]] = ()
    mixtures: Sequence[tuple[Mixture, int]] = field(default=())

    @cached_property
    def low(self) -> float:
        """The least that it holds."""
        return (
            self.constant
            + sum(n * pack.low for pack, n in self.packs)
            + sum(n * mixture.low for mixture, n in self.mixtures)
        )

    @cached_property
    def mean(self) -> float:
        """Expected value."""
        return (
            self.constant
            + sum(n * pack.mean for pack, n in self.packs)
            + sum(n * mixture.moments[0] for mixture, n in self.mixtures)
        )

    @cached_property
    def variance(self) -> float:
        """Variance of its value. The error of measured rates is common to all packs of a kind."""
        packs = sum(_variance(pack, n) for pack, n in self.packs)
        return packs + sum(n * mixture.moments[1] for mixture, n in self.mixtures)

    @cached_property
    def scale(self) -> float:
        """Standard deviation without what is rare; that of all where nothing else varies. Sets the grid."""
        packs = sum(n * pack.body_variance(n) for pack, n in self.packs)
        usual = packs + sum(n * mixture.moments[1] for mixture, n in self.mixtures)
        return sqrt(usual or self.variance)

    @cached_property
    def cumulants(self) -> Floats:
        """Bound of log E exp(theta (value - low)) at each of `THETAS`."""
        parts = [_cumulants(pack, n) for pack, n in self.packs]
        parts += [n * mixture.cumulants for mixture, n in self.mixtures]
        return np.asarray(sum(parts, np.zeros(len(THETAS))))

    def span(self, chance: float) -> float:
        """A value above `low` that is exceeded with less than `chance` (Chernoff's bound), cents."""
        bounds = (self.cumulants - np.log(chance)) / THETAS
        return float(np.min(bounds, initial=inf))


def _variance(pack: Pack, n: int) -> float:
    """Variance of n packs that share the error of their rates."""
    return sum(weight * (n * p.variance + n**2 * (p.mean - pack.mean) ** 2) for weight, p in pack.possible)


def _cumulants(pack: Pack, n: int) -> Floats:
    """Bounds of the cumulants of n packs."""
    logs = [np.log(weight) + n * possible.cumulants for weight, possible in pack.possible if weight]
    return np.asarray(np.logaddexp.reduce(np.array(logs), axis=0))
