"""Packs and the sheets they are drawn from, with exact means and variances. Values are net cents.

A pack is one of several configurations; a configuration takes cards from sheets.

Approximation: a sheet of equal weights from which a pack takes k of N different cards is drawn from with
replacement, its values pulled towards their mean by sqrt((N - k) / (N - 1)). That is the finite-population
correction: mean and variance are those without replacement, only the shape is not.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt

import numpy as np

from arb_pipeline.core.outcome.distribution import Floats

THETAS = 2.0 ** np.arange(-24, 2)
"""Per cent: where bounds of the upper tail are looked for; values run from a cent to $100,000."""
RARE = 0.1
"""Cards expected less often than this in a product do not set how fine its grid is."""
REACH = sqrt(3)
"""Distance in standard errors of the outer points of the three that have a normal's first five moments."""
LEAST_CHANCE = 1e-3
"""Minimum of any chance under erroneous rates."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Cards to draw from: net values and chances per draw (sum 1).

    `population`: how many cards there are, where each is as likely as another and none comes twice in a
    pack; None where draws are independent. `leanings`: where the chances were measured, how far the mean of
    each value's rarity is from the mean of all, over the packs it was measured on; None where they are known.
    """

    values: Floats
    chances: Floats
    population: int | None = None
    leanings: Floats | None = None
    _pulled: dict[int, "Sheet"] = field(default_factory=dict)

    def pulled(self, count: int) -> "Sheet":
        """The sheet to draw `count` times from, with replacement: see the module's approximation."""
        if self.population is None or not 1 < count <= self.population:
            return self
        if count not in self._pulled:
            factor = sqrt((self.population - count) / (self.population - 1))
            values = self.mean + factor * (self.values - self.mean)
            self._pulled[count] = Sheet(values, self.chances, leanings=self.leanings)
        return self._pulled[count]

    def leaning(self, by: float) -> "Sheet":
        """The sheet with its chances shifted by a number of leanings."""
        if self.leanings is None:
            return self
        return Sheet(self.values, self.chances * (1 + by * self.leanings), self.population)

    @cached_property
    def mean(self) -> float:
        """Mean of one draw, cents."""
        return float(self.values @ self.chances)

    @cached_property
    def variance(self) -> float:
        """Variance of one draw, cents squared."""
        return float((self.values - self.mean) ** 2 @ self.chances)

    @cached_property
    def rates_variance(self) -> float:
        """Variance of the mean of one draw because the chances were measured; 0 where they are known."""
        return 0.0 if self.leanings is None else float(self.values * self.chances @ self.leanings)

    @cached_property
    def low(self) -> float:
        """Minimum of a draw, cents."""
        return float(self.values.min())

    def body_variance(self, draws: float) -> float:
        """Variance of a draw without the dearest cards, of which `draws` draws hold fewer than `RARE`."""
        above, sums = self._sums
        i = int(np.searchsorted(above, RARE / draws))
        if i == len(above):
            return 0.0
        total, first, second = sums[:, i]
        return float(max(second - first**2 / total, 0.0))

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        """From the dearest card on: chance of it or a dearer one; sums of p, pv, pv^2 of it and the rest."""
        order = np.argsort(self.values)[::-1]
        p, v = self.chances[order], self.values[order] - self.mean
        sums = np.cumsum(np.array([p, p * v, p * v**2])[:, ::-1], axis=1)[:, ::-1]
        return np.cumsum(p), sums

    @cached_property
    def cumulants(self) -> Floats:
        """Log E exp(theta (value - low)) at each of `THETAS`."""
        exponents = np.outer(THETAS, self.values - self.low)
        peaks = exponents.max(axis=1)
        return np.asarray(peaks + np.log(np.exp(exponents - peaks[:, None]) @ self.chances))


@dataclass(frozen=True, eq=False)
class Configuration:
    """A configuration of a pack: its chance, draws per sheet, and guaranteed cards."""

    chance: float
    taken: tuple[tuple[Sheet, int], ...] = ()
    constant: float = 0.0

    @cached_property
    def drawn(self) -> tuple[tuple[Sheet, int], ...]:
        """Its sheets, to draw from with replacement."""
        return tuple((sheet.pulled(count), count) for sheet, count in self.taken)

    @cached_property
    def low(self) -> float:
        """The least that a pack of it holds."""
        return self.constant + sum(count * sheet.low for sheet, count in self.drawn)

    @cached_property
    def mean(self) -> float:
        """Expected value of a pack of it."""
        return self.constant + sum(count * sheet.mean for sheet, count in self.drawn)


