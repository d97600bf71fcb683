"""Base of all contracts: strict columns, and the check that a stage runs on its frames.

A contract is a plain declaration. Only `_made` imports pandera, and pandera brings pandas and pyarrow: a
second of CPU, which a command that checks no frame does without.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

if TYPE_CHECKING:
    import pandera.polars as pa
    from pandera.errors import SchemaErrors

SHOWN = 5
"""Values of a fault that are reported."""
UNIQUE = "multiple_fields_uniqueness"
"""Pandera's rule that rows differ in some columns."""
LONGEST = 120
"""Characters of a value or rule that are reported."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules for the values of one column."""

    nullable: bool = False
    unique: bool = False
    description: str | None = None
    checks: dict[str, Any] = field(default_factory=dict)
    """Checks by pandera's names: `gt`, `isin`, `str_matches` ..."""


def Field(  # noqa: N802 - declared as a field of pydantic or pandera is
    *, nullable: bool = False, unique: bool = False, description: str | None = None, **checks: Any
) -> Any:
    """Rules for a column of a contract. `checks`: those of `pandera.Field`."""
    return Rules(nullable, unique, description, checks)


class Contract:
    """Frame whose columns are exactly those declared, in any order: unknown ones are rejected.

    No type is converted. A column is an annotation of a Python or polars type, with a `Field` for its rules.
    """

    class Config:
        """Rules for rows."""

        unique: ClassVar[Sequence[str]] = ()
        """Columns that identify a row together."""

    @classmethod
    def to_schema(cls) -> "pa.DataFrameSchema":
        """Pandera's schema of the frame."""
        return _model(cls).to_schema()


_models: "dict[type[Contract], type[pa.DataFrameModel]]" = {}


def _model(contract: type[Contract]) -> "type[pa.DataFrameModel]":
    """Pandera's model of a contract, made once."""
    if contract not in _models:
        _models[contract] = _made(contract)
    return _models[contract]


def _made(contract: type[Contract]) -> "type[pa.DataFrameModel]":
    import pandera.polars as pa

    body: dict[str, Any] = {
        "__doc__": contract.__doc__,
        "__annotations__": dict(contract.__annotations__),
        "Config": type(
            "Config", (), {"strict": True, "coerce": False, "unique": list(contract.Config.unique) or None}
        ),
    }
    for name in names(contract):
        if rules := getattr(contract, name, None):
            body[name] = pa.Field(
                nullable=rules.nullable, unique=rules.unique, description=rules.description, **rules.checks
            )
    return type(contract.__name__, (pa.DataFrameModel,), body)


def names(contract: type[Contract]) -> list[str]:
    """Columns of a contract, in order."""
    return list(contract.__annotations__)


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule of a contract that does not hold."""

    column: str
    rule: str
    """As pandera names it: `greater_than(0)`, `not_nullable`, `column_in_dataframe` ..."""
    rows: int | None
    """Number of rows that break it. None: the column as a whole."""
    values: tuple[str, ...]
    """First distinct values that break it."""

    def __str__(self) -> str:
        """In one line."""
        rows = "" if self.rows is None else f" in {self.rows:,} row{'s' if self.rows > 1 else ''}"
        return f"{self.column}: {self.rule} does not hold{rows}: {', '.join(self.values)}"


class BrokenContractError(ValueError):
    """A frame that breaks its contract."""

    def __init__(self, contract: type[Contract], faults: Sequence[Fault]) -> None:
        super().__init__(f"{contract.__name__}: {'; '.join(map(str, faults))}")
        self.contract = contract
        self.faults = tuple(faults)


def conform(frame: pl.DataFrame, contract: type[Contract]) -> pl.DataFrame:
    """The frame with the contract's columns in the contract's order, checked in full.

    Raises `BrokenContractError` that lists every broken rule with rows and values.
    """
    columns = [name for name in names(contract) if name in frame.columns]
    return _validated(frame.select(columns), contract)


def check_columns(frame: pl.DataFrame, contract: type[Contract], *, beside: Sequence[str] = ()) -> None:
    """Check names and types of columns. For a frame whose rows `conform` has checked.

    `beside`: further columns that it may have. Raises `BrokenContractError`.
    """
    columns = frame.drop(beside, strict=False).clear()
    if dict(columns.schema) != dict(empty(contract).schema):  # pandera takes 10 ms and more for it
        _validated(columns, contract)


def _validated(frame: pl.DataFrame, contract: type[Contract]) -> pl.DataFrame:
    from pandera.errors import SchemaErrors

    try:
        return _model(contract).validate(frame, lazy=True)
    except SchemaErrors as error:
        raise BrokenContractError(contract, _faults(error, contract)) from error


def _faults(error: "SchemaErrors", contract: type[Contract]) -> list[Fault]:
    """One fault per broken rule, from pandera's rows per rule and value."""
    unique = " + ".join(contract.Config.unique)
    # Of a rule about the frame pandera reports its own name as the column.
    of_frame = pl.when(pl.col("check") == UNIQUE).then(pl.lit(unique)).otherwise("failure_case")
    is_of_frame = pl.col("schema_context") == "DataFrameSchema"
    is_dtype = pl.col("check").str.starts_with("dtype(")
    shown = pl.col("failure_case").str.slice(0, LONGEST).fill_null("null")
    failures = (
        error.failure_cases.with_columns(
            column=pl.when(is_of_frame).then(of_frame).otherwise("column"),
            check=pl.col("check").str.slice(0, LONGEST),
            shown=shown,
        )
        # Value rules of a column of another type cannot be checked: pandera reports its own errors.
        .filter(is_dtype | ~is_dtype.any().over("column"))
        .group_by("column", "check", maintain_order=True)
        .agg(pl.col("index").count(), pl.col("shown").unique(maintain_order=True).head(SHOWN))
    )
    return [
        Fault(column, rule, rows or None, tuple(shown)) for column, rule, rows, shown in failures.iter_rows()
    ]


def empty(contract: type[Contract]) -> pl.DataFrame:
    """Frame of the contract without rows."""
    return pl.DataFrame(schema=dict(contract.__annotations__))
