"""Contracts tell what is broken: the column, the rule, in how many rows, and which values."""

import pandera.polars as pa
import polars as pl
import pytest

from arb_pipeline.contracts.base import BrokenContractError, Contract, Fault, check_columns, conform


class Prices(Contract):
    """One row per product."""

    product: str = pa.Field(unique=True)
    cents: pl.Int64 = pa.Field(gt=0)
    level: str = pa.Field(isin=["low", "high"], nullable=True)


class Quoted(Contract):
    """One row per product and shop."""

    product: str
    shop: str

    class Config(Contract.Config):
        """A shop has one price."""

        unique = ["product", "shop"]  # noqa: RUF012 - as pandera has it


GOOD = pl.DataFrame({"product": ["a", "b"], "cents": [1, 2], "level": ["low", None]})


def faults(check, frame, contract, **more):
    with pytest.raises(BrokenContractError) as broken:
        check(frame, contract, **more)
    assert broken.value.contract is contract
    return list(broken.value.faults)


def test_a_frame_that_conforms_comes_back_in_the_contracts_order():
    mixed = GOOD.select("level", "cents", "product", extra=1)
    assert conform(mixed, Prices).equals(GOOD)


def test_values_that_break_a_rule_are_counted_and_the_first_are_reported():
    cents = [*range(-7, 0), 0, 0, 5]
    frame = pl.DataFrame({"product": list("abcdefghij"), "cents": cents, "level": [None] * 9 + ["tiny"]})
    assert faults(conform, frame, Prices) == [
        Fault("cents", "greater_than(0)", 9, ("-7", "-6", "-5", "-4", "-3")),
        Fault("level", "isin(['low', 'high'])", 1, ("tiny",)),
    ]


def test_nulls_and_doubles_are_reported():
    frame = pl.DataFrame({"product": ["a", "a", "b"], "cents": [1, None, 3], "level": ["low"] * 3})
    assert faults(conform, frame, Prices) == [
        Fault("product", "field_uniqueness", 2, ("a",)),
        Fault("cents", "not_nullable", 1, ("null",)),
    ]


def test_rows_that_should_differ_in_several_columns_are_reported_by_those():
    frame = pl.DataFrame({"product": ["a", "a", "b"], "shop": ["x", "x", "x"]})
    (fault,) = faults(conform, frame, Quoted)
    assert (fault.column, fault.rows) == ("product + shop", 2)
    assert fault.values == ('{"product":"a","shop":"x"}',)


def test_a_column_that_is_missing_and_one_of_another_type_are_reported():
    frame = GOOD.select("product", pl.col("cents").cast(pl.Float64))
    assert faults(conform, frame, Prices) == [
        Fault("level", "column_in_dataframe", None, ("level",)),
        Fault("cents", "dtype('Int64')", None, ("Float64",)),
    ]


def test_the_message_is_one_line():
    with pytest.raises(BrokenContractError) as broken:
        conform(GOOD.with_columns(cents=pl.lit(0, pl.Int64)), Prices)
    assert str(broken.value) == "Prices: cents: greater_than(0) does not hold in 2 rows: 0"


def test_columns_and_types_are_checked_without_the_rows():
    check_columns(GOOD.with_columns(cents=pl.lit(0, pl.Int64)), Prices)
    check_columns(GOOD.with_columns(beside=1), Prices, beside=["beside", "absent"])
    assert faults(check_columns, GOOD.with_columns(unknown=1), Prices) == [
        Fault("unknown", "column_in_schema", None, ("unknown",))
    ]
    assert faults(check_columns, GOOD.with_columns(cents=pl.lit("1")), Prices) == [
        Fault("cents", "dtype('Int64')", None, ("String",))
    ]
