"""Age of an analysis: old prices are no longer available to a buyer."""

from datetime import date, datetime


def age_days(as_of: date, now: datetime) -> int:
    """Days from the prices of an analysis to now; 0 for today's."""
    return max(0, (now.date() - as_of).days)


def is_fresh(as_of: date, now: datetime, stale_days: int) -> bool:
    """True if an analysis is recent enough to act on: at most `stale_days` old."""
    return age_days(as_of, now) <= stale_days


def staleness(as_of: date | None, now: datetime, stale_days: int) -> str:
    """Warning above results of old prices; '' for fresh ones."""
    if as_of is None or is_fresh(as_of, now, stale_days):
        return ""
    return (
        f"These prices are {age_days(as_of, now):,} days old (of {as_of}; {stale_days} days are the limit):"
        " buy nothing at them. `arb run` analyses a newer day."
    )
