"""Cron schedules: errors by field. Dagster evaluates them with the same library."""

from datetime import UTC, datetime

EXAMPLE = "'0 */4 * * *': minute hour day month weekday"
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIELDS: tuple[tuple[str, str], ...] = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day", "1 to 31, l"),
    ("month", f"1 to 12, {', '.join(MONTHS)}"),
    ("weekday", f"0 to 7, {', '.join(DAYS)}"),
)
"""Field, and its numbers and words."""
ANY_DAY = datetime(2025, 1, 1, tzinfo=UTC)
"""Start of the search for an occurrence: 31 February has none."""


def fault(text: str) -> str | None:
    """Error of a text as a cron schedule; None if it is valid."""
    from croniter import CroniterBadDateError, croniter  # type: ignore[import-untyped]

    fields = text.split()
    if len(fields) != len(FIELDS):
        return f"should be five fields of cron, e.g. {EXAMPLE}"
    for place, (name, known) in enumerate(FIELDS):
        alone = ["*"] * len(FIELDS)
        alone[place] = fields[place]
        if not croniter.is_valid(" ".join(alone)):
            return f"has {fields[place]!r} as {name}; allowed: {known}, with * , - and /, e.g. {EXAMPLE}"
    try:
        croniter(text, ANY_DAY).get_next()
    except CroniterBadDateError:
        return f"is no day of any year: {fields[2]!r} as day of month {fields[3]!r}, e.g. {EXAMPLE}"
    return None
