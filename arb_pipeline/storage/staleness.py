"""Staleness of a day's valuation against its inputs, by the times of the lake's files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

from arb_pipeline.storage.lake import DAILY_PRICES, SEALED_VALUATIONS, Lake, Where, is_newer

Reach = Callable[[date], int]
"""Day -> days before it that its valuation reads (`prices.window_days` in force on that day)."""


def newest_priced_day(lake: Lake, categories: Iterable[str]) -> date | None:
    """The newest day with prices of any of these games."""
    days = [day for category in categories for day in lake.days(DAILY_PRICES, category)]
    return max(days, default=None)


def is_stale(lake: Lake, day: date, categories: Sequence[str], reach: Reach) -> bool:
    """True if a day of its window has prices or quotes newer than its valuation, or it has no valuation."""
    valued = lake.path(SEALED_VALUATIONS, day=day)
    if not valued.exists():
        return True
    return any(is_newer(path, than=valued) for path in _inputs(lake, day, categories, reach(day)))


def stale_days(lake: Lake, changed: date, categories: Sequence[str], reach: Reach) -> list[date]:
    """Valued days from `changed` on with prices newer than their valuation."""
    valued = (day for day in lake.days(SEALED_VALUATIONS) if day >= changed)
    affected = (day for day in valued if (day - changed).days <= reach(day))
    return [day for day in affected if is_stale(lake, day, categories, reach)]


def _inputs(lake: Lake, day: date, categories: Sequence[str], window_days: int) -> Iterator[Where]:
    """The files of prices and quotes in a day's window."""
    window = [day - timedelta(days=n) for n in range(window_days + 1)]
    for category in categories:
        yield from lake.paths(DAILY_PRICES, category, window)
    for source in lake.sources("prices", "quotes"):
        yield from lake.paths(f"prices/{source}/quotes", None, window)
