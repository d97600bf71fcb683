"""Magic's contents sources: sealed products and contents (YAML), booster files; deck lists and id map.

A package holds single files, as a data folder has them, or the source's own archive or list, as fetched.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.sealed_graph import Key
from arb_pipeline.games.magic.decks import SKIPPED, decks, mtgjson_decks
from arb_pipeline.games.magic.printings import ID_MAP, id_map, printings, scryfall_map
from arb_pipeline.games.tables import LISTED, MAX_NAME, SourceFileError, read_csv
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError, mtg_boosters, mtg_sealed_content

__all__ = [
    "ID_MAP",
    "boosters",
    "contents",
    "decks",
    "id_map",
    "listed_products",
    "mtgjson_decks",
    "printings",
    "scryfall_map",
    "sealed_records",
]

MAX_SET_CODE = 20
"""Longest name; a longer one means a damaged file."""
TCG_ID = re.compile("0*([1-9][0-9]{0,11})")
"""An id of TCGplayer's, as a number or with leading zeros."""
EXTRA = ("set", "name", "category", "subtype", "release_date", "tcgplayerProductId")


def contents(package: Path) -> tuple[dict[Key, Any], list[Problem]]:
    """(set, name) -> contents record, of all contents files."""
    by_key: dict[Key, Any] = {}
    problems: list[Problem] = []
    for name, body in _yaml_files(package, "contents"):
        by_key |= dict(_products("contents", name, body, problems))
    return by_key, problems


def listed_products(package: Path) -> tuple[pl.DataFrame, list[Problem]]:
    """Sealed products as the source lists them, one row each (columns of `LISTED`).

    `sealed_products.csv` adds the marketplace ids of products that no YAML file lists.
    """
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for file, body in _yaml_files(package, "products"):
        for (set_code, name), record in _products("products", file, body, problems):
            where = f"sealed_content/products/{file}, {name!r}"
            if not 0 < len(name) <= MAX_NAME or len(set_code) > MAX_SET_CODE:
                problems.append(
                    Problem(where[:200], "its name or set code is empty or too long", "", SKIPPED)
                )
                continue
            row = _listed(set_code, name, record if isinstance(record, dict) else {})
            if (id_text := row["tcg_product_id"]) is not None:
                match = TCG_ID.fullmatch(id_text)
                row["tcg_product_id"] = match[1] if match else None
                if not match:
                    advice = "The product stays, without a price."
                    problems.append(Problem(where, "tcgplayerProductId is no number", id_text[:80], advice))
            rows.append(row)
    listed = pl.DataFrame(rows, schema=LISTED, strict=False)
    extra = package / "sealed_products.csv"
    if extra.exists():
        more = (
            read_csv(extra, required=EXTRA)
            .select(
                category=pl.lit("mtg"),
                set_code=pl.col("set").str.to_lowercase(),
                name="name",
                kind=pl.col("category").str.to_lowercase(),
                subtype=pl.col("subtype").str.to_lowercase(),
                language=pl.lit(None, pl.String),
                release_date=pl.col("release_date").str.to_date(strict=False),
                tcg_product_id=pl.col("tcgplayerProductId").str.extract(f"^{TCG_ID.pattern}$"),
            )
            .filter(pl.col("set_code").is_not_null() & pl.col("name").str.len_chars().is_between(1, MAX_NAME))
        )
        listed = pl.concat([listed, more.join(listed, on=["set_code", "name"], how="anti")])
    return listed, problems


def sealed_records(package: Path) -> Iterator[tuple[Key, Any]]:
    """((set, name), product record) of all product files that can be read."""
    for file, body in _yaml_files(package, "products"):
        yield from _products("products", file, body, [])


def boosters(package: Path) -> Iterator[tuple[str, Any, Problem | None]]:
    """(code, parsed booster or None, problem or None) per booster; contents name a pack by its code."""
    for path in sorted(package.glob("*.json")):
        if path.name == mtg_boosters.FILE:
            continue
        booster, fault = None, "no object"
        try:
            booster = orjson.loads(path.read_bytes())
        except orjson.JSONDecodeError as error:
            fault = str(error)
        if isinstance(booster, dict):
            yield path.stem, booster, None
        else:
            yield path.stem, None, _no_booster(path.name, fault)
    for path in sorted(package.glob(f"{mtg_boosters.FILE}*")):
        yield from _listed_boosters(path)


def _listed_boosters(path: Path) -> Iterator[tuple[str, Any, Problem | None]]:
    """Boosters of a list. A duplicate code counts separately, as a copy of a file does."""
    try:
        with path.open("rb") as file:
            entries = orjson.loads(whole(file))
    except (orjson.JSONDecodeError, LayoutError) as error:
        yield path.name, None, _no_booster(path.name, str(error))
        return
    seen: dict[str, int] = {}
    for index, booster in enumerate(entries if isinstance(entries, list) else [entries]):
        code = booster.get("code") if isinstance(booster, dict) else None
        if not isinstance(code, str) or not code:
            yield (
                f"{path.name} {index}",
                None,
                _no_booster(f"{path.name}, entry {index}", "no object with a code"),
            )
            continue
        seen[code] = seen.get(code, 0) + 1
        yield code if seen[code] == 1 else f"{code} ({seen[code]})", booster, None


def _no_booster(where: str, fault: str) -> Problem:
    return Problem(f"boosters/{where}", f"not a booster file: {fault}", "", SKIPPED)


def _yaml_files(package: Path, kind: str) -> Iterator[tuple[str, bytes]]:
    """(file name, content) by name. Raises `SourceFileError` for an archive that does not open."""
    for path in sorted(package.glob(f"{kind}/*.yaml")):
        yield path.name, path.read_bytes()
    for path in sorted(package.glob(f"{mtg_sealed_content.FILE}*")):
        try:
            with path.open("rb") as file:
                yield from sorted(mtg_sealed_content.yaml_files(file, kind))
        except LayoutError as error:
            msg = f"{path.name}: {error} Run `arb fetch mtg_sealed_content`."
            raise SourceFileError(msg) from error


def _products(kind: str, file: str, body: bytes, problems: list[Problem]) -> Iterator[tuple[Key, Any]]:
    try:
        yield from (((code, name), record) for code, name, record in mtg_sealed_content.entries(body))
    except mtg_sealed_content.FAULTS as error:
        where = f"sealed_content/{kind}/{file}"
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        problems.append(Problem(where, f"not a product file: {reason}"[:300], "", SKIPPED))


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
    """Language of a record. Missing means English; a value that is no text is unknown."""
    return None if value is None else value[:30] if isinstance(value, str) else "unknown"


def _date(value: Any) -> Any:
    try:
        return pl.Series([str(value)]).str.to_date("%Y-%m-%d", strict=False)[0] if value else None
    except pl.exceptions.PolarsError:
        return None
