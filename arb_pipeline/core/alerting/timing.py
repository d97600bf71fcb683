"""Delivery times: digests and quiet hours, in local time of the rule file's time zone.

Instants are UTC. A local time that a change of clocks skips or repeats is taken as `zoneinfo` does (PEP 495,
fold=0): skipped, it falls as much later; repeated, it counts the first time.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from arb_pipeline.core.alerting.rules import Delivery, QuietHours

HOUR = timedelta(hours=1)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
DOUBLINGS = 10
"""Number of doublings at which the pause has reached its maximum."""


def due_at(delivery: Delivery, zone: str, now: datetime) -> datetime:
    """First instant from `now` on at which a rule sends what is decided now."""
    digest = delivery.digest
    if digest.every == "daily":
        due = _next(digest.at, ZoneInfo(zone), now)
    elif digest.every == "hourly":
        due = now.replace(minute=0, second=0, microsecond=0) + HOUR
    else:
        due = now
    return quiet_until(delivery.quiet_hours, zone, due) or due


def quiet_until(quiet: QuietHours | None, zone: str, now: datetime) -> datetime | None:
    """End of the quiet hours that `now` is in; None outside quiet hours."""
    if quiet is None:
        return None
    local = now.astimezone(ZoneInfo(zone)).time()
    over_midnight = quiet.start > quiet.end
    is_quiet = (
        local >= quiet.start or local < quiet.end if over_midnight else quiet.start <= local < quiet.end
    )
    return _next(quiet.end, ZoneInfo(zone), now) if is_quiet else None


def retry_after(attempts: int, spread: float) -> timedelta:
    """Pause after a number of failed tries: 30 s, doubled each time up to 1 h; times 0.5 + `spread` (0 to 1).

    The spread prevents simultaneous retries of messages that failed together.
    """
    pause = FIRST_RETRY * 2.0 ** min(max(attempts - 1, 0), DOUBLINGS)
    return min(pause, LONGEST_RETRY) * (0.5 + spread)


def _next(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The next instant after `now` at which local time is `at`."""
    day = now.astimezone(zone).date()
    for days in range(3):
        instant = datetime.combine(day + timedelta(days=days), at, zone).astimezone(UTC)
        if instant > now:
            return instant
    msg = f"{at} does not come within three days of {now}"
    raise AssertionError(msg)
