"""Card Kingdom's lists: retail prices while in stock, buylist prices while it buys. USD.

A product that is sold out and not bought is a valid record without a quote (`no_offer`). Its buylist is for
near mint. Batches are of kind `single` or `sealed`.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache

import polars as pl

from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.marketplace import Marketplace, PriceFile
from arb_pipeline.sources.parsing.cardkingdom import price_list
from arb_pipeline.sources.quote_pipeline import Source, quotes_at, whole
from arb_pipeline.sources.quote_pipeline import clean as clean_source
from arb_pipeline.sources.quote_rules import known_rule, whole_rule
from arb_pipeline.sources.raw_frames import Batch, Kind

SITE = "https://www.cardkingdom.com/"
KINDS = ("single", "sealed")
NEAR_MINT = "near_mint"
GRADES = {NEAR_MINT: "nm", "lightly_played": "ex", "moderately_played": "vg", "heavily_played": "g"}
"""Our conditions -> Card Kingdom's: near mint, excellent, very good, good."""
LANGUAGES = {
    "JP": "Japanese",
    "KR": "Korean",
    "CS": "Chinese Simplified",
    "CT": "Chinese Traditional",
    "DE": "German",
    "FR": "French",
    "IT": "Italian",
    "ES": "Spanish",
    "SP": "Spanish",
    "PT": "Portuguese",
    "RU": "Russian",
    "AR": "Arabic",
    "HE": "Hebrew",
    "LA": "Latin",
    "SA": "Sanskrit",
}
"""Endings of SKUs. A printing with a collector number of its own for its language has none."""
ETCHED = r"^FE[A-Z0-9]{3,}-"
"""A foil's SKU has an F before the set's code, an etched card's FE. All 132 of a catalogue of 3,711 agree."""
UUID = r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
QUALITY = {"retail": 0.8, "buylist": 1.0}
"""A shop's ask, and a firm bid."""
IS_SEALED = pl.col("_kind") == "sealed"


def clean(
    batches: Iterable[Batch], *, rates: Rates, now: datetime, conditions: Collection[str] = (NEAR_MINT,)
) -> Quoted:
    """Quotes of the lists; a batch's `recorded_at` is the list's `created_at`.

    `conditions`: of the retail prices of cards. Sealed products and the buylist are always included.
    """
    return clean_source(_source(tuple(conditions)), batches, rates=rates, now=now)


@cache
def _source(conditions: tuple[str, ...]) -> Source:
    grades = [GRADES[condition] for condition in dict.fromkeys((NEAR_MINT, *conditions))]
    texts = ("id", "sku", "scryfall_id", "url", "name", "variation", "edition")
    amounts = ["price_retail", "price_buy", *(f"{grade}_price" for grade in grades)]
    counts = ["qty_retail", "qty_buying", *(f"{grade}_qty" for grade in grades)]
    sku, scryfall = pl.col("sku").fill_null(""), pl.col("scryfall_id").str.to_lowercase()
    is_etched = pl.col("variation").str.to_lowercase().str.contains("etched", literal=True)
    printing = (
        pl.when(is_etched.fill_null(value=False) | sku.str.contains(ETCHED))
        .then(pl.lit("etched"))
        .when(pl.col("is_foil") == "true")
        .then(pl.lit("foil"))
        .otherwise(pl.lit("normal"))
    )
    return Source(
        name="cardkingdom",
        version="1",
        fields={
            **dict.fromkeys(texts, Kind.TEXT),
            "is_foil": Kind.FLAG,
            **dict.fromkeys(amounts, Kind.AMOUNT),
            **dict.fromkeys(counts, Kind.WHOLE),
        },
        amounts=dict.fromkeys(amounts, True),
        columns={
            "_id": pl.when(sku == "").then("id").otherwise("sku"),
            "_currency": pl.lit("USD"),
            "_printing": printing,
            "_scryfall": pl.when(scryfall.str.contains(UUID) & ~IS_SEALED).then(scryfall),
            "_suffix": sku.str.extract(r"-([A-Z]{2})$"),
        },
        record=pl.when(sku == "").then(pl.format("id {}", "id")).otherwise(pl.format("sku {}", "sku")),
        key=("_id",),
        terms=("_printing", "_scryfall", *amounts, *counts),
        rules=(
            *map(whole_rule, counts),
            known_rule(pl.col("_kind"), KINDS, "unknown_list", "the kind of list"),
            known_rule(pl.col("_suffix"), tuple(LANGUAGES), "unknown_language", "the language in the SKU"),
        ),
        quotes=lambda good: _quotes(good, conditions),
        unquoted=pl.lit("no_offer"),
    )


def _quotes(good: pl.DataFrame, conditions: tuple[str, ...]) -> list[pl.DataFrame]:
    by_scryfall = pl.col("_scryfall").is_not_null()
    url = pl.col("url")
    common = {
        "id_kind": pl.when(by_scryfall).then(pl.lit("scryfall")).otherwise(pl.lit("cardkingdom")),
        "match_id": pl.when(by_scryfall).then("_scryfall").otherwise("id"),
        "title": pl.when(pl.col("variation").fill_null("") == "")
        .then("name")
        .otherwise(pl.format("{} ({})", "name", "variation")),
        "printing": pl.col("_printing"),
        "language": pl.col("_suffix").replace(LANGUAGES).fill_null("English"),
        "source_url": pl.when(url.str.starts_with("https://")).then(url).otherwise(pl.lit(SITE) + url),
    }
    own = pl.when(IS_SEALED).then(pl.lit("sealed")).otherwise(pl.lit(NEAR_MINT))
    is_graded = pl.col("nm_qty").is_not_null() & ~IS_SEALED
    frames = [
        quotes_at(
            good.filter(whole("qty_buying") > 0),
            price="price_buy",
            price_type="buylist",
            condition=own,
            quality=QUALITY["buylist"],
            available_quantity=whole("qty_buying"),
            **common,
        )
    ]
    offers = [(good.filter(~is_graded), own, "price_retail", "qty_retail")]
    if NEAR_MINT not in conditions:
        offers = [(good.filter(IS_SEALED), own, "price_retail", "qty_retail")]
    graded = good.filter(is_graded & (whole("qty_retail") > 0))
    offers += [
        (graded, pl.lit(condition), f"{GRADES[condition]}_price", f"{GRADES[condition]}_qty")
        for condition in conditions
    ]
    for rows, condition, price, quantity in offers:
        frames.append(
            quotes_at(
                rows.filter(whole(quantity) > 0),
                price=price,
                price_type="retail",
                condition=condition,
                quality=QUALITY["retail"],
                available_quantity=whole(quantity),
                **common,
            )
        )
    return frames


LISTS = {"single": "pricelist.json", "sealed": "sealed.json"}
MARKETPLACE = Marketplace(
    "cardkingdom",
    clean,
    files=tuple(PriceFile(name, price_list, "mtg", kind, states_time=True) for kind, name in LISTS.items()),
)
