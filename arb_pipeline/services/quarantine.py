"""The quarantine: what cleaning refused, with its reason, and the raw record that each row points to."""

import gzip
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import polars as pl

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.prices import Rejected
from arb_pipeline.contracts.valuation import Features
from arb_pipeline.sources.registry import CLEANERS
from arb_pipeline.sources.unpack import unpack
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import Landing, Package

LANDED_AS = {"tcgplayer": "tcgcsv", "tcgplayer_api": "tcgplayer"}
"""Source of prices -> source of packages, where the two differ: TCGplayer's prices come through TCGCSV."""
PRICED_AS = {landed: priced for priced, landed in LANDED_AS.items()}
KNOWN = tuple(PRICED_AS.get(source, source) for source in ("tcgcsv", *CLEANERS))
"""Sources whose records are cleaned, as rows in quarantine name them."""
SHOWN = 2_000
"""Characters of a raw record."""


def refused(lake: Lake, *, source: str | None = None, day: date | None = None) -> pl.DataFrame:
    """All rejected records and files (contract `Rejected`), newest day first."""
    frames = [empty(Rejected)]
    for name in [source] if source else lake.sources("prices", "rejected"):
        table = f"prices/{name}/rejected"
        frames += [lake.read(table, day=each) for each in lake.days(table) if day in (None, each)]
    return pl.concat(frames).sort("day", "source", "file", "record", descending=[True, False, False, False])


def held_back(lake: Lake) -> pl.DataFrame:
    """Prices that the outlier guard keeps from use until further days confirm them: each game's newest day.

    Columns: category, source, source_product_id, printing, refused_cents, reference_cents (in use instead).
    """
    columns = ["category", "source", "source_product_id", "printing", "refused_cents", "reference_cents"]
    frames = [
        lake.read("valuation/features", category=category, day=days[-1]).select(columns)
        for category in CATEGORIES
        if (days := lake.days("valuation/features", category))
    ]
    found = pl.concat(frames) if frames else empty(Features).select(columns)
    return found.filter(pl.col("refused_cents").is_not_null()).sort("refused_cents", descending=True)


def raw_records(
    landing: Landing, source: str, day: date, file: str, record: str
) -> Iterator[tuple[str, str]]:
    """(package id, raw text) of a refused record, from every package of its day that has it.

    The whole file, as far as it is shown, where the record cannot be told apart in it.
    """
    for package in landing.packages(LANDED_AS.get(source, source), part=day.isoformat()):
        content = _content(package, file)
        if content is not None:
            yield package.package_id, _found(content, record)[:SHOWN]


def _content(package: Package, file: str) -> bytes | None:
    for path in (package.files / file, package.files / f"{file}.gz"):
        if path.is_file():
            body = path.read_bytes()
            return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    for archive in package.files.glob("*.7z"):
        with TemporaryDirectory(prefix="arb-unpack-") as scratch:
            unpack(archive, Path(scratch), re.escape(file))
            member = Path(scratch) / file
            if member.is_file():
                return member.read_bytes()
    return None


def _found(content: bytes, record: str) -> str:
    """The smallest JSON object that carries the parts of a record's name; else the text itself."""
    wanted = set(re.split(r"[\s,:/#]+", record)) - {""}
    documents: list[Any] = []
    for line in [content, *content.splitlines()]:
        try:
            documents.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            continue
        if line is content:
            break
    best = max(
        (each for document in documents for each in _objects(document)),
        key=lambda each: (len(wanted & {str(value) for value in each.values()}), -len(each)),
        default=None,
    )
    if best is None or not wanted & {str(value) for value in best.values()}:
        return content.decode("utf-8", "replace")
    return orjson.dumps(best, option=orjson.OPT_INDENT_2).decode()


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    for value in (
        document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    ):
        if isinstance(value, dict | list):
            yield from _objects(value)
