"""A schema is declared once: contracts (pandera) and tables (SQLAlchemy) are held against each other."""

import re

import pandera.polars as pa
import polars as pl
import pytest
import sqlalchemy as sa

from arb_pipeline.contracts.base import Contract, empty
from arb_pipeline.contracts.catalog import PRODUCT_SCHEMA
from arb_pipeline.contracts.contents import Lines
from arb_pipeline.contracts.valuation import Valuations, ValuationSingles
from arb_pipeline.core.opportunities.lifecycle import VALUES
from arb_pipeline.storage.postgres import analysis, prices, tables

WRITTEN_BY_THE_DATABASE = {"created_at", "updated_at"}
NOT_COMPUTED_YET: set[str] = set()
A_PERSONS = {
    "execution_quantity",
    "execution_notes",
    "executed_at",
    "execution_price",
    "realised_value",
    "realised_at",
}
LIFE = {"id", "sealed_product_id", "status", "opened_on", "as_of", "expires_at"}
OF_PEOPLE_AND_OTHER_SOURCES = {
    *("ebay_product_id", "amazon_asin", "description", "image_url", "is_active", "is_featured"),
}
FITS = {
    pl.String: (sa.String, sa.Uuid),
    pl.Categorical: (sa.String, sa.Uuid),
    pl.Int32: (sa.Integer,),
    pl.Int64: (sa.BigInteger,),
    pl.Float64: (sa.Double, sa.Numeric),
    pl.Boolean: (sa.Boolean,),
    pl.Date: (sa.Date,),
    pl.List: (sa.ARRAY,),
}
MONEY = (sa.Numeric, 2)


def dtypes(contract: type[Contract]) -> dict[str, pl.DataType]:
    return dict(empty(contract).schema)


def in_table(name: str) -> str:
    """A contract's column as the table calls it: cents and basis points are whole there, NUMERIC here."""
    return "margin_percentage" if name == "margin_bps" else name.removesuffix("_cents")


def is_money(name: str) -> bool:
    return name != in_table(name)


def mismatches(columns: dict[str, pl.DataType], table: sa.Table, *, only_in_table: set[str]) -> list[str]:
    """How a frame's columns and a table's differ, beside the columns that only the table has."""
    theirs, ours = {in_table(name): name for name in columns}, set(table.c.keys())
    found = [f"{table.name} lacks {name}" for name in theirs.keys() - ours]
    found += [f"no frame has {table.name}.{name}" for name in ours - theirs.keys() - only_in_table]
    found += [f"{table.name}.{name} is no exception any more" for name in only_in_table & theirs.keys()]
    found += [f"{table.name} has no {name} to except" for name in only_in_table - ours]
    for name in theirs.keys() & ours:
        dtype, kind = columns[theirs[name]], table.c[name].type
        if is_money(theirs[name]):
            fits = type(kind) is sa.Numeric and kind.scale == MONEY[1] and dtype == pl.Int64
        else:
            fits = isinstance(kind, FITS[dtype.base_type()])
        if not fits:
            found.append(f"{table.name}.{name} is {kind!r}, the frame has {dtype}")
    return sorted(found)


def refused_nulls(contract: type[Contract], table: sa.Table) -> list[str]:
    """Columns that the contract lets be null and the table does not."""
    columns = contract.to_schema().columns
    return sorted(
        name
        for name, column in columns.items()
        if column.nullable and in_table(name) in table.c and not table.c[in_table(name)].nullable
    )


def words(table: sa.Table, column: str) -> set[str]:
    """The words that a table's check allows in a column."""
    checks = (str(c.sqltext) for c in table.constraints if isinstance(c, sa.CheckConstraint))
    return next(set(re.findall(r"'(\w+)'", text)) for text in checks if text.startswith(f"{column} IN"))


def test_valuations_and_their_table_have_the_same_columns():
    exceptions = WRITTEN_BY_THE_DATABASE | NOT_COMPUTED_YET

    assert mismatches(dtypes(Valuations), tables.sealed_valuations, only_in_table=exceptions) == []


def test_what_a_valuation_may_lack_its_table_takes_as_null():
    assert refused_nulls(Valuations, tables.sealed_valuations) == []


def test_what_carries_a_valuation_and_its_table_have_the_same_columns():
    columns = dtypes(ValuationSingles)

    assert mismatches(columns, tables.valuation_singles, only_in_table=WRITTEN_BY_THE_DATABASE) == []
    assert refused_nulls(ValuationSingles, tables.valuation_singles) == []


