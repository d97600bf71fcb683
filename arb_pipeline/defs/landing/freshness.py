"""Freshness checks: age of the newest package per source, read from the landing and not from the runs."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.core.alerting.rules import Operations
from arb_pipeline.defs.landing.assets import PRICES
from arb_pipeline.notifications.alert_dispatch import rules_of
from arb_pipeline.settings import settings
from arb_pipeline.storage.source_ages import source_ages

NAME = "fresh"


def _key(source: str) -> dg.AssetKey:
    return PRICES if SOURCES[source].is_archived else dg.AssetKey(["landing", source])


@dg.multi_asset_check(
    name="sources_fresh",
    can_subset=True,
    specs=[
        dg.AssetCheckSpec(
            NAME,
            asset=_key(source),
            description=f"The newest package is at most {SOURCES[source].stale_hours:.0f} h old, "
            "or as old as the alert rules allow.",
        )
        for source in SOURCES
    ],
)
def sources_fresh(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Checks the age of each source against the alert rules' limits. A source that never landed passes."""
    rules = rules_of(settings())
    limits = (rules.operations if rules else None) or Operations.model_construct(stale_hours={})
    ages = source_ages(settings(), datetime.now(UTC))
    selected = {key.asset_key for key in context.selected_asset_check_keys}
    for source in (name for name in SOURCES if _key(name) in selected):
        limit = limits.stale_after_hours(source)
        hours, since = ages.get(source, (None, None))
        age = f"of {since:%Y-%m-%d %H:%M} UTC, {hours:.0f} h old" if since else "nothing has landed yet"
        yield dg.AssetCheckResult(
            check_name=NAME,
            asset_key=_key(source),
            passed=hours is None or hours <= limit,
            severity=dg.AssetCheckSeverity.WARN,
            description=age,
            metadata={"limit_hours": limit, **({"age_hours": round(hours, 1)} if hours is not None else {})},
        )


check_sources = dg.define_asset_job(
    "check_sources",
    selection=dg.AssetSelection.checks(sources_fresh),
    description="Checks the age of each source's data. Run it hourly.",
)
