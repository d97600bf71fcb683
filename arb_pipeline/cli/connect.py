"""A migrated database for a command that reads."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import typer

from arb_pipeline.settings import settings
from arb_pipeline.stores.postgres.engine import connect
from arb_pipeline.stores.postgres.migrate import current, head, migrate


@contextmanager
def reading() -> Iterator[sa.Connection]:
    """A connection to results. An embedded database is migrated on the way; a server of yours is not."""
    engine = connect(settings())
    try:
        if current(engine) != head():
            if settings().database_url is not None:
                typer.echo("arb: the database is not migrated. Run `arb db migrate` first.", err=True)
                raise typer.Exit(1)
            migrate(engine)
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
