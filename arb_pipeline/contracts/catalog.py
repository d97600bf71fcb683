"""Catalogue frames: sealed products, card printings, and identifiers at marketplaces."""

from datetime import date

import polars as pl

from arb_pipeline.contracts.base import Contract, Field
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.columns import PRODUCTS
from arb_pipeline.contracts.frame_models import frame_schema

FINISH = r"^[a-z0-9_]+$"
"""A word, as in the prices: `reverse_holofoil`, `1st_edition`."""


class SealedProducts(Contract):
    """One row per sealed product that a source lists."""

    product_id: str = Field(
        unique=True, description="Product identifier, a UUIDv5 of category, set and name."
    )
    category: str = Field(isin=list(CATEGORIES))
    set_code: str = Field(
        description="Code of the set in lower case; a group identifier if the game has no set codes."
    )
    name: str = Field(str_length={"min_value": 1, "max_value": 500})
    kind: str = Field(
        nullable=True, description="Kind of the product, as the source names it: booster_box, deck ..."
    )
    subtype: str = Field(nullable=True)
    language: str
    release_date: date = Field(nullable=True)
    tcg_product_id: str = Field(
        nullable=True, description="Product identifier at TCGplayer, by which prices are joined."
    )
    id_claims: str = Field(
        nullable=True,
        description="Other products with the same TCGplayer identifier. It then prices none of them.",
    )
    claimed_tcg_product_id: str = Field(
        nullable=True, description="TCGplayer identifier that several products have."
    )


class Printings(Contract):
    """One row per card printing and finish: its names in contents and in prices."""

    category: str = Field(isin=list(CATEGORIES))
    set_code: str
    number: str = Field(description="Collector number as printed, such as 273★.")
    finish: str = Field(
        str_matches=FINISH, description="Finish, as contents name it: nonfoil, etched, holofoil ..."
    )
    product_id: str = Field(
        description="Product identifier. Printings with one marketplace identifier share it."
    )
    printing: str = Field(
        str_matches=FINISH, description="Finish, as prices name it: normal, foil, holofoil ..."
    )
    is_foil: bool
    name: str
    rarity: str = Field(nullable=True)
    tcg_product_id: str = Field(nullable=True)
    is_offered: bool = Field(description="True if the printing exists in this finish.")
    id_claims: str = Field(
        nullable=True,
        description="Other products with the same TCGplayer identifier. It then prices none of them.",
    )


class MarketplaceIds(Contract):
    """One row per marketplace identifier that denotes one product."""

    category: str = Field(isin=list(CATEGORIES))
    id_kind: str = Field(description="Kind of the identifier: mcm, cardkingdom, scryfall, tcgplayer ...")
    marketplace_id: str
    printing: str = Field(nullable=True, description="Finish that it denotes. Null: plain and foil.")
    product_id: str


PRODUCT_SCHEMA: dict[str, pl.DataType] = frame_schema(PRODUCTS)
"""Columns of the table `products` that the catalogue fills, and their types."""
