"""Alert sensors: a published analysis starts its alerts; a failed run is reported once, at once."""

import json

import dagster as dg
import pytest
from alerted import outbox
from receivers import webhook

from arb_pipeline.defs.alerts import sensors
from arb_pipeline.settings import Settings


@pytest.fixture
def configured(engine, tmp_path, monkeypatch):
    """Settings of a home with a rule file, whose operations go to a webhook on this port."""

    def made(port: int = 9, *, has_rules: bool = True) -> Settings:
        path = tmp_path / "alerts.yaml"
        document = {"targets": {"hook": f"json://127.0.0.1:{port}/in"}, "operations": {"targets": "hook"}}
        path.write_text(json.dumps(document))
        url = engine.url.render_as_string(hide_password=False)
        settings = Settings(home=tmp_path, database_url=url, alerts=path if has_rules else None)
        monkeypatch.setattr(sensors, "settings", lambda: settings)
        return settings

    return made


def test_an_analysis_asks_for_its_alerts_under_a_key_of_its_own(configured):
    configured()
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(
            dg.AssetMaterialization(sensors.OPPORTUNITIES, partition="2025-10-10")
        )
        context = dg.build_sensor_context(instance=instance)
        first = sensors.new_analysis.evaluate_tick(context)
        again = sensors.new_analysis.evaluate_tick(
            dg.build_sensor_context(instance=instance, cursor=first.cursor)
        )

    (request,) = first.run_requests
    assert request.run_key
    assert again.run_requests == []


def test_without_rules_the_sensors_skip_and_say_so(configured):
    configured(has_rules=False)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(sensors.OPPORTUNITIES))
        tick = sensors.new_analysis.evaluate_tick(dg.build_sensor_context(instance=instance))

    assert tick.run_requests == []
    assert "ARB_ALERTS" in tick.skip_message


@dg.op
def breaks(context: dg.OpExecutionContext) -> None:
    if "mended" not in context.run_tags:
        raise dg.Failure(description="no disk")


@dg.job
def fragile():
    breaks()


def test_a_failed_run_is_reported_once_and_its_success_once(configured, engine):
    with webhook() as hook, dg.DagsterInstance.ephemeral() as instance:
        configured(hook.port)

        def look(result: dg.ExecuteInProcessResult) -> None:
            event = next(e for e in result.all_events if e.event_type_value == "PIPELINE_FAILURE")
            context = dg.build_run_status_sensor_context("failed_run", event, instance, result.dagster_run)
            sensors.failed_run(context.for_run_failure())

        failed = fragile.execute_in_process(instance=instance, raise_on_error=False)
        look(failed)
        look(fragile.execute_in_process(instance=instance, raise_on_error=False))
        assert fragile.execute_in_process(instance=instance, tags={"mended": "yes"}).success
        look(failed)

    assert [message["title"] for message in hook.received] == [
        "Run failed: fragile",
        "Run succeeded again: fragile",
    ]
    assert failed.run_id in hook.received[0]["message"]
    assert outbox(engine, "event", "status") == [("failed", "sent"), ("recovered", "sent")]
