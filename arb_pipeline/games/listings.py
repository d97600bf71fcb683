"""TCGCSV's copies of TCGplayer's listings: the sealed products of a game, by group.

`<category id>/groups` and `<category id>/<group id>/products`, as fetched; `.gz` where the transfer was.
"""

import gzip
import re
import zlib
from codecs import BOM_UTF8
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.games.tables import LISTED, MAX_NAME

OF_A_CARD = frozenset({"Rarity", "Number"})
"""What a card's `extendedData` says and a sealed product's does not."""
CODE_CARD = re.compile(r"\bcode card\b", re.IGNORECASE)
"""Codes for the online game, out of packs: listed like sealed products, some without rarity and number."""
SKIPPED = "The group's products are left out; fetch tcgcsv_products again."


def listed_products(package: Path, category: str) -> tuple[pl.DataFrame, list[Problem]]:
    """Sealed products of a game as TCGplayer lists them (columns of `LISTED`); the set is the group's id."""
    folder = package / str(CATEGORIES[category])
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    if not folder.is_dir():  # fetched for other games
        return pl.DataFrame(schema=LISTED), problems
    groups = {group.get("groupId"): group for group in _groups(package, folder, problems)}
    for path in sorted({path.parent for path in folder.glob("*/products*")}):
        for product in _results(package, path / "products", problems):
            if not _is_sealed(product):
                continue
            group = product.get("groupId")
            presale = product.get("presaleInfo") or {}
            released = presale.get("releasedOn") or groups.get(group, {}).get("publishedOn")
            rows.append(
                {
                    "category": category,
                    "set_code": str(group),
                    "name": product["name"],
                    "release_date": _day(released),
                    "tcg_product_id": str(product["productId"]),
                }
            )
    return pl.DataFrame(rows, schema=LISTED), problems


CARDS = {
    "group": pl.String,
    "group_name": pl.String,
    "tcg_product_id": pl.String,
    "name": pl.String,
    "number": pl.String,
    "rarity": pl.String,
}


def listed_cards(package: Path, category: str) -> pl.DataFrame:
    """A game's cards as TCGplayer lists them (columns of `CARDS`); files that do not read give none."""
    folder = package / str(CATEGORIES[category])
    if not folder.is_dir():
        return pl.DataFrame(schema=CARDS)
    unread: list[Problem] = []  # told with the sealed products
    groups = {str(g.get("groupId")): g.get("name") for g in _groups(package, folder, unread)}
    rows: list[dict[str, Any]] = []
    for path in sorted({path.parent for path in folder.glob("*/products*")}):
        for product in _results(package, path / "products", unread):
            said = {entry.get("name"): entry.get("value") for entry in product.get("extendedData") or ()}
            if said.get("Number") and said.get("Rarity") and isinstance(product.get("productId"), int):
                group = str(product.get("groupId"))
                facts = (group, groups.get(group), str(product["productId"]), str(product.get("name")))
                rows.append(dict(zip(CARDS, (*facts, str(said["Number"]), str(said["Rarity"])), strict=True)))
    return pl.DataFrame(rows, schema=CARDS)


def listed_texts(package: Path, category: str) -> dict[tuple[str, str], str]:
    """(group, name) -> the text of the listing, of a game's sealed products that have one."""
    unread: list[Problem] = []  # reported with the sealed products
    found: dict[tuple[str, str], str] = {}
    for path in sorted({path.parent for path in (package / str(CATEGORIES[category])).glob("*/products*")}):
        for product in _results(package, path / "products", unread):
            facts = {entry.get("name"): entry.get("value") for entry in product.get("extendedData") or ()}
            if _is_sealed(product) and facts.get("CardText"):
                found[str(product.get("groupId")), product["name"]] = str(facts["CardText"])
    return found


def united(listed: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Products of both lists; of one that stands in both, by its id at TCGplayer, the first list's row."""
    return pl.concat([dated(listed, more), more.join(listed, on="tcg_product_id", how="anti")])


def dated(listed: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Products with missing release days filled from another list, by identifier."""
    days = told.drop_nulls(["tcg_product_id", "release_date"]).unique("tcg_product_id", keep="first")
    days = days.select("tcg_product_id", told_day="release_date")
    found = listed.join(days, on="tcg_product_id", how="left", maintain_order="left")
    return found.with_columns(pl.coalesce("release_date", "told_day").alias("release_date")).drop("told_day")


def _is_sealed(product: dict[str, Any]) -> bool:
    name, number = product.get("name"), product.get("productId")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME or not isinstance(number, int):
        return False
    said = {entry.get("name") for entry in product.get("extendedData") or ()}
    return not said & OF_A_CARD and not CODE_CARD.search(name)


def _groups(package: Path, folder: Path, problems: list[Problem]) -> list[dict[str, Any]]:
    """A game's groups; a data folder may have none."""
    return _results(package, folder / "groups", problems) if any(folder.glob("groups*")) else []


def _results(package: Path, path: Path, problems: list[Problem]) -> list[dict[str, Any]]:
    """The records of a file; none, with a problem, where it is absent or damaged."""
    packed = path.with_name(f"{path.name}.gz")
    try:
        body = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
        results = orjson.loads(body.removeprefix(BOM_UTF8))["results"]
        if not all(isinstance(record, dict) for record in results):
            problems.append(_problem(package, path, "a record is no object"))
            return []
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        problems.append(_problem(package, path, repr(error)[:200]))
        return []
    return list(results)


def _problem(package: Path, path: Path, why: str) -> Problem:
    where = f"tcgcsv_products/{path.relative_to(package).as_posix()}"
    return Problem(where, f"not a list of TCGplayer's: {why}", "", SKIPPED)


def _day(moment: Any) -> date | None:
    """The day of `2025-01-17T00:00:00`."""
    try:
        return date.fromisoformat(moment[:10]) if isinstance(moment, str) else None
    except ValueError:
        return None
