"""TCGplayer's own API: the prices that TCGCSV publishes too, by product and printing. USD.

It lists every possible printing of a product: a record without any price is valid here (`no_price`).
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.cleaning.tcgplayer import PRICES, SOURCE
from arb_pipeline.sources.marketplace import Marketplace
from arb_pipeline.sources.quote_pipeline import Source, quotes_at
from arb_pipeline.sources.quote_pipeline import clean as clean_source
from arb_pipeline.sources.quote_rules import Rule, missing_rule
from arb_pipeline.sources.raw_frames import Batch, Kind

QUALITY = {"market": 1.0, "low": 0.6, "mid": 0.6}


def clean(batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of pricing records; a batch's `recorded_at` is the time of the request to the API."""
    return clean_source(_SOURCE, batches, rates=rates, now=now)


def _quotes(good: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        quotes_at(
            good,
            price=field,
            price_type=price_type,
            id_kind="tcgplayer",
            match_id=pl.col("_id"),
            printing=pl.col("_printing"),
            condition="near_mint",
            quality=QUALITY[price_type],
        )
        for field, price_type in PRICES.items()
    ]


_SOURCE = Source(
    name=SOURCE,
    version="1",
    fields={"productId": Kind.TEXT, "subTypeName": Kind.TEXT, **dict.fromkeys(PRICES, Kind.NUMBER)},
    amounts=dict.fromkeys(PRICES, False),
    columns={
        "_id": pl.col("productId"),
        "_currency": pl.lit("USD"),
        # Spelt as in TCGCSV's cleaning, checked by a test: both are matched by (product, printing).
        "_printing": pl.col("subTypeName").str.strip_chars().str.to_lowercase().str.replace_all(r"\W+", "_"),
    },
    record=pl.format("productId {} {}", "productId", pl.col("subTypeName").fill_null("")),
    key=("_id", "_printing"),
    terms=tuple(PRICES),
    rules=(
        Rule(
            ~pl.col("_id").str.contains("^[1-9][0-9]{0,9}$"),
            "not_a_product",
            "productId is no whole number above 0",
            pl.col("_id"),
        ),
        missing_rule("_printing", "subTypeName is empty"),
    ),
    quotes=_quotes,
    unquoted=pl.lit("no_price"),
)

MARKETPLACE = Marketplace("tcgplayer", clean, kinds=("price",), prices="tcgplayer_api")
"""Records of groups and products state no price."""
