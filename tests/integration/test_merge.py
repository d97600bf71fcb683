"""Rows are written once, completely, and exactly as given."""

import math
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import IntegrityError

from arb_pipeline.storage.postgres.merge import MergeError, Written, merge
from arb_pipeline.storage.postgres.partitions import ensure_months
from arb_pipeline.storage.postgres.tables import price_history, products

HOSTILE = (
    *("", " ", "NULL", "\\N", "\\.", "\n\\.\n", "a\tb", "line\nline", "cr\rcr\r\n", 'say "hi"', "it's"),
    *("back\\slash", "\\\\", "{a,b}", "a,b", "Pokémon ポケモン 😀", "100%", "%s", ":name", "\\t", '"', "'"),
)
PRICE_KEY = ("product_id", "source", "price_type", "printing", "condition", "language", "recorded_at")


def box(number: int, **overrides: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": str(uuid.UUID(int=number)),
        "name": f"Box {number}",
        "product_type": "sealed",
    }
    return row | {"category": "mtg", "tcg_product_id": str(number)} | overrides


def write(engine: sa.Engine, rows: Sequence[dict[str, Any]], **options: Any) -> Written:
    with engine.begin() as connection:
        return merge(connection, products, pl.DataFrame(rows), keys=["id"], **options)


def names(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.select(products.c.name).order_by(products.c.id)))


@pytest.fixture
def shapes(engine: sa.Engine) -> sa.Table:
    """A table with a column of each kind of type."""
    table = sa.Table(
        "shapes",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("text", sa.Text()),
        sa.Column("words", ARRAY(sa.Text())),
        sa.Column("numbers", ARRAY(sa.Integer())),
        sa.Column("real", sa.Double()),
        sa.Column("money", sa.Numeric(12, 2)),
        sa.Column("big", sa.BigInteger()),
        sa.Column("day", sa.Date()),
        sa.Column("moment", sa.DateTime(timezone=True)),
        sa.Column("flag", sa.Boolean()),
        sa.Column("doc", JSONB()),
    )
    table.create(engine)
    return table


def there_and_back(engine: sa.Engine, table: sa.Table, column: str, values: pl.Series) -> list[Any]:
    """Write values, check that writing them again writes nothing, and return what the database holds."""
    frame = pl.DataFrame({"id": range(len(values)), column: values})
    with engine.begin() as connection:
        assert merge(connection, table, frame, keys=["id"]) == Written(len(values), 0, 0)
        assert merge(connection, table, frame, keys=["id"]) == Written(0, 0, 0)
        return list(connection.scalars(sa.select(table.c[column]).order_by(table.c.id)))


def test_an_identical_merge_writes_nothing(engine: sa.Engine) -> None:
    rows = [box(number) for number in range(100)]
    assert write(engine, rows) == Written(100, 0, 0)
    versions = sa.text("SELECT array_agg(ARRAY[xmin::text, xmax::text] ORDER BY id) FROM products")
    with engine.connect() as connection:
        before = connection.scalar(versions)
    assert write(engine, rows[::-1]) == Written(0, 0, 0)
    with engine.connect() as connection:
        assert connection.scalar(versions) == before, "not even a row lock"


def test_only_changed_rows_are_written_and_only_their_updated_at_moves(engine: sa.Engine) -> None:
    write(engine, [box(1), box(2), box(3)])
    changed = [box(1), box(2, name="New name"), box(3, set_name=None), box(4)]
    assert write(engine, changed) == Written(1, 1, 0)
    assert names(engine) == ["Box 1", "New name", "Box 3", "Box 4"]
    with engine.connect() as connection:
        moved = sa.select(products.c.name).where(products.c.updated_at > products.c.created_at)
        assert list(connection.scalars(moved)) == ["New name"]


def test_a_value_that_becomes_null_is_a_change(engine: sa.Engine) -> None:
    write(engine, [box(1, set_name="A set"), box(2, set_name="A set")])
    assert write(engine, [box(1, set_name=None), box(2, set_name="A set")]) == Written(0, 1, 0)


def test_kept_columns_are_written_once_and_never_again(engine: sa.Engine) -> None:
    write(engine, [box(1, set_name="first")], keep=["set_name"])
    assert write(engine, [box(1, set_name="second")], keep=["set_name"]) == Written(0, 0, 0)
    assert write(engine, [box(1, set_name="second", name="N")], keep=["set_name"]) == Written(0, 1, 0)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(products.c.set_name)) == "first"


def test_missing_rows_are_deleted_within_the_scope_only(engine: sa.Engine) -> None:
    write(engine, [box(1), box(2), box(3, category="pokemon")])
    scope = products.c.category == "mtg"
    assert write(engine, [box(1, name="Changed"), box(4)], delete_missing=scope) == Written(1, 1, 1)
    assert names(engine) == ["Changed", "Box 3", "Box 4"]


