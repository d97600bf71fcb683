"""TCGCSV: time of the last update, TCGplayer's categories, groups and products.

The listings of `tcgcsv/products` are served unchanged. Where the folder has none, they are built from its
other files about TCGplayer's products: a group's sealed products, and for few groups the cards.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.simulator.source_apis import NOT_FOUND, Answer, Request
from arb_pipeline.simulator.source_apis.helpers import parsed, table

MAGIC, POKEMON = CATEGORIES["mtg"], CATEGORIES["pokemon"]
UNKNOWN_TIME = "2025-01-01T00:00:00"
_NAMES = {"mtg": "Magic", "yugioh": "YuGiOh", "pokemon": "Pokemon"}
_GROUPS = re.compile(r"/tcgplayer/(\d+)/groups")
_PRODUCTS = re.compile(r"/tcgplayer/(\d+)/(\d+)/products")
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GROUP_COLUMNS = ("groupId", "name", "categoryId", "abbreviation", "modifiedOn")
"""The group list has no header."""
Record = dict[str, Any]


def answer(folder: Path, request: Request) -> Answer:
    """The listings, as of the newest day up to now."""
    there = days(folder, request.day)
    modified = updated_at(there[-1] if there else UNKNOWN_TIME[:10])
    results: list[Record] = []
    if not there and not (folder / "tcgcsv/products").is_dir():
        return NOT_FOUND
    if request.path == "/last-updated.txt" and there:
        return Answer(f"{modified:%Y-%m-%dT%H:%M:%S%z}".encode(), "text/plain", modified=modified)
    if request.path == "/tcgplayer/categories":
        results = [_category(game, number) for game, number in CATEGORIES.items()]
    elif (match := _GROUPS.fullmatch(request.path)) and int(match[1]) in CATEGORIES.values():
        results = _groups(folder, int(match[1]))
    elif (match := _PRODUCTS.fullmatch(request.path)) and _is_listed(folder, match[1], match[2]):
        file = folder / "tcgcsv/products" / match[1] / match[2] / "products"
        if file.is_file():
            return Answer(file.read_bytes(), modified=modified)
        results = list(
            {product["productId"]: product for product in _products(folder, match[1], match[2])}.values()
        )
    else:
        return NOT_FOUND
    # A group without products, and a game without groups, get an empty list.
    envelope = {"totalItems": len(results), "success": True, "errors": [], "results": results}
    return Answer(orjson.dumps(envelope), modified=modified)


def _is_listed(folder: Path, category: str, group: str) -> bool:
    return any(entry["groupId"] == int(group) for entry in _groups(folder, int(category)))


def days(folder: Path, until: str = "") -> list[str]:
    """Days of prices in the folder, up to the day of the replayed market."""
    archives = (file.name.split(".")[0][7:] for file in (folder / "tcgcsv/archive").glob("prices-*.ppmd.7z"))
    names = {*archives, *(entry.name for entry in (folder / "tcgcsv/raw").glob("2*"))}
    return sorted(day for day in names if not until or day <= until)


def updated_at(day: str) -> datetime:
    """Time at which TCGCSV has a day's prices: some minutes past 20:00 UTC."""
    return datetime.fromisoformat(day).replace(hour=20, minute=5, second=31, tzinfo=UTC)


def _category(game: str, number: int) -> Record:
    name = _NAMES[game]
    return {"categoryId": number, "name": name, "displayName": name, "modifiedOn": UNKNOWN_TIME}


def _groups(folder: Path, category: int) -> list[Record]:
    """Groups of a category from all files that name any; the first file that names a group counts."""
    listing = folder / f"tcgcsv/products/{category}/groups"
    if listing.is_file():
        return orjson.loads(listing.read_bytes())["results"]
    groups: dict[str, Record] = {}
    for number, name, abbreviation, modified in _named_groups(folder, category):
        groups.setdefault(
            number,
            {
                "groupId": int(number),
                "name": name or f"Group {number}",
                "abbreviation": abbreviation,
                "isSupplemental": False,
                "publishedOn": None,
                "modifiedOn": modified,
                "categoryId": category,
            },
        )
    return list(groups.values())


def _named_groups(folder: Path, category: int) -> Iterator[tuple[str, str, str, str]]:
    """(group, name, abbreviation, modified)."""
    if category == POKEMON:
        for row in table(folder / "pokemon/tcgplayer/Groups_category3.csv", columns=_GROUP_COLUMNS):
            yield row["groupId"], row["name"], row["abbreviation"], row["modifiedOn"]
        for path in sorted((folder / "pokemon/tcgdex").glob("*.json")):
            facts = parsed(path)["set"]
            code = facts.get("abbreviations", {}).get("official", "")
            if number := facts.get("thirdParty", {}).get("tcgplayer"):
                yield str(number), facts["name"], code, UNKNOWN_TIME
        for row in table(folder / "pokemon/sealed_daily/sealed_products_tracking.csv"):
            yield row["set_code"], "", "", UNKNOWN_TIME
    if category == MAGIC:
        for row in table(folder / "tcgcsv/mtg_groups.csv"):
            yield row["groupId"], row["set"].upper(), row["set"].upper(), UNKNOWN_TIME
    for entry in sorted((folder / f"tcgcsv/products/{category}").glob("*/products")):
        yield entry.parent.name, "", "", UNKNOWN_TIME


def _products(folder: Path, category: str, group: str) -> Iterator[Record]:
    of = {"categoryId": int(category), "groupId": int(group)}
    if int(category) == POKEMON:
        for row in table(folder / "pokemon/tcgplayer/BaseSetProductsAndPrices.csv"):
            if row["groupId"] == group:
                yield _product(row, of, _extended(row))
        for row in table(folder / "pokemon/sealed_daily/sealed_products_tracking.csv"):
            if row["set_code"] == group:
                yield _product(row, of, [])
    if int(category) == MAGIC:
        sets = {row["set"] for row in table(folder / "tcgcsv/mtg_groups.csv") if row["groupId"] == group}
        for row in table(folder / "tcgcsv/sealed_products.csv"):
            if row["set"] in sets:
                yield _product({**row, "productId": row["tcgplayerProductId"]}, of, [])


def _product(row: dict[str, str], of: Record, extended: list[Record]) -> Record:
    number = int(row["productId"])
    return {
        "productId": number,
        "name": row["name"],
        "cleanName": row.get("cleanName") or re.sub(r"[^\w\s]", "", row["name"].replace("&", "and")),
        "imageUrl": row.get("imageUrl") or f"https://tcgplayer-cdn.tcgplayer.com/product/{number}_200w.jpg",
        **of,
        "url": row.get("url") or f"https://www.tcgplayer.com/product/{number}",
        "modifiedOn": row.get("modifiedOn") or UNKNOWN_TIME,
        "imageCount": 1,
        "presaleInfo": {"isPresale": False, "releasedOn": None, "note": None},
        "extendedData": extended,
    }


def _extended(row: dict[str, str]) -> list[Record]:
    """The ext columns of ProductsAndPrices.csv, as the JSON listing has them."""
    named = (
        (key.removeprefix("ext"), value) for key, value in row.items() if key.startswith("ext") and value
    )
    return [{"name": name, "displayName": _WORD.sub(" ", name), "value": value} for name, value in named]
