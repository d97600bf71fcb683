"""The migrated database is the declared one, and its own rules hold."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres import tables
from arb_pipeline.storage.postgres.engine import DatabaseError, connect, normalise
from arb_pipeline.storage.postgres.migrate import MigrationError, current, drift, head, migrate, serves
from arb_pipeline.storage.postgres.partitions import ensure_months

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
      AND conrelid::regclass::text !~ 'price_history_|schema_version'
    UNION ALL
    SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename !~ 'price_history_|schema_version'
      AND indexname <> 'products_search_idx' -- over a function, which only the migration makes
    ORDER BY 1, 2, 3
"""


def product(**overrides: object) -> dict[str, Any]:
    row = {"id": uuid.uuid4(), "name": "Play Booster Box", "product_type": "sealed", "category": "mtg"}
    return row | overrides


def opportunity(sealed: uuid.UUID, **overrides: object) -> dict[str, Any]:
    row: dict[str, Any] = {"id": uuid.uuid4(), "sealed_product_id": sealed, "sealed_price": 100}
    row |= {"singles_value": 150, "profit": 50, "margin_percentage": 50, "confidence_score": 0.8}
    row |= {"risk_level": "low", "opened_on": date(2025, 10, 1), "as_of": date(2025, 10, 1)}
    return row | overrides


def price(sealed: uuid.UUID, day: datetime) -> dict[str, Any]:
    return {"product_id": sealed, "price": 5, "source": "tcgplayer", "recorded_at": day}


def partition_of_each_price(connection: sa.Connection) -> list[str]:
    query = sa.text("SELECT tableoid::regclass::text FROM price_history ORDER BY recorded_at")
    return list(connection.scalars(query))


def test_a_migrated_database_is_at_the_head_and_migrating_again_applies_nothing(
    empty_engine: sa.Engine,
) -> None:
    assert current(empty_engine) is None
    assert not serves(empty_engine)
    assert migrate(empty_engine)[-1] == head()
    assert migrate(empty_engine) == []
    assert current(empty_engine) == head()


