"""Amazon's Selling Partner API: of each ASIN's new offers the buy box's (`offer`) and the cheapest (`low`).

Cheapest with shipping, over single offers and Amazon's summary. Business and quantity prices are not unit
prices. Sellers are not stated: offers with equal terms count as one, and `seller_count` is Amazon's.
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

NEW = "new"
CONDITIONS = (
    *(NEW, "used", "collectible", "refurbished", "club"),
    *("like_new", "mint", "very_good", "good", "acceptable", "poor", "open_box", "oem"),
)
BUY_BOX = "buy_box"
KINDS = ("offer", "lowest", BUY_BOX)
BUSINESS = "B2B"
QUALITY = {"landed": 0.6, "shipping unknown": 0.5}
_TEXTS = ("kind", "asin", "currency", "condition", "offer_type")
_COUNTS = ("offer_count", "quantity_tier")
_AMOUNTS = {"listing": False, "shipping": True, "landed": False}
_IS_FOR_ONE = (pl.col("offer_type").fill_null("") != BUSINESS) & (whole("quantity_tier").fill_null(1) <= 1)


def clean(batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of offers; a batch's `recorded_at` is the time of the request to Amazon.

    Records name their kind (`offer`, `lowest`, `buy_box`) as in `records.jsonl`, or their batch does.
    """
    return clean_source(_SOURCE, batches, rates=rates, now=now)


def _quotes(good: pl.DataFrame) -> list[pl.DataFrame]:
    offers = good.filter(_IS_FOR_ONE)
    is_buy_box = (pl.col("_list") == BUY_BOX) | (pl.col("is_buy_box_winner") == "true")
    chosen = {"low": offers, "offer": offers.filter(is_buy_box)}
    is_landed = pl.col("shipping_cents").is_not_null()
    return [
        quotes_at(
            lowest(rows, price="listing"),
            price="listing",
            price_type=price_type,
            id_kind="asin",
            match_id=pl.col("asin"),
            condition="sealed",
            shipping_cents=pl.col("shipping_cents"),
            seller_count=whole("offer_count"),
            quality=pl.when(is_landed).then(QUALITY["landed"]).otherwise(QUALITY["shipping unknown"]),
        )
        for price_type, rows in chosen.items()
    ]


_SOURCE = Source(
    name="amazon_sp",
    version="1",
    fields={
        **dict.fromkeys(_TEXTS, Kind.TEXT),
        **dict.fromkeys(_AMOUNTS, Kind.AMOUNT),
        "is_buy_box_winner": Kind.FLAG,
        **dict.fromkeys(_COUNTS, Kind.WHOLE),
    },
    amounts=_AMOUNTS,
    columns={
        "_id": pl.col("asin"),
        "_currency": pl.col("currency"),
        "_list": pl.coalesce("kind", "_kind"),
        "condition": pl.col("condition").str.to_lowercase(),
        # Where only the landed price is stated, it includes shipping.
        "listing": pl.coalesce("listing", "landed"),
        "shipping": pl.when(pl.col("listing").is_null() & pl.col("landed").is_not_null())
        .then(pl.lit("0"))
        .otherwise("shipping"),
    },
    record=pl.format("{} of asin {}, {}", "_list", "asin", "_n"),
    key=("asin",),
    terms=("_list", "currency", "condition", "offer_type", "quantity_tier", "is_buy_box_winner", *_AMOUNTS),
    rules=(
        *map(whole_rule, _COUNTS),
        known_rule(pl.col("_list"), KINDS, "unknown_list", "the kind of record"),
        missing_rule("listing", "the offer has no price"),
        missing_rule("condition", "no condition is stated"),
        known_rule(pl.col("condition"), CONDITIONS, "unknown_condition", "the condition"),
        Rule(pl.col("condition") != NEW, "not_new", "only new items are sealed", pl.col("condition")),
    ),
    quotes=_quotes,
    unquoted=pl.when(_IS_FOR_ONE).then(pl.lit("not_the_lowest")).otherwise(pl.lit("not_for_one")),
    states_once=False,
)

MARKETPLACE = Marketplace("amazon_sp", clean)
