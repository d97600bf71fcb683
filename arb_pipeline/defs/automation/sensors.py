"""Sensors of the stored state: missing catalogue, packages not loaded, transitions not in the mart."""

import hashlib

import dagster as dg

from arb_pipeline.defs.jobs import (
    analyze_product_arbitrage,
    market_quotes,
    mart,
    scrape_new_products,
    update_product_prices,
)
from arb_pipeline.defs.landing.sensors import LOOK_SECONDS, ON, looking, run_key
from arb_pipeline.mart import publication as marts
from arb_pipeline.services.runs import AFTER, THEN
from arb_pipeline.settings import settings
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.postgres import opportunities, queries
from arb_pipeline.storage.postgres.engine import connected


@looking(
    job=scrape_new_products,
    description="Requests catalogue and contents at once in a home without them.",
)
def no_catalogue(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Requests the catalogue of a new home at once, before its weekly schedule."""
    if Lake(settings().lake).has(SEALED_PRODUCTS):
        return dg.SkipReason("there is a catalogue")
    key = run_key(context.instance, "first catalogue")
    return dg.RunRequest(run_key=key) if key else dg.SkipReason("it has been requested")


@looking(
    job=market_quotes,
    description="Loads landed quotes of other marketplaces that are not loaded yet.",
)
def quotes_to_load(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Days whose packages of other marketplaces have landed and are not in the ledger of loads."""
    with connected(settings()) as engine, engine.connect() as connection:
        loaded = {(day, package) for *_, day, package in queries.loaded_packages(connection)}
    requests = []
    for day, packages in sorted(marketplace_files.to_load(Landing(settings().landing), loaded).items()):
        content = hashlib.sha256("\n".join(sorted(packages)).encode()).hexdigest()
        if key := run_key(context.instance, f"quotes of {day} {content}"):
            requests.append(dg.RunRequest(run_key=key, partition_key=day.isoformat()))
    if not requests:
        return dg.SkipReason("all landed quotes are loaded, or their load has been requested")
    return dg.SensorResult(run_requests=requests)


@looking(
    job=mart,
    description="Publishes the mart again after a person executed, cancelled or noted an opportunity.",
)
def acts_to_publish(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A run if a person's transition is newer than the mart in use; it covers all transitions before."""
    with connected(settings()) as engine, engine.connect() as connection:
        built_at, act = marts.built_at(connection), opportunities.newest_act(connection)
    if built_at is None:
        return dg.SkipReason("no mart is published yet: an analysis or `arb mart publish` makes the first")
    if act is None or act[1] < built_at:
        return dg.SkipReason(f"the mart, begun at {built_at:%Y-%m-%d %H:%M:%S} UTC, shows all transitions")
    key = run_key(context.instance, f"mart after act {act[0]}")
    return dg.RunRequest(run_key=key) if key else dg.SkipReason("it has been requested")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[update_product_prices],
    request_job=analyze_product_arbitrage,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=ON,
    description="Analyses a product again once its refreshed prices are loaded.",
)
def analysis_after_refresh(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """The analysis after a refresh through the API, of the same product and day, once per run."""
    run = context.dagster_run
    if run.tags.get(THEN) != analyze_product_arbitrage.name:
        return dg.SkipReason(f"run {run.run_id} requests no analysis")
    passed = {name: value for name, value in run.tags.items() if name.startswith("arb/") and name != THEN}
    return dg.RunRequest(
        run_key=f"analysis after {run.run_id}",
        run_config=run.run_config,
        partition_key=run.tags["dagster/partition"],
        tags={**passed, AFTER: run.run_id},
    )
