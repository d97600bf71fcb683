"""Metadata that shows a frame in the Dagster UI."""

from typing import Any

import dagster as dg
import polars as pl

SHOWN = 10


def described(frame: pl.DataFrame, *, show: pl.DataFrame | None = None, **more: Any) -> dict[str, Any]:
    """Row count, columns with their types, a preview (the first rows, or those of `show`), and `more`."""
    schema = dg.TableSchema([dg.TableColumn(name, str(dtype)) for name, dtype in frame.schema.items()])
    return {
        "dagster/row_count": frame.height,
        "dagster/column_schema": schema,
        "preview": dg.MetadataValue.md(markdown(frame if show is None else show)),
        **more,
    }


def markdown(frame: pl.DataFrame, rows: int = SHOWN) -> str:
    """The first rows as a Markdown table. Text of sources is escaped."""
    if frame.is_empty():
        return "no rows"
    head = frame.head(rows)
    lines = ["| " + " | ".join(head.columns) + " |", "|" + "---|" * head.width]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in head.iter_rows()]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")[:120]


def counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    """Rows per value, most first."""
    counted = frame.group_by(column).len(name="n").sort("n", column, descending=[True, False])
    return {str(value): n for value, n in counted.iter_rows()}
