"""Valuation frames: features of the price history, nets, and the valued sealed products."""

from datetime import date
from typing import ClassVar

import pandera.polars as pa
import polars as pl

from arb_pipeline.contracts.base import Contract
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.contents import CARDS
from arb_pipeline.contracts.prices import UTC

OBJECTIONS = {
    "not_bought_here": "the buyer does not buy from this source (buying.sources)",
    "not_yet_there": "in presale, or there from a later day on",
    "low_quality": "not for everybody, or too uncertain (buying.min_quality)",
    "too_few": "fewer left than have to be ordered",
    "suspect_offer": "far under the market price: mispriced, opened, or a wrong item",
}
"""Why an offer is shown and is not the price; the first that holds."""


class Features(Contract):
    """One row per (source, source_product_id, printing) with a price in the last 72 hours of `as_of`."""

    category: str = pa.Field(isin=list(CATEGORIES))
    source: str
    source_product_id: str
    printing: str
    reference_cents: pl.Int64 = pa.Field(nullable=True, gt=0, description="latest trusted price, US cents")
    quality: float = pa.Field(nullable=True, description="1 for a market price, 0.6 for asks alone")
    market_cents: pl.Int64 = pa.Field(nullable=True, gt=0)
    low_cents: pl.Int64 = pa.Field(nullable=True, gt=0, description="cheapest ask of `asked_day`")
    price_day: date = pa.Field(nullable=True, description="day of the reference price")
    asked_day: date = pa.Field(description="newest day that was seen, whether or not its price is trusted")
    refused_cents: pl.Int64 = pa.Field(nullable=True, description="latest price kept back as an outlier")
    days_priced: pl.Int32 = pa.Field(ge=0, description="days with a trusted price, of the last 30")
    days_moved: pl.Int32 = pa.Field(ge=0, description="of them, days on which the reference price changed")
    days_compared: pl.Int32 = pa.Field(ge=0, description="days that could be compared with the one before")
    cv: float = pa.Field(nullable=True, description="sample sd / mean of the daily reference price, 30 days")
    seller_count: pl.Int32 = pa.Field(nullable=True)


class ChannelPrices(Contract):
    """One row per (single, printing, channel) that a channel states a price of its own for."""

    category: str = pa.Field(isin=list(CATEGORIES))
    single_product_id: str
    printing: str
    channel: str
    price_cents: pl.Int64 = pa.Field(gt=0, description="US cents at the rate of the day")
    quantity_wanted: pl.Int32 = pa.Field(nullable=True, ge=1, description="null: any number")
    dollars_per_unit: float = pa.Field(gt=0, description="US dollars for one unit of the channel's currency")
    day: date = pa.Field(description="day of the price")
    package_id: str = pa.Field(description="the landing package that it comes from")

    class Config(Contract.Config):
        """A channel has one price of a printing."""

        unique: ClassVar = ["category", "single_product_id", "printing", "channel"]


class Offers(Contract):
    """One row per offer of a sealed product in the last 72 hours, cheapest landed first per product."""

    category: str = pa.Field(isin=list(CATEGORIES))
    product_id: str
    source: str
    source_product_id: str = pa.Field(description="the source's own id")
    price_type: str = pa.Field(isin=["low", "offer", "retail", "wholesale"])
    list_price_cents: pl.Int64 = pa.Field(gt=0, description="US cents, the price alone")
    shipping_cents: pl.Int64 = pa.Field(ge=0, description="as told, else the default of the price's band")
    is_shipping_told: bool
    landed_cents: pl.Int64 = pa.Field(gt=0, description="price + shipping + tax")
    sellers: pl.Int32 = pa.Field(nullable=True, ge=1, description="of the product at the source, if it tells")
    quantity: pl.Int32 = pa.Field(nullable=True, ge=0, description="on offer, if the source tells")
    moq: pl.Int32 = pa.Field(nullable=True, ge=1, description="the price counts from this quantity on")
    is_presale: bool = pa.Field(nullable=True, description="null: unknown")
    recorded_at: UTC = pa.Field(description="when the source published it, else when it was asked")
    source_url: str = pa.Field(nullable=True)
    objection: str = pa.Field(nullable=True, isin=list(OBJECTIONS), description="null: can be bought")
    days_moved: pl.Int32 = pa.Field(nullable=True, description="days on which the quantity there changed")
    days_compared: pl.Int32 = pa.Field(nullable=True, description="days of it to compare with the one before")


