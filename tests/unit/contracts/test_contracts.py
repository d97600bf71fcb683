"""Contracts tell what is broken: the column, the rule, in how many rows, and which values."""

from importlib import import_module
from pkgutil import iter_modules

import polars as pl
import pytest

from arb_pipeline import contracts
from arb_pipeline.contracts.base import (
    BrokenContractError,
    Contract,
    Fault,
    Field,
    Rules,
    check_columns,
    conform,
    empty,
    names,
)

for _module in iter_modules(contracts.__path__, f"{contracts.__name__}."):
    import_module(_module.name)
SHIPPED = [
    contract for contract in Contract.__subclasses__() if contract.__module__.startswith("arb_pipeline")
]


class Prices(Contract):
    """One row per product."""

    product: str = Field(unique=True)
    cents: pl.Int64 = Field(gt=0)
    level: str = Field(isin=["low", "high"], nullable=True)


class Quoted(Contract):
    """One row per product and shop."""

    product: str
    shop: str

    class Config(Contract.Config):
        """A shop has one price."""

        unique = ["product", "shop"]  # noqa: RUF012 - as pandera has it


class Ruled(Contract):
    """One column per kind of rule."""

    filled: str
    single: str = Field(unique=True)
    above: pl.Int32 = Field(gt=0)
    least: float = Field(ge=0)
    most: float = Field(le=1, nullable=True)
    listed: str = Field(isin=["a", "b"])
    written: str = Field(str_matches=r"^[a-z]+$")
    sized: str = Field(str_length={"min_value": 1, "max_value": 3})
    key: pl.Categorical(pl.Categories("ruled"))
    words: pl.List(pl.String)

    class Config(Contract.Config):
        """Rows differ in two columns together."""

        unique = ["listed", "above"]  # noqa: RUF012 - as pandera has it


RULED = pl.DataFrame(
    {
        "filled": ["x", "x"],
        "single": ["x", "y"],
        "above": [1, 2],
        "least": [0.0, 0.0],
        "most": [1.0, None],
        "listed": ["a", "a"],
        "written": ["a", "b"],
        "sized": ["a", "abc"],
        "key": ["k", "k"],
        "words": [["w"], []],
    },
    schema=empty(Ruled).schema,
)
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


def test_a_frame_that_breaks_no_rule_conforms():
    assert conform(RULED, Ruled).equals(RULED)


@pytest.mark.parametrize(
    ("column", "values", "rule"),
    [
        ("filled", ["x", None], "not_nullable"),
        ("single", ["x", "x"], "field_uniqueness"),
        ("above", [1, 0], "greater_than(0)"),
        ("least", [0.0, -0.1], "greater_than_or_equal_to(0)"),
        ("most", [1.1, None], "less_than_or_equal_to(1)"),
        ("listed", ["a", "c"], "isin(['a', 'b'])"),
        ("written", ["a", "A"], "str_matches('^[a-z]+$')"),
        ("sized", ["a", ""], "str_length(1, 3)"),
        ("sized", ["a", "abcd"], "str_length(1, 3)"),
    ],
)
def test_a_rule_of_each_kind_is_checked(column, values, rule):
    frame = RULED.with_columns(pl.Series(column, values, RULED.schema[column]))
    assert [(fault.column, fault.rule, fault.rows) for fault in faults(conform, frame, Ruled)] == [
        (column, rule, 2 if rule == "field_uniqueness" else 1)
    ]


def test_rows_with_equal_keys_break_the_rule_for_rows():
    (fault,) = faults(conform, RULED.with_columns(above=pl.lit(1, pl.Int32)), Ruled)
    assert (fault.column, fault.rule) == ("listed + above", "multiple_fields_uniqueness")


@pytest.mark.parametrize(
    ("column", "other"), [("above", pl.Int64), ("key", pl.String), ("words", pl.List(pl.Categorical()))]
)
def test_no_type_is_converted(column, other):
    (fault, *_) = faults(conform, RULED.with_columns(pl.col(column).cast(other)), Ruled)
    assert (fault.column, fault.rows) == (column, None)
    assert fault.rule.startswith("dtype(")


@pytest.mark.parametrize("contract", SHIPPED, ids=lambda contract: contract.__name__)
def test_pandera_has_every_rule_that_a_contract_declares(contract):
    schema = contract.to_schema()
    rules = {name: getattr(contract, name, Rules()) for name in names(contract)}
    assert (schema.name, schema.strict, schema.coerce) == (contract.__name__, True, False)
    assert list(schema.unique or ()) == list(contract.Config.unique)
    # Pandera forgets the categories of a Categorical.
    types = {
        name: pl.Categorical() if isinstance(t, pl.Categorical) else t
        for name, t in empty(contract).schema.items()
    }
    assert {name: column.dtype.type for name, column in schema.columns.items()} == types
    assert {
        name: (column.nullable, column.unique, column.description, len(column.checks), column.required)
        for name, column in schema.columns.items()
    } == {
        name: (rule.nullable, rule.unique, rule.description, len(rule.checks), True)
        for name, rule in rules.items()
    }


def test_every_rule_is_of_a_column():
    stray = [
        f"{contract.__name__}.{name}"
        for contract in SHIPPED
        for name, rule in vars(contract).items()
        if isinstance(rule, Rules) and name not in names(contract)
    ]
    assert stray == []
