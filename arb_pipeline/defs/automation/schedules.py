"""Schedules of price requests, analyses and catalogue updates.

A tick that starts no run records the reason. Times and time zone are settings; `arb up` enables schedules.
"""

from functools import partial
from typing import Any

import dagster as dg

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.defs.alerts.jobs import NO_RULES, send_operations_alert, send_opportunity_alert
from arb_pipeline.defs.automation.upkeep import run_records_upkeep
from arb_pipeline.defs.calibration import calibrate_movement
from arb_pipeline.defs.jobs import analyze_all_products, scrape_new_products, update_all_prices
from arb_pipeline.defs.landing.freshness import check_sources
from arb_pipeline.defs.landing.sensors import UpdateUnknownError, newest_prices
from arb_pipeline.defs.opportunities.cleanup import cleanup_expired_opportunities
from arb_pipeline.defs.upkeep import price_history_upkeep
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.params import window_days
from arb_pipeline.storage.staleness import is_stale, newest_priced_day

Tick = dg.RunRequest | dg.SkipReason
ON = dg.DefaultScheduleStatus.RUNNING if settings().automate else dg.DefaultScheduleStatus.STOPPED
ZONE = settings().timezone
AT_WORK = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]
scheduled = partial(dg.schedule, execution_timezone=ZONE, default_status=ON)


@scheduled(
    job=update_all_prices,
    cron_schedule=settings().prices_cron,
    description="Requests prices of every source (every 4 hours); unchanged data is not fetched again.",
)
def prices(context: dg.ScheduleEvaluationContext) -> Tick:
    """A run for the newest day that TCGCSV has."""
    if not Lake(settings().lake).has(SEALED_PRODUCTS):
        return dg.SkipReason("there is no catalogue yet: `scrape_new_products` has been requested, or is due")
    try:
        newest = newest_prices()
    except UpdateUnknownError as error:
        return dg.SkipReason(str(error))
    return _request(context, update_all_prices.name, newest.day)


@scheduled(
    job=analyze_all_products,
    cron_schedule=settings().analysis_cron,
    description="Values all products (every 6 hours), if prices have changed since they were valued.",
)
def analysis(context: dg.ScheduleEvaluationContext) -> Tick:
    """A run for the newest day with prices, unless its valuation is newer than all that it rests on."""
    lake, categories = Lake(settings().lake), list(CATEGORIES)
    day = newest_priced_day(lake, categories)
    if day is None:
        return dg.SkipReason("no prices are loaded yet")
    if not is_stale(lake, day, categories, window_days(settings())):
        return dg.SkipReason(f"no prices have changed since {day} was analysed")
    if busy := _at_work(context.instance, update_all_prices.name):
        return dg.SkipReason(f"prices are being updated (run {busy}): the next tick analyses them")
    return _request(context, analyze_all_products.name, day.isoformat())


@scheduled(
    job=scrape_new_products,
    cron_schedule=settings().products_cron,
    description="Updates catalogue and contents (weekly).",
)
def new_products(context: dg.ScheduleEvaluationContext) -> Tick:
    """A run, unless one is at work."""
    return _request(context, scrape_new_products.name, None)


@scheduled(
    job=send_operations_alert,
    cron_schedule=settings().alerts_cron,
    description="Checks for failed runs, stale sources and full quarantine, and sends due messages.",
)
def operations_alerts(context: dg.ScheduleEvaluationContext) -> Tick:
    """A run, where there are rules."""
    return _tell(context, send_operations_alert.name)


@scheduled(
    job=send_opportunity_alert,
    cron_schedule=settings().alerts_cron,
    description="Sends due digests, and retries messages that an endpoint did not accept.",
)
def opportunity_alerts(context: dg.ScheduleEvaluationContext) -> Tick:
    """A run, where there are rules. The sensor `new_analysis` sends alerts of new analyses."""
    return _tell(context, send_opportunity_alert.name)


def _at(name: str, job: Any, cron: str, description: str) -> dg.ScheduleDefinition:
    """A schedule without conditions."""
    return dg.ScheduleDefinition(
        name=name,
        job=job,
        cron_schedule=cron,
        execution_timezone=ZONE,
        default_status=ON,
        description=description,
    )


cleanup = _at(
    "cleanup",
    cleanup_expired_opportunities,
    settings().cleanup_cron,
    "Expires opportunities that no analysis confirmed in time.",
)
freshness = _at(
    "freshness", check_sources, settings().freshness_cron, "Checks the age of each source's data (hourly)."
)
upkeep_of_prices = _at(
    "upkeep_of_prices",
    price_history_upkeep,
    settings().upkeep_cron,
    "Creates partitions of the price history ahead, moves old ones to the lake (daily).",
)
calibration_of_movement = _at(
    "calibration_of_movement",
    calibrate_movement,
    settings().calibration_cron,
    "Re-estimates the movement of net values up to the sale (weekly).",
)
upkeep_of_runs = _at(
    "upkeep_of_runs",
    run_records_upkeep,
    settings().upkeep_cron,
    "Purges records of old runs (daily).",
)


def _tell(context: dg.ScheduleEvaluationContext, job: str) -> Tick:
    return _request(context, job, None) if settings().alerts else dg.SkipReason(NO_RULES)


def _request(context: dg.ScheduleEvaluationContext, job: str, day: str | None) -> Tick:
    """A run of the job for a day, unless one is at work; one a tick, whoever evaluates it."""
    if busy := _at_work(context.instance, job):
        return dg.SkipReason(f"run {busy} of {job} is at work")
    key = f"{job} {context.scheduled_execution_time.isoformat()}"
    return dg.RunRequest(run_key=key, partition_key=day)


def _at_work(instance: dg.DagsterInstance, job: str) -> str | None:
    """A run of the job that has not ended."""
    runs = instance.get_runs(dg.RunsFilter(job_name=job, statuses=AT_WORK), limit=1)
    return runs[0].run_id if runs else None
