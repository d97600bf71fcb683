"""Time of publication that an answer states, in UTC; not its file's name or the time of the request."""

from datetime import UTC, date, datetime, timedelta

from arb_pipeline.sources.parsing import LayoutError

AHEAD = timedelta(days=1)
"""Days that a source may be ahead of the local day: its clock or its zone."""


def published_at(text: object, *, source: str, field: str) -> datetime:
    """A time in UTC, also assumed where no zone is given. Raises `LayoutError`."""
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError as error:
        msg = f"{source} says in {field!r} that it was published at {text!r}, which is no time"
        raise LayoutError(msg) from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def not_of_the_future(day: date, *, source: str, today: date) -> date:
    """The day. Raises `LayoutError` for one in the future."""
    if day > today + AHEAD:
        msg = f"{source} says it is of {day}, but today is {today}. Check this machine's clock first."
        raise LayoutError(msg)
    return day
