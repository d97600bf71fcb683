"""`arb backfill`: days gone by into the price history, resumable, with the time that is left."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.fetch import fetch_all
from arb_pipeline.cli.loading import load_days
from arb_pipeline.cli.options import Category, CategoryOption, to_priced_day
from arb_pipeline.cli.run import days_between
from arb_pipeline.contracts.sources import SOURCES

if TYPE_CHECKING:
    from rich.console import Console


def backfill(
    source: Annotated[str, typer.Argument(help="A source with archives: tcgcsv.")],
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="First day.")],
    until: Annotated[str, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day.")],
    data: Annotated[
        Path | None, typer.Option(help="Take the archives from this folder instead of fetching them.")
    ] = None,
    category: CategoryOption = None,
) -> None:
    """Fetches the archives of a range of days and loads their prices as history.

    What has landed is not fetched again, what is loaded is not loaded again: run it again after any
    interruption. Exit code 1 when a day of the range could not be loaded; the others are.
    """
    from arb_pipeline.cli import render

    if source not in SOURCES or not SOURCES[source].is_archived:
        archived = ", ".join(name for name, each in SOURCES.items() if each.is_archived)
        msg = f"{source!r} has no archives. There are: {archived}."
        raise typer.BadParameter(msg, param_hint="SOURCE")
    first, last = to_priced_day(since, "--from"), to_priced_day(until, "--to")
    if first is None or last is None or first > last:
        msg = f"{first} is after {last}."
        raise typer.BadParameter(msg, param_hint="--from")
    categories = [category.value] if category else [c.value for c in Category]
    days = days_between(first, last)
    console = render.progress_console()
    folder = data.expanduser().resolve() if data else None
    missing = _fetched(source, days, categories, console) if folder is None else set()
    todo = [day for day in days if day not in missing]
    if not load_days(todo, categories, folder, console) or missing:
        raise typer.Exit(1)


def _fetched(source: str, days: list[date], categories: list[str], console: "Console") -> set[date]:
    """Fetches the days that have not landed; the days that did not come."""
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.landing import Landing

    landed = set(Landing(settings().landing).days(source))
    wanted = [day for day in days if day.isoformat() not in landed]
    if not wanted:
        return set()
    console.print(f"Fetching {len(wanted)} of {len(days)} days")
    fetch_all([source], categories=categories, days=wanted, options={}, console=console)
    landed = set(Landing(settings().landing).days(source))
    return {day for day in wanted if day.isoformat() not in landed}
