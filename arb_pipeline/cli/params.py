"""`arb params`: parameters on a day, and the check of a parameter file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json, to_day
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from arb_pipeline.services.parameters import ParameterView

app = typer.Typer(
    help="Parameters: fees, postage and guards, with unit, source and date of the last check.",
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
    from arb_pipeline.cli import render
    from arb_pipeline.services import parameters
    from arb_pipeline.settings import settings

    parameter_views = parameters.listed(settings(), _day(date), group=group)
    if json:
        echo(render.to_json(list(parameter_views)))
    else:
        _print(parameter_views)


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="Parameter file to check; that of ARB_PARAMS by default.")
    ] = None,
    date: Day = None,
) -> None:
    """Checks FILE, or the one of ARB_PARAMS, for every day that it names; and how old all figures are.

    Exit code 1 when anything in it is wrong: each fault is listed with key, value and what is allowed.
    Figures not checked for a year are warnings.
    """
    from arb_pipeline.services import parameters
    from arb_pipeline.settings import settings

    parameter_views = parameters.check(settings(), _day(date), file)
    for fault in parameter_views.faults:
        echo(fault, err=True)
    if parameter_views.faults:
        raise typer.Exit(1)
    for entry in parameter_views.unchecked:
        echo(
            f"warning: {entry.group}.{entry.key} was last checked on {entry.checked_on}: {entry.source}",
            err=True,
        )
    changed = ", ".join(f"{entry.group}.{entry.key} = {_text(entry.value)}" for entry in parameter_views.own)
    shipped = "The shipped parameters are sound; ARB_PARAMS is not set."
    echo(f"{parameter_views.path}: sound. {changed}" if parameter_views.path else shipped)


def _print(parameter_views: "Sequence[ParameterView]") -> None:
    from rich.table import Table

    from arb_pipeline.cli import render

    table = Table(header_style="bold", row_styles=["", "dim"])
    for name in ("Parameter", "Value", "Unit", "Source", "Checked on"):
        table.add_column(name, overflow="fold")
    for entry in parameter_views:
        table.add_row(
            f"{entry.group}.{entry.key}",
            render.safe(_text(entry.value)) + (" [green](yours)[/]" if entry.is_own else ""),
            render.safe(entry.unit),
            render.safe(entry.source),
            str(entry.checked_on or "-"),
        )
    render.console().print(table)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(item)}" for name, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _day(text: str | None) -> "date":
    return to_day(text, "--date") or datetime.now(UTC).date()
