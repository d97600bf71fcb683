"""Net values at the sale, worked apart from the project: what is opened times the movement of prices.

The law is read as params/movement.yaml states it: logs by probability, linear between them, times a scale that
depends on three traits, and shifted so that the expected factor is 1 (docs/adr/0013, valuation.md 6). Sums run
over the pieces of the table in closed form.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt
from pathlib import Path

import yaml

PARTS = 100
"""Of each piece of the table, where a sum has no closed form."""
PARAMETERS = Path(__file__).parents[2] / "arb_pipeline/params/movement.yaml"


@dataclass(frozen=True)
class Sale:
    """The net value of a product at the sale, dollars."""

    opened: Sequence[tuple[float, float]]
    """Net value of the contents at the prices of today, and its chance."""
    steps: Sequence[tuple[float, float]]
    """Probability and log of the movement."""
    products: int

    @property
    def mean(self) -> float:
        return sum(value * chance for value, chance in self.opened)

    @property
    def contents_sd(self) -> float:
        return sqrt(sum((value - self.mean) ** 2 * chance for value, chance in self.opened))

    @property
    def price_sd(self) -> float:
        return self.mean * sqrt(_power_mean(self.steps, 2) - 1)

    @property
    def sd(self) -> float:
        squares = sum(value**2 * chance for value, chance in self.opened)
        return sqrt(squares * _power_mean(self.steps, 2) - self.mean**2)

    def below(self, value: float) -> float:
        """The chance of at most `value`."""
        return sum(
            chance * (1.0 if opened <= 0 else _share_under(self.steps, log(value / opened)))
            for opened, chance in self.opened
        )

    def quantile(self, p: float) -> float:
        low, high = 0.0, 10 * max(value for value, _ in self.opened)
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if self.below(middle) >= p else (middle, high)
        return high

    def p_profit(self, cost: float) -> float:
        """Never 0 or 1: of n products (n + 1) / (n + 2) at most."""
        least = 1 / (self.products + 2)
        return min(max(1 - self.below(cost), least), 1 - least)

    def log_growth(self, cost: float, stake: float = 0.5) -> float:
        """Expected log growth of money of which a share `stake` buys at `cost` (docs/adr/0013)."""
        total = 0.0
        for (p, a), (q, b) in pairwise(self.steps):
            for part in range(PARTS):
                factor = exp(a + (b - a) * (part + 0.5) / PARTS)
                for value, chance in self.opened:
                    total += (q - p) / PARTS * chance * log(1 + stake * (value * factor / cost - 1))
        return total


def sale(
    opened: Sequence[tuple[float, float]],
    cards: Sequence[tuple[float, float, float]],
    *,
    kind: str,
    trading: float = 0.0,
) -> Sale:
    """The sale of a product after the default horizon.

    `cards`: of each its price today, what a copy nets, and its expected copies. `trading`: share of days on
    which their prices moved; the singles of the tiny market never do.
    """
    law = yaml.safe_load(PARAMETERS.read_text("utf-8"))["movement"]
    (table,) = law[kind]["values"].values()
    nets = [net * copies for _, net, copies in cards]
    total = sum(nets)
    traits = {
        "level": log(sum(100 * price * net for (price, _, _), net in zip(cards, nets, strict=True)) / total),
        "concentration": log(sum(net**2 for net in nets) / total**2),
        "trading": trading,
    }
    scale = exp(sum(table["slopes"][name] * (traits[name] - table["typical"][name]) for name in traits))
    logs = sorted((float(p), value * scale) for p, value in table["logs"].items())
    steps = [(0.0, logs[0][1]), *logs, (1.0, logs[-1][1])]
    drift = log(_power_mean(steps, 1))
    return Sale(opened, [(p, value - drift) for p, value in steps], table["products"])


def _power_mean(steps: Sequence[tuple[float, float]], power: int) -> float:
    """Expected value of the factor raised to a power: the integral of exp over each piece."""
    total = 0.0
    for (p, a), (q, b) in pairwise(steps):
        a, b = power * a, power * b  # noqa: PLW2901
        total += (q - p) * (exp(a) if a == b else (exp(b) - exp(a)) / (b - a))
    return total


def _share_under(steps: Sequence[tuple[float, float]], value: float) -> float:
    """The chance that the log of the factor is at most `value`."""
    logs = [at for _, at in steps]
    if value < logs[0]:
        return 0.0
    if value >= logs[-1]:
        return 1.0
    i = bisect_right(logs, value)
    (p, a), (q, b) = steps[i - 1], steps[i]
    return p + (q - p) * (value - a) / (b - a)


ALPHA, ALPHA_FOIL, BETA, DELTA_FOIL = 24.091667, 50.116667, 8.301667, 1.361667
GAMMA, ETA, KAPPA = 3.096667, 0.05, 84.816667
"""Nets of the cards of the tiny market (test_one_day.py)."""

DECK = sale(
    [(43.841667, 1.0)],
    [(30, ALPHA, 1), (10, BETA, 2), (4, GAMMA, 1), (0.20, ETA, 1)],
    kind="fixed",
)
FORMULA = sale([(BETA, 1.0)], [(10, BETA, 1)], kind="fixed")
COLLECTION = sale([(74.715, 1.0)], [(10, BETA, 9)], kind="fixed")
MIXED = [(30, ALPHA, 0.75), (4, GAMMA, 0.75), (100, KAPPA, 0.25)]
MIXTURE = sale([(27.188333, 0.75), (KAPPA, 0.25)], MIXED, kind="random")
TWO_MIXTURES = sale([(54.376667, 9 / 16), (112.005, 6 / 16), (169.633333, 1 / 16)], MIXED, kind="random")
_RARES = [(ALPHA, 1 / 8), (BETA, 1 / 4), (GAMMA, 1 / 4), (ETA, 3 / 8)]
_FOILS = [(0.0, 0.75), (ALPHA_FOIL, 0.025), (DELTA_FOIL, 0.225)]
PACK = sale(
    [(rare + foil, p * q) for rare, p in _RARES for foil, q in _FOILS],
    [
        *((30, ALPHA, 1 / 8), (10, BETA, 1 / 4), (4, GAMMA, 1 / 4), (0.20, ETA, 3 / 8)),
        *((60, ALPHA_FOIL, 0.025), (2, DELTA_FOIL, 0.225)),
    ],
    kind="random",
)
