"""Months are there before their prices, what found none is counted, and a product's history is an index away."""

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from arb_pipeline.storage.postgres import tables
from arb_pipeline.storage.postgres.partitions import (
    attached_months,
    default_rows,
    ensure_ahead,
    ensure_months,
    partitions,
)

BOX, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def at(day: str, hour: int = 20) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=UTC)


def price(when: datetime, dollars: int = 5, **overrides: object) -> dict[str, Any]:
    row = {"product_id": BOX, "price": dollars, "source": "tcgplayer", "recorded_at": when}
    return row | overrides


@pytest.fixture
def connection(engine: sa.Engine) -> Any:
    with engine.begin() as opened:
        boxes = [{"id": i, "name": "Box", "product_type": "sealed", "category": "mtg"} for i in (BOX, OTHER)]
        opened.execute(sa.insert(tables.products), boxes)
        yield opened


def insert(connection: sa.Connection, *rows: dict[str, Any]) -> None:
    for row in rows:
        connection.execute(sa.insert(tables.price_history), row)


def test_this_month_and_the_next_three_are_made_once(connection: sa.Connection) -> None:
    names = [
        "price_history_2025_11",
        "price_history_2025_12",
        "price_history_2026_01",
        "price_history_2026_02",
    ]
    assert ensure_ahead(connection, date(2025, 11, 30)) == names
    assert ensure_ahead(connection, date(2025, 11, 1)) == []
    assert ensure_ahead(connection, date(2025, 12, 1)) == ["price_history_2026_03"]
    assert [p.name for p in partitions(connection)] == [
        *names,
        "price_history_2026_03",
        "price_history_default",
    ]
    assert attached_months(connection)[0] == date(2025, 11, 1)


def test_rows_without_a_month_are_counted_until_they_have_one(connection: sa.Connection) -> None:
    assert default_rows(connection) == 0
    insert(connection, price(at("2030-01-31")), price(at("2030-02-01")))
    assert default_rows(connection) == 2
    ensure_months(connection, [date(2030, 1, 1)])
    assert default_rows(connection) == 1


def plan(connection: sa.Connection, query: str) -> str:
    return "\n".join(connection.scalars(sa.text(f"EXPLAIN {query}"), {"box": BOX}))


@pytest.fixture
def filled(connection: sa.Connection) -> sa.Connection:
    """Three months of prices of 200 products."""
    ensure_months(connection, [date(2025, month, 1) for month in (9, 10, 11)])
    connection.exec_driver_sql(
        "INSERT INTO products (id, name, product_type, category)"
        " SELECT md5(n::text)::uuid, 'Card', 'single', 'mtg' FROM generate_series(1, 200) n"
    )
    connection.exec_driver_sql(
        "INSERT INTO price_history (product_id, price, source, recorded_at)"
        " SELECT p.id, 5, 'tcgplayer', d FROM products p,"
        " generate_series('2025-09-01 20:00+00', '2025-11-30 20:00+00', interval '1 day') d"
    )
    connection.exec_driver_sql("ANALYZE price_history")
    return connection


def test_the_history_of_a_product_is_read_from_the_index_of_each_month(filled: sa.Connection) -> None:
    shown = plan(filled, "SELECT * FROM price_history WHERE product_id = :box")
    assert "Seq Scan on price_history_2" not in shown
    assert len(re.findall(r"Index Scan (using|on) price_history_2025_\d\d_product_id\w*", shown)) == 3


def test_the_history_of_a_month_reads_no_other(filled: sa.Connection) -> None:
    shown = plan(
        filled,
        "SELECT * FROM price_history WHERE product_id = :box"
        " AND recorded_at >= '2025-10-01 00:00+00' AND recorded_at < '2025-11-01 00:00+00'",
    )
    assert set(re.findall(r"price_history_(\d{4}_\d\d)\b", shown.replace("_product", " "))) == {"2025_10"}
    assert "Seq Scan" not in shown


def test_the_newest_prices_of_a_product_are_read_from_the_index(filled: sa.Connection) -> None:
    shown = plan(filled, "SELECT * FROM latest_prices WHERE product_id = :box")
    assert "Seq Scan on price_history_2" not in shown
    assert len(re.findall(r"Index Scan (?:Backward )?(?:using|on) price_history_2025", shown)) == 3


def test_the_newest_price_of_each_kind_is_shown_however_late_it_came(connection: sa.Connection) -> None:
    ensure_months(connection, [date(2025, 9, 1), date(2025, 10, 1)])
    insert(
        connection,
        price(at("2025-10-02"), 20),
        price(at("2025-10-01"), 10),  # late
        price(at("2025-09-03"), 7, printing="foil"),
        price(at("2025-09-02"), 8, printing="foil"),
        price(at("2025-10-01"), 3, price_type="low"),
        price(at("2025-10-03"), 99, product_id=OTHER),
    )
    query = sa.text(
        "SELECT price_type, printing, price FROM latest_prices WHERE product_id = :id"
        " ORDER BY price_type, printing"
    )
    assert [tuple(row) for row in connection.execute(query, {"id": BOX})] == [
        ("low", "normal", Decimal(3)),
        ("market", "foil", Decimal(7)),
        ("market", "normal", Decimal(20)),
    ]
    insert(connection, price(at("2025-10-02") + timedelta(hours=1), 21))
    in_view = connection.execute(sa.text("SELECT price FROM latest_prices ORDER BY price")).scalars()
    assert list(in_view) == [3, 7, 21, 99]
