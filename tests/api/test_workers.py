"""The process that calculates: started with the server, replaced when it dies, gone with the server."""

import os
import signal

import pytest
from databases import _database
from starlette.testclient import TestClient

from arb_pipeline.api.app import create_app
from arb_pipeline.api.workers import workers_of
from arb_pipeline.settings import Settings


@pytest.fixture(scope="module")
def warm(server, administrator, template, place):
    """A client of a server whose process has started."""
    with _database(administrator, template) as name:
        url = server.set(database=name).render_as_string(hide_password=False)
        settings = Settings(home=place, database_url=url, ui_port=1)
        with TestClient(create_app(settings, is_warm=True)) as client:
            client.portal.call(workers_of(client.app.state.context).warm)
            yield client


def test_health_says_that_calculations_wait_for_no_start(warm, client):
    assert warm.get("/healthz").json() == {"status": "ok", "calculations": "ready"}
    assert client.get("/healthz").json() == {"status": "ok", "calculations": "starting"}


def test_a_process_that_is_killed_is_replaced(warm):
    workers = workers_of(warm.app.state.context)
    first = int(warm.portal.call(workers.run, _own_pid))
    os.kill(first, signal.SIGKILL)

    second = int(warm.portal.call(workers.run, _own_pid))
    assert second != first
    assert warm.get("/healthz").json()["calculations"] == "ready"


def test_a_process_has_imported_before_its_first_task(warm):
    names = warm.portal.call(workers_of(warm.app.state.context).run, _imported)

    assert names == "arb_pipeline.api.valuing arb_pipeline.services.price_list polars"


def _own_pid():
    return str(os.getpid())


def _imported():
    import sys

    wanted = {"arb_pipeline.api.valuing", "arb_pipeline.services.price_list", "polars"}
    return " ".join(sorted(wanted & sys.modules.keys()))
