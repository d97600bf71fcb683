"""Sensors that start alerts: a published analysis, a failed run."""

import dagster as dg

from arb_pipeline.defs.alerts.jobs import NO_RULES, send_opportunity_alert
from arb_pipeline.defs.landing.sensors import LOOK_SECONDS, ON
from arb_pipeline.defs.shared.run_records import run_facts
from arb_pipeline.notifications.alert_dispatch import conditions_of, now, rules_of, run_round
from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres.engine import connected

OPPORTUNITIES = dg.AssetKey(["opportunities", "arbitrage_opportunities"])


@dg.asset_sensor(
    asset_key=OPPORTUNITIES,
    job=send_opportunity_alert,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=ON,
    description="Starts send_opportunity_alert once after each analysis that was published.",
)
def new_analysis(
    context: dg.SensorEvaluationContext, asset_event: dg.EventLogEntry
) -> dg.RunRequest | dg.SkipReason:
    """A run per published analysis: the run key prevents a second one."""
    if settings().alerts is None:
        return dg.SkipReason(NO_RULES)
    context.log.info(f"published by run {asset_event.run_id}")
    return dg.RunRequest(run_key=f"{asset_event.run_id} {asset_event.timestamp}")


@dg.run_failure_sensor(
    name="failed_run",
    monitor_all_code_locations=True,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=ON,
    description="Sends an alert of a failed run at once, without a job.",
)
def failed_run(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Decides over all runs: a streak of failures of one job and day is one incident, reported once."""
    file = rules_of(settings())
    if file is None or file.operations is None:
        return dg.SkipReason(NO_RULES)
    with connected(settings()) as engine:
        conditions = conditions_of(engine, settings(), file, run_facts(context.instance), now())
        done = run_round(engine, file, conditions=conditions, is_about_opportunities=False)
    context.log.info(done.summary)
    return None
