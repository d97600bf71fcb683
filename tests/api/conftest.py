"""The API over a real PostgreSQL: a database per test, seeded, and a client per role."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from seeds import seed
from starlette.testclient import TestClient

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.api.app import create_app
from arb_pipeline.settings import Settings

ROLES = ("viewer", "buyer", "operator", "admin")


@pytest.fixture
def settings(engine: sa.Engine, open_home: Path) -> Settings:
    """Settings of a home of the test's own, on the test's database."""
    url = engine.url.render_as_string(hide_password=False)
    return Settings(home=open_home, database_url=url, ui_port=1)


@pytest.fixture
def seeded(engine: sa.Engine) -> sa.Engine:
    """The database with the rows of `seeds`."""
    with engine.begin() as connection:
        seed(connection)
    return engine


@pytest.fixture
def client(seeded: sa.Engine, settings: Settings) -> Iterator[TestClient]:
    """A client without a key; its server runs as long as the test."""
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as result:
        yield result


@pytest.fixture
def keys(seeded: sa.Engine) -> dict[str, str]:
    """Role -> an API key."""
    with seeded.begin() as connection:
        return {role: create_api_key(connection, COMMAND_LINE, f"of-{role}", role)[1] for role in ROLES}


@pytest.fixture
def as_role(client: TestClient, keys: dict[str, str]) -> Iterator[Callable[[str], TestClient]]:
    """A client with a role's key, on the same server."""
    with ExitStack():

        def made(role: str) -> TestClient:
            result = TestClient(client.app, base_url="http://127.0.0.1:8000")
            result.portal = client.portal
            result.headers["Authorization"] = f"Bearer {keys[role]}"
            return result

        yield made


@pytest.fixture
def viewer(as_role: Callable[[str], TestClient]) -> TestClient:
    return as_role("viewer")


@pytest.fixture
def buyer(as_role: Callable[[str], TestClient]) -> TestClient:
    return as_role("buyer")


@pytest.fixture
def operator(as_role: Callable[[str], TestClient]) -> TestClient:
    return as_role("operator")


@pytest.fixture
def admin(as_role: Callable[[str], TestClient]) -> TestClient:
    return as_role("admin")
