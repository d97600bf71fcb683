"""Retires months of price_history to the lake, and brings them back.

A month is detached, exported to Parquet, loaded back from there for comparison, and dropped. `retired_months`
records the progress: each step is one transaction or one atomic file, and the next run continues after a
crash. `exports` writes the files.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from arb_pipeline.contracts.errors import ConflictError
from arb_pipeline.storage.postgres import exports
from arb_pipeline.storage.postgres.partitions import LOCK as CREATORS
from arb_pipeline.storage.postgres.partitions import (
    attach,
    attached_months,
    create,
    exists,
    month_of,
    name_of,
    partitions,
)
from arb_pipeline.storage.postgres.tables import retired_months

LOCK = 0x72657469  # "reti": one month at a time is exported or brought back
WAIT = "10s"  # detaching waits for loads and queries, and later ones wait for it


class RetentionError(ConflictError, RuntimeError):
    """A month cannot be retired or restored; nothing is lost, and the message states the next step."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A month that is in the lake."""

    month: date
    file: Path
    rows: int


def retire(connection: sa.Connection, lake_root: Path, before: date) -> list[Retired]:
    """Move the months that end before the month of `before` to the lake; return them, oldest first.

    The connection may not be in a transaction: every step commits. A month that an earlier run left
    unfinished is finished, whatever `before` is.
    """
    with connection.begin():
        due = [month for month in attached_months(connection) if month < month_of(before)]
    for month in due:
        _detach(connection, month)
    with connection.begin():
        halfway = unfinished(connection)
    done = [_finish(connection, lake_root, month) for month in halfway]
    return [retired for retired in done if retired]


def unfinished(connection: sa.Connection) -> list[date]:
    """Months that are detached and not yet dropped, oldest first."""
    table = retired_months
    query = sa.select(table.c.month).where(table.c.dropped_at.is_(None)).order_by(table.c.month)
    return list(connection.scalars(query))


def overview(connection: sa.Connection) -> pl.DataFrame:
    """All months with their location. Rows in the database are PostgreSQL's estimate, in the lake a count."""
    here = [
        (p.name.removeprefix("price_history_"), "table", p.about_rows, p.bytes, None)
        for p in partitions(connection)
    ]
    table = retired_months.c
    gone = connection.execute(sa.select(table.month, table.dropped_at, table.rows, table.file)).all()
    away = [
        (f"{m:%Y_%m}", "lake" if dropped else "half-way", rows, None, file) for m, dropped, rows, file in gone
    ]
    schema = {"month": pl.String, "where": pl.String, "rows": pl.Int64, "bytes": pl.Int64, "file": pl.String}
    frame = pl.DataFrame([*here, *away], schema=schema, orient="row").sort("month")
    return frame.with_columns(pl.col("month").str.replace("_", "-"))


def restore(connection: sa.Connection, lake_root: Path, month: date) -> int:
    """Restore a month from the lake in one transaction; return its rows. The file stays."""
    month = month_of(month)
    with connection.begin():
        _lock(connection)
        record = _record(connection, month)
        if record is None:
            message = f"{month:%Y-%m} is not retired: there is nothing to bring back."
            raise RetentionError(message)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CREATORS)))
        if not exists(connection, month):
            create(connection, month)
            file = lake_root / record["file"]
            _same_file(file, record["file_sha256"])
            exports.copy_in(connection, file, name_of(month))
            fingerprint = exports.fingerprint(connection, name_of(month))
            if fingerprint != (record["rows"], record["rows_hash"]):
                message = f"{file} holds {fingerprint[0]} rows, not the {record['rows']} that were retired."
                raise RetentionError(message)
        attach(connection, month)
        connection.execute(sa.delete(retired_months).where(retired_months.c.month == month))
        rows: int = connection.exec_driver_sql(f"SELECT count(*) FROM {name_of(month)}").scalar_one()  # noqa: S608 - ours
    return rows


def _detach(connection: sa.Connection, month: date) -> None:
    """Detach a month and record it in the same transaction: from then on loads refuse it.

    Not CONCURRENTLY: PostgreSQL refuses that for a table with a DEFAULT partition.
    """
    try:
        with connection.begin():
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT}'")
            connection.exec_driver_sql("LOCK TABLE price_history IN ACCESS EXCLUSIVE MODE")
            if month not in attached_months(connection):  # another run was quicker
                return
            connection.execute(sa.insert(retired_months).values(month=month))
            connection.exec_driver_sql(f"ALTER TABLE price_history DETACH PARTITION {name_of(month)}")
    except OperationalError as error:
        if "lock timeout" not in str(error.orig):
            raise
        message = f"{month:%Y-%m} is in use since {WAIT}: a load or a query runs. Retire it again later."
        raise RetentionError(message) from None


def _finish(connection: sa.Connection, lake_root: Path, month: date) -> Retired | None:
    """Export a detached month, verify the file, and drop the table; None if another run was quicker."""
    name = f"price_history/year={month:%Y}/month={month:%m}/part.parquet"
    file = lake_root / name
    with connection.begin():
        _lock(connection)
        if _record(connection, month, dropped=False) is None:
            return None
        exports.write(connection, name_of(month), file)
        rows, rows_hash = exports.fingerprint(connection, name_of(month))
        # The file is restored into a scratch table and compared, which verifies it by its use.
        connection.exec_driver_sql("CREATE TEMP TABLE restored (LIKE price_history) ON COMMIT DROP")
        exports.copy_in(connection, file, "restored")
        restored = exports.fingerprint(connection, "restored")
        if restored != (rows, rows_hash):
            differs = f"{file} holds {restored[0]} rows that differ from the {rows} of {name_of(month)}"
            raise RetentionError(f"{differs}, which stays.")
        figures = {"file": name, "file_sha256": exports.sha256(file), "rows": rows, "rows_hash": rows_hash}
        connection.execute(
            sa.update(retired_months)
            .where(retired_months.c.month == month)
            .values(**figures, dropped_at=sa.func.now())
        )
        connection.exec_driver_sql(f"DROP TABLE {name_of(month)}")
    return Retired(month, file, rows)


def _record(connection: sa.Connection, month: date, *, dropped: bool | None = None) -> sa.RowMapping | None:
    table = retired_months
    query = sa.select(table).where(table.c.month == month)
    if dropped is not None:
        query = query.where(table.c.dropped_at.is_not(None) == dropped)
    return connection.execute(query).mappings().one_or_none()


def _lock(connection: sa.Connection) -> None:
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def _same_file(file: Path, expected: str) -> None:
    if not file.exists():
        message = f"{file} is not there. Bring it back from a backup, then restore again."
        raise RetentionError(message)
    if exports.sha256(file) != expected:
        message = f"{file} is not the file that was written (SHA-256 differs). Bring it back from a backup."
        raise RetentionError(message)
