"""The law of movement: distribution of a net value's change up to the sale, by traits of the product.

Its figures are dated parameters (`params/movement.yaml`), estimated by `core/backtest/movement_fit.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import exp, isfinite, log
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import Field, model_validator

from arb_pipeline.core.pricing.channel_params import Model

if TYPE_CHECKING:
    from arb_pipeline.core.outcome.movement import Movement

Trait = Literal["level", "concentration", "trading"]
TRAITS: tuple[Trait, ...] = get_args(Trait)
"""Traits that predict a movement, beside kind of contents and game; see `Traits`."""


@dataclass(frozen=True, slots=True)
class Traits:
    """Traits of a product today that predict its movement. nan: not known."""

    is_random: bool
    """True if any of its cards is drawn."""
    category: str
    level: float
    """Mean price of its cards, weighted by what they net, US cents."""
    concentration: float
    """Sum of squared shares of its cards in its net value: 1 for one card, 1/n for n equal ones."""
    trading: float
    """Share of days on which the market price of its cards moved, weighted by what they net."""
    doubt: float = 0.0
    """Share of its net value that is between a price in doubt and the one used for it."""


class KindLaw(Model):
    """The movement of products with fixed, or with random, contents."""

    logs: dict[float, float] = Field(
        description="probability -> log movement over the reference days, scale 1"
    )
    typical: dict[Trait, float]
    """Means over the sample: of the log of level and concentration, of trading itself."""
    slopes: dict[Trait, float]
    """Slopes of the log of the scale, per unit of each trait's distance from its mean."""
    products: int = Field(ge=0, description="products in the sample")
    exponent: float | None = Field(
        default=None, gt=0, le=1, description="power of time by which bands grow; null: that of the law"
    )

    @model_validator(mode="after")
    def _sound(self) -> "KindLaw":
        ordered = sorted(self.logs.items())
        if len(ordered) < 2 or any(a >= b for (_, a), (_, b) in pairwise(ordered)):  # noqa: PLR2004
            msg = (
                "the log movements should rise with their probabilities, of which there should be two or more"
            )
            raise ValueError(msg)
        if not 0 < ordered[0][0] < ordered[-1][0] < 1:
            msg = "the probabilities should be above 0 and under 1"
            raise ValueError(msg)
        return self

    @cached_property
    def table(self) -> "Movement":
        """The movement over the reference days of a product of scale 1."""
        import numpy as np  # the law is a parameter: what reads parameters alone does without

        from arb_pipeline.core.outcome.movement import Movement

        ordered = sorted(self.logs.items())
        return Movement(
            np.array([p for p, _ in ordered]), np.array([value for _, value in ordered]), self.products
        )

    def log_scale(self, traits: Traits) -> float:
        """Log of the scale of the traits; an unknown trait counts as typical."""
        known = {
            "level": log(traits.level) if traits.level > 0 else float("nan"),
            "concentration": log(traits.concentration) if traits.concentration > 0 else float("nan"),
            "trading": traits.trading,
        }
        return sum(
            slope * (known[name] - self.typical[name])
            for name, slope in self.slopes.items()
            if isfinite(known[name])
        )


class MovementLaw(Model):
    """Movement of net values by horizon and traits."""

    horizon_days: int = Field(ge=1)
    reference_days: int = Field(ge=1)
    exponent: float = Field(gt=0, le=1)
    least_scale: float = Field(gt=0)
    most_scale: float = Field(gt=0)
    fixed: KindLaw
    random: KindLaw
    games: Mapping[str, float]
    """Factor of the scale per game, shrunk to 1 where a game has few products."""

    def movement(self, traits: Traits, horizon_days: int | None = None) -> "Movement":
        """The factor between a net value today and after so many days, of mean 1.

        A price today is taken as fair: the movement has no drift, so that the expected net value at the sale
        is that of today. A price in doubt adds its distance to the one used as a standard deviation.
        """
        kind = self.random if traits.is_random else self.fixed
        days = self.horizon_days if horizon_days is None else horizon_days
        game = self.games.get(traits.category, 1.0)
        scale = min(max(exp(kind.log_scale(traits)) * game, self.least_scale), self.most_scale)
        doubt = traits.doubt if isfinite(traits.doubt) else 0.0
        growth = (days / self.reference_days) ** (kind.exponent or self.exponent)
        moved = kind.table.widened(scale * growth, min(doubt, 1.0))
        return moved.centred()
