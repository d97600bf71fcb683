"""YGOJSON's sets, pack distributions and sealed products: the zip as fetched, or a data folder's files."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile

import orjson

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.sources.archives import check_zip
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.ygojson import elements

SKIPPED = "It is left out; fetch ygojson again."
LOCALES = ("en", "na")
"""English locales in order of preference."""


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
    left_out: tuple[str, ...] = ()
    """Unreadable cards; their share in a pack is unknown."""


@dataclass(frozen=True, slots=True)
class SealedProduct:
    """A sealed product in English: packs of sets, and cards of sets."""

    name: str
    parts: list[Any]
    """`set`, and `card` (its id) or `qty`."""


@dataclass(frozen=True, slots=True)
class Ygojson:
    """Landed data of YGOJSON."""

    sets: dict[str, SetOfCards] = field(default_factory=dict)
    distributions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sealed: list[SealedProduct] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(package: Path) -> Ygojson:
    """All data of a package. An unreadable record or file is a problem; the others are valid."""
    ygojson = Ygojson()
    for record in _records(package, "sets", ygojson.problems):
        _take(ygojson, "set", record, lambda r: ygojson.sets.update({s.id: s} if (s := _set(r)) else {}))
    for record in _records(package, "distributions", ygojson.problems):
        _take(ygojson, "distribution", record, lambda r: ygojson.distributions.update({str(r["id"]): r}))
    for record in _records(package, "sealedProducts", ygojson.problems):
        _take(ygojson, "sealed product", record, lambda r: ygojson.sealed.extend(_sealed(r)))
    return ygojson


def _take(ygojson: Ygojson, kind: str, record: Any, keep: Any) -> None:
    try:
        keep(record)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        where = f"ygojson, {kind} {str(record)[:80]}"
        ygojson.problems.append(Problem(where, f"another layout: {error!r}"[:300], "", SKIPPED))


def _records(package: Path, name: str, problems: list[Problem]) -> Iterator[Any]:
    zipped = package / "aggregate.zip"
    try:
        if zipped.exists():
            with ZipFile(zipped) as archive:
                check_zip(archive)
                with archive.open(f"{name}.json") as file:
                    yield from elements(cast("BinaryIO", file))
            return
        for path in sorted(package.glob(f"{name}/*.json")):
            try:
                yield orjson.loads(path.read_bytes())
            except orjson.JSONDecodeError as error:
                problems.append(Problem(f"ygojson, {name}/{path.name}", f"not JSON: {error}", "", SKIPPED))
        if (whole := package / f"{name}.json").exists():
            listed = orjson.loads(whole.read_bytes())
            yield from listed if isinstance(listed, list) else [listed]
    except (BadZipFile, LayoutError, KeyError, OSError, orjson.JSONDecodeError) as error:
        problems.append(Problem(f"ygojson, {name}", f"does not read: {error}"[:300], "", SKIPPED))


def _set(record: Mapping[str, Any]) -> SetOfCards | None:
    """A set; None where it is not of the English TCG. Unreadable cards are left out."""
    locales = record.get("locales")
    for held in _objects(record.get("contents")):
        locale = next((name for name in LOCALES if name in _listed(held.get("locales"))), None)
        about = locales.get(locale) if isinstance(locales, Mapping) else None
        about = about if isinstance(about, Mapping) else {}
        prefix = about.get("prefix")
        if not isinstance(prefix, str) or not prefix or "tcg" not in _listed(held.get("formats")):
            continue
        listed = _listed(held.get("cards"))
        faults = [_fault(card) for card in listed]
        editions = _listed(held.get("editions")) or _listed(about.get("editions"))
        distribution = held.get("distrobution")  # so spelt
        return SetOfCards(
            id=str(record["id"]),
            name=str(record["name"]["en"]),
            code=prefix.lower().removesuffix("en").rstrip("-"),
            released=_day(about.get("date")),
            editions=tuple(edition for edition in editions if isinstance(edition, str)),
            distribution=distribution if isinstance(distribution, str) else None,
            packs_per_box=_whole(held.get("packsPerBox")),
            printed=[
                Printed(str(card["card"]), f"{prefix}{card.get('suffix') or ''}", card["rarity"])
                for card, fault in zip(listed, faults, strict=True)
                if not fault
            ],
            left_out=tuple(f"card {at} {fault}" for at, fault in enumerate(faults) if fault),
        )
    return None


def _fault(card: Any) -> str:
    """Reason that a card of a set is not usable; '' for none."""
    if not isinstance(card, Mapping):
        return "is no object"
    if not isinstance(card.get("card"), str | int) or isinstance(card["card"], bool):
        return f"names the card {str(card.get('card'))[:40]!r}"
    if not isinstance(card.get("suffix"), str | None):
        return f"has the suffix {str(card.get('suffix'))[:40]!r}"
    rarity = card.get("rarity")
    if not isinstance(rarity, str) or not re.search("[A-Za-z]", rarity):
        return f"has the rarity {str(rarity)[:40]!r}"
    return ""


def _listed(value: Any) -> list[Any]:
    """Elements of a list; empty for anything else."""
    return value if isinstance(value, list) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in _listed(value) if isinstance(entry, Mapping)]


def _day(value: Any) -> date | None:
    """A day; None where it is invalid, as in `0000-00-00`."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _sealed(record: Mapping[str, Any]) -> Iterator[SealedProduct]:
    names = record.get("name")
    name = names.get("en") if isinstance(names, Mapping) else None
    for locale in LOCALES:
        for held in _objects(record.get("contents")):
            if isinstance(name, str) and name and locale in _listed(held.get("locales")):
                yield SealedProduct(name, _listed(held.get("packs")))
                return
