"""Cards and their price rows: printings, finishes, base prices by rarity."""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

MAGIC, YUGIOH, POKEMON = 1, 2, 3
ListingKey = tuple[int, str]
"""A price row: (TCGplayer product id, sub type name)."""

BASE_PRICES: Mapping[str, tuple[float, float]] = {
    "land": (7, 0.5),
    "common": (6, 0.65),
    "uncommon": (11, 0.75),
    "rare": (45, 1.25),
    "mythic": (280, 1.2),
    "borderless": (420, 1.1),
}
"""Median cents and log standard deviation of a nonfoil card, shaped like the real market's."""
FOIL_FACTOR = 1.6
HIGHEST_CENTS = 9_000


@dataclass(frozen=True)
class PriceProcess:
    """Parameters of a daily price process."""

    moves: float
    """Probability of a move on a day."""
    volatility: float
    """Log standard deviation of one move."""
    is_anchored: bool = False
    """Reverts to the base price instead of drifting."""
    is_unsold: bool = False
    """Never sold: offered, but without a market price."""


LIVELY = PriceProcess(0.85, 0.012, is_anchored=True)
FROZEN = PriceProcess(0.0, 0.0)
UNSOLD = PriceProcess(0.1, 0.004, is_anchored=True, is_unsold=True)


@dataclass(frozen=True)
class Quote:
    """One price row of every day's archive."""

    product_id: int
    sub_type: str
    category_id: int
    group_id: int
    base_cents: float
    mood: PriceProcess
    low_ratio: float
    """Lowest ask as a share of the market price."""

    @property
    def key(self) -> ListingKey:
        """Key of the price row."""
        return self.product_id, self.sub_type


@dataclass(frozen=True)
class Printing:
    """A Magic card in a set, as in the id map."""

    set_code: str
    number: str
    name: str
    rarity: str
    finishes: tuple[str, ...]
    product_id: int
    etched_id: int | None

    def key(self, finish: str) -> ListingKey:
        """The price row of a finish; an etched foil has a product id of its own."""
        if finish == "etched":
            return self.etched_id or self.product_id, "Foil"
        return self.product_id, "Foil" if finish == "foil" else "Normal"


@dataclass
class Catalog:
    """Ids, printings and price rows of singles of the market."""

    rng: random.Random
    printings: dict[tuple[str, str], Printing] = field(default_factory=dict)
    quotes: list[Quote] = field(default_factory=list)
    groups: dict[str, int] = field(default_factory=dict)
    """Magic set code -> TCGplayer group id."""
    next_product: Iterator[int] = field(default_factory=lambda: count(7_000_001))
    next_group: Iterator[int] = field(default_factory=lambda: count(70_001))

    def group(self, set_code: str) -> int:
        """The group id of a Magic set, new on first use."""
        if set_code not in self.groups:
            self.groups[set_code] = next(self.next_group)
        return self.groups[set_code]

    def quote(
        self, key: ListingKey, category: int, group: int, cents: float, mood: PriceProcess | None = None
    ) -> None:
        """Add the price row of a single."""
        self.quotes.append(
            Quote(*key, category, group, cents, mood or self._mood(cents), self.rng.uniform(0.66, 0.98))
        )

    def add(
        self,
        set_code: str,
        number: str,
        name: str,
        rarity: str,
        finishes: tuple[str, ...] = ("nonfoil", "foil"),
        *,
        cents: float | None = None,
        mood: PriceProcess | None = None,
    ) -> Printing:
        """Add a Magic card with a price row for each finish; `cents` is the price of the first one."""
        etched = next(self.next_product) if "etched" in finishes and len(finishes) > 1 else None
        product_id = next(self.next_product)
        printed = {"land": "common", "borderless": "rare"}.get(rarity, rarity)
        printing = Printing(set_code, number, name, printed, finishes, product_id, etched)
        base = cents if cents is not None else self.base_cents(rarity)
        for rank, finish in enumerate(finishes):
            factor = FOIL_FACTOR ** self.rng.uniform(0.2, 1.6)
            price = base if rank == 0 else base / factor if finish == "nonfoil" else base * factor
            self.quote(printing.key(finish), MAGIC, self.group(set_code), price, mood)
        self.printings[set_code, number] = printing
        return printing

    def base_cents(self, rarity: str) -> float:
        """A price drawn from its rarity's distribution."""
        median, spread = BASE_PRICES[rarity]
        return max(2.0, min(HIGHEST_CENTS, median * math.exp(self.rng.gauss(0, spread))))

    def _mood(self, cents: float) -> PriceProcess:
        """Process by price: above $2, moves on about 31 % of days, most of 1 to 2 %, a few far larger."""
        moves = min(0.95, max(0.04, self.rng.gauss(0.31 if cents > 200 else 0.2, 0.12)))  # noqa: PLR2004
        return PriceProcess(moves, min(0.06, 0.013 * math.exp(self.rng.gauss(0, 0.6))))
