"""`arb run`: the whole pipeline for a day or a range, from the sources or from a folder of their dumps."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, DateOption, Json, games, is_priced, to_priced_day
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    import datetime as dt

    from rich.console import Console

Data = Annotated[
    Path | None, typer.Option(help="Folder of source dumps (docs/data-folder.md); default ARB_DATA.")
]
Fetch = Annotated[
    bool, typer.Option("--fetch", help="Fetch every configured source first (`arb fetch all`).")
]
Since = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of a range.")]
Until = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of a range.")]
History = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=30,
        help="Also load the prices of the N days before, reloading those already loaded (0: none). Default: "
        "only the days of the last 30 that are not loaded yet.",
    ),
]
Confirmed = Annotated[
    bool, typer.Option("--confirmed", help="Accept days with fewer than half the prices of the day before.")
]
Mart = Annotated[
    bool | None,
    typer.Option("--mart/--no-mart", help="Publish the mart at the end? Default: ARB_MART, else yes."),
]
Force = Annotated[
    bool, typer.Option("--force", help="Run every stage, even those whose inputs have not changed.")
]


def run(
    data: Data = None,
    fetch: Fetch = False,
    date: DateOption = None,
    since: Since = None,
    until: Until = None,
    category: CategoryOption = None,
    history: History = None,
    confirmed: Confirmed = False,
    mart: Mart = None,
    force: Force = False,
    json: Json = False,
) -> None:
    """Runs every stage on the sources' data, from landing to ranked opportunities.

    From a folder of dumps (--data), from the network (--fetch), else from what has landed before.
    Without a date: the newest day there is. A stage whose inputs and results have not changed is skipped.
    Exit code 1 when a requested day could not be done; the other days of the range are.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.cli.run_progress import ConsoleReport
    from arb_pipeline.runner import days as runner
    from arb_pipeline.services import ingestion
    from arb_pipeline.settings import settings

    span = ingestion.Span(*map(to_priced_day, (date, since, until), ("--date", "--from", "--to")))
    console = render.progress_console(quiet=json)
    is_whole = not fetch or _fetch(span.to_fetch(history or 0), games(category), data, console)
    supply = ingestion.supply_of(settings(), data, is_fetched=fetch, is_priced=is_priced)
    for name in supply.stray:
        echo(f"Warning: {name} is left out: there can be no prices of that day.", err=True)
    days = span.days(supply)
    analysis = runner.Analysis(supply, days, games(category), history, confirmed, mart, force)
    report = ConsoleReport(console, shows_days=len(days) == 1)
    runs = runner.analyse(settings(), analysis, report)
    if json:
        echo(render.to_json([runner.run_view(done) for done in runs]))
    if not is_whole or not all(done.success for done in runs):
        raise typer.Exit(1)


def _fetch(days: "list[dt.date]", categories: list[str], data: Path | None, console: "Console") -> bool:
    """Fetches all configured sources. True: each has landed or was unchanged."""
    from arb_pipeline.cli.fetch import EVERYTHING, fetch_all
    from arb_pipeline.services import ingestion

    if data:
        msg = "Give --data or --fetch: a run takes its sources from one place."
        raise typer.BadParameter(msg, param_hint="--fetch")
    names = ingestion.source_names([EVERYTHING], categories)
    views = fetch_all(names, categories=categories, days=days, console=console)
    return all(view.is_good or view.status == "not configured" for view in views)