def test_a_unique_value_may_move_from_a_deleted_row_to_a_new_one(engine: sa.Engine) -> None:
    write(engine, [box(1, tcg_product_id="77")])
    assert write(engine, [box(2, tcg_product_id="77")], delete_missing=sa.true()) == Written(1, 0, 1)


def test_an_empty_frame_writes_nothing(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        assert merge(connection, products, pl.DataFrame([box(1)]).clear(), keys=["id"]) == Written(0, 0, 0)


def test_duplicate_keys_are_refused_and_the_first_is_named(engine: sa.Engine) -> None:
    with pytest.raises(MergeError, match=f"2 rows.*{uuid.UUID(int=2)}"):
        write(engine, [box(1), box(2), box(2, name="Other")])
    assert names(engine) == []


def test_an_empty_key_is_refused(engine: sa.Engine) -> None:
    with pytest.raises(MergeError, match="1 rows for products have no id"):
        write(engine, [box(1), box(2, id=None)])


def test_columns_that_the_table_lacks_are_named(engine: sa.Engine) -> None:
    with pytest.raises(MergeError, match="products has no column ask_cents, colour"):
        write(engine, [box(1, ask_cents=5, colour="red")])


def test_a_key_that_the_frame_lacks_is_named(engine: sa.Engine) -> None:
    with engine.begin() as connection, pytest.raises(MergeError, match="lacks id"):
        merge(connection, products, pl.DataFrame([box(1)]).drop("id"), keys=["id"])


def test_a_value_of_another_type_is_an_error_and_not_another_number(
    engine: sa.Engine, shapes: sa.Table
) -> None:
    frame = pl.DataFrame({"id": [1], "big": [1.5]})
    with engine.begin() as connection, pytest.raises(Exception, match="invalid input syntax for type bigint"):
        merge(connection, shapes, frame, keys=["id"])


def test_a_rollback_leaves_nothing(engine: sa.Engine) -> None:
    write(engine, [box(1)])
    with engine.connect() as connection:
        frame = pl.DataFrame([box(1, name="Changed"), box(2)])
        assert merge(connection, products, frame, keys=["id"], delete_missing=sa.true()).total == 2
        connection.rollback()
    assert names(engine) == ["Box 1"]


def test_a_row_that_breaks_a_rule_stops_the_whole_merge(engine: sa.Engine) -> None:
    with pytest.raises(IntegrityError, match="product_type"):
        write(engine, [box(1), box(2, product_type="opened")])
    assert names(engine) == []


def test_hostile_text_arrives_as_it_was_given(engine: sa.Engine, shapes: sa.Table) -> None:
    values = [*HOSTILE, None]
    assert there_and_back(engine, shapes, "text", pl.Series(values)) == values


def test_hostile_text_in_arrays_arrives_as_it_was_given(engine: sa.Engine, shapes: sa.Table) -> None:
    values = [list(HOSTILE), [], None, [None], ["NULL", None, ""], ["one"]]
    assert there_and_back(engine, shapes, "words", pl.Series(values, dtype=pl.List(pl.String))) == values


def test_arrays_of_numbers_arrive(engine: sa.Engine, shapes: sa.Table) -> None:
    values = [[1, -2, None], [], None]
    assert there_and_back(engine, shapes, "numbers", pl.Series(values, dtype=pl.List(pl.Int32))) == values


def test_floats_arrive_to_the_last_bit(engine: sa.Engine, shapes: sa.Table) -> None:
    values = [
        0.1,
        0.1 + 0.2,
        1 / 3,
        5e-324,
        1.7976931348623157e308,
        -0.0,
        1e16,
        123456789.123456789,
        math.inf,
        None,
    ]
    result = there_and_back(engine, shapes, "real", pl.Series([*values, -math.inf, math.nan]))
    assert [repr(value) for value in result[:-2]] == [repr(value) for value in values]
    assert result[-2] == -math.inf
    assert math.isnan(result[-1])


def test_whole_numbers_become_floats_of_the_same_value(engine: sa.Engine, shapes: sa.Table) -> None:
    assert there_and_back(engine, shapes, "real", pl.Series([1, 2**53])) == [1.0, 2.0**53]


def test_money_arrives_to_the_cent_as_decimal_or_text(engine: sa.Engine, shapes: sa.Table) -> None:
    values = [Decimal("9999999999.99"), Decimal("-0.01"), Decimal("0.10"), None]
    assert there_and_back(engine, shapes, "money", pl.Series(values, dtype=pl.Decimal(12, 2))) == values


def test_a_decimal_with_more_digits_is_rounded_once_and_does_not_count_as_changed(
    engine: sa.Engine, shapes: sa.Table
) -> None:
    assert there_and_back(engine, shapes, "money", pl.Series(["1.005", "2.5"])) == [
        Decimal("1.01"),
        Decimal("2.50"),
    ]


def test_big_numbers_days_flags_and_categories_arrive(engine: sa.Engine, shapes: sa.Table) -> None:
    big = [2**63 - 1, -(2**63), None]
    assert there_and_back(engine, shapes, "big", pl.Series(big)) == big
    with engine.begin() as connection:
        connection.execute(sa.delete(shapes))
    frame = pl.DataFrame({"id": [1], "day": [date(2025, 10, 18)], "flag": [True], "text": ["NM"]})
    with engine.begin() as connection:
        merge(connection, shapes, frame.with_columns(pl.col("text").cast(pl.Categorical)), keys=["id"])
        row = connection.execute(sa.select(shapes.c.day, shapes.c.flag, shapes.c.text)).one()
    assert tuple(row) == (date(2025, 10, 18), True, "NM")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_a_moment_arrives_in_utc_whatever_its_zone(
    engine: sa.Engine, shapes: sa.Table, unit: Any, zone: str | None
) -> None:
    moment = datetime(2025, 10, 18, 1, 2, 3, 456000, tzinfo=UTC)
    values = pl.Series([moment, None], dtype=pl.Datetime(unit, "UTC"))
    values = values.dt.convert_time_zone(zone) if zone else values.dt.replace_time_zone(None)
    assert there_and_back(engine, shapes, "moment", values) == [moment, None]


def test_json_arrives_as_text_or_struct(engine: sa.Engine, shapes: sa.Table) -> None:
    texts = ['{"why": "a \\"quoted\\" line\\n"}', "[]", None]
    assert there_and_back(engine, shapes, "doc", pl.Series(texts)) == [{"why": 'a "quoted" line\n'}, [], None]
    with engine.begin() as connection:
        connection.execute(sa.delete(shapes))
    structs = pl.Series([{"a": 1, "b": ["x\ty"]}])
    assert there_and_back(engine, shapes, "doc", structs) == [{"a": 1, "b": ["x\ty"]}]


def test_two_merges_share_a_transaction(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        merge(connection, products, pl.DataFrame([box(1)]), keys=["id"])
        assert merge(connection, products, pl.DataFrame([box(1), box(2)]), keys=["id"]) == Written(1, 0, 0)


def test_keys_alone_are_inserted_once(engine: sa.Engine, shapes: sa.Table) -> None:
    frame = pl.DataFrame({"id": [1, 2]})
    with engine.begin() as connection:
        assert merge(connection, shapes, frame, keys=["id"]) == Written(2, 0, 0)
        assert merge(connection, shapes, frame, keys=["id"]) == Written(0, 0, 0)


def test_prices_merge_into_their_months_by_their_natural_key(engine: sa.Engine) -> None:
    write(engine, [box(1)])
    days = [datetime(2025, 9, 30, 23, 59, 59, 999999, tzinfo=UTC), datetime(2025, 10, 1, tzinfo=UTC)]
    row = {"product_id": box(1)["id"], "source": "tcgplayer", "price_type": "market", "printing": "normal"}
    row |= {"condition": "near_mint", "language": "English", "price": Decimal("5.00")}
    frame = pl.DataFrame([row | {"recorded_at": day} for day in days])
    dearer = frame.with_columns(price=pl.lit(Decimal("6.00")))
    with engine.begin() as connection:
        ensure_months(connection, [day.date() for day in days])
        assert merge(connection, price_history, frame, keys=PRICE_KEY) == Written(2, 0, 0)
    with engine.begin() as connection:
        assert merge(connection, price_history, frame, keys=PRICE_KEY) == Written(0, 0, 0)
        scope = price_history.c.source == "tcgplayer"
        assert merge(connection, price_history, dearer[1:], keys=PRICE_KEY, delete_missing=scope) == Written(
            0, 1, 1
        )


def test_a_session_in_another_time_zone_finds_the_same_rows(engine: sa.Engine) -> None:
    write(engine, [box(1)])
    row = {"product_id": box(1)["id"], "source": "tcgplayer", "price_type": "market", "printing": "normal"}
    row |= {
        "condition": "near_mint",
        "language": "English",
        "price": "5",
        "recorded_at": datetime(2025, 10, 1, tzinfo=UTC).replace(tzinfo=None),
    }
    frame = pl.DataFrame([row])
    with engine.begin() as connection:
        assert merge(connection, price_history, frame, keys=PRICE_KEY) == Written(1, 0, 0)
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'Asia/Tokyo'")
        assert merge(connection, price_history, frame, keys=PRICE_KEY) == Written(0, 0, 0)
