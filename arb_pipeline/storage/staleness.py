"""Is a day's valuation older than what it rests on? Told by the times of the lake's files."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from arb_pipeline.storage.lake import DAILY_PRICES, SEALED_VALUATIONS, Lake, Where, is_newer

WINDOW = timedelta(days=30)


def newest_priced_day(lake: Lake, categories: Iterable[str]) -> date | None:
    """The newest day with prices of any of these games."""
    days = [day for category in categories for day in lake.days(DAILY_PRICES, category)]
    return max(days, default=None)


def is_stale(lake: Lake, day: date, categories: Sequence[str]) -> bool:
    """Has a day of its window prices or quotes newer than its valuation? A day without a valuation is."""
    valued = lake.path(SEALED_VALUATIONS, day=day)
    if not valued.exists():
        return True
    return any(is_newer(path, than=valued) for path in _rests_on(lake, day, categories))


def stale_days(lake: Lake, changed: date, categories: Sequence[str]) -> list[date]:
    """Valued days from `changed` on that rest on prices newer than their valuation."""
    later = (day for day in lake.days(SEALED_VALUATIONS) if changed <= day <= changed + WINDOW)
    return [day for day in later if is_stale(lake, day, categories)]


def _rests_on(lake: Lake, day: date, categories: Sequence[str]) -> Iterator[Where]:
    """The files of prices and quotes in a day's window."""
    window = [day - timedelta(days=n) for n in range(WINDOW.days + 1)]
    for category in categories:
        yield from lake.paths(DAILY_PRICES, category, window)
    for source in lake.sources("prices", "quotes"):
        yield from lake.paths(f"prices/{source}/quotes", None, window)
