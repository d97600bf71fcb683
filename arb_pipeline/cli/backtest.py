"""`arb backtest`: forecasts of past days against the prices of later days."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import MOST_DAYS, CategoryOption, Json, finite, games, to_day
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from rich.console import Console

Since = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of forecasts.")]
Until = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of forecasts.")]
Horizon = Annotated[
    int, typer.Option(min=1, max=MOST_DAYS, help="Days from a forecast to the prices it is compared with.")
]
Step = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Interval between days of forecasts, in days.")]
Published = Annotated[
    bool,
    typer.Option("--published/--all-valued", help="Only published products, or all with a margin."),
]
Within = Annotated[
    float,
    typer.Option(
        min=0, help="Tolerance in percent within which a later value counts as held.", callback=finite
    ),
]
Law = Annotated[
    bool,
    typer.Option(
        "--walk-forward/--law-in-force",
        help="Law of movement: estimated anew for each day on what was known then, or the one in force.",
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="HTML file; default ARB_HOME/reports/backtest-...")
]


def backtest(
    since: Since = None,
    until: Until = None,
    horizon: Horizon = 14,
    step: Step = 1,
    category: CategoryOption = None,
    published: Published = False,
    within: Within = 10.0,
    walk_forward: Law = True,
    output: Output = None,
    json: Json = False,
) -> None:
    """Values past days on the prices up to each, and compares them with the prices of a later day.

    All in memory, on the price history of the lake: only the report and its figures are written. Without a
    range: all days that have prices and prices a horizon later. Shows how margins turned out, how far bands,
    confidence and P(profit) can be trusted, what each rank chose, and how reference prices drift. Exit code 1
    when there is not enough history.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.cli.backtest_view import summarise
    from arb_pipeline.cli.database import install_entered_parameters
    from arb_pipeline.services import backtest as service
    from arb_pipeline.settings import settings

    first, last = to_day(since, "--from"), to_day(until, "--to")
    if first and last and first > last:
        msg = f"{first} is after {last}."
        raise typer.BadParameter(msg, param_hint="--from")
    request = service.BacktestRequest(
        games(category), first, last, horizon, step, within / 100, published, walk_forward
    )
    progress = day_progress(render.progress_console(quiet=json))
    install_entered_parameters()
    done = service.reported(settings(), request, progress, output=output)
    if json:
        echo(render.to_json(done))
    else:
        summarise(done, render.console())
        echo(done.report)


def day_progress(console: "Console") -> Callable[[str, date, int, int], None]:
    """Prints each day that is done, and the time left."""
    started = monotonic()

    def listen(game: str, day: date, done: int, total: int) -> None:
        left = timedelta(seconds=round((monotonic() - started) / done * (total - done)))
        console.print(f"{game} {day} ({done} of {total}), {left} left")

    return listen
