"""Quotes: one row per price that a source states, before it is matched to a product."""

from datetime import date
from typing import ClassVar

import polars as pl

from arb_pipeline.contracts.base import Contract, Field
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.enums import PriceType
from arb_pipeline.contracts.frame_models import UTC

MAX_CENTS = 999_999_999
"""Highest price that is accepted: $9,999,999.99."""
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
    "listing": "an offer without a known id: by title only",
    "distributor": "a distributor's own number, which no catalogue has: by title only",
}
"""Kind of identifier -> which one of the catalogue it is."""
KEY = ("source", "source_product_id", "printing", "condition", "language", "day", "price_type")


class Quotes(Contract):
    """One row per price that a source states; a record of a source may state several."""

    category: str = Field(
        isin=list(CATEGORIES), nullable=True, description="Game. Null: the source does not state it."
    )
    source: str
    source_product_id: str = Field(
        str_length={"min_value": 1}, description="Identifier of the product at the source."
    )
    id_kind: str = Field(isin=list(ID_KINDS))
    match_id: str = Field(nullable=True, description="Identifier to match by. Null: match by title.")
    title: str = Field(nullable=True)
    upc: str = Field(nullable=True)
    printing: str = Field(
        description="Printing: normal, foil, etched, reverse_holofoil ...; normal for a sealed product."
    )
    condition: str = Field(isin=list(CONDITIONS))
    language: str = Field(isin=list(LANGUAGES))
    day: date = Field(description="UTC day of recorded_at.")
    recorded_at: UTC = Field(description="Time of publication at the source, else of the request.")
    price_type: str = Field(isin=list(PriceType.values()))
    price_cents: pl.Int64 = Field(gt=0, le=MAX_CENTS, description="Price without shipping. Unit: US cents.")
    amount_text: str = Field(description="Amount as the source writes it.")
    currency: str = Field(description="Currency of amount_text.")
    shipping_cents: pl.Int64 = Field(
        nullable=True, ge=0, description="Shipping. Null: not known. Unit: US cents."
    )
    seller: pl.Int64 = Field(
        nullable=True, description="Number of the seller within the package, to count sellers."
    )
    seller_count: pl.Int32 = Field(nullable=True, ge=0)
    available_quantity: pl.Int32 = Field(
        nullable=True, ge=0, description="Quantity on offer; for a buylist, wanted."
    )
    moq: pl.Int32 = Field(nullable=True, ge=1, description="Minimum order quantity of the price.")
    case_size: pl.Int32 = Field(nullable=True, ge=1)
    available_on: date = Field(nullable=True)
    is_presale: bool = Field(nullable=True, description="True for a presale. Null: not known.")
    quality: float = Field(
        ge=0, le=1, description="Quality of the price: 1 for prices of sales and firm prices."
    )
    source_url: str = Field(nullable=True)
    file: str = Field(description="Path inside the landing package.")
    record: str = Field(description="Identifier of the record in the file.")

    class Config(Contract.Config):
        """A source states a price once."""

        unique: ClassVar = list(KEY)
