"""Metrics of the API; dashboard and alert rules use no others."""

import os
import re
import signal
import time
from pathlib import Path

import httpx2
import pytest
from live import serving
from starlette.testclient import TestClient

from arb_pipeline.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
READERS = ("grafana/arb.json", "prometheus/arb.rules.yml", "kubernetes/base/api.yaml")


def metrics_of(viewer):
    viewer.get("/api/v1/opportunities")
    answer = viewer.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {line.split("{")[0].split(" ")[0] for line in answer.text.splitlines() if line[0] != "#"}


def test_dashboard_rules_and_scaling_ask_for_metrics_that_there_are(viewer):
    text = "".join((DEPLOY / name).read_text("utf-8") for name in READERS)
    asked = set(re.findall(r"\barb_api_[a-z_]+\b", text))

    assert len(asked) > 5
    assert asked - metrics_of(viewer) == set()


@pytest.mark.parametrize(
    ("address", "networks", "status"),
    [
        ("127.0.0.1", "", 200),
        ("10.1.2.3", "", 401),
        ("10.1.2.3", "192.168.0.0/16, 10.0.0.0/8", 200),
        ("11.1.2.3", "192.168.0.0/16, 10.0.0.0/8", 401),
        ("testclient", "0.0.0.0/0", 401),
    ],
)
def test_metrics_are_for_this_machine_named_networks_or_a_key(client, address, networks, status):
    context = client.app.state.context
    context.settings = Settings(api_metrics_from=networks)
    asking = TestClient(client.app, base_url="http://127.0.0.1:8000", client=(address, 1))
    asking.portal = client.portal

    assert asking.get("/metrics").status_code == status


def test_a_server_of_several_processes_counts_for_all_of_them(seeded, settings, keys, open_home):
    given = {"ARB_HOME": str(open_home), "ARB_DATABASE_URL": settings.database_url.get_secret_value()}
    headers = {"Authorization": f"Bearer {keys['viewer']}"}
    with serving(os.environ | given, open_home / "serve.log", "--workers", "2") as (url, pid):
        workers = waited_for(lambda: processes_that_serve(pid), 2)
        for _ in range(40):  # a connection each: either process accepts them
            httpx2.get(f"{url}/api/v1/opportunities", headers=headers).raise_for_status()
        assert {told_of(url)["requests"] for _ in range(10)} == {40}

        os.kill(workers[0], signal.SIGKILL)
        waited_for(lambda: set(processes_that_serve(pid)) - set(workers), 1)
        assert told_of(url)["requests"] == 40  # what the dead process counted stays
        assert told_of(url)["pool"] <= 2 * settings.api_pool  # what it held does not


def processes_that_serve(pid):
    """Children of `arb serve` that are no helpers of multiprocessing."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    names = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
    return [child for child, name in names.items() if b"spawn_main" in name]


def waited_for(read, least):
    deadline = time.monotonic() + 180
    while len(answer := read()) < least:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return list(answer)


def told_of(url):
    """Answered lists of opportunities, and connections, as /metrics tells them."""
    lines = [line.rpartition(" ") for line in httpx2.get(f"{url}/metrics").text.splitlines()]
    starts = {
        "requests": 'arb_api_requests_total{method="GET",route="/api/v1/opportunities"',
        "pool": "arb_api_pool_connections{",
    }
    return {
        what: sum(float(value) for name, _, value in lines if name.startswith(start))
        for what, start in starts.items()
    }