def test_concurrent_migrations_apply_each_revision_once(empty_engine: sa.Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        applied = [
            revision for part in pool.map(lambda _: migrate(empty_engine), range(4)) for revision in part
        ]
    assert sorted(applied) == sorted(set(applied))
    assert applied[-1] == head()


def test_the_migrations_build_what_the_tables_declare(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        ensure_months(connection, [date(2025, 10, 18)])  # partitions are not a difference
    assert drift(engine) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE products ADD COLUMN extra text",
        "ALTER TABLE products ALTER COLUMN name TYPE varchar(400)",
        "ALTER TABLE products ALTER COLUMN language DROP DEFAULT",
        "COMMENT ON COLUMN products.name IS 'other'",
        "DROP INDEX arbitrage_opportunities_one_active",
    ],
)
def test_a_database_that_differs_from_the_tables_is_noticed(engine: sa.Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert drift(engine)


def test_a_migration_brings_the_comments_to_the_declared_ones(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("COMMENT ON COLUMN products.name IS 'other'")
        connection.exec_driver_sql("COMMENT ON TABLE products IS NULL")
    assert migrate(engine) == []
    with engine.connect() as connection:
        column, table = "col_description('products'::regclass, 2)", "obj_description('products'::regclass)"
        comments = connection.execute(sa.text(f"SELECT {column}, {table}")).one()
    assert comments == ("Name of the product, as its source writes it.", "Sealed products and single cards.")


def test_constraints_and_indexes_are_the_declared_ones_too(
    engine: sa.Engine, empty_engine: sa.Engine
) -> None:
    tables.metadata.create_all(empty_engine)
    with engine.connect() as migrated, empty_engine.connect() as declared:
        result = migrated.execute(sa.text(CONSTRAINTS)).all()
        assert result == declared.execute(sa.text(CONSTRAINTS)).all()
    assert len(result) > 30


@pytest.mark.parametrize("comment", ["'oldest code: 9998'", "'other'", "NULL"])
def test_a_schema_newer_than_the_code_is_refused(engine: sa.Engine, comment: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE arb_schema_version SET version_num = '9999'")
        connection.exec_driver_sql(f"COMMENT ON TABLE arb_schema_version IS {comment}")
    with pytest.raises(MigrationError, match="9999"):
        migrate(engine)
    assert not serves(engine)


def test_a_newer_schema_that_only_added_is_served_and_left_as_it_is(engine: sa.Engine) -> None:
    """A pod of the version before that starts during a deploy, or after a rollback."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE arb_schema_version SET version_num = '9999'")
        connection.exec_driver_sql("COMMENT ON COLUMN products.name IS 'of the newer code'")
    assert migrate(engine) == []
    assert serves(engine)
    assert current(engine) == "9999"
    with engine.connect() as connection:
        comment = connection.scalar(sa.text("SELECT col_description('products'::regclass, 2)"))
    assert comment == "of the newer code"


def test_a_second_active_opportunity_of_a_product_is_refused_and_a_past_one_is_not(engine: sa.Engine) -> None:
    box = product()
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.products), box)
        connection.execute(
            sa.insert(tables.arbitrage_opportunities), opportunity(box["id"], status="expired")
        )
        connection.execute(sa.insert(tables.arbitrage_opportunities), opportunity(box["id"]))
    with engine.begin() as connection, pytest.raises(IntegrityError, match="one_active"):
        connection.execute(sa.insert(tables.arbitrage_opportunities), opportunity(box["id"]))


def test_an_unknown_status_is_refused(engine: sa.Engine) -> None:
    box = product()
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.products), box)
    with engine.begin() as connection, pytest.raises(IntegrityError, match="status_check"):
        connection.execute(sa.insert(tables.arbitrage_opportunities), opportunity(box["id"], status="open"))


@pytest.mark.parametrize(
    "change", ["UPDATE opportunity_events SET event = 'noted'", "DELETE FROM opportunity_events"]
)
def test_an_event_is_neither_changed_nor_removed(engine: sa.Engine, change: str) -> None:
    box = product()
    row = opportunity(box["id"])
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.products), box)
        connection.execute(sa.insert(tables.arbitrage_opportunities), row)
        event = {"opportunity_id": row["id"], "event": "opened", "as_of": date(2025, 10, 1)}
        connection.execute(sa.insert(tables.opportunity_events), event)
    with engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql(change)


def test_a_load_whose_counts_do_not_balance_is_refused(engine: sa.Engine) -> None:
    row = {"source": "tcgplayer", "category": "mtg", "day": date(2025, 10, 1), "package_id": "a" * 64}
    counts = {
        "rows_raw": 10,
        "rows_accepted": 7,
        "rows_duplicate": 1,
        "rows_quarantined": 1,
        "rows_written": 7,
    }
    with engine.begin() as connection, pytest.raises(IntegrityError, match="balance"):
        connection.execute(sa.insert(tables.load_ledger), {**row, "parser_version": "1", **counts})


def test_prices_without_a_month_wait_in_the_default_partition_and_move_to_it(engine: sa.Engine) -> None:
    box = product()
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.products), box)
        days = [datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]
        connection.execute(sa.insert(tables.price_history), [price(box["id"], day) for day in days])
        assert partition_of_each_price(connection) == ["price_history_default"] * 2
    with engine.begin() as connection:
        assert ensure_months(connection, [day.date() for day in days]) == [
            "price_history_2025_12",
            "price_history_2026_01",
        ]
        assert ensure_months(connection, [day.date() for day in days]) == []
        assert partition_of_each_price(connection) == ["price_history_2025_12", "price_history_2026_01"]


def test_concurrent_creators_of_a_month_make_it_once(engine: sa.Engine) -> None:
    def create(_: int) -> list[str]:
        with engine.begin() as connection:
            return ensure_months(connection, [date(2024, month, 1) for month in range(1, 13)])

    with ThreadPoolExecutor(4) as pool:
        made = [name for part in pool.map(create, range(4)) for name in part]
    assert sorted(made) == [f"price_history_2024_{month:02d}" for month in range(1, 13)]


def test_an_unreachable_server_is_named_without_its_password() -> None:
    url = "postgres://buyer:s3cret@127.0.0.1:1/arb"
    with pytest.raises(DatabaseError, match=r"127\.0\.0\.1:1") as caught:
        connect(Settings(database_url=url))  # type: ignore[arg-type] # pydantic wraps it
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_schemes_all_mean_psycopg_3(scheme: str) -> None:
    assert normalise(f"{scheme}://a:b@h/d").drivername == "postgresql+psycopg"


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(DatabaseError, match="mysql"):
        normalise("mysql://a:b@h/d")


def test_a_connection_is_in_utc_and_says_who_it_is(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW TimeZone")) == "UTC"
        assert connection.scalar(sa.text("SHOW application_name")) == "arb_pipeline"
