"""Options that several commands share, and checked values."""

from datetime import date
from enum import StrEnum
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


Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts instead of a table.")]
CategoryOption = Annotated[Category | None, typer.Option("--category", help="Only this game.")]
DateOption = Annotated[
    str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Day; the newest by default.")
]
