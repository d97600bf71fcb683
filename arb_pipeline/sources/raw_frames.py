"""Raw frames of landed records: one text column per field, each value as the source wrote it.

Types are checked before a frame is made: Polars would read `true` and "5.25" as prices. What has the wrong
type is kept, behind a mark that no valid value has; `quote_rules` names the rule that it breaks.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import islice
from math import isfinite
from typing import Any

import polars as pl

from arb_pipeline.contracts.problems import Problem

MARK = "\x00"
"""Prefix of a value of the wrong type. PostgreSQL stores no text with it, so such text is invalid too."""
PLAIN = r"-?[0-9]+(?:\.[0-9]+)?"
COMMA = r"-?[0-9][0-9.']*,[0-9]+"
MAX_WHOLE = 2**63
NOTHING = type(None)


class Kind(Enum):
    """Format in which a source writes a field."""

    NUMBER = auto()
    """A JSON number."""
    AMOUNT = auto()
    """A JSON number, or text with a dot before its decimals."""
    WHOLE = auto()
    """A JSON whole number, or text of digits."""
    TEXT = auto()
    """Text, or a whole number used as a name."""
    FLAG = auto()
    """true or false, as JSON or as text."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one landed file."""

    path: str
    """Inside the landing package."""
    recorded_at: datetime
    """UTC: when the source published them, else the time of the request."""
    records: Iterable[Any]
    category: str | None = None
    kind: str = ""
    """List of the source, where it has several."""
    problem: Problem | None = None
    """Problem that prevented reading the file; it then has no records."""


SOUND = {
    Kind.TEXT: f"^[^{MARK}]*$",
    Kind.AMOUNT: f"^(?:{PLAIN}|{COMMA})$",
    Kind.WHOLE: f"^(?:{PLAIN}|{COMMA})$",
}
"""Pattern of a text column that needs no value-by-value check."""
UTC = pl.Datetime("us", "UTC")
META: dict[str, pl.DataType | type[pl.DataType]] = {
    "_file": pl.String,
    "_n": pl.Int64,
    "_at": UTC,
    "_category": pl.String,
    "_kind": pl.String,
}
"""Columns beside the fields; no source has fields of such names."""


def raw_frame(batch: Batch, fields: Mapping[str, Kind]) -> tuple[pl.DataFrame, list[tuple[str, str]]]:
    """Text frame of the records' fields, and entries that are not records as (record, value)."""
    records = list(batch.records)
    places = [at for at, record in enumerate(records) if type(record) is dict]
    misfits = []
    if len(places) < len(records):
        misfits = [
            (f"record {at}", ascii_of(record))
            for at, record in enumerate(records)
            if type(record) is not dict
        ]
        records = [records[at] for at in places]
    columns = {name: _column([record.get(name) for record in records], kind) for name, kind in fields.items()}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(fields, pl.String))
    return (
        frame.with_columns(
            _file=pl.lit(batch.path),
            _n=pl.Series(places, dtype=pl.Int64),
            _at=pl.lit(batch.recorded_at, UTC),
            _category=pl.lit(batch.category, pl.String),
            _kind=pl.lit(batch.kind),
        ),
        misfits,
    )


def ascii_of(value: Any) -> str:
    """Printable start of any value, in ASCII, up to 200 characters."""
    if isinstance(value, int) and abs(value) >= MAX_WHOLE:
        return "a whole number beyond 2^63"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(ascii_of(item) for item in islice(value, 5))}]"[:200]
    if isinstance(value, dict):
        shown = (f"{ascii_of(key)}: {ascii_of(item)}" for key, item in islice(value.items(), 5))
        return f"{{{', '.join(shown)}}}"[:200]
    return ascii(value)[:200]


def _column(values: list[Any], kind: Kind) -> pl.Series:
    """Values as text. A column of one type is converted whole, a mixed one value by value."""
    kinds = set(map(type, values)) - {NOTHING}
    numbers = kind in {Kind.NUMBER, Kind.AMOUNT}
    try:
        if not kinds:
            return pl.Series([None] * len(values), dtype=pl.String)
        if kinds <= {int, float} and numbers:
            return pl.Series(values, dtype=pl.Float64).cast(pl.String).str.strip_suffix(".0")
        if kinds == {int} and kind is not Kind.FLAG:
            return pl.Series(values, dtype=pl.Int64).cast(pl.String)
        if kinds == {str} and kind in SOUND:
            texts = pl.Series(values, dtype=pl.String)
            if texts.str.contains(SOUND[kind]).all():
                return texts
    except (OverflowError, UnicodeEncodeError, TypeError, pl.exceptions.PolarsError):
        pass  # one value does not fit a column: converted one by one below
    return pl.Series([_one(value, kind) for value in values], dtype=pl.String)


def _one(value: Any, kind: Kind) -> str | None:
    """A value as text, behind the mark where its type is wrong."""
    if value is None:
        return None
    if type(value) is str:
        return _text(value, kind)
    if type(value) is bool:
        return str(value).lower() if kind is Kind.FLAG else MARK + str(value)
    if type(value) is int and abs(value) < MAX_WHOLE and kind is not Kind.FLAG:
        return str(value)
    if type(value) is float and isfinite(value) and kind in {Kind.NUMBER, Kind.AMOUNT}:
        return str(value).removesuffix(".0")
    return MARK + ascii_of(value)


def _text(value: str, kind: Kind) -> str:
    if kind is Kind.NUMBER:
        return MARK + ascii_of(value)
    if kind is Kind.FLAG:
        return value.lower() if value.lower() in {"true", "false"} else MARK + ascii_of(value)
    if kind is Kind.TEXT:
        return _clean(value)
    return value if re.fullmatch(f"{PLAIN}|{COMMA}", value) else MARK + ascii_of(value)


def _clean(value: str) -> str:
    """Text that a database can store, else the original value behind the mark."""
    is_sound = MARK not in value and not re.search("[\ud800-\udfff]", value)
    return value if is_sound else MARK + ascii_of(value)
