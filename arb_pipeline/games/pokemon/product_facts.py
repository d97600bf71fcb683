"""Facts of Pokemon's sealed products, by name and unit. Values live in `params/pokemon_products.yaml`."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from arb_pipeline.storage.params import ParameterError, newest

FILE = "pokemon_products.yaml"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PromoSet(_Model):
    """The TCGplayer group that prices a set of promo cards."""

    group: str
    instead_of: str | None = None
    """Group that TCGdex names wrongly; a test on real data fails once TCGdex is corrected."""


class PromoCard(_Model):
    """A promo card, found by number (the name must agree), or by name where it has no number."""

    set: str
    number: str = ""
    name: str = ""
    finish: str = "holofoil"


class EliteTrainerBox(_Model):
    """The promo card of a set's Elite Trainer Boxes."""

    confidence: Literal["B", "C"]
    promos: Mapping[str, PromoCard] = {}
    """Promo cards by the variant in brackets; '' for every box of the set."""
    none: bool = False
    """True if the boxes hold no promo card."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "EliteTrainerBox":
        if self.none == bool(self.promos):
            msg = f"give either promos or none: true; promos are {dict(self.promos)}, none is {self.none}"
            raise ValueError(msg)
        return self


class PromoNumbers(_Model):
    """Numbers of some products' promo cards in a promo set."""

    set: str
    first: int
    last: int
    finish: str | None = None
    """Common to all; None where it differs or is not recorded."""


class ProductContents(_Model):
    """Contents of a kind of product of a set."""

    set: str
    kind: str
    """Lower case, as written in the product's name after the set's name."""
    packs: int = Field(gt=0)
    promo: PromoNumbers | None = None
    """Copies of the card that the product's name gives in brackets."""
    cards: tuple[PromoCard, ...] = ()


class Case(_Model):
    """Pieces of a kind per case."""

    series: tuple[str, ...]
    """Prefixes of the ids of its sets."""
    kind: str
    pieces: int = Field(gt=0)


class ProductFacts(_Model):
    """Content of the file."""

    promo_sets: Mapping[str, PromoSet]
    elite_trainer_boxes: Mapping[str, EliteTrainerBox]
    blister_promos: Mapping[str, PromoNumbers]
    products: tuple[ProductContents, ...]
    cases: tuple[Case, ...]

    def pieces(self, set_id: str, kind: str) -> int | None:
        """Pieces per case of a kind of a set's products, where a source states it."""
        fits = (entry for entry in self.cases if entry.kind == kind and set_id.startswith(entry.series))
        return next((entry.pieces for entry in fits), None)

    def product(self, set_id: str, kind: str) -> ProductContents | None:
        """The entry of a kind of a set's products, if there is one."""
        return next((entry for entry in self.products if (entry.set, entry.kind) == (set_id, kind)), None)


@cache
def product_facts() -> ProductFacts:
    """Product facts, the newest value of each. Raises `ParameterError`."""
    facts = newest(FILE)
    try:
        return ProductFacts.model_validate(
            {
                "promo_sets": facts["pokemon_promo_sets"],
                "elite_trainer_boxes": facts["pokemon_elite_trainer_boxes"],
                "blister_promos": facts["pokemon_blister_promos"],
                "products": list(facts["pokemon_products"].values()),
                "cases": list(facts["pokemon_cases"].values()),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}."
        raise ParameterError(msg) from error
