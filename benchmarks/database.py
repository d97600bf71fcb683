"""An embedded PostgreSQL of the benchmark's own, and the bare COPY that loads are held against."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import polars as pl
import sqlalchemy as sa

from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres.copy_writer import copy, normalised
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres
from arb_pipeline.storage.postgres.engine import connect
from arb_pipeline.storage.postgres.migrate import migrate


@contextmanager
def database() -> Iterator[sa.Engine]:
    """A migrated, empty database in a home folder of its own; ended and deleted afterwards."""
    home = Path(mkdtemp(prefix="arb-bench-home-"))
    home.chmod(0o755)  # as root the server runs as another user, who must be able to enter
    settings = Settings(home=home, database_url=None, data=None, params=None)
    try:
        engine = connect(settings)
        try:
            migrate(engine)
            yield engine
        finally:
            engine.dispose()
    finally:
        EmbeddedPostgres(home).stop()
        shutil.rmtree(home)


def version(engine: sa.Engine) -> str:
    """PostgreSQL's version."""
    with engine.connect() as connection:
        return str(connection.exec_driver_sql("SHOW server_version").scalar_one())


def bare_copy(engine: sa.Engine, table: sa.Table, frame: pl.DataFrame) -> int:
    """COPY of ready rows into a fresh table of the same columns: no index, no key, no comparison."""
    name = f"bare_{table.name}"
    rows = normalised(frame)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {table.name} INCLUDING DEFAULTS)")
        return copy(connection, name, rows)


def indexed_copy(engine: sa.Engine, table: sa.Table, frame: pl.DataFrame) -> int:
    """COPY of ready rows into a fresh table of the same columns, indices, checks and foreign keys."""
    name = f"indexed_{table.name}"
    rows = normalised(frame)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {table.name} INCLUDING ALL)")
        query = (
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = %s::regclass"
        )
        foreign_keys: list[str] = list(connection.exec_driver_sql(query, (table.name,)).scalars())
        for foreign_key in foreign_keys:
            connection.exec_driver_sql(f"ALTER TABLE {name} ADD {foreign_key}")
    with engine.begin() as connection:
        return copy(connection, name, rows)
