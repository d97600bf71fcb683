"""Parameters of exit channels (valuation.md 3). Values live in `params/channels.yaml`, a group each."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from arb_pipeline.contracts.sources import SOURCES

Bps = Annotated[int, Field(ge=0, le=10_000)]
Cents = Annotated[int, Field(ge=0)]
DOLLAR = "USD"
BULK = "bulk"
"""Channel of cards that are not sold singly."""
CAPPED = "buylist"
"""Kind of price that holds for a limited number of copies."""


class Model(BaseModel):
    """A group of parameters; nothing else may be in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Channel(Model):
    """An exit channel. What it does not charge is left out. Money is in minor units of its currency."""

    commission: Bps = Field(default=0, description="bps of the price, up to the tier")
    tier: Cents | None = Field(default=None, description="cents; above it commission_above is due")
    commission_above: Bps = Field(default=0, description="bps of what is above the tier")
    commission_cap: Cents | None = Field(default=None, description="cents per product, at most")
    commission_min: Cents = Field(default=0, description="cents per product, at least")
    payment: Bps = Field(default=0, description="bps of the order total")
    per_item: Cents = Field(default=0, description="cents per card")
    per_order: Cents = Field(default=0, description="cents per order")
    small_order: Cents | None = Field(default=None, description="cents; up to it per_small_order is due")
    per_small_order: Cents = Field(default=0, description="cents per small order, in place of per_order")
    threshold: Cents = Field(default=0, description="cents; a cheaper card pays below_threshold, no more")
    below_threshold: Bps = Field(default=0, description="bps of the price of a card under the threshold")
    postage: Literal["us", "eu"] | None = Field(default=None, description="region; none: no postage")
    currency: str = Field(default=DOLLAR, pattern=r"^[A-Z]{3}$", description="ISO 4217")
    price_source: str | None = Field(default=None, description="source of quotes; none: reference price")
    price_type: Literal["trend", "buylist"] | None = Field(default=None, description="kind of price")
    bonus: int = Field(default=0, ge=0, description="bps on top of the source's price")

    @model_validator(mode="after")
    def _sound(self) -> "Channel":
        if (self.price_source is None) != (self.price_type is None):
            msg = "price_source and price_type belong together"
            raise ValueError(msg)
        if self.price_source is None and (self.currency != DOLLAR or self.bonus):
            msg = "reference prices are US dollars: another currency, or a bonus, needs a price_source"
            raise ValueError(msg)
        if self.price_source is not None and self.price_source not in SOURCES:
            msg = f"price_source {self.price_source!r} is no source. Known: {sorted(SOURCES)}"
            raise ValueError(msg)
        if self.commission_cap is not None and self.commission_cap < self.commission_min:
            msg = "commission_min <= commission_cap should hold"
            raise ValueError(msg)
        return self

    @property
    def is_capped(self) -> bool:
        """True if it takes a limited number of copies of a card."""
        return self.price_type == CAPPED


class Selling(Model):
    """Parameters of selling singles."""

    channels: tuple[str, ...] = Field(min_length=1)
    cards_per_order: float = Field(ge=1)
    bulk_floor: Cents
    bulk_value: dict[str, Cents]
    quote_limit: int = Field(ge=0)


class Handling(Model):
    """Costs of preparing singles for sale, beside fees and postage, in US cents and minutes."""

    per_order: Cents
    """Envelope, team bag, label."""
    per_card: Cents
    """Sleeve and top loader."""
    minutes_per_order: float = Field(ge=0)
    minutes_per_card: float = Field(ge=0)
    hourly_rate: Cents

    @property
    def order_cents(self) -> float:
        """Cost of one order, in cents: supplies and time."""
        return self.per_order + self.minutes_per_order * self.hourly_rate / 60

    @property
    def card_cents(self) -> float:
        """Cost of one listed card, in cents: supplies and time."""
        return self.per_card + self.minutes_per_card * self.hourly_rate / 60


class QuickSale(Model):
    """Quick sale: the exit that undercuts the lowest ask."""

    condition_floor: float = Field(ge=0, le=1)
    """An ask under this share of the market price is of a card in a worse condition."""


class Resale(Model):
    """Resale: the exit of a sealed product that is sold unopened."""

    channels: tuple[str, ...] = Field(min_length=1)
    postage: Cents
    spread: float = Field(ge=0)
    """Log movement of market prices over the law's reference days that 90 % of products stay within."""
    low_ask: float = Field(ge=0, le=1)
    """Share of the market price under which an offer is a sign that it falls."""
    low_ask_fall: float = Field(ge=0)
    """Log fall of the market price over the reference days that 5 % of such products exceed."""
    low_ask_mean: float = Field(gt=0, le=1)
    """Expected market price of such a product after these days, as a share of today's."""


class Postage(Model):
    """Postage of an order of singles, in minor units of the region's currency."""

    letter: Cents
    letter_limit: Cents
    tracked: Cents


def unknown_channels(selling: Selling, channels: Mapping[str, Channel]) -> str:
    """Error in the names of the channels to sell at; '' if they are valid."""
    unknown = [name for name in selling.channels if name not in channels]
    if unknown:
        return f"selling.channels names {unknown}. Known: {sorted(channels)}"
    if BULK in channels:
        return f"no channel can be called {BULK!r}: that is what is not sold by itself"
    if len(set(selling.channels)) < len(selling.channels):
        return f"selling.channels names a channel twice: {list(selling.channels)}"
    return ""
