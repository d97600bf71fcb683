"""Card Kingdom's asks, buylist prices and quantities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arb_pipeline.simulator.marketplaces.market_view import Scene
from arb_pipeline.simulator.source_apis.cardkingdom import slug

CATALOG_COLUMNS = (
    "sku",
    "scryfallId",
    "name",
    "edition",
    "variation",
    "foil",
    "scryfallSet",
    "collectorNumber",
    "rarity",
)
TERMS = ("cashUsd", "creditUsd", "retailUsd", "qtyBuying", "qtyRetail")
DEAR_CENTS = 100
"""The daily files list singles from here on, the full one all of them."""
NOT_BUYING, SOLD_OUT = 0.2, 0.25
"""Shares of the list with price_buy 0, and with a retail price but no stock."""
CREDIT = 1.3
BUYS_AT = 0.5


@dataclass(frozen=True)
class _Stock:
    """An article by day; `facts` are its columns before the terms."""

    facts: tuple[str, ...]
    cents: NDArray[np.float64]
    markup: float
    is_buying: bool
    in_stock: int

    def terms(self, day: int) -> tuple[str, str, str, int, int]:
        """The columns TERMS; prices end on 49 or 99 cents, as in the shop."""
        retail = max(50.0, np.ceil(self.cents[day] * self.markup / 50) * 50) - 1
        cash = self.cents[day] * BUYS_AT / 100 if self.is_buying else 0.0
        money = (f"{amount:.2f}" for amount in (cash, cash * CREDIT, retail / 100))
        return (*money, 12 if self.is_buying else 0, self.in_stock)


def write(scene: Scene) -> None:
    """Everything under cardkingdom/."""
    cards = list(_cards(scene))
    singles = [_stock(scene, catalog[:1], cents) for catalog, cents in cards]
    sealed = list(_sealed(scene))
    scene.table_of("cardkingdom/singles_catalog.csv", CATALOG_COLUMNS, (catalog for catalog, _ in cards))
    dear = [article for article in singles if article.cents[-1] >= DEAR_CENTS]
    for index, day in enumerate(scene.days):
        for name, columns, stock in (
            ("singles", ("sku",), dear),
            ("sealed", ("sku", "name", "edition", "ckUrl"), sealed),
        ):
            rows = ((*article.facts, *article.terms(index)) for article in stock)
            scene.table_of(f"cardkingdom/daily_{name}_csv/{day}.csv", (*columns, *TERMS), rows)
    columns = ("sku", "name", "buyCashUsd", "qtyBuying", "retailUsd", "qtyRetail")
    rows = (
        (*article.facts, catalog[2], *article.terms(-1))
        for article, (catalog, _) in zip(singles, cards, strict=True)
    )
    ordered = ((sku, name, cash, buying, retail, left) for sku, name, cash, _, retail, buying, left in rows)
    scene.table_of(f"cardkingdom/all_singles_{scene.end}.csv", columns, ordered)


def _stock(scene: Scene, facts: tuple[str, ...], cents: NDArray[np.float64]) -> _Stock:
    draw = scene.rng.random
    left = 0 if draw() < SOLD_OUT else scene.rng.randint(1, 40)
    return _Stock(facts, cents, scene.rng.uniform(1.1, 1.35), draw() >= NOT_BUYING, left)


def _cards(scene: Scene) -> Iterator[tuple[tuple[str, ...], NDArray[np.float64]]]:
    """The catalogue's row and the cents by day of each finish of a card."""
    for row in scene.rows("mtg/id_map/mtg_id_map.csv"):
        for sub_type in ("Normal", "Foil"):
            key = (int(row["tcgplayerProductId"]), sub_type)
            if key not in scene.quotes:
                continue
            is_foil, code = sub_type == "Foil", row["set"]
            sku = f"{'F' * is_foil}{code.upper()}-{row['number']:0>4}"
            named = (row["name"], scene.set_names[code], "", str(is_foil))
            yield (sku, row["scryfallId"], *named, code, row["number"], row["rarity"]), scene.cents(key)


def _sealed(scene: Scene) -> Iterator[_Stock]:
    """Sealed Magic products with a Card Kingdom id."""
    sold = {
        row["tcgplayerProductId"] for row in scene.rows("tcgcsv/sealed_products.csv") if row["cardKingdomId"]
    }
    for product in scene.sealed:
        if str(product.product_id) in sold:
            url = f"https://www.cardkingdom.com/mtg-sealed/{slug(product.name)}"
            facts = ("", product.name, scene.set_names[product.set_code], url)
            yield _stock(scene, facts, product.cents)
