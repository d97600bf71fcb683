"""Sensors of what is at hand: a home without a catalogue, packages that have landed and are not loaded."""

import hashlib

import dagster as dg

from arb_pipeline.defs.jobs import market_quotes, scrape_new_products
from arb_pipeline.defs.landing.sensors import LOOK_SECONDS, ON, run_key
from arb_pipeline.settings import settings
from arb_pipeline.stores.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.stores.landing import Landing
from arb_pipeline.stores.postgres import queries
from arb_pipeline.stores.postgres.engine import connect
from arb_pipeline.stores.sources import markets


@dg.sensor(
    job=scrape_new_products,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=ON,
    description="Asks for catalogue and contents at once where there are none: a new home.",
)
def no_catalogue(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A new home has no catalogue: asks for it at once, and not only when its weekly time comes."""
    if Lake(settings().lake).has(SEALED_PRODUCTS):
        return dg.SkipReason("there is a catalogue")
    key = run_key(context.instance, "first catalogue")
    return dg.RunRequest(run_key=key) if key else dg.SkipReason("it has been asked for")


@dg.sensor(
    job=market_quotes,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=ON,
    description="Loads what other marketplaces said on days that have landed and are not loaded yet.",
)
def quotes_to_load(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Days whose packages of other marketplaces have landed and are not in the ledger of loads."""
    engine = connect(settings())
    with engine.connect() as connection:
        loaded = {package for *_, package in queries.loaded_packages(connection)}
    engine.dispose()
    requests = []
    for day, packages in sorted(markets.to_load(Landing(settings().landing), loaded).items()):
        content = hashlib.sha256("\n".join(sorted(packages)).encode()).hexdigest()
        if key := run_key(context.instance, f"quotes of {day} {content}"):
            requests.append(dg.RunRequest(run_key=key, partition_key=day.isoformat()))
    if not requests:
        return dg.SkipReason("all that has landed is loaded, or has been asked for")
    return dg.SensorResult(run_requests=requests)
