"""Metadata that shows a frame in the Dagster UI."""

from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import Contract
from arb_pipeline.core.money import dollars

SHOWN = 10


def described(
    frame: pl.DataFrame,
    *,
    show: pl.DataFrame | None = None,
    contract: type[Contract] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Metadata: row count, columns with meanings, a preview (of `frame`, or of `show`), and `more`."""
    meanings = {name: c.description for name, c in contract.to_schema().columns.items()} if contract else {}
    schema = dg.TableSchema([dg.TableColumn(n, str(t), meanings.get(n)) for n, t in frame.schema.items()])
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
    head = _readable(frame.head(rows))
    lines = ["| " + " | ".join(head.columns) + " |", "|" + "---|" * head.width]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in head.iter_rows()]
    return "\n".join(lines)


def _readable(frame: pl.DataFrame) -> pl.DataFrame:
    """Cents as dollars, basis points as percent."""
    cents = [name for name in frame.columns if name.endswith("_cents")]
    bps = [name for name in frame.columns if name.endswith("_bps")]
    return frame.with_columns(
        *(dollars(pl.col(name)) for name in cents), *((pl.col(name) / 100).alias(name) for name in bps)
    ).rename(
        {n: n.removesuffix("_cents") + " $" for n in cents} | {n: n.removesuffix("_bps") + " %" for n in bps}
    )


def _cell(value: Any) -> str:
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")[:120]


def counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    """Rows per value, most first."""
    counted = frame.group_by(column).len(name="n").sort("n", column, descending=[True, False])
    return {str(value): n for value, n in counted.iter_rows()}
