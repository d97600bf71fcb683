"""Parameters by name and unit. Values live in `params/*.yaml`; reading them lives in `stores/params.py`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

EXACT = 1e-9
FACTORS = {"price_stability", "seller_count", "volume_history", "margin_size"}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TcgplayerFees(_Model):
    """TCGplayer levels 1 to 4."""

    commission: int = Field(ge=0, le=10_000)
    commission_cap: int = Field(ge=0)
    payment: int = Field(ge=0, le=10_000)
    per_order: int = Field(ge=0)


class DirectFees(_Model):
    """TCGplayer Direct: the marketplace ships, and takes a fee per card."""

    threshold: int = Field(ge=0)
    per_card: int = Field(ge=0)
    commission: int = Field(ge=0, le=10_000)
    commission_cap: int = Field(ge=0)
    payment: int = Field(ge=0, le=10_000)
    below_threshold: int = Field(ge=0, le=10_000)


class EbayFees(_Model):
    """eBay US, trading cards, no store."""

    commission: int = Field(ge=0, le=10_000)
    tier: int = Field(ge=0)
    commission_above: int = Field(ge=0, le=10_000)
    small_order: int = Field(ge=0)
    per_small_order: int = Field(ge=0)
    per_order: int = Field(ge=0)


class Selling(_Model):
    """How singles are sold."""

    channels: tuple[Literal["tcgplayer", "tcgplayer_direct", "ebay"], ...] = Field(min_length=1)
    cards_per_order: float = Field(ge=1)
    bulk_floor: int = Field(ge=0)
    bulk_value: dict[str, int]


class Postage(_Model):
    """What an order of singles costs to send."""

    letter: int = Field(ge=0)
    letter_limit: int = Field(ge=0)
    tracked: int = Field(ge=0)


class Buying(_Model):
    """Where sealed products are bought, and what an offer costs beside its price."""

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


class Prices(_Model):
    """Which observation counts."""

    stale_days: int = Field(ge=0)
    window_days: int = Field(ge=2)
    asks_quality: float = Field(ge=0, le=1)
    max_refused_share: float = Field(ge=0, le=1)


class Outliers(_Model):
    """When an observation waits for confirmation."""

    z: float = Field(gt=0)
    min_days: int = Field(ge=2)
    confirmations: int = Field(ge=1)
    min_spread: float = Field(gt=0)


class Guards(_Model):
    """What keeps a margin from being believed."""

    suspect_offer: float = Field(ge=0, le=1)
    presale_days: int = Field(ge=0)
    untraded_share: float = Field(ge=0, le=1)
    untraded_days: int = Field(ge=1)
    held_back_share: float = Field(ge=0, le=1)
    many_copies: int = Field(ge=1)


class Publish(_Model):
    """What is an opportunity."""

    min_margin: int
    min_profit: int
    min_priced_share: float = Field(ge=0, le=1)
    valued_share: float = Field(ge=0, le=1)
    full_priced_share: float = Field(ge=0, le=1)
    expires_hours: int = Field(gt=0)


class Confidence(_Model):
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


class Step(_Model):
    """A level of confidence and margin."""

    confidence: float
    margin: int


class Risk(_Model):
    """Risk and competition levels."""

    low: Step
    medium: Step
    rank_weight: dict[Literal["low", "medium", "high"], float] = Field(min_length=3)
    few_sellers: int
    some_sellers: int


class Parameters(_Model):
    """All parameters as they hold on one day. Money in cents, rates in basis points."""

    tcgplayer: TcgplayerFees
    tcgplayer_direct: DirectFees
    ebay: EbayFees
    selling: Selling
    postage: Postage
    buying: Buying
    prices: Prices
    outliers: Outliers
    guards: Guards
    publish: Publish
    confidence: Confidence
    risk: Risk