@dataclass(frozen=True, eq=False)
class Pack:
    """A pack. `sample_packs`: how many were opened to measure its configurations' chances; None: known."""

    configurations: tuple[Configuration, ...]
    sample_packs: int | None = None

    @cached_property
    def low(self) -> float:
        """The least that it holds."""
        return min(configuration.low for configuration in self.configurations)

    @cached_property
    def mean(self) -> float:
        """Expected value."""
        return sum(c.chance * c.mean for c in self.configurations)

    @cached_property
    def _between(self) -> float:
        return sum(c.chance * (c.mean - self.mean) ** 2 for c in self.configurations)

    @cached_property
    def drawn(self) -> dict[Sheet, float]:
        """Expected draws per sheet."""
        draws: dict[Sheet, float] = {}
        for c in self.configurations:
            for sheet, count in c.drawn:
                draws[sheet] = draws.get(sheet, 0.0) + c.chance * count
        return draws

    @cached_property
    def variance(self) -> float:
        """Variance of one pack with known rates."""
        return self._between + sum(draws * sheet.variance for sheet, draws in self.drawn.items())

    @cached_property
    def rates_variance(self) -> float:
        """Variance of the mean of a pack because its rates were measured on a sample.

        The error is one and the same for every pack of a product.
        """
        sheets = sum(draws * sheet.rates_variance for sheet, draws in self.drawn.items())
        return sheets + (self._between / self.sample_packs if self.sample_packs else 0.0)

    @cached_property
    def possible(self) -> "tuple[tuple[float, Pack], ...]":
        """(weight, pack) of packs with known rates that together are this one, whose rates were measured.

        Three points of a normal: the rates as measured, and above and below the most likely rates whose mean
        is `REACH` standard errors off, or as far as something is left of each chance. Of all rates with a
        mean so far off, the most likely ones lean in proportion to what a hit adds. The mean is kept.
        """
        if not self.rates_variance:
            return ((1.0, self),)
        error = sqrt(self.rates_variance)
        reach = min(REACH, (1 - LEAST_CHANCE) * error / self._steepest)
        high, low = self._leaning(reach / error), self._leaning(-reach / error)
        both = min(1.0, 1 / reach**2)
        off = (high.mean + low.mean - 2 * self.mean) / (high.mean - low.mean)
        return (
            (1 - both, self._leaning(0.0)),
            (both / 2 * (1 - off), high),
            (both / 2 * (1 + off), low),
        )

    def _leaning(self, by: float) -> "Pack":
        leant = {sheet: sheet.leaning(by) for c in self.configurations for sheet, _ in c.taken}
        made = [
            Configuration(
                c.chance * (1 + by * lean), tuple((leant[sheet], n) for sheet, n in c.taken), c.constant
            )
            for c, lean in zip(self.configurations, self._leanings, strict=True)
        ]
        return Pack(tuple(made))

    @cached_property
    def _leanings(self) -> list[float]:
        """Leanings of the configurations, as those of a sheet."""
        return [
            (c.mean - self.mean) / self.sample_packs if self.sample_packs else 0.0
            for c in self.configurations
        ]

    @property
    def _steepest(self) -> float:
        sheets = {sheet for c in self.configurations for sheet, _ in c.taken}
        leanings = [sheet.leanings for sheet in sheets if sheet.leanings is not None]
        return max(float(np.abs(leaning).max()) for leaning in [*leanings, np.array(self._leanings)])

    def body_variance(self, packs: float) -> float:
        """Variance of one of `packs` packs without cards that are rare in all of them."""
        within = sum(draws * sheet.body_variance(packs * draws) for sheet, draws in self.drawn.items())
        likely = [c for c in self.configurations if c.chance * packs >= RARE]
        total = sum(c.chance for c in likely)
        if not total:
            return within
        mean = sum(c.chance * c.mean for c in likely) / total
        return within + sum(c.chance * (c.mean - mean) ** 2 for c in likely)

    @cached_property
    def cumulants(self) -> Floats:
        """Log E exp(theta (value - low)) at each of `THETAS`."""
        per_configuration = [
            np.log(c.chance)
            + THETAS * (c.low - self.low)
            + sum(count * sheet.cumulants for sheet, count in c.drawn)
            for c in self.configurations
        ]
        return np.asarray(np.logaddexp.reduce(np.array(per_configuration), axis=0))
