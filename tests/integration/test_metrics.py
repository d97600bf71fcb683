"""Metrics: numbers worked by hand, and every one that dashboard and rules name exists."""

import json
import re
import shutil
import subprocess
import urllib.request
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from alerted import DAY, NOW, Clock, analysed, rules
from prometheus_client import generate_latest, start_http_server
from prometheus_client.parser import text_string_to_metric_families

from arb_pipeline.core.alerting.incidents import RunFact
from arb_pipeline.notifications.alert_dispatch import run_round
from arb_pipeline.notifications.outbox_delivery import DeliveryError
from arb_pipeline.reporting.metrics import ArbCollector, _quantile, registry, write_textfile
from arb_pipeline.settings import Settings
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.postgres.tables import load_ledger

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "arb.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "arb.json"
ENDED = datetime(2025, 10, 10, 20, 30, tzinfo=UTC)
RUNS = [
    RunFact(
        "a", "daily_analysis", "2025-10-09", True, ENDED - timedelta(hours=25), ENDED - timedelta(hours=24)
    ),
    RunFact("b", "daily_analysis", "2025-10-10", False, ENDED - timedelta(seconds=90), ENDED),
    RunFact("c", "market_quotes", "2025-10-10", False, ENDED, ENDED + timedelta(seconds=5)),
    RunFact("d", "market_quotes", "2025-10-10", True, None, ENDED + timedelta(seconds=9)),
]


def load(day: date, accepted: int, duplicate: int, quarantined: int, package: str) -> dict[str, object]:
    raw = accepted + duplicate + quarantined
    counts = {"rows_raw": raw, "rows_accepted": accepted, "rows_duplicate": duplicate}
    counts |= {"rows_quarantined": quarantined, "rows_written": accepted}
    return {
        "source": "tcgplayer",
        "category": "mtg",
        "day": day,
        "package_id": package * 64,
        "parser_version": "1",
    } | counts


@pytest.fixture
def home(tmp_path) -> Settings:
    settings = Settings(home=tmp_path)
    (tmp_path / "prices").write_text("x")
    Landing(settings.landing).land("tcgcsv", {"p": tmp_path / "prices"}, part="2025-10-09", origin="test")
    return settings


@pytest.fixture
def collector(engine: sa.Engine, home: Settings) -> ArbCollector:
    with engine.begin() as connection:
        connection.execute(sa.insert(load_ledger), load(DAY - timedelta(days=1), 90, 5, 5, "a"))
        connection.execute(sa.insert(load_ledger), load(DAY, 180, 0, 20, "b"))
    analysed(engine, DAY, 10, 40, 20, 30)
    return ArbCollector(home, engine, lambda: RUNS, Clock())


def values(collector: ArbCollector) -> dict[str, float]:
    """Sample with its labels -> value, as Prometheus reads the text."""
    result = {}
    for family in text_string_to_metric_families(generate_latest(registry(collector)).decode()):
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            result[f"{sample.name}{{{labels}}}"] = sample.value
    return result


def test_every_number_is_the_one_worked_by_hand(collector):
    result = values(collector)
    expected = {
        "arb_database_up{}": 1,
        "arb_rows_total{category=mtg,kind=accepted,source=tcgplayer}": 270,
        "arb_rows_total{category=mtg,kind=duplicate,source=tcgplayer}": 5,
        "arb_rows_total{category=mtg,kind=quarantined,source=tcgplayer}": 25,
        "arb_quarantined_ratio{category=mtg,source=tcgplayer}": 0.1,  # 20 of the 200 of the newest day
        "arb_price_day_age_seconds{category=mtg,source=tcgplayer}": 3600,  # from 20:00; it is 21:00
        "arb_source_age_seconds{source=tcgcsv}": 25 * 3600,
        "arb_newest_analysis_age_seconds{category=mtg}": 3600,
        "arb_opportunities{category=mtg,risk=medium}": 4,
        "arb_opportunities{category=mtg,risk=low}": 0,
        "arb_opportunities{category=pokemon,risk=medium}": 0,
        "arb_best_margin_ratio{category=mtg}": 0.4,
        "arb_margin_ratio{category=mtg,quantile=0.25}": 0.1,
        "arb_margin_ratio{category=mtg,quantile=0.5}": 0.2,
        "arb_margin_ratio{category=mtg,quantile=0.75}": 0.3,
        "arb_margin_ratio{category=mtg,quantile=0.9}": 0.4,
        "arb_expected_profit_dollars{category=mtg}": 100,
        "arb_runs_failed_total{job=daily_analysis}": 1,
        "arb_runs_succeeded_total{job=daily_analysis}": 1,
        "arb_last_run_failed{job=daily_analysis}": 0,
        "arb_last_run_failed{job=market_quotes}": 1,
        "arb_run_duration_seconds{job=daily_analysis}": 90,
        "arb_last_success_timestamp_seconds{job=daily_analysis}": ENDED.timestamp(),
        "arb_outbox_pending{kind=opportunity}": 0,
        "arb_alerts_sent_total{kind=opportunity}": 0,
    }
    assert {name: result.get(name) for name in expected} == expected
    # Its newest run has no start on record: no duration is better than a wrong one.
    assert "arb_run_duration_seconds{job=market_quotes}" not in result


