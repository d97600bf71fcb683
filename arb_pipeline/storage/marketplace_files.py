"""Landed packages of marketplaces -> batches of raw records for their cleaning; and exchange rates."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.contracts.crawling import RECORDS_FILE
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.archives import LIMITS, whole
from arb_pipeline.sources.marketplace import Marketplace, PriceFile
from arb_pipeline.sources.parsing import LayoutError, ecb
from arb_pipeline.sources.raw_frames import Batch
from arb_pipeline.sources.registry import MARKETPLACES
from arb_pipeline.storage.landing import Landing, Package

FETCH_AGAIN = "Fetch it again; the other files are not affected."


def batches(package: Package) -> Iterator[Batch]:
    """Every file of prices of a package as a batch; an unreadable one has a problem instead of records."""
    marketplace = MARKETPLACES[package.source]
    yield from _files(package, marketplace) if marketplace.files else _records(package, marketplace)


def requested_at(package: Package) -> datetime:
    """Time of a package's request, UTC; time of landing where it was taken from a folder."""
    return package.fetched_at or datetime.fromisoformat(str(package.manifest["landed_at"])).astimezone(UTC)


def to_load(landing: Landing, loaded: Collection[tuple[date, str]]) -> dict[date, list[str]]:
    """Day -> ids of marketplace packages that have landed for it and are not loaded.

    `loaded`: (day, package id). An unchanged list is the same package on another day, and is loaded for that
    day too.
    """
    days: dict[date, list[str]] = defaultdict(list)
    for source in MARKETPLACES:
        for part in landing.days(source):
            day = date.fromisoformat(part)
            for package in landing.packages(source, part=part):
                if (day, package.package_id) not in loaded:
                    days[day].append(package.package_id)
    return dict(days)


def rates(landing: Landing) -> Rates:
    """Exchange rates of all landed packages; of two rates of a day the later package counts."""
    records: list[dict[str, Any]] = []
    for day in landing.days("ecb"):
        for package in landing.packages("ecb", part=day):
            for path in sorted(package.files.glob("*.xml*")):
                records += ecb.rates(_content(path))
    return Rates.from_records(records)


def _files(package: Package, marketplace: Marketplace) -> Iterator[Batch]:
    for file in marketplace.files:
        if path := _there(package.files, file.name):
            at, records, problem = _read(path, file, package)
            yield Batch(path.name, at, records, category=file.category, kind=file.kind, problem=problem)


def _records(package: Package, marketplace: Marketplace) -> Iterator[Batch]:
    """JSON Lines: records of each kind, at the time of the request."""
    path = package.files / RECORDS_FILE
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for line in path.read_bytes().splitlines() if path.exists() else ():
        record = orjson.loads(line)
        by_kind[record.get("kind", "")].append(record)
    for kind, records in by_kind.items():
        if not marketplace.kinds or kind in marketplace.kinds:
            yield Batch(RECORDS_FILE, requested_at(package), records, kind=kind)


def _read(path: Path, file: PriceFile, package: Package) -> tuple[datetime, list[Any], Problem | None]:
    try:
        parsed = file.parse(_content(path))
        if not file.states_time:
            return requested_at(package), list(parsed), None
        return parsed.created_at, list(parsed.records), None
    except (LayoutError, OSError, EOFError) as error:
        return requested_at(package), [], Problem(path.name, str(error)[:300], "", FETCH_AGAIN)


def _there(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return whole(file, limit=LIMITS.total_bytes) if path.suffix == ".gz" else file.read()
