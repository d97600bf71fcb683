"""Magic's contents sources: sealed products and contents (YAML), booster files, deck lists, the id map."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import yaml

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents import CardRef, Key
from arb_pipeline.stores.sources.tables import read_csv

LISTED = {
    "category": pl.String,
    "set_code": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "subtype": pl.String,
    "language": pl.String,
    "release_date": pl.Date,
    "tcg_product_id": pl.String,
}
BOARDS = ("commander", "sideboard", "planes", "schemes", "display_commander")
"""Cards of a deck that its file lists beside `cards`: they come in the same box."""
MAX_NAME = 500
MAX_SET_CODE = 20
"""Longer ones are no names but a damaged file."""
SKIPPED = "The file is left out; fetch it again. What it holds counts as unknown until then."
EXTRA = ("set", "name", "category", "subtype", "release_date", "tcgplayerProductId")
ID_MAP = {
    "set": "set_code",
    "number": "number",
    "name": "name",
    "rarity": "rarity",
    "finishes": "finishes",
    "tcgplayerProductId": "tcg_product_id",
    "tcgplayerEtchedProductId": "tcg_etched_product_id",
}


def contents(package: Path) -> tuple[dict[Key, Any], list[Problem]]:
    """(set, name) -> contents record, of all contents files."""
    found: dict[Key, Any] = {}
    problems: list[Problem] = []
    for path in sorted(package.glob("contents/*.yaml")):
        found |= dict(_products(path, problems))
    return found, problems


def listed_products(package: Path) -> tuple[pl.DataFrame, list[Problem]]:
    """Sealed products as the source lists them, one row each (columns of `LISTED`).

    `sealed_products.csv` adds the marketplace ids of products that no YAML file lists.
    """
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for path in sorted(package.glob("products/*.yaml")):
        for (set_code, name), record in _products(path, problems):
            where = f"sealed_content/products/{path.name}, {name!r}"
            if not 0 < len(name) <= MAX_NAME or len(set_code) > MAX_SET_CODE:
                problems.append(
                    Problem(where[:200], "its name or set code is empty or too long", "", SKIPPED)
                )
                continue
            row = _listed(set_code, name, record if isinstance(record, dict) else {})
            if row["tcg_product_id"] and not row["tcg_product_id"].isdigit():
                advice = "The product stays, without a price."
                problems.append(
                    Problem(where, "tcgplayerProductId is no number", row["tcg_product_id"], advice)
                )
                row["tcg_product_id"] = None
            rows.append(row)
    listed = pl.DataFrame(rows, schema=LISTED, strict=False)
    extra = package / "sealed_products.csv"
    if extra.exists():
        more = read_csv(extra, required=EXTRA).select(
            category=pl.lit("mtg"),
            set_code=pl.col("set").str.to_lowercase(),
            name="name",
            kind=pl.col("category").str.to_lowercase(),
            subtype=pl.col("subtype").str.to_lowercase(),
            language=pl.lit(None, pl.String),
            release_date=pl.col("release_date").str.to_date(strict=False),
            tcg_product_id=pl.col("tcgplayerProductId").str.extract(r"^(\d+)$"),
        )
        listed = pl.concat([listed, more.join(listed, on=["set_code", "name"], how="anti")])
    return listed, problems


def boosters(package: Path) -> Iterator[tuple[str, Any, Problem | None]]:
    """(code, parsed file or None, problem or None) per booster file; contents name a pack by its file."""
    for path in sorted(package.glob("*.json")):
        booster, fault = None, "no object"
        try:
            booster = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            fault = str(error)
        if isinstance(booster, dict):
            yield path.stem, booster, None
        else:
            yield (
                path.stem,
                None,
                Problem(f"boosters/{path.name}", f"not a booster file: {fault}", "", SKIPPED),
            )


def decks(package: Path) -> tuple[dict[Key, list[tuple[CardRef, int]]], list[Problem]]:
    """(set, name) -> cards with their count, of all deck files."""
    found: dict[Key, list[tuple[CardRef, int]]] = {}
    problems: list[Problem] = []
    for path in sorted(package.glob("*.json")):
        try:
            records = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            problems.append(Problem(f"precon_decks/{path.name}", f"not JSON: {error}", "", SKIPPED))
            continue
        for index, record in enumerate(records if isinstance(records, list) else [records]):
            try:
                key = (str(record["set_code"]).lower(), str(record["name"]))
                boards = [record["cards"], *(record.get(board) or [] for board in BOARDS)]
                found[key] = [_deck_card(card) for board in boards for card in board]
            except (KeyError, TypeError, ValueError, IndexError) as error:
                where = f"precon_decks/{path.name}, deck {index}"
                problems.append(Problem(where, f"not a deck list: {error!r}", str(record)[:120], SKIPPED))
    return found, problems


def id_map(package: Path) -> pl.DataFrame:
    """Printings with their marketplace ids (columns named by the values of `ID_MAP`)."""
    path = package / "mtg_id_map.csv"
    frame = read_csv(path, required=ID_MAP)
    return (
        frame.select(pl.col(name).alias(to) for name, to in ID_MAP.items())
        .with_columns(pl.col("set_code").str.to_lowercase(), pl.col("finishes").fill_null(""))
        .filter(pl.col("set_code").is_not_null() & pl.col("number").is_not_null())
        .with_columns(pl.col("name").fill_null(pl.format("{} #{}", "set_code", "number")))
    )


def _products(path: Path, problems: list[Problem]) -> Iterator[tuple[Key, Any]]:
    where = f"sealed_content/{path.parent.name}/{path.name}"
    try:
        document = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
        code, products = str(document["code"]).lower(), document.get("products") or {}
        yield from (((code, str(name)), record) for name, record in products.items())
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        problems.append(Problem(where, f"not a product file: {error!r}"[:300], "", SKIPPED))


def _listed(set_code: str, name: str, record: dict[str, Any]) -> dict[str, Any]:
    identifiers = record.get("identifiers")
    identifiers = identifiers if isinstance(identifiers, dict) else {}
    tcg_id = identifiers.get("tcgplayerProductId")
    released = record.get("release_date")
    return {
        "category": "mtg",
        "set_code": set_code,
        "name": name,
        "kind": _word(record.get("category")),
        "subtype": _word(record.get("subtype")),
        "language": _language(record.get("language")),
        "release_date": _date(released),
        "tcg_product_id": str(tcg_id).strip() if tcg_id else None,
    }


def _word(value: Any) -> str | None:
    return value.lower()[:40] if isinstance(value, str) and value else None


def _language(value: Any) -> str | None:
    """None means English, as the source leaves it out; what is no text is no language that we know."""
    return None if value is None else value[:30] if isinstance(value, str) else "unknown"


def _date(value: Any) -> Any:
    try:
        return pl.Series([str(value)]).str.to_date("%Y-%m-%d", strict=False)[0] if value else None
    except pl.exceptions.PolarsError:
        return None


def _deck_card(card: Any) -> tuple[CardRef, int]:
    set_code, number, foil, count = card
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        msg = f"card {set_code}:{number} has count {count!r}"
        raise ValueError(msg)
    return CardRef(str(set_code).lower(), str(number), "foil" if foil else "nonfoil"), count
