"""Frames in a form that is safe for spreadsheets."""

import polars as pl

FORMULA = r"^[\s\p{Cc}\p{Cf}'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]|^[\t\r\n]"
"""A text that begins so is run as a formula by spreadsheets, some of which read full-width signs alike and
pass over blanks, quotes and invisible characters before them."""
UNSEEN = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
"""Control and format characters: a terminal that shows the file would obey them."""


def for_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text joined by `;`, and texts that look like a formula behind a `'`, column names among them.

    Control and format characters are left out.
    """
    joined = frame.with_columns(
        pl.col(name).list.join("; ") for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)
    )
    texts = pl.col(pl.String)
    is_formula = texts.str.contains(FORMULA)
    plain = texts.str.replace_all(UNSEEN, "")
    guarded = joined.with_columns(pl.when(is_formula).then("'" + plain).otherwise(plain).name.keep())
    return guarded.rename(dict(zip(joined.columns, _headers(joined.columns), strict=True)))


def _headers(names: list[str]) -> list[str]:
    """Column names as cells: a user's own headings are text from outside too."""
    cells = pl.Series(names, dtype=pl.String)
    is_formula = cells.str.contains(FORMULA)
    plain = cells.str.replace_all(UNSEEN, "").to_list()
    safe = [f"'{name}" if formula else name for name, formula in zip(plain, is_formula, strict=True)]
    seen: dict[str, int] = {}
    for at, name in enumerate(safe):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            safe[at] = f"{name} ({seen[name]})"
    return safe
