"""The pool of read-only connections, and one query on it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from arb_pipeline.api.context import Context
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.storage.logs import logger
from arb_pipeline.storage.postgres.api_role import ROLE

POOL_SECONDS = 2.5
"""Longest wait for a connection: far above that of a busy pool, and soon enough for a person who waits."""
VERSIONS = "SELECT scope, count(*) || '.' || max(id) || '.' || sum(id) FROM data_changes GROUP BY scope"
log = logger()
Answer = TypeVar("Answer")
Pool = AsyncConnectionPool[psycopg.AsyncConnection[Any]]


def reading_pool(url: str, *, as_role: bool, statement_seconds: int, connections: int) -> Pool:
    """A pool whose connections read only: their transactions are read-only, and their role cannot write."""

    async def configure(connection: psycopg.AsyncConnection[Any]) -> None:
        if as_role:
            await connection.execute(f"SET ROLE {ROLE}")
        await connection.execute(
            "SELECT set_config('default_transaction_read_only', 'on', false),"
            " set_config('statement_timeout', %s, false), set_config('TimeZone', 'UTC', false),"
            " set_config('idle_in_transaction_session_timeout', '30s', false)",
            [f"{statement_seconds}s"],
        )

    return AsyncConnectionPool(
        make_conninfo(url, application_name="arb_api", connect_timeout=2),
        min_size=1,
        max_size=connections,
        open=False,
        timeout=POOL_SECONDS,
        kwargs={"autocommit": True, "prepare_threshold": 3},
        configure=configure,
        reconnect_timeout=60,
    )


def unavailable(error: Exception) -> ProblemError:
    """Problem of a database that is unavailable or too slow."""
    log.warning("database does not answer", error=type(error).__name__)
    if isinstance(error, psycopg.errors.QueryCanceled):
        detail = "The query took too long. Narrow it by filters, or try again."
    else:
        detail = "The database does not answer. Try again in some seconds; `arb doctor` shows its state."
    return ProblemError("unavailable", detail, headers={"Retry-After": "2"})


FAILURES = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)


async def _answered(pool: Pool, query: Callable[[psycopg.AsyncConnection[Any]], Awaitable[Answer]]) -> Answer:
    """The answer to a read. Raises `ProblemError` where the database does not answer.

    A connection is not tried before its use, which would double the round trips: a read on one that turns
    out to be broken, as after a restart of the server, is repeated on the next.
    """
    broken = 0
    while True:
        connection = None
        try:
            async with pool.connection() as connection:
                return await query(connection)
        except FAILURES as error:
            broken += 1
            if connection is None or not connection.closed or broken > pool.max_size:
                raise unavailable(error) from None


async def fetch_one(
    context: Context, sql: str, parameters: Mapping[str, Any] | None = None
) -> tuple[Any, ...] | None:
    """The first row of a query. Raises `ProblemError` where the database does not answer."""

    async def query(connection: psycopg.AsyncConnection[Any]) -> tuple[Any, ...] | None:
        return await (await connection.execute(sql, parameters)).fetchone()

    return await _answered(context.read, query)


async def fetch_rows(
    context: Context, sql: str, parameters: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """All rows of a query as dictionaries. Raises `ProblemError` where the database does not answer."""

    async def query(connection: psycopg.AsyncConnection[Any]) -> list[dict[str, Any]]:
        async with connection.cursor(row_factory=dict_row) as cursor:
            return await (await cursor.execute(sql, parameters)).fetchall()

    return await _answered(context.read, query)


async def versions_from(pool: Pool) -> dict[str, str]:
    """Scope -> version, from the database."""

    async def query(connection: psycopg.AsyncConnection[Any]) -> dict[str, str]:
        return dict(await (await connection.execute(VERSIONS)).fetchall())

    return await _answered(pool, query)
