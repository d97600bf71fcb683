"""The database of results: where it is, its schema, its months of prices, and the role of BI tools.

Every command that reads opens it by `reading`. What moves rows brings polars, and is imported where used.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from arb_pipeline.contracts.errors import ConflictError
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.params import install
from arb_pipeline.storage.postgres import schema_version
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres, EmbeddedPostgresError
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.parameter_values import dated_values

KEEP_SECONDS = 2


class StopView(View):
    """Result of a stop."""

    was_running: bool
    is_deleted: bool


class MigrationView(View):
    """Migrations that were applied, and the version after them."""

    applied: tuple[str, ...]
    version: str | None


class RoleView(View):
    """The role of BI tools. `url`: of the database as this role, without its password."""

    name: str
    can_login: bool
    url: str


class MonthView(View):
    """A month of the price history. Rows in the database are PostgreSQL's estimate, in the lake a count."""

    month: str
    where: Literal["table", "lake", "half-way"]
    rows: int | None
    bytes: int | None
    file: str | None


class MonthsView(View):
    """All months of the price history, and those that the call made."""

    made: tuple[str, ...]
    months: tuple[MonthView, ...]
    homeless: int
    """Prices that are in no month."""


class RetiredView(View):
    """A month that went to the lake."""

    month: date
    file: Path
    rows: int


@contextmanager
def migrated(settings: Settings) -> Iterator[sa.Engine]:
    """The database at this program's version.

    An embedded one is migrated on the way; a server of yours is not: raises `ConflictError`.
    """
    with connected(settings) as engine:
        if schema_version.current(engine) != schema_version.head() and not _serves(engine):
            if settings.database_url is not None:
                thing = "the database is not migrated"
                raise ConflictError(thing, next_step="Run `arb db migrate` first.")
            _migrate(engine)
        yield engine


@contextmanager
def reading(settings: Settings) -> Iterator[sa.Connection]:
    """A connection to it, with the parameters that administrators entered in force."""
    with migrated(settings) as engine, engine.connect() as connection:
        with connection.begin():  # ended here: a caller that writes begins a transaction of its own
            install(dated_values(connection))
        yield connection


def url(settings: Settings, *, driver: str | None = None, with_password: bool = False) -> str:
    """The database's URL; an embedded server is started. `driver`: its name in the URL, for psql."""
    with connected(settings) as engine:
        target = engine.url if driver is None else engine.url.set(drivername=driver)
        return target.render_as_string(hide_password=not with_password)


def stop(settings: Settings, *, delete: bool = False) -> StopView:
    """Stops the embedded PostgreSQL of a home. A server of ARB_DATABASE_URL is not touched."""
    server = EmbeddedPostgres(settings.home)
    was_running = server.stop()
    return StopView(was_running=was_running, is_deleted=delete and server.delete())


def keep(
    settings: Settings, *, started: Callable[[], None], failed: Callable[[EmbeddedPostgresError], None]
) -> None:
    """Starts the embedded PostgreSQL whenever it has ended. Does not return."""
    server = EmbeddedPostgres(settings.home)
    while True:
        if server.url() is None:
            try:
                server.start()
            except EmbeddedPostgresError as error:
                failed(error)
            else:
                started()
        time.sleep(KEEP_SECONDS)


def migrate(settings: Settings) -> MigrationView:
    """Brings the tables to the version of this program."""
    with connected(settings) as engine:
        applied = _migrate(engine)
        return MigrationView(applied=tuple(applied), version=schema_version.current(engine))


def _serves(engine: sa.Engine) -> bool:
    from arb_pipeline.storage.postgres.migrate import serves  # Alembic, as below

    return serves(engine)


def _migrate(engine: sa.Engine) -> list[str]:
    from arb_pipeline.storage.postgres.migrate import migrate  # Alembic: longer than most commands take

    return migrate(engine)


def ensure_bi_role(connection: sa.Connection, settings: Settings, password: str | None) -> RoleView:
    """Makes the role that reads the mart and nothing else, or gives it a new password."""
    from arb_pipeline.mart import publication
    from arb_pipeline.storage.postgres import roles

    with connection.begin():
        made = roles.ensure_bi_role(connection, password, statement_seconds=settings.bi_timeout_seconds)
        publication.grant(connection)
    where = connection.engine.url.set(drivername="postgresql", username=made.name)._replace(password=None)
    return RoleView(name=made.name, can_login=made.can_login, url=where.render_as_string())


def months(
    connection: sa.Connection, *, today: date, ahead: int | None = None, adopt: bool = False
) -> MonthsView:
    """The months of the price history.

    `ahead`: makes this month's and so many more. `adopt`: makes the months of prices that are in none.
    """
    from arb_pipeline.storage.postgres import partitions, retention

    with connection.begin():
        made = [] if ahead is None else partitions.ensure_ahead(connection, today, ahead)
        made += partitions.ensure_months(connection, partitions.default_months(connection)) if adopt else []
        listed, homeless = retention.overview(connection), partitions.default_rows(connection)
    return MonthsView(
        made=tuple(made),
        months=tuple(MonthView(**row) for row in listed.iter_rows(named=True)),
        homeless=homeless,
    )


def retire(connection: sa.Connection, settings: Settings, before: date) -> tuple[RetiredView, ...]:
    """Moves the months before `before` to Parquet files in the lake."""
    from arb_pipeline.storage.postgres import retention

    done = retention.retire(connection, settings.retired, before)
    return tuple(RetiredView(month=month.month, file=month.file, rows=month.rows) for month in done)


def restore(connection: sa.Connection, settings: Settings, month: date) -> int:
    """Brings a retired month back from the lake; returns its rows."""
    from arb_pipeline.storage.postgres import retention

    return retention.restore(connection, settings.retired, month)
