"""Contents frames: contents of sealed products, with expected copies."""

import polars as pl

from arb_pipeline.contracts.base import Contract, Field
from arb_pipeline.contracts.catalog import FINISH
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.columns import PRODUCT_SINGLES
from arb_pipeline.contracts.frame_models import CARD_IDS, SEALED_IDS, contract_of

SEALED = SEALED_IDS
CARDS = CARD_IDS


class PackPulls(Contract):
    """One row per (pack, sheet, card): expected copies in one pack (valuation.md 1)."""

    pack: str = Field(description="Code of the pack, such as blb-play.")
    sheet: str
    set_code: str
    number: str
    finish: str = Field(str_matches=FINISH)
    expected_copies: float = Field(ge=0, description="Expected copies per pack.")


class Packs(Contract):
    """One row per pack: quality of its odds."""

    pack: str = Field(unique=True)
    sample_packs: pl.Int32 = Field(nullable=True, gt=0, description="Packs opened. Null: not measured.")
    confidence: str = Field(
        isin=["A", "B", "C"], description="Quality of the odds: A as printed, B measured, C estimated."
    )
    note: str = Field(description="Unknown parts, which count as 0; '' if there are none.")
    left_out: pl.List(pl.String) = Field(description="Cards of the set that are in no class of the odds.")


class RefusedPacks(Contract):
    """One row per pack with rejected odds."""

    pack: str = Field(unique=True)
    why: str


class PackSheets(Contract):
    """One row per pack, configuration and sheet: the joint draws of a pack (valuation.md 6)."""

    pack: str
    configuration: pl.Int32 = Field(ge=0)
    chance: float = Field(gt=0, le=1, description="Probability of the configuration. A pack has exactly one.")
    sheet: str
    taken: pl.Int32 = Field(ge=1, description="Number of cards drawn; for a fixed sheet, of all its cards.")
    is_fixed: bool
    population: pl.Int32 = Field(
        nullable=True,
        description="Number of equal cards drawn without replacement. Null: drawn independently.",
    )
    sample_packs: pl.Int32 = Field(
        nullable=True, ge=1, description="Packs opened to measure the rates. Null: exact."
    )


class Draws(Contract):
    """One row per item of a bundle: structure of the packs and mixtures of a product (valuation.md 6).

    Bundle 0 is the product itself: its packs alone, since its certain cards are in the lines. Each other
    bundle is an alternative of a mixture that its parent bundle holds; an empty one has quantity 0.
    """

    sealed_product_id: SEALED
    bundle: pl.Int32 = Field(ge=0)
    parent: pl.Int32 = Field(nullable=True, description="Bundle that holds the mixture.")
    mixture: pl.Int32 = Field(nullable=True, description="Number of the mixture within the product.")
    repeats: pl.Int32 = Field(ge=1, description="Number of independent draws from the mixture.")
    draws: pl.Int32 = Field(ge=1, description="Number of alternatives per draw.")
    replacement: bool
    weight: float = Field(gt=0, description="Weight of the alternative in its mixture.")
    pack: str = Field(description="Pack; '' for a card.")
    card_id: CARDS = Field(nullable=True, description="Card and printing as one key; null for a pack.")
    quantity: pl.Int32 = Field(ge=0)


Lines = contract_of(
    PRODUCT_SINGLES,
    "Lines",
    __name__,
    doc="One row per (sealed product, single, printing, pack, sheet): the rows of `product_singles`.",
)


class Singles(Contract):
    """One row per single and printing that occurs in contents: the cards to price."""

    single_product_id: str
    printing: str
    is_foil: bool
    name: str
    rarity: str = Field(nullable=True)
    set_code: str
    tcg_product_id: str = Field(
        nullable=True, description="Product identifier at TCGplayer. Null: it has no price."
    )
    card_id: CARDS = Field(unique=True, description="Card and printing as one key.")
    is_only_finish: bool = Field(description="True if its TCGplayer product is this printing alone.")
    category: str = Field(isin=list(CATEGORIES))


class Parts(Contract):
    """One row per direct part of a sealed product, in the order of the source: the contents tree."""

    sealed_product_id: str
    kind: str = Field(isin=["card", "pack", "deck", "sealed", "other", "copy"])
    label: str
    count: pl.Int32
    chance: str = Field(description="Chance of the part, such as '95 of 100'; '' if it is certain.")
    child_product_id: str = Field(nullable=True, description="Sealed product, if the part is one.")


class Completeness(Contract):
    """One row per sealed product: completeness of its contents."""

    sealed_product_id: str = Field(unique=True)
    contents_complete: bool
    unknown_parts: pl.List(pl.String) = Field(description="Names of unknown parts, each with the reason.")
    extras: pl.Int32 = Field(
        ge=0, description="Number of parts without a price, such as dice. They count as 0."
    )
    unlisted_copies: float = Field(
        ge=0, description="Number of cards that are stated but not listed. They have no price."
    )
    estimated_parts: pl.List(pl.String) = Field(
        description="Reasons why the odds of its packs are estimates."
    )
    promo_card_ids: pl.List(pl.String) = Field(
        description="Guaranteed cards beside the packs, once per copy."
    )
    dearer_card_ids: pl.List(pl.String) = Field(
        description="Per promo card, the card that should cost more; null if there is none."
    )
    doubt_flags: pl.List(pl.String) = Field(description="Flags of implausible contents.")
    doubts: pl.List(pl.String) = Field(description="Reason of each of these flags.")