class CardNets(Contract):
    """One row per (single, is_foil) that some contents hold: price, best channel, net."""

    card_id: CARDS = pa.Field(unique=True, description="as in the lines of the contents")
    category: str = pa.Field(isin=list(CATEGORIES))
    single_product_id: str
    is_foil: bool
    name: str
    reference_cents: pl.Int64 = pa.Field(nullable=True, gt=0)
    quality: float = pa.Field(nullable=True)
    price_day: date = pa.Field(nullable=True)
    refused_cents: pl.Int64 = pa.Field(nullable=True)
    net_cents: float = pa.Field(
        nullable=True, ge=0, description="after fees and postage, US cents, unrounded"
    )
    channel: str = pa.Field(nullable=True, description="where it nets most; 'bulk' under the bulk floor")
    wanted: pl.Int32 = pa.Field(nullable=True, ge=1, description="copies the channel takes; null: any number")
    uncapped_net_cents: float = pa.Field(nullable=True, ge=0, description="net of further copies")
    uncapped_channel: str = pa.Field(nullable=True, description="where further copies net most")
    cv: float = pa.Field(nullable=True)
    days_moved: pl.Int32 = pa.Field(nullable=True)
    days_compared: pl.Int32 = pa.Field(nullable=True)


class Valuations(Contract):
    """One row per sealed product and day; every column of `sealed_valuations`. Null: not enough data."""

    product_id: str = pa.Field(unique=True)
    as_of: date
    sealed_price_cents: pl.Int64 = pa.Field(nullable=True, description="landed: price + shipping + tax")
    sealed_list_price_cents: pl.Int64 = pa.Field(nullable=True, description="the offer's price alone")
    sealed_source: str = pa.Field(nullable=True, description="who makes that offer")
    market_price_cents: pl.Int64 = pa.Field(nullable=True, description="what others paid")
    gross_singles_value_cents: pl.Int64 = pa.Field(nullable=True)
    singles_value_cents: pl.Int64 = pa.Field(nullable=True, description="after fees, postage and bulk")
    profit_cents: pl.Int64 = pa.Field(nullable=True, description="singles_value - sealed_price")
    margin_bps: pl.Int64 = pa.Field(nullable=True, description="10,000 x profit / sealed_price")
    outcome_mean_cents: pl.Int64 = pa.Field(nullable=True, description="of the net value of one opened")
    outcome_sd_cents: pl.Int64 = pa.Field(nullable=True, ge=0, description="0 where all is guaranteed")
    p5_cents: pl.Int64 = pa.Field(nullable=True, description="net value that 5 % do not exceed")
    p50_cents: pl.Int64 = pa.Field(nullable=True, description="median net value")
    p95_cents: pl.Int64 = pa.Field(nullable=True, description="net value that 95 % do not exceed")
    p_profit: float = pa.Field(nullable=True, ge=0, le=1, description="P(net value > sealed_price)")
    priced_share: float = pa.Field(nullable=True, ge=0, le=1)
    contents_complete: bool
    unknown_parts: pl.List(pl.String)
    extras: pl.Int32
    confidence_score: float = pa.Field(ge=0, le=1)
    price_stability: float = pa.Field(ge=0, le=1)
    seller_count_factor: float = pa.Field(ge=0, le=1)
    volume_history: float = pa.Field(ge=0, le=1)
    margin_size: float = pa.Field(ge=0, le=1)
    missing_factors: pl.List(pl.String)
    seller_count: pl.Int32 = pa.Field(nullable=True)
    risk_level: str = pa.Field(isin=["low", "medium", "high"])
    competition_level: str = pa.Field(isin=["low", "medium", "high", "unknown"])
    rank_score: float = pa.Field(nullable=True)
    published: bool
    flags: pl.List(pl.String)
    why: str = pa.Field(description="one sentence for the buyer")


class ValuationSingles(Contract):
    """One row per sealed product with a value and card that carries it: the rows of `valuation_singles`."""

    product_id: str = pa.Field(description="the sealed product")
    as_of: date
    rank: pl.Int32 = pa.Field(ge=1, description="1 carries most")
    single_product_id: str
    printing: str = pa.Field(description="normal, foil, holofoil, ...")
    is_foil: bool
    expected_copies: float = pa.Field(gt=0, description="in one product, over all its packs and sheets")
    price_cents: pl.Int64 = pa.Field(gt=0, description="reference price of one copy")
    net_cents: pl.Int64 = pa.Field(ge=0, description="what one copy nets, rounded")
    channel: str = pa.Field(description="where it nets most")
    value_cents: pl.Int64 = pa.Field(ge=0, description="expected_copies x unrounded net, rounded")
    value_share: float = pa.Field(gt=0, le=1, description="of the net of all cards of the product")
