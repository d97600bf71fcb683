"""Metrics of the API; dashboard and alert rules use no others."""

import re
from pathlib import Path

import pytest
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
