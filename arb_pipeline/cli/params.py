"""`arb params`: fees, postage and guards as they hold on a day, and a check of a file of one's own."""

import json as jsonlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json, to_day

if TYPE_CHECKING:
    from datetime import date

    from arb_pipeline.storage.params import Entry

app = typer.Typer(
    help="Fees, postage, guards: every constant with unit, source and the day it was checked.",
    no_args_is_help=True,
)
Day = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Day; today by default.")]


@app.command()
def show(
    group: Annotated[
        str | None, typer.Argument(help="Only this group: tcgplayer, selling, postage, publish ...")
    ] = None,
    date: Day = None,
    json: Json = False,
) -> None:
    """Lists the parameters (of GROUP: tcgplayer, selling, postage ...) as they hold on a day, yours marked.

    Change any in a YAML file of your own and name it in ARB_PARAMS: `selling: {cards_per_order: 5}`.
    """
    from difflib import get_close_matches

    from arb_pipeline.cli import render as shown
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.params import entries

    found = entries(_day(date), settings().params)
    groups = list(dict.fromkeys(entry.group for entry in found))
    if group is not None and group not in groups:
        close = get_close_matches(group, groups, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        typer.echo(f"There is no group {group!r}.{hint} Known: {', '.join(groups)}.", err=True)
        raise typer.Exit(1)
    found = [entry for entry in found if group in (None, entry.group)]
    if json:
        typer.echo(jsonlib.dumps([asdict(entry) for entry in found], default=shown.plain, indent=1))
        return
    _print(found)


def _print(found: "list[Entry]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from arb_pipeline.cli import render as shown

    table = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Parameter", "Value", "Unit", "Source", "Checked on"):
        table.add_column(name, overflow="fold")
    for entry in found:
        table.add_row(
            f"{entry.group}.{entry.key}",
            escape(_text(entry.value)) + (" [green](yours)[/]" if entry.is_own else ""),
            escape(entry.unit),
            escape(entry.source),
            str(entry.checked_on or "-"),
        )
    shown.console().print(table)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A file of your own; the one of ARB_PARAMS by default.")
    ] = None,
    date: Day = None,
) -> None:
    """Checks FILE, or the one of ARB_PARAMS, for every day that it names; and how old all figures are.

    Exit code 1 when anything in it is wrong: each is told with its key, its value and what is allowed.
    Figures that nobody checked for a year are warnings.
    """
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.params import entries, faults, unchecked

    day, path = _day(date), file or settings().params
    found = faults(day, path) if path else []
    for fault in found:
        typer.echo(fault, err=True)
    if found:
        raise typer.Exit(1)
    for entry in unchecked(day, path):
        typer.echo(
            f"warning: {entry.group}.{entry.key} was last checked on {entry.checked_on}: {entry.source}",
            err=True,
        )
    own = [entry for entry in entries(day, path) if entry.is_own]
    changed = ", ".join(f"{entry.group}.{entry.key} = {_text(entry.value)}" for entry in own)
    typer.echo(
        f"{path}: sound. {changed}" if path else "The shipped parameters are sound; ARB_PARAMS is not set."
    )


def _day(text: str | None) -> "date":
    from datetime import UTC, datetime

    return to_day(text, "--date") or datetime.now(UTC).date()
