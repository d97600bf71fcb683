"""Amazon's Creators API: of each ASIN's new offers the buy box's (`offer`) and the cheapest one (`low`).

Shipping is not stated. The API does not identify sellers: two offers with equal terms count as one. An item
without an offer, and an unavailable offer, are valid records without a quote.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.marketplace import Marketplace
from arb_pipeline.sources.quote_pipeline import Source, lowest, quotes_at, whole
from arb_pipeline.sources.quote_pipeline import clean as clean_source
from arb_pipeline.sources.quote_rules import Rule, known_rule, missing_rule, whole_rule
from arb_pipeline.sources.raw_frames import Batch, Kind

NEW = "New"
CONDITIONS = (NEW, "Used", "Collectible", "Refurbished")
PREORDER = "PREORDER"
AVAILABLE = ("IN_STOCK", "IN_STOCK_SCARCE", "LEADTIME", "AVAILABLE_DATE", PREORDER)
NOT_AVAILABLE = ("OUT_OF_STOCK", "UNAVAILABLE", "UNKNOWN")
IN_STOCK = ("IN_STOCK", "IN_STOCK_SCARCE")
FOR_MEMBERS = ("PRIME_EXCLUSIVE", "PRIME_EARLY_ACCESS")
QUALITY = {"anybody": 0.6, "members": 0.4}
_TEXTS = ("asin", "title", "url", "currency", "availability", "condition", "deal_access")
_COUNTS = ("min_order_quantity",)
_IS_OFFER = pl.col("amount").is_not_null()
_IS_AVAILABLE = pl.col("availability").is_in(AVAILABLE).fill_null(value=False)


def clean(batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of searches and items; a batch's `recorded_at` is the time of the request to Amazon."""
    return clean_source(_SOURCE, batches, rates=rates, now=now)


def _quotes(good: pl.DataFrame) -> list[pl.DataFrame]:
    offers = good.filter(_IS_AVAILABLE).with_columns(shipping_cents=pl.lit(None, pl.Int64))
    chosen = {"low": offers, "offer": offers.filter(pl.col("is_buy_box_winner") == "true")}
    return [
        quotes_at(
            lowest(rows, price="amount"),
            price="amount",
            price_type=price_type,
            id_kind="asin",
            match_id=pl.col("asin"),
            title=pl.col("title"),
            condition="sealed",
            moq=pl.when(whole("min_order_quantity") > 0).then(whole("min_order_quantity")),
            is_presale=pl.when(pl.col("availability") == PREORDER)
            .then(pl.lit(value=True))
            .when(pl.col("availability").is_in(IN_STOCK))
            .then(pl.lit(value=False)),
            quality=pl.when(pl.col("deal_access").is_in(FOR_MEMBERS))
            .then(QUALITY["members"])
            .otherwise(QUALITY["anybody"]),
            source_url=pl.col("url"),
        )
        for price_type, rows in chosen.items()
    ]


_SOURCE = Source(
    name="amazon",
    version="1",
    fields={
        **dict.fromkeys(_TEXTS, Kind.TEXT),
        "amount": Kind.AMOUNT,
        "is_buy_box_winner": Kind.FLAG,
        **dict.fromkeys(_COUNTS, Kind.WHOLE),
    },
    amounts={"amount": False},
    columns={"_id": pl.col("asin"), "_currency": pl.col("currency")},
    record=pl.format("asin {}", "asin"),
    key=("asin",),
    terms=("amount", "title", *_TEXTS[3:], "is_buy_box_winner"),
    rules=(
        *map(whole_rule, _COUNTS),
        Rule(
            _IS_OFFER & (pl.col("condition").fill_null("") == ""),
            "no_condition",
            "no condition is stated",
            pl.lit("null"),
        ),
        known_rule(pl.col("condition"), CONDITIONS, "unknown_condition", "the condition"),
        Rule(pl.col("condition") != NEW, "not_new", "only new items are sealed", pl.col("condition")),
        known_rule(
            pl.col("availability"), (*AVAILABLE, *NOT_AVAILABLE), "unknown_availability", "the availability"
        ),
        missing_rule("title", "the item has no title"),
    ),
    quotes=_quotes,
    unquoted=pl.when(~_IS_OFFER)
    .then(pl.lit("no_offer"))
    .when(~_IS_AVAILABLE)
    .then(pl.lit("out_of_stock"))
    .otherwise(pl.lit("not_the_lowest")),
    states_once=False,
)

MARKETPLACE = Marketplace("amazon", clean)
