"""The monthly partitions of price_history. `prices` writes their rows, `retention` retires them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from arb_pipeline.contracts.errors import ConflictError
from arb_pipeline.storage.postgres.tables import retired_months

LOCK = 0x70617274  # "part": one creator of partitions at a time per database
YEAR_MONTHS = 12
AHEAD = 3
DEFAULT = "price_history_default"
ATTACHED = """
    SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS about_rows,
        pg_total_relation_size(c.oid) AS bytes
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'price_history'::regclass ORDER BY c.relname
"""


class RetiredMonthError(ConflictError, RuntimeError):
    """Rows of a month that is in the lake instead; the message states how to restore it."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: its rows are PostgreSQL's estimate, its bytes include indices."""

    name: str
    about_rows: int
    bytes: int


def ensure_months(connection: sa.Connection, days: Iterable[date]) -> list[str]:
    """Create the partitions that these days fall in, where missing; return the names of those created.

    Call it before the rows of the same transaction are written. Rows that already lie in the DEFAULT
    partition move to the new one, which PostgreSQL would otherwise refuse to create. Raises
    `RetiredMonthError`: rows beside a month's exported ones would look complete.
    """
    months = sorted({month_of(day) for day in days})
    _refuse_retired(connection, months)
    missing = [month for month in months if not exists(connection, month)]
    if not missing:
        return []
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    created = [month for month in missing if not exists(connection, month)]
    for month in created:
        create(connection, month)
        attach(connection, month)
    return [name_of(month) for month in created]


def ensure_ahead(connection: sa.Connection, today: date, months: int = AHEAD) -> list[str]:
    """Create the partitions of this month and the following ones; return the names of those created."""
    ahead = [month_of(today)]
    for _ in range(months):
        ahead.append(next_month(ahead[-1]))
    return ensure_months(connection, ahead)


def default_rows(connection: sa.Connection) -> int:
    """Number of rows in the DEFAULT partition; `ensure_months` of their days moves them."""
    count: int = connection.execute(sa.text(f"SELECT count(*) FROM {DEFAULT}")).scalar_one()  # noqa: S608 - ours
    return count


def default_months(connection: sa.Connection) -> list[date]:
    """Months of the rows in DEFAULT."""
    month = "date_trunc('month', recorded_at, 'UTC')::date"
    query = sa.text(f"SELECT DISTINCT {month} AS month FROM {DEFAULT} ORDER BY month")  # noqa: S608 - ours
    return list(connection.scalars(query))


def partitions(connection: sa.Connection) -> list[Partition]:
    """The partitions in the table, oldest first, DEFAULT last."""
    rows = connection.execute(sa.text(ATTACHED)).mappings()
    return [Partition(row["name"], row["about_rows"], row["bytes"]) for row in rows]


def attached_months(connection: sa.Connection) -> list[date]:
    """The months that have a partition in the table, oldest first."""
    ends = (partition.name.removeprefix("price_history_") for partition in partitions(connection))
    return [date.fromisoformat(f"{end.replace('_', '-')}-01") for end in ends if end != "default"]


def create(connection: sa.Connection, month: date) -> None:
    """Create a month's table beside price_history, so that attaching it does not block readers."""
    connection.exec_driver_sql(
        f"CREATE TABLE {name_of(month)} (LIKE price_history INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    )


def attach(connection: sa.Connection, month: date) -> None:
    """Make the table of a month a partition, after moving the month's rows from DEFAULT there."""
    name, start, end = name_of(month), _moment(month), _moment(next_month(month))
    columns = ", ".join(connection.scalars(sa.text(COLUMNS)))
    connection.exec_driver_sql(
        f"WITH moved AS (DELETE FROM {DEFAULT}"  # noqa: S608 - names and days of our own making
        f" WHERE recorded_at >= '{start}' AND recorded_at < '{end}' RETURNING {columns})"
        f" INSERT INTO {name} ({columns}) SELECT {columns} FROM moved"
    )
    connection.exec_driver_sql(
        f"ALTER TABLE price_history ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
    )


COLUMNS = """
    SELECT quote_ident(attname) FROM pg_attribute
    WHERE attrelid = 'price_history'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


def exists(connection: sa.Connection, month: date) -> bool:
    """True if there is a table of a month, in price_history or detached from it."""
    return (
        connection.scalar(sa.text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name_of(month)}) is True
    )


def name_of(month: date) -> str:
    """The partition of a month."""
    return f"price_history_{month:%Y_%m}"


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return date(day.year, day.month, 1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    if month.month < YEAR_MONTHS:
        return date(month.year, month.month + 1, 1)
    return date(month.year + 1, 1, 1)


def _refuse_retired(connection: sa.Connection, months: list[date]) -> None:
    query = sa.select(retired_months.c.month).where(retired_months.c.month.in_(months))
    retired: Sequence[date] = connection.scalars(query.order_by(retired_months.c.month)).all()
    if retired:
        named = ", ".join(f"{month:%Y-%m}" for month in retired)
        message = f"{named} of price_history is retired to the lake. Bring it back: arb db restore {named}."
        raise RetiredMonthError(message)


def _moment(month: date) -> str:
    return f"{month.isoformat()} 00:00:00+00"
