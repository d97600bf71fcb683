"""Cardmarket's price guide, in EUR: prices of all conditions and languages together, by `idProduct`.

`low` is the cheapest offer whatever its condition, so its quality is low for cards. 0 and null mean unknown.
`-foil` fields of sealed products are an artefact: nothing sealed is foil.
"""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.cleaning import Quoted
from arb_pipeline.sources.marketplace import Marketplace, PriceFile
from arb_pipeline.sources.parsing.cardmarket import price_guide
from arb_pipeline.sources.quote_pipeline import Source, quotes_at
from arb_pipeline.sources.quote_pipeline import clean as clean_source
from arb_pipeline.sources.quote_rules import missing_rule
from arb_pipeline.sources.raw_frames import Batch, Kind

SINGLES = ("1", "5", "51")
"""`idCategory` of single cards: Magic's, Yu-Gi-Oh's, Pokemon's. Every other one is sealed, or a lot."""
FINISHES = {"": "normal", "-foil": "foil", "-holo": "reverse_holofoil"}
"""Endings of fields -> printing. Pokemon's guide has `-holo` in place of `-foil`."""
REFERENCES = {"trend": 1.0, "avg7": 0.8, "avg30": 0.7}
"""Field -> quality; the first present field counts."""
LOW_QUALITY = {"card": 0.4, "sealed": 0.6}
PRICES = ("low", *REFERENCES)
IS_SINGLE = pl.col("idCategory").is_in(SINGLES)
_AMOUNTS = [price + ending for ending in FINISHES for price in PRICES]


def clean(batches: Iterable[Batch], *, rates: Rates, now: datetime) -> Quoted:
    """Quotes of price guides; a batch's `recorded_at` is the guide's `createdAt`."""
    return clean_source(_SOURCE, batches, rates=rates, now=now)


def _quotes(good: pl.DataFrame) -> list[pl.DataFrame]:
    frames = []
    for ending, printing in FINISHES.items():
        rows = good if ending == "" else good.filter(IS_SINGLE)
        common = {
            "id_kind": "mcm",
            "match_id": pl.col("_id"),
            "printing": printing,
            "condition": pl.when(IS_SINGLE).then(pl.lit("near_mint")).otherwise(pl.lit("sealed")),
        }
        low = pl.when(IS_SINGLE).then(LOW_QUALITY["card"]).otherwise(LOW_QUALITY["sealed"])
        frames.append(quotes_at(rows, price=f"low{ending}", price_type="low", quality=low, **common))
        for price, quality in REFERENCES.items():
            field = price + ending
            frames.append(quotes_at(rows, price=field, price_type=price, quality=quality, **common))
            rows = rows.filter((pl.col(f"{field}_cents") > 0).fill_null(value=False).not_())
    return frames


_SOURCE = Source(
    name="cardmarket",
    version="1",
    fields={"idProduct": Kind.TEXT, "idCategory": Kind.TEXT, **dict.fromkeys(_AMOUNTS, Kind.NUMBER)},
    amounts=dict.fromkeys(_AMOUNTS, True),
    columns={"_id": pl.col("idProduct"), "_currency": pl.lit("EUR")},
    record=pl.format("idProduct {}", "idProduct"),
    key=("idProduct",),
    terms=("idCategory", *_AMOUNTS),
    rules=(missing_rule("idCategory", "without idCategory, card and sealed product are indistinguishable"),),
    quotes=_quotes,
    unquoted=pl.lit("no_price"),
)

GUIDES = {"mtg": "price_guide_1.json", "yugioh": "price_guide_3.json", "pokemon": "price_guide_6.json"}
MARKETPLACE = Marketplace(
    "cardmarket",
    clean,
    files=tuple(PriceFile(name, price_guide, game, states_time=True) for game, name in GUIDES.items()),
)
