"""Output to the terminal: the one sanitiser of text from outside, and how errors are printed.

Names come from sources and from files of users. A terminal must not obey what they hold: escape sequences,
other control characters, and marks that reverse the direction of text.
"""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from arb_pipeline.contracts.errors import ArbError

KEPT = "\n\t"
"""Control characters of plain text."""


def clean(value: object) -> str:
    """The text without control and format characters; line breaks and tabs stay."""
    return "".join(letter for letter in str(value) if letter.isprintable() or letter in KEPT)


def echo(value: object = "", *, err: bool = False) -> None:
    """Prints a line of sanitised text."""
    typer.echo(clean(value), err=err)


def print_error(error: "ArbError | str") -> None:
    """One line on standard error: what was refused, and the next step."""
    echo(f"arb: {error}", err=True)
