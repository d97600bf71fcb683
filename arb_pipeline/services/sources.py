"""Sources: kind of data, missing settings, and age of the newest package."""

from datetime import datetime

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.sources import SOURCES, Source
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings, source_access
from arb_pipeline.storage.landing import Landing, NotLandedError
from arb_pipeline.storage.source_ages import checked_at


class SourceView(View):
    """A source with its configuration and newest package."""

    source: str
    title: str
    holds: str
    categories: tuple[Category, ...]
    url: str
    needs: tuple[str, ...]
    """Settings that are missing; none: it is configured."""
    landed: str | None
    """Newest part: a day, or `current`; None: nothing has landed."""
    age_hours: float | None
    """Hours since the last successful fetch, or landing from a folder."""

    @property
    def is_stale(self) -> bool:
        """Its data is older than the source's `stale_hours`."""
        return self.age_hours is not None and self.age_hours >= SOURCES[self.source].stale_hours


def listed(settings: Settings, *, now: datetime, category: Category | None = None) -> tuple[SourceView, ...]:
    """All sources, or those of a game."""
    wanted = [source for source in SOURCES.values() if category is None or category in source.categories]
    return tuple(_view(settings, source, now) for source in wanted)


def _view(settings: Settings, source: Source, now: datetime) -> SourceView:
    access = source_access(source.name)
    checked = checked_at(settings, source.name)
    landed = None
    try:
        package = Landing(settings.landing).latest(source.name)
    except NotLandedError:
        pass
    else:
        landed = package.part
        checked = checked or datetime.fromisoformat(str(package.manifest["landed_at"]))
    age = (now - checked).total_seconds() / 3600 if checked and landed else None
    return SourceView(
        source=source.name,
        title=source.title,
        holds=source.holds,
        categories=tuple(Category(name) for name in source.categories),
        url=access.url,
        needs=tuple(access.missing),
        landed=landed,
        age_hours=None if age is None else round(age, 1),
    )
