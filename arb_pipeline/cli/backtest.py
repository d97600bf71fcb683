"""`arb backtest`: what the forecasts of days gone by came to."""

import json as jsonlib
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Category, CategoryOption, Json, finite, to_day

if TYPE_CHECKING:
    from rich.console import Console

    from arb_pipeline.core.backtest import Findings


def backtest(
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of forecasts.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of forecasts.")
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, help="Days from a forecast to what came of it.")] = 14,
    step: Annotated[int, typer.Option(min=1, help="Only every so many days.")] = 1,
    category: CategoryOption = None,
    published: Annotated[
        bool,
        typer.Option("--published/--all-valued", help="Only what was published, or all that had a margin."),
    ] = False,
    within: Annotated[
        float,
        typer.Option(
            min=0, help="A valuation held if its value later is within so many percent.", callback=finite
        ),
    ] = 10.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="HTML file; default ARB_HOME/reports/backtest-...")
    ] = None,
    json: Json = False,
) -> None:
    """Values days gone by on the prices up to each, and holds them against the prices of a later day.

    All in memory, on the price history of the lake: nothing is written but the report. Without a range: all
    days that have prices and prices a horizon later. Tells how margins turned out, how far confidence and
    P(profit) can be trusted, and how reference prices drift. Exit code 1 when there is not enough history.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.reporting.backtest import backtest_path, write_backtest
    from arb_pipeline.services.backtest import Asked
    from arb_pipeline.services.backtest import backtest as tested
    from arb_pipeline.settings import settings

    first, last = to_day(since, "--from"), to_day(until, "--to")
    if first and last and first > last:
        msg = f"{first} is after {last}."
        raise typer.BadParameter(msg, param_hint="--from")
    asked = Asked(
        categories=[c.value for c in ([category] if category else Category)],
        first=first,
        last=last,
        horizon=horizon,
        step=step,
        within=within / 100,
        is_published_only=published,
    )
    console = render.progress_console(quiet=json)
    started = monotonic()

    def told(game: str, day: date, done: int, total: int) -> None:
        left = timedelta(seconds=round((monotonic() - started) / done * (total - done)))
        console.print(f"{game} {day} ({done} of {total}), {left} left")

    found = tested(settings(), asked, told)
    path = write_backtest((output or backtest_path(settings(), found)).expanduser().resolve(), found)
    if json:
        typer.echo(jsonlib.dumps(found.as_dict() | {"report": str(path)}, indent=1, default=render.plain))
        return
    _summarise(found, render.console())
    typer.echo(path)


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
    for said, rises in (("hold", found.held_rises), ("stay in profit", found.stayed_rises)):
        answer = {True: "yes", False: "no", None: "too few products to tell"}[rises]
        console.print(f"Does a higher confidence {said} more often? {answer}")