def test_once_the_analysis_has_expired_there_are_no_opportunities(collector):
    collector._clock.goes(hours=23)
    result = values(collector)

    assert result["arb_opportunities{category=mtg,risk=medium}"] == 0
    assert not [name for name in result if name.startswith(("arb_best_margin", "arb_margin"))]


def test_an_alert_that_is_not_taken_is_counted_with_its_age(engine, collector):
    def refuses(_message):
        raise DeliveryError("no")

    run_round(engine, rules(), clock=collector._clock, send=refuses)
    collector._clock.goes(minutes=10)
    result = values(collector)

    assert result["arb_outbox_pending{kind=opportunity}"] == 4
    assert result["arb_outbox_failing{kind=opportunity}"] == 4
    assert result["arb_outbox_failing_age_seconds{kind=opportunity}"] == 600


def test_a_database_that_is_gone_is_a_metric_and_not_an_error(home):
    gone = sa.create_engine(
        "postgresql+psycopg://nobody@127.0.0.1:9/none", connect_args={"connect_timeout": 1}
    )
    result = values(ArbCollector(home, gone, lambda: RUNS, Clock()))

    assert result["arb_database_up{}"] == 0
    assert result["arb_source_age_seconds{source=tcgcsv}"] == 25 * 3600
    assert not [name for name in result if name.startswith("arb_rows")]


def test_a_scrape_over_http_and_a_textfile_have_the_same(collector, tmp_path):
    ours = registry(collector)
    server, thread = start_http_server(0, addr="127.0.0.1", registry=ours)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as answer:
            scraped = answer.read()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    write_textfile(tmp_path / "arb.prom", ours)

    assert (tmp_path / "arb.prom").read_bytes() == generate_latest(ours)
    assert b"arb_rows_total" in scraped


@pytest.mark.parametrize(
    ("n", "q", "rank"), [(1, 0.25, 1), (4, 0.5, 2), (5, 0.5, 3), (10, 0.9, 9), (100, 0.25, 25)]
)
def test_a_quantile_is_the_nearest_rank(n, q, rank):
    assert _quantile(list(range(1, n + 1)), q) == rank


NAME = re.compile(r"\barb_[a-z_]+\b")


def expressions() -> dict[str, list[str]]:
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    variables = [v["query"]["query"] for v in dashboard["templating"]["list"] if v["type"] == "query"]
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {"dashboard": panels + variables, "rules": [r["expr"] for g in groups for r in g["rules"]]}


def named(text: str) -> set[str]:
    """Metrics that an expression names; what is in quotes is a label's value."""
    return set(NAME.findall(re.sub(r'"[^"]*"', '""', text)))


def test_every_metric_of_dashboard_and_rules_exists(engine, collector):
    def refuses(_message):
        raise DeliveryError("no")

    run_round(engine, rules(), clock=collector._clock, send=refuses)
    exist = {name.partition("{")[0] for name in values(collector)}
    requested = {name for texts in expressions().values() for text in texts for name in named(text)}
    requested = {
        name for name in requested if not name.startswith("arb_api_")
    }  # tests/api/test_metrics_of_the_api.py

    assert requested - exist == set()
    assert len(requested) >= 15
    assert all(named(text) or "up" in text for text in expressions()["rules"])


def test_a_metric_that_does_not_exist_would_be_noticed():
    assert named('sum(arb_nosuch_total{job="arb_x"})') == {"arb_nosuch_total"}


def test_the_dashboard_is_one_that_grafana_imports():
    dashboard = json.loads(DASHBOARD.read_text())

    assert dashboard["schemaVersion"] >= 36
    assert dashboard["uid"]
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) >= 10
    places = [tuple(panel["gridPos"][k] for k in "xy") for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in dashboard["panels"])
    shown = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert all(panel["targets"] and panel["title"] for panel in shown)
    rows = [panel["title"] for panel in dashboard["panels"] if panel["type"] == "row"]
    assert rows == ["Money", "API", "Runs", "Sources"]


def test_every_rule_says_how_bad_it_is_and_what_to_do():
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert rule["annotations"].keys() == {"summary", "description"}


@pytest.mark.parametrize(
    "command",
    [
        ["check", "rules", "arb.rules.yml"],
        ["test", "rules", "arb.rules.test.yml"],
        ["check", "config", "prometheus.yml"],
    ],
    ids=" ".join,
)
def test_promtool_accepts_the_rules_their_tests_and_the_sample(command):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (it comes with Prometheus)")
    done = subprocess.run([promtool, *command], cwd=RULES.parent, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_clock_of_these_tests_is_an_hour_after_the_analysis():
    assert datetime(2025, 10, 10, 21, tzinfo=UTC) == NOW
