"""CSV as sources write it: every cell is text, a blank one is null."""

from pathlib import Path

import polars as pl


class SourceFileError(ValueError):
    """A file without which its stage has nothing to work on; the message names it."""


def read_csv(path: Path) -> pl.DataFrame:
    """All columns as text."""
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        msg = f"{path.name} does not read as CSV: {error}. Fetch it again."
        raise SourceFileError(msg) from error
    return frame.with_columns(pl.when(pl.all().str.strip_chars() != "").then(pl.all()))
