"""`arb calibrate`: estimation of the law of movement from the price history of the lake."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.backtest import day_progress
from arb_pipeline.cli.options import CategoryOption, Json, games
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from arb_pipeline.services.calibration import CoverageView, LawCalibrationView

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write the new law to this YAML file, for ARB_PARAMS."),
]


Adopt = Annotated[
    bool,
    typer.Option(
        "--adopt", help="Use the new law from its last day of prices on; it is kept in the home (params/)."
    ),
]


def calibrate(
    category: CategoryOption = None, output: Output = None, adopt: Adopt = False, json: Json = False
) -> None:
    """Estimates the movement of net values up to the sale, and compares it with the law in force.

    All in memory, on the price history of the lake. Shows how often results fell inside the band from p5 to
    p95, how wide the band was, and how laws fitted only to data known at the time performed. Exit code 1 when
    there is not enough history.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import install_entered_parameters
    from arb_pipeline.services import calibration
    from arb_pipeline.settings import settings

    progress = day_progress(render.progress_console(quiet=json))
    install_entered_parameters()
    view = calibration.calibrate(settings(), games(category), progress, output=output, is_adopted=adopt)
    if json:
        echo(render.to_json(view))
    else:
        _print(render.console(), view)


def _print(console: "Console", view: "LawCalibrationView") -> None:
    console.print(
        f"{view.rows:,} forecasts of {view.products:,} products, prices of {view.first} to {view.last}; "
        f"{view.left_out:,} left out, with over 2 % of their value in cards without a price."
    )
    parts = {
        "Law in force": view.before,
        "Law estimated from all days (it has seen what it is measured on)": view.after,
        "Law estimated anew for each day, on what was known then": view.walk_forward,
    }
    for title, rows in parts.items():
        if rows:
            console.print(_table(title, rows))
    if not view.walk_forward:
        console.print("The history is too short to test a law on later days.")
    if view.output is not None:
        console.print(f"Written: {view.output}.")
    if view.adopted is None:
        console.print("The law in force is as before: --adopt puts the new one in its place.")
    else:
        console.print(f"Adopted from {view.last} on: {view.adopted}. Remove the file to undo it.")
    if view.overridden_by is not None:
        console.print(f"{view.overridden_by} (ARB_PARAMS) sets `movement` too, and counts for more.")


def _table(title: str, rows: "Sequence[CoverageView]") -> object:
    from rich.table import Table

    table = Table("Forecasts", title=title, title_justify="left", header_style="bold")
    for column in ("Rows", "Products", "Held", "Below", "Above", "Width", "Constant band", "its width"):
        table.add_column(column, justify="right")
    for row in rows:
        shares = (row.held, row.below, row.above, row.width, row.constant_held, row.constant_width)
        table.add_row(
            row.group, f"{row.rows:,}", f"{row.products:,}", *(f"{100 * share:.1f}%" for share in shares)
        )
    return table
