"""How old what each source gave is: for the alarm about stale sources, metrics and reports."""

from datetime import UTC, date, datetime
from typing import Any

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.core.lifecycle import analysed_at
from arb_pipeline.settings import Settings
from arb_pipeline.stores.fetching import checked_at
from arb_pipeline.stores.landing import Landing, NotLandedError

HOUR = 3600


def source_ages(settings: Settings, now: datetime) -> dict[str, tuple[float, datetime]]:
    """Source -> (hours, the instant they count from), of every source that ever landed.

    A daily source's age is that of its newest day (whose prices are out at 20:00 UTC), however often it was
    asked; any other's is the time since it was last fetched well, changed or not.
    """
    found = {}
    landing = Landing(settings.landing)
    for name, source in SOURCES.items():
        days = landing.days(name) if source.is_daily else []
        since = analysed_at(date.fromisoformat(days[-1])) if days else _fetched(settings, landing, name)
        if since is not None:
            found[name] = (max((now - since).total_seconds() / HOUR, 0.0), since)
    return found


def _fetched(settings: Settings, landing: Landing, name: str) -> datetime | None:
    try:
        manifest: dict[str, Any] = landing.latest(name).manifest
    except NotLandedError:
        return None
    landed = datetime.fromisoformat(str(manifest["landed_at"])).astimezone(UTC)
    return max(landed, checked_at(settings, name) or landed)
