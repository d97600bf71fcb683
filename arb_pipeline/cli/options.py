"""Options that several commands share, and checked values."""

from datetime import date, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from decimal import Decimal

from arb_pipeline.contracts.categories import Category


def to_day(text: str | None, option: str) -> date | None:
    """A day written YYYY-MM-DD; anything else is wrong usage."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a day. Write it as 2025-10-10."
        raise typer.BadParameter(msg, param_hint=option) from None


def dollars(text: str, option: str, *, zero: bool = False) -> "Decimal":
    """An amount of dollars as price lists write it; anything else is wrong use. `zero`: it may be 0."""
    from arb_pipeline.sources.buyer_price_list import amount

    if any(letter.isdigit() and not letter.isascii() for letter in text):
        msg = f"{text!r} has digits other than 0 to 9. Write it as 55.50."
        raise typer.BadParameter(msg, param_hint=option)
    try:
        return amount(text.strip(), zero=zero)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def finite(value: float | None) -> float | None:
    """Check of options with a fraction: NaN and infinity are refused."""
    if value is not None and not isfinite(value):
        msg = f"{value} is not a finite number."
        raise typer.BadParameter(msg)
    return value


def to_priced_day(text: str | None, option: str) -> date | None:
    """A day that can have prices; anything else is wrong usage, before anything runs."""
    day = to_day(text, option)
    if day is not None:
        check_priced(day, option)
    return day


def days_of_range(day: date | None, since: str | None, until: str | None) -> list[date]:
    """The day, or all days of a range that has both ends; none: the newest."""
    first, last = to_priced_day(since, "--from"), to_priced_day(until, "--to")
    if day and (first or last):
        msg = "Give --date, or --from and --to."
        raise typer.BadParameter(msg)
    if bool(first) != bool(last):
        msg = "A range has a --from and a --to."
        raise typer.BadParameter(msg)
    if first is None or last is None:
        return [day] if day else []
    if first > last:
        msg = f"{first} is after {last}."
        raise typer.BadParameter(msg, param_hint="--from")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def games(category: Category | None) -> list[str]:
    """The game of --category, by default all."""
    return [game.value for game in ([category] if category else Category)]


def check_priced(day: date, option: str) -> None:
    """Refuses a day before the first archive, or after today (UTC)."""
    from arb_pipeline.defs.shared.partitions import refusal_of

    if not is_priced(day):
        raise typer.BadParameter(refusal_of(day), param_hint=option)


def is_priced(day: date) -> bool:
    """True if there can be prices of a day: from the first archive to today (UTC)."""
    from arb_pipeline.defs.shared.partitions import DAYS

    return DAYS.has_partition_key(day.isoformat())


Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table.")]
MOST_ROWS = 1_000_000
"""Maximum number of rows that a list prints."""
MOST_DAYS = 3_650
"""Days of a horizon at most: ten years."""

CategoryOption = Annotated[Category | None, typer.Option("--category", help="Only this game.")]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Day; the newest by default.")
]
