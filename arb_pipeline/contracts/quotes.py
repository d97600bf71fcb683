"""Quotes: every price that a source states, one row each, before it is known which product it is of."""

from datetime import date
from typing import ClassVar

import pandera.polars as pa
import polars as pl

from arb_pipeline.contracts.base import Contract
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.enums import PriceType
from arb_pipeline.contracts.schema import UTC

MAX_CENTS = 999_999_999
"""NUMERIC(10,2) of price_history ends above $9,999,999.99; nothing here has sold for it."""
CONDITIONS = ("near_mint", "lightly_played", "moderately_played", "heavily_played", "damaged", "sealed")
LANGUAGES = (
    *("English", "Japanese", "Korean", "Chinese Simplified", "Chinese Traditional", "German", "French"),
    *("Italian", "Spanish", "Portuguese", "Russian", "Arabic", "Hebrew", "Latin", "Sanskrit"),
)
ID_KINDS = {
    "mcm": "Cardmarket's idProduct",
    "cardkingdom": "Card Kingdom's id",
    "scryfall": "Scryfall's id of a printing; the finish is in `printing`",
    "tcgplayer": "TCGplayer's productId",
    "asin": "Amazon's ASIN",
    "upc": "a barcode as `core.matching.barcodes.barcode` writes it",
    "listing": "an offer that names no id of ours: by title only",
    "distributor": "a distributor's own number, which no catalogue has: by title only",
}
"""Which id of our catalogue `match_id` is."""
KEY = ("source", "source_product_id", "printing", "condition", "language", "day", "price_type")


class Quotes(Contract):
    """One row per price that a source states; a record of a source may state several."""

    category: str = pa.Field(
        isin=list(CATEGORIES), nullable=True, description="null: the source does not say"
    )
    source: str
    source_product_id: str = pa.Field(str_length={"min_value": 1}, description="the source's own id")
    id_kind: str = pa.Field(isin=list(ID_KINDS))
    match_id: str = pa.Field(nullable=True, description="the id to match by; null: by title")
    title: str = pa.Field(nullable=True)
    upc: str = pa.Field(nullable=True)
    printing: str = pa.Field(description="normal, foil, etched, reverse_holofoil ...; sealed is normal")
    condition: str = pa.Field(isin=list(CONDITIONS))
    language: str = pa.Field(isin=list(LANGUAGES))
    day: date = pa.Field(description="the UTC day of recorded_at")
    recorded_at: UTC = pa.Field(description="when the source published it, else when it was asked")
    price_type: str = pa.Field(isin=list(PriceType.values()))
    price_cents: pl.Int64 = pa.Field(gt=0, le=MAX_CENTS, description="US cents, without shipping")
    amount_text: str = pa.Field(description="the amount as the source wrote it")
    currency: str = pa.Field(description="of amount_text")
    shipping_cents: pl.Int64 = pa.Field(nullable=True, ge=0, description="US cents; null: unknown")
    seller: pl.Int64 = pa.Field(nullable=True, description="a number within one package: to count sellers")
    seller_count: pl.Int32 = pa.Field(nullable=True, ge=0)
    available_quantity: pl.Int32 = pa.Field(nullable=True, ge=0, description="on offer; of a buylist: wanted")
    moq: pl.Int32 = pa.Field(nullable=True, ge=1, description="the price counts from this quantity on")
    case_size: pl.Int32 = pa.Field(nullable=True, ge=1)
    available_on: date = pa.Field(nullable=True)
    is_presale: bool = pa.Field(nullable=True, description="null: unknown")
    quality: float = pa.Field(ge=0, le=1, description="1: what it sells for, or a firm price")
    source_url: str = pa.Field(nullable=True)
    file: str = pa.Field(description="path inside the landing package")
    record: str = pa.Field(description="the record in it")

    class Config(Contract.Config):
        """A source states a price once."""

        unique: ClassVar = list(KEY)
