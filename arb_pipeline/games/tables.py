"""Shared by readers: columns of listed products, and CSV with every cell as text, blank ones null."""

import csv
from collections.abc import Collection
from pathlib import Path

import polars as pl

from arb_pipeline.contracts.errors import InvalidFileError
from arb_pipeline.storage import logs

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
"""A sealed product as a source lists it."""
MAX_NAME = 500


class SourceFileError(InvalidFileError, ValueError):
    """A missing or unreadable file that its stage requires; the message names it."""


def read_csv(path: Path, *, required: Collection[str]) -> pl.DataFrame:
    """All columns as text. Raises `SourceFileError` for an unreadable file or a missing column."""
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError:
        frame = _sound_rows(path)
    except OSError as error:
        msg = f"{path.name} does not read as CSV: {error}. Fetch it again."
        raise SourceFileError(msg) from error
    missing = set(required) - set(frame.columns)
    if missing:
        msg = f"{path.name} lacks the columns {sorted(missing)}; it has {frame.columns}. Fetch it again."
        raise SourceFileError(msg)
    return frame.with_columns(pl.when(pl.all().str.strip_chars() != "").then(pl.all()))


def _sound_rows(path: Path) -> pl.DataFrame:
    """Rows with as many cells as the header; others, and undecodable ones, are dropped."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        try:
            header = next(rows, [])
            sound = [row for row in rows if len(row) == len(header)]
        except csv.Error as error:
            msg = f"{path.name} does not read as CSV: {error}. Fetch it again."
            raise SourceFileError(msg) from error
    if len(set(header)) < len(header) or not header:
        msg = f"{path.name} does not read as CSV: its header is {header[:20]}. Fetch it again."
        raise SourceFileError(msg)
    lost = rows.line_num - 1 - len(sound)
    logs.logger().warning("rows of a table left out", file=path.name, rows=lost, kept=len(sound))
    return pl.DataFrame(sound, schema=dict.fromkeys(header, pl.String), orient="row")
