"""`arb run`: the whole pipeline for a day or a range, from a folder of source dumps."""

import json as jsonlib
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arb_pipeline.cli.options import Category, CategoryOption, DateOption, Json, to_day

if TYPE_CHECKING:
    from arb_pipeline.runner import Run, Step
    from arb_pipeline.stores.data_folder import DataFolder


def run(
    data: Annotated[
        Path | None, typer.Option(help="Folder of source dumps (docs/data-folder.md); default ARB_DATA.")
    ] = None,
    date: DateOption = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of a range.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of a range.")
    ] = None,
    category: CategoryOption = None,
    history: Annotated[
        int, typer.Option(min=0, max=30, help="Also load the prices of up to so many days before.")
    ] = 0,
    json: Json = False,
) -> None:
    """Takes a folder of source dumps through every stage, from landing to ranked opportunities.

    Without a date: the newest day of the folder. Running a day again changes nothing and writes 0 rows.
    Exit code 1 when a day asked for could not be done; the other days of the range are.
    """
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.data_folder import DataFolder

    source = data or settings().data
    if source is None:
        msg = "Name a folder of source dumps, or set ARB_DATA."
        raise typer.BadParameter(msg, param_hint="--data")
    folder = DataFolder(source.expanduser().resolve())
    days = _days(
        folder.days(), folder.root, to_day(date, "--date"), to_day(since, "--from"), to_day(until, "--to")
    )
    categories = [c.value for c in ([category] if category else Category)]
    runs = execute(folder, days, categories, history=history, quiet=json)
    if json:
        typer.echo(jsonlib.dumps([_summary(r) for r in runs], indent=1, default=str))
    if not all(r.success for r in runs):
        raise typer.Exit(1)


def _days(
    there: list[str], root: Path, day: date | None, since: date | None, until: date | None
) -> list[date]:
    """The days asked for; of a range, the days between whether or not they are there: a gap is an error."""
    if day and (since or until):
        msg = "Give --date, or --from and --to."
        raise typer.BadParameter(msg)
    if day:
        return [day]
    if not there:
        msg = f"{root} has no prices: neither tcgcsv/archive/prices-DATE.ppmd.7z nor tcgcsv/raw/DATE/."
        raise typer.BadParameter(msg, param_hint="--data")
    if not since and not until:
        return [date.fromisoformat(there[-1])]
    first = since or date.fromisoformat(there[0])
    last = until or date.fromisoformat(there[-1])
    if first > last:
        msg = f"{first} is after {last}."
        raise typer.BadParameter(msg, param_hint="--from")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def execute(
    folder: "DataFolder", days: list[date], categories: list[str], *, history: int = 0, quiet: bool = False
) -> list["Run"]:
    """Migrates, then runs the catalogue once and each day in order, with progress on standard error.

    `history`: days before the first whose prices are loaded too, where the folder has them.
    """
    from rich.console import Console

    from arb_pipeline.runner import Runner
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.postgres.engine import connect
    from arb_pipeline.stores.postgres.migrate import migrate

    console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
    engine = connect(settings())
    applied = migrate(engine)
    engine.dispose()
    if applied:
        console.print(f"Database migrated to {applied[-1]}")

    def listen(event: "Step | str") -> None:
        if isinstance(event, str):
            console.print(f"  [yellow]! {event}[/]")
        elif not event.asset.startswith(DAILY) or (len(days) == 1 and not history):
            console.print(f"  {event.asset:<42} {_told(event.metadata):<44} {event.seconds:6.1f} s")

    runner = Runner(settings(), data=folder.root, categories=categories, listener=listen)
    console.print(f"Catalogue and contents from {folder.root}")
    runs = [runner.reference_data()]
    _report(console, runs[0])
    if not runs[0].success:
        return runs
    stale: set[date] = set()
    before = [days[0] - timedelta(days=n) for n in range(history, 0, -1)]
    before = [day for day in before if day.isoformat() in set(folder.days())]
    for number, day in enumerate(before, 1):
        console.print(f"{day} (history, {number} of {len(before)})")
        done = runner.prices(day)
        _report(console, done)
        runs.append(done)
    for number, day in enumerate(days, 1):
        console.print(f"{day} ({number} of {len(days)})")
        done = runner.day(day)
        _report(console, done)
        runs.append(done)
        stale |= set(runner.stale_days(day))
    for day in sorted(stale - {days[-1]}):
        if not runner.is_stale(day):
            continue
        console.print(f"{day}: valued again, since prices of an earlier day have changed")
        again = runner.revalue(day)
        _report(console, again)
        runs.append(again)
    return runs


DAILY = ("landing/tcgcsv", "prices/", "valuation/", "opportunities/")


def _told(metadata: dict[str, Any]) -> str:
    """The figures of a step worth a line."""
    names = {
        "dagster/row_count": "rows",
        "rows_written": "written",
        "known": "known",
        "problems": "problems",
        "files": "files",
        "published": "published",
        "held_back": "held back",
    }
    return ", ".join(
        f"{metadata[k]:,} {label}" for k, label in names.items() if isinstance(metadata.get(k), int)
    )


def _report(console: Any, run: "Run") -> None:
    for failure in run.failures:
        console.print(f"  [red]failed:[/] {failure}")
    if not run.success or run.day is None:
        return
    figures = _summary(run)
    parts = []
    if run.job != "revaluation":
        parts.append("{prices:,} prices, {refused:,} refused")
    if run.job != "day_prices":
        parts.append("{valued:,} products valued, {published:,} published")
    parts += ["{rows_written:,} rows written", "{seconds:.1f} s"]
    console.print("  [bold]" + "; ".join(parts).format(**figures) + "[/]")


def _summary(run: "Run") -> dict[str, Any]:
    return {
        "job": run.job,
        "day": run.day,
        "success": run.success,
        "run_id": run.run_id,
        "seconds": round(run.seconds, 2),
        "prices": run.value("prices/tcgplayer/observations", "dagster/row_count"),
        "refused": run.value("prices/tcgplayer/rejected", "dagster/row_count"),
        "valued": run.value("valuation/sealed_valuations", "dagster/row_count"),
        "published": run.value("valuation/sealed_valuations", "published"),
        "rows_written": sum(step.metadata.get("rows_written", 0) for step in run.steps),
        "warnings": run.warnings,
        "failures": run.failures,
    }
