"""`arb fetch`: fetches sources into landing packages."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import CategoryOption, DateOption, Json, days_of_range, games, to_priced_day
from arb_pipeline.cli.terminal import echo
from arb_pipeline.contracts.sources import SOURCES

if TYPE_CHECKING:
    from rich.console import Console

    from arb_pipeline.services.ingestion import FetchView

EVERYTHING = "all"
Sources = Annotated[
    list[str], typer.Argument(help=f"'{EVERYTHING}', or any of: {', '.join(SOURCES)}.", metavar="SOURCE...")
]
Since = Annotated[
    str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of a range (tcgcsv).")
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of a range (tcgcsv).")
]
Options = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Option of a spider, e.g. query='Play Booster Box'; repeatable."),
]


def fetch(
    sources: Sources,
    category: CategoryOption = None,
    date: DateOption = None,
    since: Since = None,
    until: Until = None,
    option: Options = None,
    json: Json = False,
) -> None:
    """Fetches sources over the network into immutable landing packages.

    At least 2 seconds between two requests to a host. Unchanged data is not fetched again. Exit code 0
    only when every requested source has landed or was unchanged; of 'all', those that are configured.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.services import ingestion

    categories = games(category)
    names = ingestion.source_names(sources, categories)
    days = days_of_range(to_priced_day(date, "--date"), since, until)
    ingestion.check_days(names, days)
    options = _options(option or [])
    console = render.progress_console(quiet=json)
    done = fetch_all(names, categories=categories, days=days, options=options, console=console)
    if json:
        echo(render.to_json(list(done)))
    is_all = EVERYTHING in sources
    wanted = [view for view in done if not (is_all and view.status == "not configured")]
    if not wanted or not all(view.is_good for view in wanted):
        raise typer.Exit(1)


def fetch_all(
    names: Sequence[str],
    *,
    categories: Sequence[str],
    console: "Console",
    days: Sequence[date] = (),
    options: Mapping[str, Sequence[str]] | None = None,
) -> "tuple[FetchView, ...]":
    """Fetches sources side by side, with progress."""
    from arb_pipeline.cli.run_progress import fetch_listener
    from arb_pipeline.services import ingestion
    from arb_pipeline.settings import settings

    with fetch_listener(console) as listener:
        return ingestion.fetch_sources(
            settings(), names, categories=categories, days=days, options=options, listener=listener
        )


def _options(texts: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            msg = f"{text!r} is no NAME=VALUE."
            raise typer.BadParameter(msg, param_hint="--option")
        options.setdefault(name, []).append(value)
    return options
