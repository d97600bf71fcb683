"""Stored price windows: one Parquet file per category with one row per key, from which features read a month.

A cache of the daily rollup. It records the file of each day, so that any change, late or out of order, takes
effect on the next use. Without the cache a window is computed from the daily files, which only takes longer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import ibis.expr.types as ir
import polars as pl

from arb_pipeline.core.params import Prices
from arb_pipeline.core.pricing.price_window import (
    PRICE,
    RECENT,
    column,
    merged,
    price_window,
    recent_days,
    window_days,
)
from arb_pipeline.core.pricing.rollup import KEY
from arb_pipeline.core.pricing.window_summary import summarised
from arb_pipeline.features.engines import rollup_table
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.lake import Where, fingerprint

MARKS = "arb_price_window_1"
"""Key of the Parquet file's metadata with its inputs: day, parameters, fingerprint of each file. A new layout
gets a new number, which invalidates earlier windows."""

WRITTEN = {"PARQUET_VERSION": "V2", "DICTIONARY_SIZE_LIMIT": 16}
"""Delta encoding of prices: dictionaries took twice the time to write, and the file was no smaller."""


TOGETHER = 8
"""Days pivoted into columns at once. Every column tests every row for its day: four joined groups of 8 take
less time than one of 31."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Requested window of a day: its files by day, and the days that can be the latest."""

    as_of: date
    prices: Prices
    files: Mapping[date, Where]
    marks: Mapping[date, str]

    @classmethod
    def of(cls, files: Sequence[Where], as_of: date, prices: Prices) -> "Wanted":
        """The window's files among those of the lake (`.../day=YYYY-MM-DD/part.parquet`)."""
        by_day = {date.fromisoformat(file.parent.name.removeprefix("day=")): file for file in files}
        inside = {day: by_day[day] for day in window_days(as_of, prices) if day in by_day}
        return cls(as_of, prices, inside, {day: fingerprint(file) for day, file in inside.items()})

    @property
    def recent(self) -> list[date]:
        """The days that can be the latest."""
        return recent_days(self.as_of, self.prices)

    @property
    def made_from(self) -> dict[str, str]:
        """Metadata of a stored window: day, lengths, and a fingerprint per file."""
        lengths = f"{self.prices.window_days}, {self.prices.stale_days}"
        origin = {"as_of": self.as_of.isoformat(), "days": lengths}
        return origin | {day.isoformat(): mark for day, mark in self.marks.items()}

    def columns(self, days: Sequence[date]) -> list[str]:
        """Names of the columns of the given days."""
        kinds = {day: (PRICE, *RECENT) if day in self.recent else (PRICE,) for day in days}
        return [column(kind, day) for day in days for kind in kinds[day]]


@contextmanager
def up_to_date(connection: Any, wanted: Wanted, kept: Where | None) -> Iterator[ir.Table]:
    """The summarised window as a table of a DuckDB connection; the file `kept` is updated if it differs."""
    with TemporaryDirectory(prefix="arb-window-") as scratch:
        before = _copy(kept, Path(scratch))
        made_from = _made_from(before) if before else {}
        if before and made_from == wanted.made_from:
            yield connection.read_parquet(str(before))
            return
        window = _renewed(connection, wanted, before, made_from).view()
        window = summarised(window, as_of=wanted.as_of, prices=wanted.prices)
        with _replaced(kept, Path(scratch)) as after:
            metadata = {MARKS: json.dumps(wanted.made_from)}
            connection.to_parquet(window, str(after), KV_METADATA=metadata, **WRITTEN)
            yield connection.read_parquet(str(after))


def _renewed(connection: Any, wanted: Wanted, before: Path | None, made_from: Mapping[str, str]) -> ir.Table:
    """Window of the usable days of the previous one, and the other days from their files."""
    here = set(pl.read_parquet_schema(before)) if before and made_from else set()
    usable = [
        day
        for day, mark in wanted.marks.items()
        if made_from.get(day.isoformat()) == mark and here.issuperset(wanted.columns([day]))
    ]
    if before is None or len(usable) <= len(wanted.files) // 2:
        return _made(connection, wanted, list(wanted.files))
    fresh = [day for day in wanted.files if day not in usable]
    window = connection.read_parquet(str(before)).select(*KEY, *wanted.columns(usable)).view()
    if fresh:
        window = merged(window, _made(connection, wanted, fresh))
    return window.filter(ibis.coalesce(*(window[column(PRICE, day)] for day in wanted.files)).notnull())


def _made(connection: Any, wanted: Wanted, days: Sequence[date]) -> ir.Table:
    weeks = [days[first : first + TOGETHER] for first in range(0, len(days), TOGETHER)]
    windows = (_week(connection, wanted, week).view() for week in weeks)
    return reduce(lambda older, newer: merged(older, newer).view(), windows)


def _week(connection: Any, wanted: Wanted, days: Sequence[date]) -> ir.Table:
    rollup = rollup_table(connection, "duckdb", [wanted.files[day] for day in days])
    return price_window(rollup, days=days, recent=wanted.recent)


def _copy(kept: Where | None, scratch: Path) -> Path | None:
    """A private copy of `kept`, which another run may replace meanwhile; None: there is none."""
    if kept is None or not kept.exists():
        return None
    copy = scratch / "before.parquet"
    if isinstance(kept, Path):
        copyfile(kept, copy)
    else:
        kept.fs.get_file(kept.path, str(copy))
    return copy


@contextmanager
def _replaced(kept: Where | None, scratch: Path) -> Iterator[Path]:
    """A local path whose content replaces `kept` when the block succeeds."""
    after = scratch / "after.parquet"
    if isinstance(kept, Path):
        with written_whole(kept) as aside:
            yield aside
        return
    yield after
    if kept is not None:
        kept.fs.makedirs(kept.parent.path, exist_ok=True)
        kept.fs.put_file(str(after), kept.path)


def _made_from(path: Path) -> dict[str, str]:
    """Inputs of a stored window; empty for another layout or a file that is no Parquet."""
    try:
        marks: dict[str, str] = json.loads(pl.read_parquet_metadata(path).get(MARKS, "{}"))
    except pl.exceptions.ComputeError:  # truncated by a store without atomic writes
        return {}
    return marks
