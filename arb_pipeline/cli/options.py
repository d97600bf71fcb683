"""Options that several commands share, and checked values."""

from datetime import date
from enum import StrEnum
from math import isfinite
from typing import Annotated

import typer


class Category(StrEnum):
    """Games."""

    MTG = "mtg"
    POKEMON = "pokemon"
    YUGIOH = "yugioh"


def to_day(text: str | None, option: str) -> date | None:
    """A day written YYYY-MM-DD; anything else is wrong usage."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is not a day. Write it as 2025-10-10."
        raise typer.BadParameter(msg, param_hint=option) from None


def finite(value: float | None) -> float | None:
    """Of every option that is a number with a fraction: NaN and infinity are none."""
    if value is not None and not isfinite(value):
        msg = f"{value} is no number that can be reckoned with."
        raise typer.BadParameter(msg)
    return value


def to_priced_day(text: str | None, option: str) -> date | None:
    """A day that can have prices; anything else is wrong usage, before anything runs."""
    day = to_day(text, option)
    if day is not None:
        check_priced(day, option)
    return day


def check_priced(day: date, option: str) -> None:
    """Refuses a day before the first archive, or after today (UTC)."""
    from arb_pipeline.defs.shared.partitions import DAYS

    if not DAYS.has_partition_key(day.isoformat()):
        first, last = DAYS.get_first_partition_key(), DAYS.get_last_partition_key()
        msg = f"{day} is no day of ours: they go from {first} to {last}, today in UTC."
        raise typer.BadParameter(msg, param_hint=option)


Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table.")]
CategoryOption = Annotated[Category | None, typer.Option("--category", help="Only this game.")]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Day; the newest by default.")
]
