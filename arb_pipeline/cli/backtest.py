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

    from arb_pipeline.core.backtest import Findings

Since = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of forecasts.")]
Until = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of forecasts.")]
Horizon = Annotated[
    int, typer.Option(min=1, max=MOST_DAYS, help="Days from a forecast to the prices it is compared with.")
]
Step = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Only every so many days.")]
Published = Annotated[
    bool,
    typer.Option("--published/--all-valued", help="Only what was published, or all that had a margin."),
]
Within = Annotated[
    float,
    typer.Option(
        min=0, help="A valuation held if its value later is within so many percent.", callback=finite
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
    output: Output = None,
    json: Json = False,
) -> None:
    """Values past days on the prices up to each, and compares them with the prices of a later day.

    All in memory, on the price history of the lake: nothing is written but the report. Without a range: all
    days that have prices and prices a horizon later. Shows how margins turned out, how far confidence and
    P(profit) can be trusted, and how reference prices drift. Exit code 1 when there is not enough history.
    """
    from dataclasses import asdict

    from arb_pipeline.cli import render
    from arb_pipeline.services import backtest as service
    from arb_pipeline.settings import settings

    first, last = to_day(since, "--from"), to_day(until, "--to")
    if first and last and first > last:
        msg = f"{first} is after {last}."
        raise typer.BadParameter(msg, param_hint="--from")
    request = service.BacktestRequest(games(category), first, last, horizon, step, within / 100, published)
    progress = day_progress(render.progress_console(quiet=json))
    done = service.reported(settings(), request, progress, output=output)
    if json:
        echo(render.to_json(asdict(done.findings) | {"report": str(done.report)}))
    else:
        _summarise(done.findings, render.console())
        echo(done.report)


def day_progress(console: "Console") -> Callable[[str, date, int, int], None]:
    """Prints each day that is done, and the time left."""
    started = monotonic()

    def listen(game: str, day: date, done: int, total: int) -> None:
        left = timedelta(seconds=round((monotonic() - started) / done * (total - done)))
        console.print(f"{game} {day} ({done} of {total}), {left} left")

    return listen


def _summarise(found: "Findings", console: "Console") -> None:
    """The main figures; the report has all of them."""
    from rich.table import Table

    from arb_pipeline.cli.render import percent

    scope = found.scope
    console.print(
        f"{found.rows:,} forecasts of {found.products:,} products, {scope.first} to {scope.last}, held "
        f"against the prices {scope.horizon} days later. Forecasts of one product are nearly one observation."
    )
    table = Table("Forecasts", header_style="bold")
    for column in ("Rows", "Products", "Margin, median", "Realised, median", "In profit later"):
        table.add_column(column, justify="right")
    for g in found.groups:
        margins = (percent(g.forecast_median / 100, 1), percent(g.realised_median / 100, 1))
        table.add_row(g.name, f"{g.rows:,}", f"{g.products:,}", *margins, percent(g.in_profit * 100, 1))
    console.print(table)
    for name, brier in found.brier.items():
        skill = "-" if brier.skill.value is None else f"{brier.skill.value:.3f}"
        console.print(
            f"P(profit), {name} ({brier.products:,} products): "
            f"Brier score {brier.score.value:.4f}, skill {skill}"
        )
    for outcome, rises in (("hold", found.held_rises), ("stay in profit", found.stayed_rises)):
        answer = {True: "yes", False: "no", None: "too few products to tell"}[rises]
        console.print(f"Does a higher confidence {outcome} more often? {answer}")
