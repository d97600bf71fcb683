"""Log, report, metrics and alerts of a run, through `arb` and through Dagster."""

import json
import sys
from pathlib import Path

import pytest
from folder import DAY

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))
from receivers import webhook

pytestmark = pytest.mark.slow

AT = f"{DAY}T21:00"


@pytest.fixture
def rules(tmp_path):
    def written(port: int = 9, **rule: object) -> Path:
        path = tmp_path / "alerts.yaml"
        document = {"targets": {"hook": f"json://127.0.0.1:{port}/in"}}
        document |= {
            "rules": [{"name": "all", "targets": ["hook"]} | rule],
            "operations": {"targets": ["hook"]},
        }
        path.write_text(json.dumps(document))
        return path

    return written


def test_every_run_has_its_lines_in_the_log_with_run_and_load_ids(market):
    lines = [json.loads(line) for line in (market.arb.home / "logs" / "arb.jsonl").read_text().splitlines()]
    loads = {str(row["id"]) for row in market.arb.rows("SELECT id FROM load_ledger")}

    for run in market.runs:
        own = [line for line in lines if line.get("run_id") == run["run_id"]]
        assert own[-1]["event"] == "run ended"
        assert {line["job"] for line in own} == {run["job"]}
        assert any(line["event"] == "materialised" for line in own)
    entered = [line for line in lines if line["event"] == "load entered"]
    assert {line["load_id"] for line in entered} == loads
    assert all(line["run_id"] and line["package_id"] and line["load_day"] == line["day"] for line in entered)


def test_the_day_has_a_report_that_arb_report_finds(market):
    (day,) = [run for run in market.runs if run["job"] == "daily_analysis"]
    printed = Path(market.arb.quick("report").stdout.strip())
    html = printed.read_text()

    assert printed == market.arb.home / "reports" / str(DAY) / f"{day['run_id']}.html"
    for name, *_ in market.arb.opportunities():
        assert name in html
    assert "=Test Formula()" in html
    assert "do not buy by it" in html  # it was analysed long after its day
    again = Path(market.arb.quick("report", "--new", "--date", DAY).stdout.strip())
    assert again != printed
    assert again.is_file()


def test_a_day_without_valuations_has_no_report(market):
    done = market.arb.quick("report", "--date", "2024-05-05", code=1)

    assert "Nothing is valued for 2024-05-05" in done.stderr


def test_metrics_are_printed(market):
    text = market.arb.quick("metrics").stdout

    assert "arb_database_up 1.0" in text
    accepted = market.arb.rows("SELECT sum(rows_accepted) AS n FROM load_ledger WHERE category = 'mtg'")
    assert (
        f'arb_rows_total{{category="mtg",kind="accepted",source="tcgplayer"}} {float(accepted[0]["n"])}'
        in text
    )
    assert 'arb_last_run_failed{job="daily_analysis"} 0.0' in text


def test_a_dry_run_as_of_the_analysis_tells_its_opportunities_and_keeps_nothing(market, rules):
    done = market.arb.quick("alerts", "send", "--rules", rules(), "--dry-run", "--at", AT)

    for name, status, *_ in market.arb.opportunities():
        assert (name in done.stdout) == (status == "active")
    assert "1 messages would be sent now" in done.stdout or "2 messages would be sent now" in done.stdout
    assert market.arb.json("alerts", "list") == []


def test_an_expired_analysis_triggers_no_alert(market, rules):
    with webhook() as hook:
        market.arb.quick("alerts", "send", "--rules", rules(hook.port), "--product", "Test Deck")

    assert hook.received == []


def test_check_and_test_say_what_is_there_and_what_is_wrong(market, rules):
    with webhook() as hook:
        path = rules(hook.port)
        checked = market.arb.quick("alerts", "check", path)
        market.arb.quick("alerts", "test", "hook", "--rules", path)

    assert "target hook: JSON" in checked.stdout
    assert len(hook.received) == 1
    refused = market.arb.quick("alerts", "test", "hook", "--rules", path, code=1)
    assert "hook did not take it" in refused.stderr
    wrong = market.arb.quick("alerts", "check", rules(risk="tiny"), code=1)
    assert "rule 'all': risk.0 is 'tiny'; allowed: low, medium or high" in wrong.stderr
    assert "set ARB_ALERTS" in market.arb.quick("alerts", "check", code=1).stderr.replace("Set", "set")


def test_the_jobs_of_alerts_run_in_dagster(market, rules):
    import dagster as dg

    from arb_pipeline.definitions import defs

    with market.arb._as_process(), webhook() as hook, dg.DagsterInstance.ephemeral() as instance:
        definitions = defs()
        path = str(rules(hook.port))
        config = {"ops": {"tell_opportunities": {"config": {"rules": path, "dry_run": True}}}}
        done = definitions.resolve_job_def("send_opportunity_alert").execute_in_process(
            config, instance=instance
        )
        assert done.success
        config = {"ops": {"tell_operations": {"config": {"rules": path, "dry_run": True}}}}
        job = definitions.resolve_job_def("send_operations_alert")
        assert job.execute_in_process(config, instance=instance).success
        bad = {"ops": {"tell_operations": {"config": {"rules": "/none.yaml"}}}}
        failed = job.execute_in_process(bad, instance=instance, raise_on_error=False)
        (event,) = [e for e in failed.all_events if e.is_step_failure]
        assert "/none.yaml cannot be read" in event.step_failure_data.user_failure_data.description