def test_opportunities_take_over_columns_of_valuations():
    assert set(VALUES) <= dtypes(Valuations).keys()


def test_the_values_of_an_opportunity_and_its_table_have_the_same_columns():
    valuations = dtypes(Valuations)
    columns = {name: valuations[name] for name in VALUES}
    exceptions = LIFE | A_PERSONS | WRITTEN_BY_THE_DATABASE | NOT_COMPUTED_YET

    assert mismatches(columns, tables.arbitrage_opportunities, only_in_table=exceptions) == []


def test_lines_and_product_singles_have_the_same_columns():
    columns = dtypes(Lines)
    del columns["card_id"]  # single_product_id and printing in one, for joins

    exceptions = WRITTEN_BY_THE_DATABASE | {"id"}
    assert mismatches(columns, tables.product_singles, only_in_table=exceptions) == []
    assert refused_nulls(Lines, tables.product_singles) == []


def test_catalogue_rows_and_products_have_the_same_columns():
    columns = {name: dtype() for name, dtype in PRODUCT_SCHEMA.items()}
    exceptions = OF_PEOPLE_AND_OTHER_SOURCES | WRITTEN_BY_THE_DATABASE

    assert mismatches(columns, tables.products, only_in_table=exceptions) == []


@pytest.mark.parametrize("table", [tables.sealed_valuations, tables.arbitrage_opportunities], ids=str)
@pytest.mark.parametrize("column", ["risk_level", "competition_level"])
def test_a_level_has_the_same_words_in_contract_and_table(table, column):
    check = Valuations.to_schema().columns[column].checks[0]

    assert set(check.statistics["allowed_values"]) == words(table, column)


def test_valuations_are_written_with_the_scales_of_their_table():
    written = analysis._as_numeric(empty(Valuations))

    scales = {name: dtype.scale for name, dtype in written.schema.items() if isinstance(dtype, pl.Decimal)}
    columns = {name: tables.sealed_valuations.c[name].type for name in written.columns}
    assert scales == {name: kind.scale for name, kind in columns.items() if type(kind) is sa.Numeric}


def test_prices_are_merged_by_the_natural_key_of_their_table():
    unique = [c for c in tables.price_history.constraints if isinstance(c, sa.UniqueConstraint)]

    assert [[column.name for column in c.columns] for c in unique] == [prices.KEYS]


class Sample(Contract):
    id: str
    price_cents: pl.Int64 = pa.Field(nullable=True)
    level: str = pa.Field(isin=["low", "high"])


def sample_table(*columns: sa.Column) -> sa.Table:
    level = sa.CheckConstraint("level IN ('low', 'high')")
    return sa.Table(
        "t", sa.MetaData(), sa.Column("id", sa.Uuid()), sa.Column("level", sa.Text()), *columns, level
    )


def test_a_table_that_fits_has_no_mismatch():
    table = sample_table(sa.Column("price", sa.Numeric(12, 2)))

    assert mismatches(dtypes(Sample), table, only_in_table=set()) == []
    assert words(table, "level") == {"low", "high"}


@pytest.mark.parametrize(
    ("columns", "exceptions", "found"),
    [
        ([], set(), "t lacks price"),
        ([sa.Column("price", sa.Double())], set(), "t.price is Double(), the frame has Int64"),
        ([sa.Column("price", sa.Numeric(12, 4))], set(), "t.price is Numeric(precision=12, scale=4)"),
        ([sa.Column("price", sa.Numeric(12, 2)), sa.Column("new", sa.Text())], set(), "no frame has t.new"),
        ([sa.Column("price", sa.Numeric(12, 2))], {"gone"}, "t has no gone to except"),
        ([sa.Column("price", sa.Numeric(12, 2))], {"price"}, "t.price is no exception any more"),
    ],
)
def test_drift_is_noticed(columns, exceptions, found):
    drift = mismatches(dtypes(Sample), sample_table(*columns), only_in_table=exceptions)

    assert [text.startswith(found) for text in drift] == [True]


def test_a_null_that_the_table_would_refuse_is_noticed():
    table = sample_table(sa.Column("price", sa.Numeric(12, 2), nullable=False))

    assert refused_nulls(Sample, table) == ["price_cents"]
