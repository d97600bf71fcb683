"""Schemathesis over the whole OpenAPI document, with every check: as each role, without a key, and in chains."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
import schemathesis
import sqlalchemy as sa
import uvicorn
from dagster_stand_in import Dagster
from databases import _database, _engine
from schemathesis.engine import events, from_schema
from seeds import seed

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.api.app import create_app
from arb_pipeline.settings import Settings
from arb_pipeline.storage.dagster_api import DagsterApi

PRINCIPALS = ("admin", "buyer", "viewer", "nobody")
ENDLESS = "/api/v1/events"
ACCEPTED = ["2xx", "3xx", 401, 403, 404, 409, 412, 429]
"""Answers to what the document allows: 412 is If-Match of another version."""
SEMANTIC = {
    "sign_in": "name and password, or token",
    "calculate_what_if": "product_id or product; days and channels that there are",
    "create_price_list": "whether a file is a price list shows in its bytes",
    "create_parameter_value": "each parameter has its own type and bounds",
    "preview_parameter": "each parameter has its own type and bounds",
    "put_alert_rule": "rules have a grammar of their own, told in docs/alerts.md",
    "preview_alert_rule": "rules have a grammar of their own, told in docs/alerts.md",
    "update_product": "an id that changes needs a reason",
    "record_sale": "proceeds, or a gross with a channel that there is; a day up to today",
    "update_user": "which changes a program's user takes depends on the user",
    "create_api_key": "without user_id the name is a user's name too; an expiry lies ahead",
}
"""Operations that refuse with 422 what a schema cannot express, and the rule."""


@pytest.fixture(scope="module")
def app_settings(server: sa.URL, administrator: sa.Engine, template: str, place: Path) -> Iterator[Settings]:
    """Settings on a seeded database of this module."""
    with _database(administrator, template) as name:
        engine = _engine(server, name)
        with engine.begin() as connection:
            seed(connection)
        engine.dispose()
        url = server.set(database=name).render_as_string(hide_password=False)
        yield Settings(home=place, database_url=url, ui_port=1)


@pytest.fixture(scope="module")
def url(app_settings: Settings) -> Iterator[str]:
    """A real server on a loopback port, in a thread."""
    app = create_app(app_settings)
    config = uvicorn.Config(app, port=0, access_log=False, log_config=None, timeout_graceful_shutdown=1)
    result = uvicorn.Server(config)
    thread = threading.Thread(target=result.run)
    thread.start()
    while not result.started:
        thread.join(0.05)
        assert thread.is_alive()
    transport = httpx2.MockTransport(Dagster())
    app.state.context.state["dagster"] = DagsterApi(app_settings, transport=transport)
    yield f"http://127.0.0.1:{result.servers[0].sockets[0].getsockname()[1]}"
    result.should_exit = True
    thread.join(30)


@pytest.fixture
def headers(app_settings: Settings) -> Callable[[str], dict[str, str]]:
    """A new key of a role: what was tried before may have revoked the last one."""

    def made(principal: str) -> dict[str, str]:
        if principal == "nobody":
            return {}
        engine = sa.create_engine(app_settings.database_url.get_secret_value())
        with engine.begin() as connection:
            number = connection.scalar(sa.text("SELECT count(*) FROM users"))
            name = f"{principal}-{number}"
            key = create_api_key(connection, COMMAND_LINE, name, principal, rate_per_minute=1_000_000)[1]
        engine.dispose()
        return {"Authorization": f"Bearer {key}"}

    return made


def findings(url: str, headers: dict[str, str], phases: set[str], examples: int) -> tuple[list[str], int]:
    """Findings of schemathesis, and its number of requests."""
    semantic = {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, 422]}}
    config = schemathesis.Config.from_dict(
        {
            "base-url": url,
            "request-timeout": 60,
            "headers": headers,
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                # It would send keys of its own invention beside ours, and find that they are refused.
                "with-security-parameters": False,
            },
            "phases": {
                name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")
            },
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
            "operations": [{"include-operation-id": operation, "checks": semantic} for operation in SEMANTIC],
        }
    )
    document = httpx2.get(f"{url}/openapi.json").json()
    for operation in (result for path in document["paths"].values() for result in path.values()):
        # No text made up is a cursor. `test_lists` has those that are not ours.
        operation["parameters"] = [p for p in operation.get("parameters", ()) if p["name"] != "cursor"]
    del document["paths"][ENDLESS]
    schema = schemathesis.openapi.from_dict(document, config=config)

    result, requests = [], 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            requests += len(recorder.interactions)
            result += [
                f"{recorder.label}: {check.name}: {check.failure_info.failure.message}\n"
                f"{check.failure_info.code_sample}"
                for checks in recorder.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
        elif isinstance(event, events.NonFatalError):
            result.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return result, requests


@pytest.mark.parametrize("principal", PRINCIPALS)
def test_a_few_requests_of_each_operation_find_nothing(url, headers, principal):
    phases = {"fuzzing", "stateful"} if principal == "admin" else {"fuzzing"}
    result, requests = findings(url, headers(principal), phases, 2)

    assert result == []
    assert requests > 100


@pytest.mark.slow
@pytest.mark.parametrize("principal", PRINCIPALS)
def test_every_boundary_random_input_and_chains_find_nothing(url, headers, principal):
    phases = {"examples", "coverage", "fuzzing", "stateful"}
    result, requests = findings(url, headers(principal), phases, 25)

    assert result == []
    assert requests > 1_000
