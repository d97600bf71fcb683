"""Catalogue frames: what can be bought sealed, and the printings that are inside."""

from datetime import date

import pandera.polars as pa
import polars as pl

from arb_pipeline.contracts.base import Contract
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.columns import PRODUCTS
from arb_pipeline.contracts.schema import frame_schema

FINISH = r"^[a-z0-9_]+$"
"""A word, as in the prices: `reverse_holofoil`, `1st_edition`."""


class SealedProducts(Contract):
    """One row per sealed product that a source lists."""

    product_id: str = pa.Field(unique=True, description="UUIDv5 of (category, set, name)")
    category: str = pa.Field(isin=list(CATEGORIES))
    set_code: str = pa.Field(description="lower case; a group id where the game has no set code")
    name: str = pa.Field(str_length={"min_value": 1, "max_value": 500})
    kind: str = pa.Field(nullable=True, description="booster_box, deck, bundle ... as the source names it")
    subtype: str = pa.Field(nullable=True)
    language: str
    release_date: date = pa.Field(nullable=True)
    tcg_product_id: str = pa.Field(nullable=True, description="TCGplayer id: the join key of its prices")
    id_claims: str = pa.Field(
        nullable=True, description="who else claims its TCGplayer id, which then prices none of them"
    )
    claimed_tcg_product_id: str = pa.Field(nullable=True, description="that TCGplayer id")


class Printings(Contract):
    """One row per (card printing, finish): how contents name a card, and where its price is."""

    category: str = pa.Field(isin=list(CATEGORIES))
    set_code: str
    number: str = pa.Field(description="collector number as printed, e.g. 273★")
    finish: str = pa.Field(
        str_matches=FINISH, description="as contents name it: nonfoil, etched, holofoil ..."
    )
    product_id: str = pa.Field(description="UUIDv5; printings that share a marketplace id share it")
    printing: str = pa.Field(
        str_matches=FINISH, description="as its price names it: normal, foil, holofoil ..."
    )
    is_foil: bool
    name: str
    rarity: str = pa.Field(nullable=True)
    tcg_product_id: str = pa.Field(nullable=True)
    is_offered: bool = pa.Field(description="is the printing known to exist in this finish?")
    id_claims: str = pa.Field(
        nullable=True, description="who else claims its TCGplayer id, which then prices none of them"
    )


class MarketplaceIds(Contract):
    """One row per id of a marketplace that stands for one product of ours."""

    category: str = pa.Field(isin=list(CATEGORIES))
    id_kind: str = pa.Field(description="mcm, cardkingdom, scryfall, tcgplayer ... (contracts.quotes)")
    marketplace_id: str
    printing: str = pa.Field(nullable=True, description="the finish it stands for; null: plain and foil")
    product_id: str


PRODUCT_SCHEMA: dict[str, pl.DataType] = frame_schema(PRODUCTS)
"""Columns of the `products` table that the catalogue fills, sealed and single alike."""
