"""A migrated database per test, on ARB_TEST_DATABASE_URL or on an embedded server of this session."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa


@pytest.fixture(scope="session")
def server(open_folder: Path) -> Iterator[sa.URL]:
    """The url of a server on which the tests may create databases."""
    from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres
    from arb_pipeline.storage.postgres.engine import normalise

    given = os.environ.get("ARB_TEST_DATABASE_URL")
    if given:
        yield normalise(given)
        return
    postgres = EmbeddedPostgres(open_folder)
    try:
        yield sa.make_url(postgres.start())
    finally:
        postgres.stop()


@pytest.fixture(scope="session")
def administrator(server: sa.URL) -> Iterator[sa.Engine]:
    """An engine outside transactions, for creating and dropping databases."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template(server: sa.URL, administrator: sa.Engine) -> Iterator[str]:
    """The name of a migrated, empty database that is copied for each test."""
    from arb_pipeline.storage.postgres.migrate import migrate

    with _database(administrator) as name:
        engine = _engine(server, name)
        migrate(engine)
        engine.dispose()
        yield name


@pytest.fixture
def engine(server: sa.URL, administrator: sa.Engine, template: str) -> Iterator[sa.Engine]:
    """An engine on a migrated database of the test's own."""
    with _database(administrator, template) as name:
        engine = _engine(server, name)
        yield engine
        engine.dispose()


@pytest.fixture
def empty_engine(server: sa.URL, administrator: sa.Engine) -> Iterator[sa.Engine]:
    """An engine on a database of the test's own without any table."""
    with _database(administrator) as name:
        engine = _engine(server, name)
        yield engine
        engine.dispose()


class _database:  # noqa: N801 - used as a function
    """Create a database, and drop it at the end."""

    def __init__(self, administrator: sa.Engine, template: str = "template1") -> None:
        self._administrator, self._template, self.name = (
            administrator,
            template,
            f"arb_test_{uuid.uuid4().hex}",
        )

    def __enter__(self) -> str:
        with self._administrator.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self.name} TEMPLATE {self._template}")
        return self.name

    def __exit__(self, *_: object) -> None:
        with self._administrator.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {self.name} WITH (FORCE)")


def _engine(server: sa.URL, database: str) -> sa.Engine:
    from arb_pipeline.settings import Settings
    from arb_pipeline.storage.postgres.engine import connect

    url = server.set(database=database).render_as_string(hide_password=False)
    return connect(Settings(database_url=url))  # type: ignore[arg-type] # pydantic wraps it
