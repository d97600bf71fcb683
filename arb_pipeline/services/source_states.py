"""States of sources for the API: configuration, age, and rows in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import Settings, source_access
from arb_pipeline.storage.landing import Landing, NotLandedError
from arb_pipeline.storage.source_ages import source_ages


def source_states(
    settings: Settings, loads: Sequence[Mapping[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """Every source. `loads`: rows of `queries.loads`."""
    ages = source_ages(settings, now)
    landing = Landing(settings.landing)
    found = []
    for name, source in SOURCES.items():
        access = source_access(name)
        source_loads = [row for row in loads if row["source"] == name]
        hours = ages[name][0] if name in ages else None
        try:
            landed = landing.latest(name).part
        except NotLandedError:
            landed = None
        found.append(
            {
                "source": name,
                "title": source.title,
                "holds": source.holds,
                "categories": list(source.categories),
                "url": access.url,
                "needs": list(access.missing),
                "is_configured": not access.missing,
                "landed": landed,
                "age_hours": None if hours is None else round(hours, 1),
                "is_stale": None if hours is None else hours >= source.stale_hours,
                "newest_day": max((row["newest_day"] for row in source_loads), default=None),
                "rows_accepted": sum(row["accepted"] for row in source_loads) if source_loads else None,
                "rows_quarantined": sum(row["quarantined"] for row in source_loads) if source_loads else None,
            }
        )
    return found
