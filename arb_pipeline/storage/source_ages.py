"""Age of each source's data, for the alarm about stale sources, metrics and reports."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.core.opportunities.lifecycle import analysed_at
from arb_pipeline.settings import Settings
from arb_pipeline.storage.landing import Landing, NotLandedError

HOUR = 3600


def source_ages(settings: Settings, now: datetime) -> dict[str, tuple[float, datetime]]:
    """Source -> (hours, the instant they count from), of every source that ever landed.

    A daily source's age is that of its newest day (published at 20:00 UTC), however often it was fetched; any
    other's is the time since its last successful fetch, changed or not.
    """
    ages = {}
    landing = Landing(settings.landing)
    for name, source in SOURCES.items():
        days = landing.days(name) if source.is_daily else []
        since = analysed_at(date.fromisoformat(days[-1])) if days else _fetched(settings, landing, name)
        if since is not None:
            ages[name] = (max((now - since).total_seconds() / HOUR, 0.0), since)
    return ages


def _fetched(settings: Settings, landing: Landing, name: str) -> datetime | None:
    try:
        manifest: dict[str, Any] = landing.latest(name).manifest
    except NotLandedError:
        return None
    landed = datetime.fromisoformat(str(manifest["landed_at"])).astimezone(UTC)
    return max(landed, checked_at(settings, name) or landed)


def checked_at(settings: Settings, source: str) -> datetime | None:
    """Time of a source's last successful fetch, changed or not; None for never."""
    path = known_path(settings, source)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None


def known_path(settings: Settings, source: str) -> Path:
    """Path of the file with the validators of a source's last fetch."""
    return settings.crawls / source / "known.json"
