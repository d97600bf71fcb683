"""Alert rules that users enter: evaluated beside the file's, which wins."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.api.app import create_app
from arb_pipeline.notifications.alert_dispatch import with_entered_rules
from arb_pipeline.notifications.alert_rules import read_rules

FILE = """
targets: {phone: "json://localhost"}
rules:
  - {name: cheap, targets: phone, min_margin: 20}
"""


@pytest.fixture
def rule_file(open_home: Path) -> Path:
    path = open_home / "alerts.yaml"
    path.write_text(FILE, "utf-8")
    return path


def test_a_rule_that_is_entered_is_evaluated_and_the_files_wins(seeded, settings, rule_file):
    with seeded.begin() as connection:
        key = create_api_key(connection, COMMAND_LINE, "op", "operator")[1]
    given = settings.model_copy(update={"alerts": rule_file})
    headers = {"Authorization": f"Bearer {key}"}
    rule = {"targets": ["phone"], "min_profit": "30"}
    with TestClient(create_app(given), base_url="http://127.0.0.1:8000", headers=headers) as client:
        path = "/api/v1/alert-rules"
        assert client.put(f"{path}/mine", json={"rule": rule}).status_code == 200
        assert client.put(f"{path}/off", json={"rule": rule, "is_active": False}).status_code == 200
        assert client.put(f"{path}/cheap", json={"rule": rule}).status_code == 409
        assert client.put(f"{path}/bad", json={"rule": {"targets": ["nobody"]}}).status_code == 422
        listed = {item["name"]: item["origin"] for item in client.get(path).json()["items"]}
        assert listed == {"cheap": "file", "mine": "database", "off": "database"}
        with seeded.connect() as connection:
            in_force = with_entered_rules(connection, read_rules(rule_file))
        assert [rule.name for rule in in_force.rules] == ["cheap", "mine"]
        assert client.delete(f"{path}/mine").status_code == 204
        assert client.delete(f"{path}/mine").status_code == 404
