"""Expected copies of each price row in a sealed Magic product, from the sources' shapes, without prices."""

from collections import defaultdict

from arb_pipeline.simulator.cards import MAGIC, Catalog, ListingKey
from arb_pipeline.simulator.market import Copies, Product, Sealed, Shape, World

Tally = dict[ListingKey, float]


def find_listing(catalog: Catalog, set_code: str, number: str, finish: str) -> ListingKey:
    """The price row of a card; a booster sheet's face letter is dropped where the number needs it."""
    printing = catalog.printings.get((set_code, number)) or catalog.printings[set_code, number.rstrip("ab")]
    if finish not in printing.finishes:
        finish = printing.finishes[0]
    return printing.key(finish)


class Unpacker:
    """Expected contents of products, packs and decks. A part without a list counts as empty."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._packs: dict[str, Tally] = {}

    def sealed(self, product: Product) -> Sealed:
        """The future price row of a Magic product that is sold."""
        if product.tcg_id is None or product.pricing is None:
            msg = f"{product.name} has no price row"
            raise ValueError(msg)
        group = self._world.catalog.groups[product.set_code]
        return Sealed(product.tcg_id, "Normal", MAGIC, group, self.product(product), product.pricing)

    def product(self, product: Product) -> Copies:
        """Expected copies in one product."""
        return self._parts(product.set_code, product.contents)

    def _parts(self, set_code: str, parts: Shape) -> Tally:
        total: Tally = defaultdict(float)
        if "copy" in parts:
            return self._parts(set_code, self._world.products[set_code, parts["copy"]].contents)
        for card in parts.get("card", ()):
            finish = "foil" if card.get("foil") else "nonfoil"
            total[find_listing(self._world.catalog, card["set"], str(card["number"]), finish)] += 1
        for deck in parts.get("deck", ()):
            _add(total, self._deck(self._world.decks.get((deck["set"], deck["name"]))))
        for inner in parts.get("sealed", ()):
            product = self._world.products[inner["set"], inner["name"]]
            _add(total, self._parts(product.set_code, product.contents), inner["count"])
        for pack in parts.get("pack", ()):
            _add(total, self._pack(pack["set"], pack["code"]))
        chances = sum(option.get("chance", 1) for option in parts.get("variable", ()))
        for option in parts.get("variable", ()):
            _add(total, self._parts(set_code, option), option.get("chance", 1) / chances)
        return total

    def _deck(self, deck: Shape | None) -> Tally:
        total: Tally = defaultdict(float)
        for set_code, number, foil, count in [*deck["cards"], *deck.get("commander", ())] if deck else ():
            total[find_listing(self._world.catalog, set_code, number, "foil" if foil else "nonfoil")] += count
        return total

    def _pack(self, set_code: str, code: str) -> Tally:
        names = [f"{set_code}-draft", set_code] if code == "default" else [f"{set_code}-{code}"]
        name = next((name for name in names if name in self._world.boosters), None)
        if name is None:
            return {}
        if name not in self._packs:
            self._packs[name] = self._open(self._world.boosters[name])
        return self._packs[name]

    def _open(self, booster: Shape) -> Tally:
        total: Tally = defaultdict(float)
        weights = sum(config["weight"] for config in booster["boosters"])
        for config in booster["boosters"]:
            for sheet_name, taken in config["sheets"].items():
                sheet = booster["sheets"][sheet_name]
                opened = (
                    config["weight"] / weights * (1 if sheet.get("fixed") else taken / sheet["total_weight"])
                )
                for card, weight in sheet["cards"].items():
                    set_code, number, *finish = card.split(":")
                    key = find_listing(
                        self._world.catalog, set_code, number, finish[0] if finish else "nonfoil"
                    )
                    total[key] += opened * weight
        return total


def _add(total: Tally, more: Copies, times: float = 1.0) -> None:
    for key, copies in more.items():
        total[key] += copies * times
