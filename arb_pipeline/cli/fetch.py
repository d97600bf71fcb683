"""`arb fetch`: spiders into landing, with progress, and what landed."""

import json as jsonlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arb_pipeline.cli.options import Category, CategoryOption, DateOption, Json, to_priced_day
from arb_pipeline.contracts.sources import SOURCES

if TYPE_CHECKING:
    from rich.console import Console

    from arb_pipeline.fetching.crawls import Fetched

AT_ONCE = 4
"""Sources fetched side by side. Hosts take turns all the same: one request to each at a time."""
EVERYTHING = "all"
STYLE = {"landed": "green", "unchanged": "dim", "not configured": "yellow", "failed": "red"}


def fetch(
    sources: Annotated[
        list[str],
        typer.Argument(help=f"'{EVERYTHING}', or any of: {', '.join(SOURCES)}.", metavar="SOURCE..."),
    ],
    category: CategoryOption = None,
    date: DateOption = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of a range (tcgcsv).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of a range (tcgcsv).")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="What a spider takes beside, e.g. query='Play Booster Box'; repeatable.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Fetches sources over the network into immutable landing packages.

    At least 2 seconds between two requests to a host. What has not changed is not fetched again. Exit code 0
    only when every source asked for has landed or was unchanged; of 'all', those that are configured.
    """
    from arb_pipeline.cli import render

    names, is_all = _names(sources, category)
    days = _days(to_priced_day(date, "--date"), to_priced_day(since, "--from"), to_priced_day(until, "--to"))
    archived = [name for name in names if SOURCES[name].is_archived]
    if days and not archived:
        msg = f"Only the newest day can be asked of {', '.join(names)}. Leave the date out."
        raise typer.BadParameter(msg, param_hint="--date")
    categories = [category.value] if category else [c.value for c in Category]
    console = render.progress_console(quiet=json)
    done = fetch_all(names, categories=categories, days=days, options=_options(option or []), console=console)
    if json:
        typer.echo(jsonlib.dumps([_summary(fetched) for fetched in done], indent=1))
    wanted = [f for f in done if not (is_all and f.status == "not configured")]
    if not wanted or not all(fetched.is_good for fetched in wanted):
        raise typer.Exit(1)


def fetch_all(
    names: Sequence[str] | str,
    *,
    categories: Sequence[str],
    days: Sequence[date],
    options: Mapping[str, Sequence[str]],
    console: "Console",
) -> list["Fetched"]:
    """Fetches sources (or 'all' of the categories) side by side; one that fails leaves the others."""
    from arb_pipeline.fetching.crawls import Fetched, fetch
    from arb_pipeline.fetching.watchlist import watched
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.lake import Lake

    def one(name: str) -> Fetched:
        def listen(event: Mapping[str, Any]) -> None:
            if event["event"] == "answer":
                progress.update(task, advance=1, description=name, last=event["url"])
            elif event["event"] == "wait":
                console.print(f"  {name}: waiting {event['seconds']:.0f} s for {event['host']}")

        task = progress.add_task(name, total=None, last="")
        try:
            fetched = fetch(
                name,
                settings=settings(),
                days=days if SOURCES[name].is_archived else (),
                categories=[c for c in categories if c in SOURCES[name].categories],
                options=options or watched(Lake(settings().lake), name, categories),
                listener=listen,
            )
        except (OSError, ValueError) as error:
            fetched = Fetched(name, "failed", str(error))
        progress.remove_task(task)
        console.print(_line(fetched))
        return fetched

    if names == EVERYTHING:
        names = _of(categories)
    with _progress(console) as progress, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, names))


def _progress(console: "Console") -> Any:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<20} {task.completed:>5.0f} answers"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[last]}"),
    )
    return Progress(*columns, console=console, transient=True)


def _names(asked: list[str], category: Category | None) -> tuple[list[str], bool]:
    unknown = sorted(set(asked) - set(SOURCES) - {EVERYTHING})
    if unknown:
        msg = f"{', '.join(unknown)}: no such source. There are: {', '.join(SOURCES)}, and '{EVERYTHING}'."
        raise typer.BadParameter(msg, param_hint="SOURCE")
    if EVERYTHING not in asked:
        return list(dict.fromkeys(asked)), False
    return _of([category.value] if category else list(Category)), True


def _of(categories: Sequence[str]) -> list[str]:
    return [name for name, source in SOURCES.items() if set(source.categories) & set(categories)]


def _days(day: date | None, since: date | None, until: date | None) -> list[date]:
    if day and (since or until):
        msg = "Give --date, or --from and --to."
        raise typer.BadParameter(msg)
    if bool(since) != bool(until):
        msg = "A range has a --from and a --to."
        raise typer.BadParameter(msg)
    if since and until:
        if since > until:
            msg = f"{since} is after {until}."
            raise typer.BadParameter(msg, param_hint="--from")
        return [since + timedelta(days=n) for n in range((until - since).days + 1)]
    return [day] if day else []


def _options(texts: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            msg = f"{text!r} is no NAME=VALUE."
            raise typer.BadParameter(msg, param_hint="--option")
        options.setdefault(name, []).append(value)
    return options


def _line(fetched: "Fetched") -> str:
    """One line for people: what came, and how much of it."""
    from rich.markup import escape

    style = STYLE[fetched.status]
    parts = ", ".join(dict.fromkeys(p.part for p in fetched.packages))
    days = parts if len(fetched.packages) <= 1 else f"{len(fetched.packages)} days"
    counts = ", ".join(f"{n:,} {kind}" for kind, n in fetched.counts.items() if n)
    size = f"{fetched.stats.get('bytes', 0) / 1e6:,.1f} MB"
    time = f"{fetched.stats.get('seconds', 0):.1f} s"
    what = f"{days}  {counts}  {size}  {time}" if fetched.is_good else escape(fetched.reason)
    warned = "".join(f"\n    [yellow]![/] {escape(w)}" for w in fetched.warnings)
    return f"  {fetched.source:<20} [{style}]{fetched.status:<14}[/] {what}{warned}"


def _summary(fetched: "Fetched") -> dict[str, Any]:
    return {
        "source": fetched.source,
        "status": fetched.status,
        "reason": fetched.reason,
        "packages": [
            {"part": p.part, "package_id": p.package_id, "new": p.is_new, "path": str(p.root)}
            for p in fetched.packages
        ],
        "records": dict(fetched.counts),
        "stats": dict(fetched.stats),
        "warnings": list(fetched.warnings),
    }
