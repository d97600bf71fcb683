"""Runs through Dagster's API, over a transport that answers as its web server does."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from dagster_stand_in import Dagster
from seeds import BOX, CARD

from arb_pipeline.api import runs
from arb_pipeline.contracts.errors import UnavailableError
from arb_pipeline.settings import Settings
from arb_pipeline.storage.dagster_api import DagsterApi

KEYS = {"ARB_SOURCE_EBAY_CLIENT_ID": "id", "ARB_SOURCE_EBAY_CLIENT_SECRET": "secret"}


@pytest.fixture
def dagster(client):
    server = Dagster()
    api = DagsterApi(Settings(), transport=httpx2.MockTransport(server))
    client.app.state.context.state["dagster"] = api
    return server


def test_analyze_all_starts_one_run_and_refuses_a_second(operator, dagster, admin):
    first = operator.post("/api/v1/opportunities/analyze-all")
    second = operator.post("/api/v1/opportunities/analyze-all")

    assert first.status_code == 202, first.text
    assert first.headers["location"] == f"/api/v1/runs/{first.json()['run_id']}"
    assert (second.status_code, second.json()["type"]) == (409, "/problems#already-running")
    assert second.headers["location"] == first.headers["location"]
    (run,) = dagster.runs
    tags = {tag["key"]: tag["value"] for tag in run["tags"]}
    assert run["jobName"] == "analyze_all_products"
    assert tags["arb/request_id"] == first.headers["x-request-id"]
    assert len(tags["dagster/partition"]) == 10
    assert admin.get("/api/v1/audit?action=start_run").json()["items"][0]["after"]["job"] == run["jobName"]


def test_a_repeated_key_starts_one_run(operator, dagster):
    answers = [
        operator.post("/api/v1/opportunities/analyze-all", headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(dagster.runs) == 1


def test_refresh_price_names_the_product_and_the_analysis_that_follows(operator, dagster, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    answer = operator.post(f"/api/v1/products/{BOX}/refresh-price")

    assert answer.status_code == 202, answer.text
    (run,) = dagster.runs
    assert run["jobName"] == "update_product_prices"
    assert run["config"] == {"resources": {"workspace": {"config": {"products": [str(BOX)]}}}}
    assert {"key": "arb/then", "value": "analyze_product_arbitrage"} in run["tags"]


def test_refresh_price_without_a_source_says_what_to_configure(operator, dagster):
    answer = operator.post(f"/api/v1/products/{BOX}/refresh-price")

    assert answer.json()["type"] == "/problems#not-configured"
    assert "ARB_SOURCE_EBAY_CLIENT_ID" in answer.json()["detail"]
    assert operator.post(f"/api/v1/products/{CARD}/refresh-price").status_code == 409
    assert dagster.runs == []


def test_without_dagster_nothing_is_started_and_the_answer_says_what_to_start(operator, dagster, seeded):
    dagster.is_up = False
    answer = operator.post("/api/v1/opportunities/analyze-all")

    assert answer.status_code == 503
    assert "arb up" in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0
    with seeded.connect() as connection:
        assert (
            connection.exec_driver_sql("SELECT count(*) FROM audit_log WHERE action = 'start_run'").scalar()
            == 0
        )


def test_a_run_is_shown_and_cancelled_once(operator, viewer, dagster):
    location = operator.post("/api/v1/opportunities/analyze-all").headers["location"]
    run = viewer.get(location).json()
    assert (run["state"], run["steps_total"], run["steps_done"]) == ("queued", 2, 0)

    assert operator.post(f"{location}/cancel").json()["state"] == "cancelled"
    assert operator.post(f"{location}/cancel").status_code == 409
    assert viewer.get("/api/v1/runs/00000000-9999").status_code == 404


def test_a_failed_run_shows_its_error(operator, viewer, dagster):
    location = operator.post("/api/v1/opportunities/analyze-all").headers["location"]
    dagster.runs[0]["status"] = "FAILURE"

    assert viewer.get(location).json()["error"] == "a step failed"


def test_the_request_is_committed_before_its_run_is_launched(operator, dagster, monkeypatch, seeded):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    seen = []
    answer_of = Dagster.__call__

    def spying(self, request):
        if b"launchRun" in request.content:
            with seeded.connect() as connection:
                query = "SELECT object_id FROM audit_log WHERE action = 'request_run'"
                waiting = (
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state = 'idle in transaction'"
                )
                seen.append(
                    (
                        connection.exec_driver_sql(query).scalar(),
                        connection.exec_driver_sql(waiting).scalar(),
                    )
                )
        return answer_of(self, request)

    monkeypatch.setattr(Dagster, "__call__", spying)
    answer = operator.post(f"/api/v1/products/{BOX}/refresh-price", headers={"Idempotency-Key": "k"})

    assert answer.status_code == 202, answer.text
    assert seen == [(str(BOX), 0)]


def test_a_launch_that_fails_can_be_repeated_with_the_same_key(operator, dagster, monkeypatch):
    launch = DagsterApi.launch
    monkeypatch.setattr(
        DagsterApi, "launch", lambda *_, **__: (_ for _ in ()).throw(UnavailableError("away"))
    )
    path, headers = "/api/v1/opportunities/analyze-all", {"Idempotency-Key": "k"}
    assert operator.post(path, headers=headers).status_code == 503
    monkeypatch.setattr(DagsterApi, "launch", launch)

    assert operator.post(path, headers=headers).status_code == 202
    assert len(dagster.runs) == 1


def test_two_that_ask_at_once_start_one_run(operator, admin, dagster):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: who.post("/api/v1/opportunities/analyze-all"), (operator, admin)))

    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert len(dagster.runs) == 1


def test_listeners_get_each_change_of_a_run_once(operator, dagster, client):
    run_id = operator.post("/api/v1/opportunities/analyze-all").json()["run_id"]
    context = client.app.state.context

    first, output = client.portal.call(runs.progress, context, {})
    same, output = client.portal.call(runs.progress, context, output)
    dagster.runs[0]["status"] = "SUCCESS"
    dagster.runs[0]["stepStats"] = [{"stepKey": key, "status": "SUCCESS"} for key in ("a", "b")]
    ended, output = client.portal.call(runs.progress, context, output)

    event = {"type": "run", "run_id": run_id, "job": "analyze_all_products", "step": None, "steps_total": 2}
    assert first == [event | {"state": "queued", "steps_done": 0}]
    assert same == []
    assert ended == [event | {"state": "succeeded", "steps_done": 2}]
    assert output == {}
