"""TCGCSV's copies of TCGplayer's listings: the sealed products of a game, by group.

`<category id>/groups` and `<category id>/<group id>/products`, as fetched; `.gz` where the transfer was.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.games.tables import LISTED, MAX_NAME
from arb_pipeline.sources.archives import whole

OF_A_CARD = frozenset({"Rarity", "Number"})
"""Keys in `extendedData` of cards, but not of sealed products."""
CODE_CARD = re.compile(r"\bcode card\b", re.IGNORECASE)
"""Codes for the online game, from packs: listed like sealed products, some without rarity and number."""
SKIPPED = "The group's products are left out; fetch tcgcsv_products again."


def listed_products(package: Path, category: str) -> tuple[pl.DataFrame, list[Problem]]:
    """Sealed products of a game as TCGplayer lists them (columns of `LISTED`); the set is the group's id."""
    folder = package / str(CATEGORIES[category])
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    if not folder.is_dir():  # fetched for other games
        return pl.DataFrame(schema=LISTED), problems
    groups = {str(group.get("groupId")): group for group in _groups(package, folder, problems)}
    for path in sorted({path.parent for path in folder.glob("*/products*")}):
        for product in _results(package, path / "products", problems):
            if not _is_sealed(product):
                continue
            group = str(product.get("groupId"))
            presale = product.get("presaleInfo")
            released = presale.get("releasedOn") if isinstance(presale, dict) else None
            released = released or groups.get(group, {}).get("publishedOn")
            rows.append(
                {
                    "category": category,
                    "set_code": group,
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
    """A game's cards as TCGplayer lists them (columns of `CARDS`); unreadable files give none."""
    unread: list[Problem] = []  # reported with the sealed products
    groups = _group_names(package, category, unread)
    rows: list[dict[str, Any]] = []
    for product in _products(package, category, unread):
        facts = _facts(product)
        if not _card_fault(product, facts):
            group = str(product.get("groupId"))
            about = (group, groups.get(group), str(product["productId"]), str(product.get("name")))
            rows.append(dict(zip(CARDS, (*about, str(facts["Number"]), str(facts["Rarity"])), strict=True)))
    return pl.DataFrame(rows, schema=CARDS)


def cards_left_out(package: Path, category: str) -> dict[str, list[str]]:
    """Group -> unreadable cards of its list, each by name with the reason."""
    names: dict[str, list[str]] = {}
    for product in _products(package, category, []):
        facts = _facts(product)
        if facts.keys() & OF_A_CARD and (fault := _card_fault(product, facts)):
            name = f"{str(product.get('name'))[:80]} (productId {str(product.get('productId'))[:20]})"
            names.setdefault(str(product.get("groupId")), []).append(f"{name} {fault}")
    return names


def _card_fault(product: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Reason that a product is not a usable card; '' for none."""
    rarity, number = facts.get("Rarity"), facts.get("Number")
    if not isinstance(rarity, str) or not re.search("[A-Za-z]", rarity):
        return f"has the rarity {str(rarity)[:40]!r}"
    if not isinstance(number, str | int) or isinstance(number, bool) or not str(number).strip():
        return f"has the number {str(number)[:40]!r}"
    product_id = product.get("productId")
    if not isinstance(product_id, int) or isinstance(product_id, bool) or product_id < 1:
        return "has no product id"
    return "" if isinstance(product.get("name"), str) else "has no name"


def _facts(product: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a listing's `extendedData`; empty where that is no list of objects."""
    listed = product.get("extendedData")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {name: entry.get("value") for entry in entries if isinstance(name := entry.get("name"), str)}


def _products(package: Path, category: str, problems: list[Problem]) -> Iterator[dict[str, Any]]:
    """All listings of a game."""
    folder = package / str(CATEGORIES[category])
    for path in sorted({path.parent for path in folder.glob("*/products*")}):
        yield from _results(package, path / "products", problems)


def _group_names(package: Path, category: str, problems: list[Problem]) -> dict[str, Any]:
    folder = package / str(CATEGORIES[category])
    return {str(group.get("groupId")): group.get("name") for group in _groups(package, folder, problems)}


def listed_texts(package: Path, category: str) -> dict[tuple[str, str], str]:
    """(group, name) -> the text of the listing, of a game's sealed products that have one."""
    unread: list[Problem] = []  # reported with the sealed products
    texts: dict[tuple[str, str], str] = {}
    for path in sorted({path.parent for path in (package / str(CATEGORIES[category])).glob("*/products*")}):
        for product in _results(package, path / "products", unread):
            facts = _facts(product)
            if _is_sealed(product) and facts.get("CardText"):
                texts[str(product.get("groupId")), product["name"]] = str(facts["CardText"])
    return texts


def united(listed: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Union of two lists of products by TCGplayer id; duplicates keep the first list's row."""
    return pl.concat([dated(listed, more), more.join(listed, on="tcg_product_id", how="anti")])


def dated(listed: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Products with missing release days filled from another list, by identifier."""
    days = other.drop_nulls(["tcg_product_id", "release_date"]).unique("tcg_product_id", keep="first")
    days = days.select("tcg_product_id", other_day="release_date")
    joined = listed.join(days, on="tcg_product_id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("release_date", "other_day").alias("release_date")).drop(
        "other_day"
    )


def _is_sealed(product: dict[str, Any]) -> bool:
    name, number = product.get("name"), product.get("productId")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= MAX_NAME:
        return False
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        return False
    return not _facts(product).keys() & OF_A_CARD and not CODE_CARD.search(name)


def _groups(package: Path, folder: Path, problems: list[Problem]) -> list[dict[str, Any]]:
    """Groups of a game; a data folder may have none."""
    return _results(package, folder / "groups", problems) if any(folder.glob("groups*")) else []


def _results(package: Path, path: Path, problems: list[Problem]) -> list[dict[str, Any]]:
    """Records of a file; an absent or damaged one gives none, and a problem."""
    packed = path.with_name(f"{path.name}.gz")
    try:
        with (packed if packed.exists() else path).open("rb") as file:
            results = orjson.loads(whole(file))["results"]
        records = [record for record in results if isinstance(record, dict)]
        if misfits := len(results) - len(records):
            where, why = _where(package, path), f"{misfits:,} of its records are no objects"
            problems.append(Problem(where, why, "", "They are left out; fetch tcgcsv_products again."))
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems.append(_problem(package, path, repr(error)[:200]))
        return []
    return records


def _where(package: Path, path: Path) -> str:
    return f"tcgcsv_products/{path.relative_to(package).as_posix()}"


def _problem(package: Path, path: Path, why: str) -> Problem:
    return Problem(_where(package, path), f"not a list of TCGplayer's: {why}", "", SKIPPED)


def _day(moment: Any) -> date | None:
    """The day of `2025-01-17T00:00:00`."""
    try:
        return date.fromisoformat(moment[:10]) if isinstance(moment, str) else None
    except ValueError:
        return None
