"""Builds the mart beside the one in use, and replaces that in one transaction.

A build has a schema of its own, named after its run. Until `publish` no reader has access; a build that
fails a check is never published, and the last good mart stays. dbt fills the schema (`mart.dbt`).
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from arb_pipeline.contracts.errors import FailedError
from arb_pipeline.storage.postgres import roles

MART = "mart"
BUILDING = "mart_next_"
REPLACED = "mart_old_"
ANALYSIS = "publish_analysis"
"""The lock that an analysis holds while it writes (`analysis.publish_analysis`)."""
SWAP = "publish_mart"
LOCK_SECONDS = 5
TRIES = 6
LOCK_NOT_AVAILABLE = "55P03"
KEPT = timedelta(hours=6)
"""Time for which an unpublished build is kept."""


class MartError(FailedError, RuntimeError):
    """The mart cannot be built or published; the message states the reason, and that the last one stays."""


@dataclass(frozen=True, slots=True)
class Published:
    """Result of a publication, with what is left of earlier marts."""

    tables: dict[str, int]
    """Rows of each table."""
    left: list[str]
    """Schemas of earlier marts that are still being read; the next publication drops them."""
    role: bool
    """True if a role for BI tools reads it."""


def schema_of(run_id: str) -> str:
    """The schema of a run's build."""
    return BUILDING + run_id.replace("-", "")[:12]


def exists(engine: sa.Engine, schema: str) -> bool:
    """True if the schema exists."""
    with engine.connect() as connection:
        return _names(connection, schema) == [schema]


@contextmanager
def building(engine: sa.Engine, run_id: str) -> Iterator[str]:
    """An empty schema for a run's build. No analysis writes while the block reads its tables.

    Old builds of other runs are dropped.
    """
    schema = schema_of(run_id)
    with engine.connect() as connection:
        now = _clock(connection)
        lock = {"name": ANALYSIS}
        connection.execute(sa.text("SELECT pg_advisory_lock_shared(hashtext(:name))"), lock)
        connection.commit()  # the lock is the session's; an open transaction would keep old rows from vacuum
        try:
            with connection.begin():
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
                _note(connection, schema, {"run": run_id, "built_at": now.isoformat()})
            _drop(
                engine,
                [name for name in _names(connection, f"{BUILDING}%") if _is_old(connection, name, now)],
            )
            connection.rollback()
            yield schema
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock_shared(hashtext(:name))"), lock)
            connection.commit()


def publish(engine: sa.Engine, run_id: str) -> Published:
    """Replaces the mart by a run's build and grants the BI role access, in one transaction.

    Raises `MartError` where the run has built nothing, a later build is published already, or the schema of
    that name was not made here. It does not wait for readers: a running query ends on its old tables.
    """
    schema = schema_of(run_id)
    with _patiently(engine) as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": SWAP})
        if not _names(connection, schema):
            msg = f"This run has built no mart ({schema}): build and publish in one run. The last mart stays."
            raise MartError(msg)
        ours, before = _noted(connection, schema), _noted(connection, MART)
        if _names(connection, MART) and not before:
            msg = f"There is a schema {MART} that we have not made. Rename it, then publish again."
            raise MartError(msg)
        if before.get("built_at", "") > ours["built_at"]:
            msg = f"A mart built later, at {before['built_at']}, is published already. It stays."
            raise MartError(msg)
        role = roles.is_known(connection)
        if _names(connection, MART):
            if role:
                connection.exec_driver_sql(f"REVOKE ALL ON SCHEMA {MART} FROM {roles.ROLE}")
            old = f"{REPLACED}{datetime.now(UTC):%Y%m%d%H%M%S%f}"
            connection.exec_driver_sql(f"ALTER SCHEMA {MART} RENAME TO {old}")
        connection.exec_driver_sql(f"ALTER SCHEMA {schema} RENAME TO {MART}")
        if role:
            grant(connection)
    left = _drop(engine, _replaced(engine))
    with engine.connect() as connection:
        return Published(_rows(connection), left, role)


def built_at(connection: sa.Connection) -> datetime | None:
    """Start of the build of the mart in use, which holds all earlier commits. None: no mart."""
    noted = _noted(connection, MART).get("built_at")
    return datetime.fromisoformat(noted) if noted else None


def grant(connection: sa.Connection) -> None:
    """Lets the BI role read the mart in use, if there is one."""
    if _names(connection, MART):
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {MART} TO {roles.ROLE}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {MART} TO {roles.ROLE}")


@contextmanager
def _patiently(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction with a short lock timeout: readers would queue behind its waiting lock."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS * TRIES}s'")
        yield connection


def _drop(engine: sa.Engine, schemas: list[str]) -> list[str]:
    """Drops schemas that have no readers; returns the names of the others."""
    left = []
    for schema in schemas:
        for attempt in range(TRIES):
            try:
                with engine.begin() as connection:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS * 100}ms'")
                    connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                    raise
                time.sleep(0.1 * 2**attempt)
        else:
            left.append(schema)
    return left


def _replaced(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return _names(connection, f"{REPLACED}%")


def _names(connection: sa.Connection, pattern: str) -> list[str]:
    like = pattern.replace("_", r"\_")
    query = sa.text("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE :like ORDER BY nspname")
    return list(connection.scalars(query, {"like": like}))


def _note(connection: sa.Connection, schema: str, note: dict[str, str]) -> None:
    text = connection.scalar(sa.text("SELECT quote_literal(:text)"), {"text": json.dumps(note)})
    connection.exec_driver_sql(f"COMMENT ON SCHEMA {schema} IS {text}")


def _noted(connection: sa.Connection, schema: str) -> dict[str, str]:
    """Metadata stored on a schema; None where it was not made here."""
    query = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = :name"
    text = connection.scalar(sa.text(query), {"name": schema})
    try:
        noted: dict[str, str] = json.loads(text or "{}")
    except ValueError:
        return {}
    return noted


def _clock(connection: sa.Connection) -> datetime:
    """Time of the server, by which rows are dated."""
    now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def _is_old(connection: sa.Connection, schema: str, now: datetime) -> bool:
    built_at = _noted(connection, schema).get("built_at")
    return built_at is None or datetime.fromisoformat(built_at) < now - KEPT


def _rows(connection: sa.Connection) -> dict[str, int]:
    """Exact row counts; the tables are small."""
    tables = [sa.table(name, schema=MART) for name in sa.inspect(connection).get_table_names(schema=MART)]
    count = sa.func.count()
    return {t.name: connection.scalar(sa.select(count).select_from(t)) or 0 for t in sorted(tables, key=str)}
