"""The monthly partitions of price_history. Their rows are written by `merge`."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

LOCK = 0x70617274  # "part": one creator of partitions at a time per database
YEAR_MONTHS = 12


def ensure_months(connection: sa.Connection, days: Iterable[date]) -> list[str]:
    """Create the partitions that these days fall in, where missing; return the names of those created.

    Call it before the rows of the same transaction are written. Rows that already lie in the DEFAULT
    partition move to the new one, which PostgreSQL would otherwise refuse to create.
    """
    months = sorted({(day.year, day.month) for day in days})
    missing = [month for month in months if not _exists(connection, month)]
    if not missing:
        return []
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    created = [month for month in missing if not _exists(connection, month)]
    for month in created:
        _create(connection, month)
    return [_name(month) for month in created]


def _create(connection: sa.Connection, month: tuple[int, int]) -> None:
    """Build the partition beside the table and attach it: attaching lets readers go on."""
    name = _name(month)
    start, end = _first(month), _first(_next(month))
    move = (
        "WITH moved AS (DELETE FROM price_history_default"  # noqa: S608 - names and days of our own making
        f" WHERE recorded_at >= '{start}' AND recorded_at < '{end}' RETURNING *)"
        f" INSERT INTO {name} SELECT * FROM moved"
    )
    for statement in (
        f"CREATE TABLE {name} (LIKE price_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS)",
        move,
        f"ALTER TABLE price_history ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')",
    ):
        connection.exec_driver_sql(statement)


def _exists(connection: sa.Connection, month: tuple[int, int]) -> bool:
    return connection.scalar(sa.text("SELECT to_regclass(:name) IS NOT NULL"), {"name": _name(month)}) is True


def _name(month: tuple[int, int]) -> str:
    return f"price_history_{month[0]:04d}_{month[1]:02d}"


def _first(month: tuple[int, int]) -> str:
    return f"{month[0]:04d}-{month[1]:02d}-01 00:00:00+00"


def _next(month: tuple[int, int]) -> tuple[int, int]:
    year, number = month
    return (year, number + 1) if number < YEAR_MONTHS else (year + 1, 1)
