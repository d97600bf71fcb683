"""What every contract shares: strict columns, and the check that a stage runs on what it hands on."""

import pandera.polars as pa
import polars as pl


class Contract(pa.DataFrameModel):
    """A frame whose columns are exactly those declared, in any order."""

    class Config:
        """No unknown column passes, and none is converted in silence."""

        strict = True
        coerce = False


def conform(frame: pl.DataFrame, contract: type[Contract]) -> pl.DataFrame:
    """The frame with the contract's columns in the contract's order, checked in full.

    Raises `pandera.errors.SchemaErrors` that lists every broken check with its cases.
    """
    columns = list(contract.to_schema().columns)
    missing = set(columns) - set(frame.columns)
    if missing:
        msg = f"{contract.__name__} lacks {sorted(missing)}; it has {frame.columns}"
        raise ValueError(msg)
    return contract.validate(frame.select(columns), lazy=True)


def empty(contract: type[Contract]) -> pl.DataFrame:
    """The contract's frame without a row."""
    declared = contract.__annotations__  # pandera's own dtypes forget the categories of a Categorical
    columns = contract.to_schema().columns.items()
    return pl.DataFrame(
        schema={
            name: declared[name] if isinstance(declared[name], pl.DataType) else column.dtype.type
            for name, column in columns
        }
    )
