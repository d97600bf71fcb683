"""Frames as spreadsheets may safely read them."""

import polars as pl

FORMULA = r"^[=+\-@\t\r\n]"
"""A text that begins so is run as a formula by spreadsheets."""


def for_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text joined by `;`, and texts that look like a formula behind a `'`."""
    joined = frame.with_columns(
        pl.col(name).list.join("; ") for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)
    )
    texts = pl.col(pl.String)
    return joined.with_columns(
        pl.when(texts.str.contains(FORMULA)).then("'" + texts).otherwise(texts).name.keep()
    )
