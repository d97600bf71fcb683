"""What readers share: the columns of listed products, and CSV: every cell is text, a blank one is null."""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from arb_pipeline.contracts.errors import InvalidFileError

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
    """A file without which its stage has nothing to work on; the message names it."""


def read_csv(path: Path, *, required: Collection[str]) -> pl.DataFrame:
    """All columns as text. Raises `SourceFileError` when the file does not read or lacks a column."""
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        msg = f"{path.name} does not read as CSV: {error}. Fetch it again."
        raise SourceFileError(msg) from error
    missing = set(required) - set(frame.columns)
    if missing:
        msg = f"{path.name} lacks the columns {sorted(missing)}; it has {frame.columns}. Fetch it again."
        raise SourceFileError(msg)
    return frame.with_columns(pl.when(pl.all().str.strip_chars() != "").then(pl.all()))
