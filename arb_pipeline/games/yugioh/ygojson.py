"""YGOJSON's sets, pack distributions and sealed products: the zip as fetched, or a data folder's files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile

import orjson

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.ygojson import elements

SKIPPED = "It is left out; fetch ygojson again."
LOCALES = ("en", "na")
"""English ones, the first that there is."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A printing of a set."""

    card: str
    number: str
    """As printed: LOB-EN001."""
    rarity: str


@dataclass(frozen=True, slots=True)
class SetOfCards:
    """The English edition of a set of the TCG."""

    id: str
    name: str
    code: str
    """The prefix of its numbers, lower case, without the language: `lob`."""
    released: date | None
    editions: tuple[str, ...]
    """1st, unlimited, limited."""
    distribution: str | None
    packs_per_box: int | None
    printed: list[Printed]


@dataclass(frozen=True, slots=True)
class SealedProduct:
    """A sealed product in English: packs of sets, and cards of sets."""

    name: str
    parts: list[Mapping[str, Any]]
    """`set`, and `card` (its id) or `qty`."""


@dataclass(frozen=True, slots=True)
class Ygojson:
    """What has landed."""

    sets: dict[str, SetOfCards] = field(default_factory=dict)
    distributions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sealed: list[SealedProduct] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(package: Path) -> Ygojson:
    """All of a package. A record or file that does not read is a problem, and costs only itself."""
    found = Ygojson()
    for record in _records(package, "sets", found.problems):
        _take(found, "set", record, lambda r: found.sets.update({s.id: s} if (s := _set(r)) else {}))
    for record in _records(package, "distributions", found.problems):
        _take(found, "distribution", record, lambda r: found.distributions.update({str(r["id"]): r}))
    for record in _records(package, "sealedProducts", found.problems):
        _take(found, "sealed product", record, lambda r: found.sealed.extend(_sealed(r)))
    return found


def _take(found: Ygojson, kind: str, record: Any, keep: Any) -> None:
    try:
        keep(record)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        where = f"ygojson, {kind} {str(record)[:80]}"
        found.problems.append(Problem(where, f"another layout: {error!r}"[:300], "", SKIPPED))


def _records(package: Path, name: str, problems: list[Problem]) -> Iterator[Any]:
    zipped = package / "aggregate.zip"
    try:
        if zipped.exists():
            with ZipFile(zipped) as archive, archive.open(f"{name}.json") as file:
                yield from elements(cast("BinaryIO", file))
            return
        for path in sorted(package.glob(f"{name}/*.json")):
            yield orjson.loads(path.read_bytes())
        if (whole := package / f"{name}.json").exists():
            yield from orjson.loads(whole.read_bytes())
    except (BadZipFile, LayoutError, KeyError, OSError, orjson.JSONDecodeError) as error:
        problems.append(Problem(f"ygojson, {name}", f"does not read: {error}"[:300], "", SKIPPED))


def _set(record: Mapping[str, Any]) -> SetOfCards | None:
    """None where the set is of no English TCG."""
    for held in record.get("contents") or ():
        locale = next((name for name in LOCALES if name in (held.get("locales") or ())), None)
        about = (record.get("locales") or {}).get(locale) or {}
        prefix = about.get("prefix")
        if not prefix or "tcg" not in (held.get("formats") or ()):
            continue
        printed = [
            Printed(str(card["card"]), f"{prefix}{card.get('suffix') or ''}", str(card["rarity"]))
            for card in held.get("cards") or ()
        ]
        said = about.get("date")
        return SetOfCards(
            id=str(record["id"]),
            name=str(record["name"]["en"]),
            code=str(prefix).lower().removesuffix("en").rstrip("-"),
            released=date.fromisoformat(said[:10]) if said else None,
            editions=tuple(held.get("editions") or about.get("editions") or ()),
            distribution=held.get("distrobution"),  # so spelt
            packs_per_box=held.get("packsPerBox"),
            printed=printed,
        )
    return None


def _sealed(record: Mapping[str, Any]) -> Iterator[SealedProduct]:
    name = (record.get("name") or {}).get("en")
    for locale in LOCALES:
        for held in record.get("contents") or ():
            if name and locale in (held.get("locales") or ()):
                yield SealedProduct(str(name), list(held.get("packs") or ()))
                return
