"""Frame contracts and polars types of declared columns (`schema`, `columns`)."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from arb_pipeline.contracts.base import Contract, Field
from arb_pipeline.contracts.schema import Column, FrameType, Shown, Table

UTC = pl.Datetime("us", "UTC")
SEALED_IDS = pl.Categorical(pl.Categories("sealed_product_id"))
CARD_IDS = pl.Categorical(pl.Categories("card_id"))
TYPES: dict[FrameType, Any] = {
    FrameType.INT32: pl.Int32,
    FrameType.INT64: pl.Int64,
    FrameType.UTC: UTC,
    FrameType.TEXTS: pl.List(pl.String),
    FrameType.SEALED_IDS: SEALED_IDS,
    FrameType.CARD_IDS: CARD_IDS,
}


def contract_of(
    table: Table, name: str, module: str, *, doc: str = "", unique: Iterable[str] = ()
) -> type[Contract]:
    """Contract of the frame with the columns that `table` shows in frames.

    `module`: `__name__` of the module that holds it. `doc`: what one row is, by default the table's meaning.
    `unique`: columns of the frame that identify a row.
    """
    columns = table.shown(Shown.FRAME)
    body: dict[str, Any] = {
        "__doc__": doc or table.meaning,
        "__module__": module,
        "__annotations__": {column.in_frame: _dtype(column) for column in columns},
        **{column.in_frame: _field(column) for column in columns},
    }
    if unique:
        body["Config"] = type("Config", (Contract.Config,), {"unique": list(unique)})
    return type(name, (Contract,), body)


def frame_schema(table: Table) -> dict[str, pl.DataType]:
    """Names and polars types of the frame with the columns that `table` shows in frames."""
    columns = table.shown(Shown.FRAME)
    return dict(pl.DataFrame(schema={column.in_frame: _dtype(column) for column in columns}).schema)


def _field(column: Column) -> Any:
    rules: dict[str, Any] = {"gt": column.gt, "ge": column.ge, "le": column.le}
    rules["isin"] = list(column.allowed) or None
    rules["str_matches"] = column.pattern or None
    if column.length:
        rules["str_length"] = dict(zip(("min_value", "max_value"), column.length, strict=True))
    given = {name: rule for name, rule in rules.items() if rule is not None}
    return Field(
        nullable=column.nullable, unique=column.unique, description=column.frame_description, **given
    )


def _dtype(column: Column) -> Any:
    """Type of a column in frames: a Python or polars type, as contracts take it."""
    kind = column.frame_type or column.kind.frame
    return TYPES[kind] if isinstance(kind, FrameType) else kind
