"""eBay's offers: new, at a fixed price, one quote each. Nothing is averaged: the API's licence forbids it.

Lots, repacks and the like are recognised by title, in matching. `seller` numbers the sellers of one
package; the sellers of a product are counted after matching.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.marketplace import Marketplace
from arb_pipeline.sources.quote_pipeline import Source, quotes_at, whole
from arb_pipeline.sources.quote_pipeline import clean as clean_source
from arb_pipeline.sources.quote_rules import Rule, known_rule, missing_rule, whole_rule
from arb_pipeline.sources.raw_frames import Batch, Kind

FIXED_PRICE, AUCTION = "FIXED_PRICE", "AUCTION"
NEW = ("1000", "New", "Brand New", "Factory Sealed", "New/Factory Sealed")
NOT_NEW = (
    *("1500", "1750", "2000", "2010", "2020", "2030", "2500", "2750", "2990", "3000", "3010", "4000"),
    *("5000", "6000", "7000"),
    *("New other (see details)", "New (Other)", "Open box", "Like New", "Graded", "Ungraded", "Used"),
    *("Pre-owned", "Very Good", "Good", "Acceptable", "For parts or not working"),
)
"""eBay's numbers of conditions, and its words where it states no number."""
QUALITY = {"landed": 0.6, "shipping unknown": 0.5}
_TEXTS = (
    *(
        "item_id",
        "title",
        "currency",
        "condition",
        "condition_id",
        "buying_options",
        "item_group_type",
        "url",
    ),
)
_COUNTS = ("seller", "available_quantity")
_AMOUNTS = {"price": False, "shipping": True}
_OPTIONS = pl.col("buying_options").fill_null("").str.split("|")
_CONDITION = pl.col("_condition")


def clean(batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of searches and items; a batch's `recorded_at` is the time of the request to eBay."""
    return clean_source(_SOURCE, batches, rates=rates, now=now)


def _quotes(good: pl.DataFrame) -> list[pl.DataFrame]:
    is_landed = pl.col("shipping_cents").is_not_null()
    return [
        quotes_at(
            good.filter(whole("available_quantity").fill_null(1) > 0),
            price="price",
            price_type="offer",
            id_kind="listing",
            title=pl.col("title"),
            condition="sealed",
            shipping_cents=pl.col("shipping_cents"),
            seller=whole("seller"),
            available_quantity=whole("available_quantity"),
            quality=pl.when(is_landed).then(QUALITY["landed"]).otherwise(QUALITY["shipping unknown"]),
            source_url=pl.col("url"),
        )
    ]


_SOURCE = Source(
    name="ebay",
    version="1",
    fields={
        **dict.fromkeys(_TEXTS, Kind.TEXT),
        **dict.fromkeys(_AMOUNTS, Kind.AMOUNT),
        **dict.fromkeys(_COUNTS, Kind.WHOLE),
    },
    amounts=_AMOUNTS,
    columns={
        "_id": pl.col("item_id"),
        "_currency": pl.col("currency"),
        "_condition": pl.coalesce("condition_id", "condition"),
    },
    record=pl.format("item {}", "item_id"),
    key=("item_id",),
    terms=("currency", *_AMOUNTS, "title"),
    rules=(
        *map(whole_rule, _COUNTS),
        Rule(
            _OPTIONS.list.contains(AUCTION),
            "auction",
            "the price of an auction is no ask",
            pl.col("buying_options"),
        ),
        Rule(
            ~_OPTIONS.list.contains(FIXED_PRICE),
            "not_fixed_price",
            f"the offer is not {FIXED_PRICE}",
            pl.col("buying_options"),
        ),
        missing_rule("price", "the offer has no price"),
        missing_rule("title", "without a title the offer cannot be matched"),
        Rule(
            pl.col("item_group_type").fill_null("") != "",
            "variations",
            "the price is that of the cheapest variation, which is not stated",
            pl.col("item_group_type"),
        ),
        missing_rule("_condition", "no condition is stated"),
        known_rule(_CONDITION, (*NEW, *NOT_NEW), "unknown_condition", "the condition"),
        Rule(_CONDITION.is_in(NOT_NEW), "not_new", "only new items are sealed", _CONDITION),
    ),
    quotes=_quotes,
    unquoted=pl.lit("out_of_stock"),
)

MARKETPLACE = Marketplace("ebay", clean)
