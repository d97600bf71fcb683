"""Cardmarket's public downloads: price guides as landed, product lists from the CSV files beside them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import body_of, day_of, newest, stable_id, stamp, table

MAGIC = "1"
GAMES = {MAGIC: "Magic", "3": "Yugioh", "6": "Pokémon"}
CATEGORIES = {
    "BOOSTER_PACK": (2, "Booster"),
    "BOOSTER_BOX": (7, "Display"),
    "BOX_SET": (8, "Box Set"),
    "BUNDLE": (17, "Bundle"),
    "DECK": (18, "Preconstructed Deck"),
    "LIMITED": (24, "Tournament Pack"),
}
"""mtg-sealed-content's category -> the idCategory that most of its products have in the guide of 2024-12-01.
The ids are Magic's; the names are ours: no product list was at hand to read them from."""
OTHER = (19, "Lot")
SINGLE = 1
LONG_AGO = "2007-01-01 00:00:00"
_PATH = re.compile(
    r"/productCatalog/(?:priceGuide/price_guide|productList/products_(singles|nonsingles))_(\d+)\.json"
)


def answer(folder: Path, request: Request) -> Answer:
    """A price guide or a list of products."""
    match = _PATH.fullmatch(request.path)
    guide = match and newest((folder / "cardmarket/raw").glob(f"price_guide_{match[2]}_*.json*"), request.day)
    if not match or not guide:
        return NOT_FOUND
    kind, game = match.groups()
    body = _products(folder / "cardmarket", kind, game, guide) if kind else body_of(guide)
    return Answer(body, modified=stamp(day_of(guide))) if body else NOT_FOUND


def listed(root: Path, kind: str, game: str) -> Path:
    """The CSV of a game's products; Magic's, the only ones of the real data, have no number in their name."""
    name = {"singles": "products_singles_names", "nonsingles": "sealed_products"}[kind]
    return root / f"{name}{'' if game == MAGIC else f'_{game}'}.csv"


@lru_cache(maxsize=6)
def _products(root: Path, kind: str, game: str, guide: Path) -> bytes:
    """A list of products as of the day of a price guide; empty where the folder has none."""
    path = listed(root, kind, game)
    if not path.is_file():
        return b""
    created = re.search(rb'"createdAt":\s*"([^"]+)"', body_of(guide)[:200])
    rows = _singles(path, game) if kind == "singles" else _sealed(root, path, game)
    products = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    return orjson.dumps(
        {"version": 1, "createdAt": created[1].decode() if created else "", "products": products}
    )


_COLUMNS = ("idProduct", "name", "idCategory", "categoryName", "idExpansion", "idMetacard", "dateAdded")
_Row = tuple[Any, ...]


def _singles(path: Path, game: str) -> Iterator[_Row]:
    category = f"{GAMES[game]} Single"
    for row in table(path):
        added = row["dateAdded"].replace("T", " ").removesuffix("Z")
        ids = int(row["idExpansion"]), int(row["idMetacard"])
        yield int(row["idProduct"]), row["name"], SINGLE, category, *ids, added


def _sealed(root: Path, path: Path, game: str) -> Iterator[_Row]:
    expansions = {row["code"].lower(): int(row["idExpansion"]) for row in table(root / "expansions.csv")}
    for row in table(path):
        category, name = CATEGORIES.get(row["category"], OTHER)
        expansion = expansions.get(row["set"]) or stable_id(row["set"]) % 10_000
        # Cardmarket numbers a sealed product's metacard 0: it groups printings of a card.
        yield int(row["mcmId"]), row["name"], category, f"{GAMES[game]} {name}", expansion, 0, LONG_AGO
