"""Valuation frames: features of the price history, nets, and the valued sealed products."""

from datetime import date
from typing import ClassVar

import polars as pl

from arb_pipeline.contracts.base import Contract, Field
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.columns import OFFERS, SEALED_VALUATIONS, VALUATION_SINGLES
from arb_pipeline.contracts.contents import CARDS
from arb_pipeline.contracts.frame_models import contract_of


class Features(Contract):
    """One row per (source, source_product_id, printing) with a price in the last 72 hours of `as_of`."""

    category: str = Field(isin=list(CATEGORIES))
    source: str
    source_product_id: str
    printing: str
    reference_cents: pl.Int64 = Field(nullable=True, gt=0, description="latest trusted price, US cents")
    quality: float = Field(nullable=True, description="1 for a market price, 0.6 for asks alone")
    market_cents: pl.Int64 = Field(nullable=True, gt=0)
    low_cents: pl.Int64 = Field(nullable=True, gt=0, description="cheapest ask of `asked_day`")
    price_day: date = Field(nullable=True, description="day of the reference price")
    asked_day: date = Field(description="newest day that was seen, whether or not its price is trusted")
    refused_cents: pl.Int64 = Field(nullable=True, description="latest price, if it is in doubt")
    accepted_cents: pl.Int64 = Field(
        nullable=True, description="the last accepted, if the latest is in doubt"
    )
    days_priced: pl.Int32 = Field(ge=0, description="days with a trusted price, of the last 30")
    days_moved: pl.Int32 = Field(ge=0, description="of them, days on which the reference price changed")
    days_compared: pl.Int32 = Field(ge=0, description="days that could be compared with the one before")
    cv: float = Field(nullable=True, description="sample sd / mean of the daily reference price, 30 days")
    seller_count: pl.Int32 = Field(nullable=True)


class ChannelPrices(Contract):
    """One row per (single, printing, channel) for which the channel states a price."""

    category: str = Field(isin=list(CATEGORIES))
    single_product_id: str
    printing: str
    channel: str
    price_cents: pl.Int64 = Field(gt=0, description="US cents at the rate of the day")
    quantity_wanted: pl.Int32 = Field(nullable=True, ge=1, description="null: any number")
    dollars_per_unit: float = Field(gt=0, description="US dollars for one unit of the channel's currency")
    day: date = Field(description="day of the price")
    package_id: str = Field(description="landing package of the price")

    class Config(Contract.Config):
        """A channel has one price of a printing."""

        unique: ClassVar = ["category", "single_product_id", "printing", "channel"]


Offers = contract_of(OFFERS, "Offers", __name__)


class CardNets(Contract):
    """One row per (single, is_foil) that some contents hold: price, best channel, net."""

    card_id: CARDS = Field(unique=True, description="as in the lines of the contents")
    category: str = Field(isin=list(CATEGORIES))
    single_product_id: str
    is_foil: bool
    name: str
    reference_cents: pl.Int64 = Field(nullable=True, gt=0)
    quality: float = Field(nullable=True)
    price_day: date = Field(nullable=True)
    refused_cents: pl.Int64 = Field(nullable=True)
    accepted_cents: pl.Int64 = Field(nullable=True)
    net_cents: float = Field(nullable=True, ge=0, description="after fees and postage, US cents, unrounded")
    channel: str = Field(nullable=True, description="best channel; 'bulk' under the bulk floor")
    wanted: pl.Int32 = Field(nullable=True, ge=1, description="copies the channel takes; null: any number")
    uncapped_net_cents: float = Field(nullable=True, ge=0, description="net of further copies")
    uncapped_channel: str = Field(nullable=True, description="best channel of further copies")
    quick_net_cents: float = Field(nullable=True, ge=0, description="net of a sale at the lowest ask")
    cash_net_cents: float = Field(nullable=True, ge=0, description="net at the best buylist")
    cash_wanted: pl.Int32 = Field(nullable=True, ge=1, description="copies that the buylist takes")
    cv: float = Field(nullable=True)
    days_moved: pl.Int32 = Field(nullable=True)
    days_compared: pl.Int32 = Field(nullable=True)


Valuations = contract_of(SEALED_VALUATIONS, "Valuations", __name__)
ValuationSingles = contract_of(VALUATION_SINGLES, "ValuationSingles", __name__)
