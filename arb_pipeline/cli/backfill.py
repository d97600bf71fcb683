"""`arb backfill`: resumable load of past days into the price history."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, days_of_range, games

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from rich.console import Console

Data = Annotated[
    Path | None, typer.Option(help="Take the archives from this folder instead of fetching them.")
]


def backfill(
    source: Annotated[str, typer.Argument(help="A source with archives: tcgcsv.")],
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day.")],
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day.")],
    data: Data = None,
    category: CategoryOption = None,
) -> None:
    """Fetches the archives of a range of days and loads their prices as history.

    What has landed is not fetched again, what is loaded is not loaded again: run it again after any
    interruption. Exit code 1 when a day of the range could not be loaded; the others are.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.cli.run_progress import ConsoleReport
    from arb_pipeline.runner.days import load_days
    from arb_pipeline.services import ingestion
    from arb_pipeline.settings import settings

    ingestion.check_archived(source)
    days, categories = days_of_range(None, since, until), games(category)
    console = render.progress_console()
    folder = ingestion.supply_of(settings(), data).folder if data else None
    missing = set() if folder else set(_fetch(source, days, categories, console))
    todo = [day for day in days if day not in missing]
    report = ConsoleReport(console, shows_steps=False)
    if not load_days(settings(), todo, categories, folder, report) or missing:
        raise typer.Exit(1)


def _fetch(source: str, days: "Sequence[date]", categories: list[str], console: "Console") -> "list[date]":
    """Fetches the days that have not landed; the days that did not come."""
    from arb_pipeline.cli.fetch import fetch_all
    from arb_pipeline.services import ingestion
    from arb_pipeline.settings import settings

    wanted = ingestion.missing_days(settings(), source, days)
    if wanted:
        console.print(f"Fetching {len(wanted)} of {len(days)} days")
        fetch_all([source], categories=categories, days=wanted, console=console)
    return ingestion.missing_days(settings(), source, wanted)
