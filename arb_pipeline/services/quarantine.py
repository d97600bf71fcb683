"""Quarantine: records that cleaning rejected, with reason, advice and the raw record, and their replay."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import polars as pl

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.categories import CATEGORIES, Category
from arb_pipeline.contracts.errors import InvalidInputError, NotFoundError
from arb_pipeline.contracts.prices import Rejected
from arb_pipeline.contracts.valuation import Features
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.sources.archives import expanded
from arb_pipeline.sources.registry import LANDED_AS, PRICE_SOURCES
from arb_pipeline.sources.unpack import unpack
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import Landing, Package

SHOWN = 2_000
"""Characters of a raw record."""


class RejectedRecord(View):
    """A rejected record, or a rejected file where `record` is ''."""

    category: str | None
    source: str
    day: date | None
    file: str
    record: str
    reason: str
    value: str
    """The offending value, at most 200 characters."""
    advice: str
    parser_version: str


class ReasonCount(View):
    """Rejected records of a source by reason."""

    source: str
    reason: str
    rows: int


class QuarantineView(View):
    """Rejected records: all by reason, the most frequent first, and the newest of them."""

    total: int
    reasons: tuple[ReasonCount, ...]
    records: tuple[RejectedRecord, ...]


class RawRecord(View):
    """The record of a landing package as the source sent it."""

    package_id: str
    text: str


class RejectedDetail(View):
    """A rejected record with its raw text from each package of its day that has it."""

    record: RejectedRecord
    raw: tuple[RawRecord, ...]
    """Empty: the landing package is gone."""


class OutlierPrice(View):
    """A price that the outlier guard excludes until further days confirm it. US cents."""

    category: Category
    source: str
    source_product_id: str
    printing: str
    refused_cents: int
    reference_cents: int | None
    """The price in use instead; None: none."""


def listed(
    settings: Settings,
    *,
    source: str | None = None,
    day: date | None = None,
    reason: str | None = None,
    limit: int | None = None,
) -> QuarantineView:
    """Rejected records of a source, a day, or a text in their reason. Raises `InvalidInputError`."""
    frame = of_source(settings, source, day)
    if reason:
        frame = frame.filter(pl.col("reason").str.contains(reason, literal=True))
    counts = (
        frame.group_by("source", "reason")
        .agg(rows=pl.len())
        .sort("rows", "source", "reason", descending=[True, False, False])
    )
    newest = frame if limit is None else frame.head(limit)
    return QuarantineView(
        total=frame.height,
        reasons=tuple(ReasonCount.model_validate(row) for row in counts.iter_rows(named=True)),
        records=tuple(RejectedRecord.model_validate(row) for row in newest.iter_rows(named=True)),
    )


def explain(settings: Settings, source: str, day: date, file: str, record: str = "") -> RejectedDetail:
    """One rejected record, with its raw text. Raises `InvalidInputError` and `NotFoundError`."""
    records = of_source(settings, source, day).filter(file=file)
    records = records.filter(record=record) if record else records.head(1)
    if records.is_empty():
        msg = f"nothing of {source}, {day}, {file} {record} is in quarantine"
        raise NotFoundError(msg.rstrip(), next_step="`arb quarantine list` lists what is.")
    row = RejectedRecord.model_validate(records.row(0, named=True))
    raw = raw_records(Landing(settings.landing), source, day, file, row.record)
    return RejectedDetail(
        record=row, raw=tuple(RawRecord(package_id=package, text=text) for package, text in raw)
    )


def outliers(settings: Settings) -> tuple[OutlierPrice, ...]:
    """Prices that the outlier guard excludes on each game's newest day, the highest first."""
    return tuple(
        OutlierPrice.model_validate(row) for row in outlier_prices(Lake(settings.lake)).iter_rows(named=True)
    )


def days_to_replay(settings: Settings, *, source: str | None = None, day: date | None = None) -> list[date]:
    """Days that have rejected records, in order. Raises `InvalidInputError`."""
    days = of_source(settings, source, day)["day"].drop_nulls().unique().to_list()
    return sorted(days)


def of_source(settings: Settings, source: str | None, day: date | None) -> pl.DataFrame:
    """Rejected records (contract `Rejected`), newest day first. Raises `InvalidInputError`."""
    if source is not None and source not in PRICE_SOURCES:
        msg = f"{source!r}: no such source of prices"
        raise InvalidInputError(msg, allowed=", ".join(PRICE_SOURCES))
    return rejected(Lake(settings.lake), source=source, day=day)


def rejected(lake: Lake, *, source: str | None = None, day: date | None = None) -> pl.DataFrame:
    """All rejected records and files (contract `Rejected`), newest day first."""
    frames = [empty(Rejected)]
    for name in [source] if source else lake.sources("prices", "rejected"):
        table = f"prices/{name}/rejected"
        frames += [lake.read(table, day=day_) for day_ in lake.days(table) if day in (None, day_)]
    return pl.concat(frames).sort("day", "source", "file", "record", descending=[True, False, False, False])


def outlier_prices(lake: Lake) -> pl.DataFrame:
    """Outliers: prices excluded until further days confirm them, of each game's newest day.

    Columns: category, source, source_product_id, printing, refused_cents, reference_cents (in use instead).
    """
    columns = ["category", "source", "source_product_id", "printing", "refused_cents", "reference_cents"]
    frames = [
        lake.read("valuation/features", category=category, day=days[-1]).select(columns)
        for category in CATEGORIES
        if (days := lake.days("valuation/features", category))
    ]
    frame = pl.concat(frames) if frames else empty(Features).select(columns)
    return frame.filter(pl.col("refused_cents").is_not_null()).sort("refused_cents", descending=True)


def raw_records(
    landing: Landing, source: str, day: date, file: str, record: str
) -> Iterator[tuple[str, str]]:
    """(package id, raw text) of a refused record, from every package of its day that has it.

    The whole file, up to the shown length, where the record cannot be located in it.
    """
    for package in landing.packages(LANDED_AS.get(source, source), part=day.isoformat()):
        content = _content(package, file)
        if content is not None:
            yield package.package_id, _found(content, record)[:SHOWN]


def _content(package: Package, file: str) -> bytes | None:
    for path in (package.files / file, package.files / f"{file}.gz"):
        if path.is_file():
            with path.open("rb") as opened:
                return expanded(opened).read()
    for archive in package.files.glob("*.7z"):
        with TemporaryDirectory(prefix="arb-unpack-") as scratch:
            unpack(archive, Path(scratch), re.escape(file))
            member = Path(scratch) / file
            if member.is_file():
                return member.read_bytes()
    return None


def _found(content: bytes, record: str) -> str:
    """The smallest JSON object that has the parts of a record's name; else the text itself."""
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
        (candidate for document in documents for candidate in _objects(document)),
        key=lambda candidate: (len(wanted & {str(value) for value in candidate.values()}), -len(candidate)),
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
