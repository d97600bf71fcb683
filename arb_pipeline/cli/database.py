"""A migrated database for a command that reads."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import typer

from arb_pipeline.cli.terminal import echo
from arb_pipeline.settings import settings
from arb_pipeline.storage.params import install
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import current, head, migrate
from arb_pipeline.storage.postgres.parameter_values import dated_values


@contextmanager
def migrated() -> Iterator[sa.Engine]:
    """Database of the results. An embedded one is migrated first; an external server is not."""
    with connected(settings()) as engine:
        if current(engine) != head():
            if settings().database_url is not None:
                echo("arb: the database is not migrated. Run `arb db migrate` first.", err=True)
                raise typer.Exit(1)
            migrate(engine)
        yield engine


@contextmanager
def reading() -> Iterator[sa.Connection]:
    """A connection to the migrated database."""
    with migrated() as engine, engine.connect() as connection:
        with connection.begin():  # ended here: a caller that writes begins a transaction of its own
            install(dated_values(connection))
        yield connection
