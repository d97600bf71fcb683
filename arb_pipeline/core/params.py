"""Parameters by name and unit. Values live in `params/*.yaml`; reading them lives in `storage/params.py`."""

from collections.abc import Mapping
from math import inf
from typing import Literal

from pydantic import Field, model_validator

from arb_pipeline.contracts.enums import RiskLevel
from arb_pipeline.core.outcome.movement_law import MovementLaw
from arb_pipeline.core.pricing.channel_params import (
    Channel,
    Handling,
    Model,
    Postage,
    QuickSale,
    Resale,
    Selling,
    unknown_channels,
)

EXACT = 1e-9
FACTORS = {"price_stability", "seller_count", "volume_history", "margin_size"}


class Buying(Model):
    """Sources to buy from, and costs of an offer beside its price."""

    sources: tuple[
        Literal[
            "tcgplayer",
            "tcgplayer_api",
            "cardkingdom",
            "ebay",
            "amazon",
            "amazon_sp",
            "distributor",
            "cardmarket",
        ],
        ...,
    ] = Field(min_length=1)
    min_quality: float = Field(ge=0, le=1)
    shipping_small: int = Field(ge=0)
    shipping_limit: int = Field(ge=0)
    shipping_large: int = Field(ge=0)
    tax: int = Field(ge=0, le=10_000)


class Prices(Model):
    """Choice of observations and reference prices."""

    stale_days: int = Field(ge=0)
    window_days: int = Field(ge=2)
    asks_quality: float = Field(ge=0, le=1)
    max_refused_share: float = Field(ge=0, le=1)
    contradicted_share: float = Field(default=0, ge=0, le=1)
    lone_ask: int | None = Field(default=None, ge=0)


class Outliers(Model):
    """Conditions under which an observation is an outlier."""

    z: float = Field(gt=0)
    min_days: int = Field(ge=2)
    confirmations: int = Field(ge=1)
    min_spread: float = Field(gt=0)
    gap_exponent: float = Field(ge=0, le=1)


class Guards(Model):
    """Guards: bounds beyond which a flag is raised."""

    suspect_offer: float = Field(ge=0, le=1)
    presale_days: int = Field(ge=0)
    untraded_share: float = Field(ge=0, le=1)
    untraded_days: int = Field(ge=1)
    held_back_share: float = Field(ge=0, le=1)
    many_copies: int = Field(ge=1)
    promo_share: float = Field(gt=0)
    max_pieces: float = Field(default=inf, gt=0)
    max_copies: float = Field(default=inf, gt=0)
    max_gross: float = Field(default=inf, gt=0)
    max_margin: float = Field(default=inf, gt=0)


class Publish(Model):
    """Limits of publication."""

    min_margin: int
    min_profit: int
    min_priced_share: float = Field(ge=0, le=1)
    min_p_profit: float = Field(ge=0, le=1)
    min_expected_profit: int
    valued_share: float = Field(ge=0, le=1)
    full_priced_share: float = Field(ge=0, le=1)
    expires_hours: int = Field(gt=0)


class Confidence(Model):
    """Weights and shapes of the four factors."""

    weights: dict[str, float]
    neutral: float = Field(ge=0, le=1)
    cap: float = Field(ge=0, le=1)
    stable_cv: float = Field(gt=0)
    min_days: int = Field(ge=2)
    min_moves: int = Field(ge=0)
    many_sellers: int = Field(ge=2)
    margin_full: float = Field(gt=0)
    margin_fading: float = Field(gt=0)
    margin_unbelievable: float = Field(gt=0)

    @model_validator(mode="after")
    def _sound(self) -> "Confidence":
        if set(self.weights) != FACTORS:
            msg = f"the confidence weights should be of {sorted(FACTORS)}, they are of {sorted(self.weights)}"
            raise ValueError(msg)
        if abs(sum(self.weights.values()) - 1) > EXACT:
            msg = f"the confidence weights {self.weights} should sum to 1"
            raise ValueError(msg)
        if not self.margin_full <= self.margin_fading < self.margin_unbelievable:
            msg = "margin_full <= margin_fading < margin_unbelievable should hold"
            raise ValueError(msg)
        return self


class Step(Model):
    """Limits of confidence and margin for a risk level."""

    confidence: float
    margin: int


class Risk(Model):
    """Risk and competition levels."""

    low: Step
    medium: Step
    rank_weight: dict[RiskLevel, float] = Field(min_length=3)
    few_sellers: int
    some_sellers: int
    stake: float = Field(gt=0, lt=1)


class Parameters(Model):
    """All parameters in force on one day. Money in cents, rates in basis points."""

    channels: Mapping[str, Channel]
    selling: Selling
    postage: Postage
    postage_eu: Postage
    handling: Handling
    quick_sale: QuickSale
    resale: Resale
    buying: Buying
    prices: Prices
    outliers: Outliers
    guards: Guards
    publish: Publish
    confidence: Confidence
    risk: Risk
    movement: MovementLaw

    @model_validator(mode="after")
    def _sound(self) -> "Parameters":
        if fault := unknown_channels(self.selling, self.channels):
            raise ValueError(fault)
        unknown = [name for name in self.resale.channels if name not in self.channels]
        if unknown:
            msg = f"resale.channels names {unknown}. Known: {sorted(self.channels)}"
            raise ValueError(msg)
        return self
