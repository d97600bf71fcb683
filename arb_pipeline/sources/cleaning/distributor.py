"""Distributors' price lists: wholesale prices from a minimum quantity on, in the list's currency.

A price is of the listed unit, a piece or a case: `case_size` is passed on, not multiplied.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from arb_pipeline.core.matching.barcodes import barcode
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.marketplace import Marketplace
from arb_pipeline.sources.quote_pipeline import Source, quotes_at, whole
from arb_pipeline.sources.quote_pipeline import clean as clean_source
from arb_pipeline.sources.quote_rules import Rule, missing_rule, whole_rule
from arb_pipeline.sources.raw_frames import Batch, Kind

QUALITY = 1.0
"""A firm price."""
_TEXTS = ("distributor", "category", "currency", "row", "problem", "sku", "upc", "name", "available_on")
_COUNTS = ("moq", "case_size", "quantity")
_CODE = pl.coalesce(pl.col("sku").replace("", None), pl.col("upc").replace("", None))
_AVAILABLE = pl.col("available_on").str.to_date("%Y-%m-%d", strict=False)


def clean(batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of price lists; a batch's `recorded_at` is the time of the fetch."""
    return clean_source(_SOURCE, batches, rates=rates, now=now)


def _quotes(good: pl.DataFrame) -> list[pl.DataFrame]:
    codes = good["upc"].unique().drop_nulls().to_list()
    known = {code: gtin for code in codes if (gtin := barcode(code))}
    upc = pl.col("upc").replace_strict(known, default=None, return_dtype=pl.String)
    return [
        quotes_at(
            good.filter(whole("quantity").fill_null(1) > 0),
            price="price",
            price_type="wholesale",
            id_kind=pl.when(upc.is_not_null()).then(pl.lit("upc")).otherwise(pl.lit("distributor")),
            match_id=upc,
            upc=upc,
            title=pl.col("name"),
            condition="sealed",
            quality=QUALITY,
            available_quantity=whole("quantity"),
            moq=pl.when(whole("moq") > 0).then(whole("moq")),
            case_size=pl.when(whole("case_size") > 0).then(whole("case_size")),
            available_on=_AVAILABLE,
            is_presale=pl.col("_day") < _AVAILABLE,
        )
    ]


_SOURCE = Source(
    name="distributor",
    version="1",
    fields={
        **dict.fromkeys(_TEXTS, Kind.TEXT),
        "price": Kind.AMOUNT,
        **dict.fromkeys(_COUNTS, Kind.WHOLE),
    },
    amounts={"price": False},
    columns={
        "_id": pl.format("{}:{}", pl.col("distributor").replace("", None), _CODE),
        "_currency": pl.col("currency"),
        "_category": pl.coalesce("category", "_category"),
    },
    record=pl.format("{} row {}", "distributor", "row"),
    key=("_id",),
    terms=("currency", "price", "name", "available_on", *_COUNTS),
    rules=(
        *map(whole_rule, _COUNTS),
        missing_rule("price", "the row has no price"),
        Rule(
            pl.col("available_on").is_not_null() & _AVAILABLE.is_null(),
            "not_a_day",
            "available_on is no day",
            pl.col("available_on"),
        ),
    ),
    first_rules=(
        Rule(
            pl.col("problem").fill_null("") != "",
            "unreadable_row",
            "a cell of the row could not be read",
            pl.col("problem"),
        ),
    ),
    quotes=_quotes,
    unquoted=pl.lit("out_of_stock"),
)

MARKETPLACE = Marketplace("distributor", clean)
