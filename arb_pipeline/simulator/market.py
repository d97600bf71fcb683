"""The simulated market in memory: products, decks and boosters in their sources' shapes. No price path."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from arb_pipeline.simulator.cards import Catalog, PriceProcess
from arb_pipeline.simulator.names import Namer

Shape = Mapping[str, Any]
"""A node of a source's YAML or JSON."""
Copies = Mapping[tuple[int, str], float]
"""Price row -> expected copies in a product."""

QUIET_SEALED = PriceProcess(0.18, 0.007)
BUSY_SEALED = PriceProcess(0.95, 0.006)
LIVELY_SEALED = PriceProcess(0.9, 0.006, is_anchored=True)


@dataclass(frozen=True)
class Pricing:
    """Rule that derives a sealed product's price from its contents.

    `share`: gross value of the contents / market price, and never below what the contents net.
    `rich`: what the contents net, pessimistically, / the landed low price.
    `bait`: gross value of the contents / the low price.
    """

    rule: Literal["share", "rich", "bait"]
    ratio: float
    mood: PriceProcess = QUIET_SEALED


@dataclass(frozen=True)
class Product:
    """A sealed Magic product, as in products/*.yaml and contents/*.yaml."""

    set_code: str
    name: str
    category: str
    subtype: str
    release_date: str | None
    tcg_id: int | None
    contents: Shape
    """An empty list where there is nothing, as in the source."""
    pricing: Pricing | None


@dataclass(frozen=True)
class Sealed:
    """The future price row of a sealed product of any game."""

    product_id: int
    sub_type: str
    category_id: int
    group_id: int
    copies: Copies
    pricing: Pricing


@dataclass
class World:
    """Magic products of the market, and the ids and names shared by all games."""

    rng: random.Random
    namer: Namer
    catalog: Catalog
    set_names: dict[str, str] = field(default_factory=dict)
    boosters: dict[str, Shape] = field(default_factory=dict)
    decks: dict[tuple[str, str], Shape] = field(default_factory=dict)
    products: dict[tuple[str, str], Product] = field(default_factory=dict)

    def product(
        self,
        set_code: str,
        name: str,
        kind: tuple[str, str],
        contents: Shape,
        pricing: Pricing | None,
        *,
        released: str | None = None,
    ) -> Product:
        """Add a sealed Magic product; `kind` is its category and subtype. Without a price it has no id."""
        tcg_id = next(self.catalog.next_product) if pricing else None
        product = Product(set_code, name, *kind, released, tcg_id, contents, pricing)
        self.products[set_code, name] = product
        self.catalog.group(set_code)
        return product

    def deck(self, set_code: str, name: str, cards: list[list[Any]], **extra: Any) -> None:
        """Add a deck list; cards are [set, number, foil, count], as in the source."""
        released = extra.pop("release_date", "2024-02-09")
        entry = {"name": name, **({"type": extra.pop("type")} if "type" in extra else {})}
        entry |= {"set_code": set_code, "release_date": released, "cards": cards, **extra}
        self.decks[set_code, name] = entry

    def share(self, low: float, high: float, mood: PriceProcess = QUIET_SEALED) -> Pricing:
        """An ordinary price rule, with a share of the gross value drawn from a range."""
        return Pricing("share", self.rng.uniform(low, high), mood)
