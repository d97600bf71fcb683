"""Contents frames: what is inside a sealed product, with expected copies."""

import pandera.polars as pa
import polars as pl

from arb_pipeline.contracts.base import Contract
from arb_pipeline.contracts.catalog import FINISH
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.columns import PRODUCT_SINGLES
from arb_pipeline.contracts.schema import CARD_IDS, SEALED_IDS, contract_of

SEALED = SEALED_IDS
CARDS = CARD_IDS


class PackPulls(Contract):
    """One row per (pack, sheet, card): expected copies in one pack (valuation.md 1)."""

    pack: str = pa.Field(description="booster file code, e.g. blb-play")
    sheet: str
    set_code: str
    number: str
    finish: str = pa.Field(str_matches=FINISH)
    expected_copies: float = pa.Field(ge=0, description="copies per pack")


class Packs(Contract):
    """One row per pack: how well its odds are known."""

    pack: str = pa.Field(unique=True)
    sample_packs: pl.Int32 = pa.Field(nullable=True, gt=0, description="packs opened; null: not measured")
    confidence: str = pa.Field(isin=["A", "B", "C"], description="A as printed, B measured, C an estimate")
    note: str = pa.Field(description="what of it is not known and counts as 0; '' for nothing")
    left_out: pl.List(pl.String) = pa.Field(description="cards of the set that no class of its odds has")


class RefusedPacks(Contract):
    """One row per pack whose odds cannot be trusted."""

    pack: str = pa.Field(unique=True)
    why: str


class PackSheets(Contract):
    """One row per (pack, configuration, sheet): how a pack's draws hang together (valuation.md 6)."""

    pack: str
    configuration: pl.Int32 = pa.Field(ge=0)
    chance: float = pa.Field(gt=0, le=1, description="of the configuration; a pack has exactly one")
    sheet: str
    taken: pl.Int32 = pa.Field(ge=1, description="cards drawn; of a fixed sheet those on it, which all come")
    is_fixed: bool
    population: pl.Int32 = pa.Field(
        nullable=True, description="equal cards, none twice in a pack; null: drawn independently"
    )
    sample_packs: pl.Int32 = pa.Field(
        nullable=True, ge=1, description="packs opened to measure the rates; null: known"
    )


class Draws(Contract):
    """One row per item of a bundle: what a product's packs and mixtures are drawn from (valuation.md 6).

    Bundle 0 is the product itself: its packs alone, since its certain cards are in the lines. Each other
    bundle is an alternative of a mixture that its parent bundle holds; an empty one has quantity 0.
    """

    sealed_product_id: SEALED
    bundle: pl.Int32 = pa.Field(ge=0)
    parent: pl.Int32 = pa.Field(nullable=True, description="bundle that holds the mixture")
    mixture: pl.Int32 = pa.Field(nullable=True, description="numbered within the product")
    repeats: pl.Int32 = pa.Field(ge=1, description="times that the mixture is drawn anew")
    draws: pl.Int32 = pa.Field(ge=1, description="alternatives drawn each time")
    replacement: bool
    weight: float = pa.Field(gt=0, description="of the alternative among those of its mixture")
    pack: str = pa.Field(description="'' for a card")
    card_id: CARDS = pa.Field(nullable=True, description="as in the lines; null for a pack")
    quantity: pl.Int32 = pa.Field(ge=0)


Lines = contract_of(
    PRODUCT_SINGLES,
    "Lines",
    __name__,
    doc="One row per (sealed product, single, printing, pack, sheet): the rows of `product_singles`.",
)


class Singles(Contract):
    """One row per single, in each of its printings, that some contents hold: what has to be priced."""

    single_product_id: str
    printing: str
    is_foil: bool
    name: str
    rarity: str = pa.Field(nullable=True)
    set_code: str
    tcg_product_id: str = pa.Field(nullable=True, description="null: no price of it is to be had")
    card_id: CARDS = pa.Field(unique=True, description="as in the lines")
    is_only_finish: bool = pa.Field(description="is its TCGplayer product this printing alone?")
    category: str = pa.Field(isin=list(CATEGORIES))


class Parts(Contract):
    """One row per direct part of a sealed product, in the source's order: the contents tree."""

    sealed_product_id: str
    kind: str = pa.Field(isin=["card", "pack", "deck", "sealed", "other", "copy"])
    label: str
    count: pl.Int32
    chance: str = pa.Field(description="'' for certain, else '95 of 100'")
    child_product_id: str = pa.Field(nullable=True, description="the sealed product that the part is")


class Completeness(Contract):
    """One row per sealed product: is all of it known?"""

    sealed_product_id: str = pa.Field(unique=True)
    contents_complete: bool
    unknown_parts: pl.List(pl.String) = pa.Field(description="each unknown part by name, with why")
    extras: pl.Int32 = pa.Field(ge=0, description="unpriced parts (dice, boxes): counted, worth 0")
    unlisted_copies: float = pa.Field(ge=0, description="cards stated but not listed: unpriced copies")
    estimated_parts: pl.List(pl.String) = pa.Field(description="why odds of its packs are an estimate")
    promo_card_ids: pl.List(pl.String) = pa.Field(description="guaranteed cards beside packs, once per copy")
    dearer_card_ids: pl.List(pl.String) = pa.Field(
        description="per promo card, the one that should cost more; null for none"
    )
    doubt_flags: pl.List(pl.String) = pa.Field(description="flags of what in it cannot be right")
    doubts: pl.List(pl.String) = pa.Field(description="the reason of each of these flags")
