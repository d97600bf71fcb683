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
    """The group that TCGdex names wrongly; a correction that a real-data test holds against TCGdex."""


class PromoCard(_Model):
    """A promo card: its number finds it; the name must agree. Without a number the name finds it."""

    set: str
    number: str = ""
    name: str = ""
    finish: str = "holofoil"


class EliteTrainerBox(_Model):
    """The promo card of a set's Elite Trainer Boxes."""

    confidence: Literal["B", "C"]
    promos: Mapping[str, PromoCard] = {}
    """By the variant in brackets; '' for every box of the set."""
    none: bool = False
    """The boxes hold no promo card."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "EliteTrainerBox":
        if self.none == bool(self.promos):
            msg = f"give either promos or none: true; promos are {dict(self.promos)}, none is {self.none}"
            raise ValueError(msg)
        return self


class PromoNumbers(_Model):
    """The numbers that the promo cards of some products have in a promo set."""

    set: str
    first: int
    last: int
    finish: str | None = None
    """That they all have; None where it differs or is not recorded."""


class ProductContents(_Model):
    """What a kind of product of a set holds."""

    set: str
    kind: str
    """Lower case, as the product's name calls it after the set's name."""
    packs: int = Field(gt=0)
    promo: PromoNumbers | None = None
    """Of the card that the product's name gives in brackets."""
    cards: tuple[PromoCard, ...] = ()


class Case(_Model):
    """How many pieces of a kind a case holds."""

    series: tuple[str, ...]
    """Starts of the ids of its sets."""
    kind: str
    pieces: int = Field(gt=0)


class ProductFacts(_Model):
    """All of the file."""

    promo_sets: Mapping[str, PromoSet]
    elite_trainer_boxes: Mapping[str, EliteTrainerBox]
    blister_promos: Mapping[str, PromoNumbers]
    products: tuple[ProductContents, ...]
    cases: tuple[Case, ...]

    def pieces(self, set_id: str, kind: str) -> int | None:
        """Pieces in a case of a kind of a set's products, where a source states it."""
        fits = (each for each in self.cases if each.kind == kind and set_id.startswith(each.series))
        return next((each.pieces for each in fits), None)

    def product(self, set_id: str, kind: str) -> ProductContents | None:
        """The entry of a kind of a set's products, if there is one."""
        return next((each for each in self.products if (each.set, each.kind) == (set_id, kind)), None)


@cache
def product_facts() -> ProductFacts:
    """The facts, the newest value of each. Raises `ParameterError`."""
    found = newest(FILE)
    try:
        return ProductFacts.model_validate(
            {
                "promo_sets": found["pokemon_promo_sets"],
                "elite_trainer_boxes": found["pokemon_elite_trainer_boxes"],
                "blister_promos": found["pokemon_blister_promos"],
                "products": list(found["pokemon_products"].values()),
                "cases": list(found["pokemon_cases"].values()),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        msg = f"{FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}."
        raise ParameterError(msg) from error
