"""Sources: kind of data, missing settings, age of the data, and rows in the database."""

from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.sources import SOURCES, Source
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings, source_access
from arb_pipeline.sources.registry import LANDED_AS
from arb_pipeline.storage.landing import Landing, NotLandedError
from arb_pipeline.storage.postgres import queries
from arb_pipeline.storage.source_ages import source_ages


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
    """Newest part: a day, or a fingerprint; None: nothing has landed."""
    age_hours: float | None
    """As `source_ages` defines it, which alerts and metrics use too; None: nothing has landed."""

    @property
    def is_stale(self) -> bool | None:
        """Its data is as old as the source's `stale_hours`, or older; None: nothing has landed."""
        return None if self.age_hours is None else self.age_hours >= SOURCES[self.source].stale_hours


class LoadedSourceView(SourceView):
    """A source with its rows in the database; None: it has none."""

    newest_day: date | None
    rows_accepted: int | None
    rows_quarantined: int | None


def listed(settings: Settings, *, now: datetime, category: Category | None = None) -> tuple[SourceView, ...]:
    """All sources, or those of a game."""
    ages = source_ages(settings, now)
    landing = Landing(settings.landing)
    wanted = [source for source in SOURCES.values() if category is None or category in source.categories]
    return tuple(
        _view(landing, source, ages[source.name][0] if source.name in ages else None) for source in wanted
    )


def loaded(settings: Settings, connection: sa.Connection, *, now: datetime) -> tuple[LoadedSourceView, ...]:
    """All sources, with what was loaded of their prices."""
    loads = queries.loads(connection).with_columns(pl.col("source").replace(LANDED_AS))
    views = []
    for view in listed(settings, now=now):
        sums = loads.filter(source=view.source).select(
            newest_day=pl.max("newest_day"),
            rows_accepted=pl.sum("accepted"),
            rows_quarantined=pl.sum("quarantined"),
        )
        has_rows = sums["newest_day"][0] is not None
        figures = sums.row(0, named=True) if has_rows else dict.fromkeys(sums.columns)
        views.append(LoadedSourceView(**dict(view), **figures))
    return tuple(views)


def _view(landing: Landing, source: Source, hours: float | None) -> SourceView:
    access = source_access(source.name)
    try:
        landed = landing.latest(source.name).part
    except NotLandedError:
        landed = None
    return SourceView(
        source=source.name,
        title=source.title,
        holds=source.holds,
        categories=tuple(Category(name) for name in source.categories),
        url=access.url,
        needs=tuple(access.missing),
        landed=landed,
        age_hours=None if hours is None else round(hours, 1),
    )
