"""`arb run`: the whole pipeline for a day or a range, from the sources or from a folder of their dumps."""

import json as jsonlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arb_pipeline.cli.options import Category, CategoryOption, DateOption, Json, check_priced, to_priced_day

if TYPE_CHECKING:
    from rich.console import Console

    from arb_pipeline.runner import Run, Runner, Step


def run(
    data: Annotated[
        Path | None, typer.Option(help="Folder of source dumps (docs/data-folder.md); default ARB_DATA.")
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch every configured source first (`arb fetch all`).")
    ] = False,
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
    confirmed: Annotated[
        bool,
        typer.Option("--confirmed", help="Let in days with fewer than half the prices of the day before."),
    ] = False,
    mart: Annotated[
        bool | None,
        typer.Option("--mart/--no-mart", help="Publish the mart at the end? Default: ARB_MART, else yes."),
    ] = None,
    json: Json = False,
) -> None:
    """Takes what the sources tell through every stage, from landing to ranked opportunities.

    From a folder of dumps (--data), from the network (--fetch), else from what has landed before.
    Without a date: the newest day there is. Running a day again changes nothing and writes 0 rows.
    Exit code 1 when a day asked for could not be done; the other days of the range are.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.cli.fetch import fetch_all

    wanted = Span(to_priced_day(date, "--date"), to_priced_day(since, "--from"), to_priced_day(until, "--to"))
    categories = [c.value for c in ([category] if category else Category)]
    console = render.progress_console(quiet=json)
    is_whole = True
    if fetch:
        if data:
            msg = "Give --data or --fetch: a run takes its sources from one place."
            raise typer.BadParameter(msg, param_hint="--fetch")
        fetched = fetch_all(
            "all", categories=categories, days=wanted.to_fetch(history), options={}, console=console
        )
        is_whole = all(f.is_good or f.status == "not configured" for f in fetched)
    supply = Supply.of(data, is_fetched=fetch)
    runs = execute(
        supply,
        wanted.days(supply),
        categories,
        history=history,
        console=console,
        confirmed=confirmed,
        mart=mart,
    )
    if json:
        typer.echo(jsonlib.dumps([_summary(r) for r in runs], indent=1, default=str))
    if not is_whole or not all(r.success for r in runs):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class Supply:
    """Where a run's price days come from: a folder, or the landing."""

    folder: Path | None
    days: list[str]
    """The days there are, in order."""

    @classmethod
    def of(cls, data: Path | None, *, is_fetched: bool) -> "Supply":
        """The folder named, or that of ARB_DATA, or what has landed. Without any day: wrong usage."""
        from arb_pipeline.settings import settings
        from arb_pipeline.storage.data_folder import DataFolder
        from arb_pipeline.storage.landing import Landing

        source = None if is_fetched else data or settings().data
        if source is None:
            days = Landing(settings().landing).days("tcgcsv")
            if not days:
                msg = "No prices have landed. Fetch them (--fetch), or name a folder of dumps (ARB_DATA)."
                raise typer.BadParameter(msg, param_hint="--data")
            return cls(None, days)
        folder = DataFolder(source.expanduser().resolve())
        if not folder.days():
            msg = (
                f"{folder.root} has no prices: neither tcgcsv/archive/prices-DATE.ppmd.7z "
                "nor tcgcsv/raw/DATE/."
            )
            raise typer.BadParameter(msg, param_hint="--data")
        return cls(folder.root, folder.days())

    def __str__(self) -> str:
        return str(self.folder or "what has landed")


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for."""

    day: date | None
    since: date | None
    until: date | None

    def __post_init__(self) -> None:
        if self.day and (self.since or self.until):
            msg = "Give --date, or --from and --to."
            raise typer.BadParameter(msg)

    def days(self, supply: Supply) -> list[date]:
        """Of a range, the days between whether or not they are there: a gap is an error."""
        if self.day:
            return [self.day]
        first = self.since or date.fromisoformat(supply.days[0 if self.until else -1])
        last = self.until or date.fromisoformat(supply.days[-1])
        for day in (first, last):
            check_priced(day, "--data")
        if first > last:
            msg = f"{first} is after {last}."
            raise typer.BadParameter(msg, param_hint="--from")
        return days_between(first, last)

    def to_fetch(self, history: int) -> list[date]:
        """The days to fetch, with those before them; none is the newest alone."""
        if not self.day and not self.since and not self.until and not history:
            return []
        last = self.day or self.until
        if not last:
            msg = "To fetch more than the newest day, say which: --date, or --from and --to."
            raise typer.BadParameter(msg, param_hint="--fetch")
        return days_between((self.day or self.since or last) - timedelta(days=history), last)


def days_between(first: date, last: date) -> list[date]:
    """All days from the first to the last."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def execute(
    supply: Supply,
    days: list[date],
    categories: list[str],
    *,
    console: "Console",
    history: int = 0,
    confirmed: bool = False,
    mart: bool | None = None,
) -> list["Run"]:
    """Migrates, then runs the catalogue once and each day in order, with progress on standard error.

    `history`: days before the first whose prices are loaded too, where there are any. `mart`: publish it at
    the end? None: as the setting says.
    """
    from arb_pipeline.cli.loading import load_quotes
    from arb_pipeline.cli.render import safe
    from arb_pipeline.runner import Runner
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.engine import connected
    from arb_pipeline.storage.postgres.migrate import migrate

    with connected(settings()) as engine:
        applied = migrate(engine)
    if applied:
        console.print(f"Database migrated to {applied[-1]}")

    def listen(event: "Step | str") -> None:
        if isinstance(event, str):
            console.print(f"  [yellow]! {safe(event)}[/]")
        elif not event.asset.startswith(DAILY) or (len(days) == 1 and not history):
            console.print(f"  {event.asset:<42} {_told(event.metadata):<44} {event.seconds:6.1f} s")

    runner = Runner(
        settings(), data=supply.folder, categories=categories, listener=listen, confirmed=confirmed
    )
    console.print(f"Catalogue and contents from {supply}")
    runs = [runner.reference_data()]
    _report(console, runs[0])
    if not runs[0].success:
        return runs
    quoted = load_quotes(runner, console)
    runs += quoted
    stale = {day for run in quoted if run.day for day in runner.stale_days(run.day)}
    before = [days[0] - timedelta(days=n) for n in range(history, 0, -1)]
    before = [day for day in before if day.isoformat() in set(supply.days)]
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
        console.print(f"{day}: valued again, since prices that it rests on have changed")
        again = runner.revalue(day)
        _report(console, again)
        runs.append(again)
    return runs + _mart(runner, console, wanted=settings().mart if mart is None else mart)


def _mart(runner: "Runner", console: "Console", *, wanted: bool) -> list["Run"]:
    """Publishes what is in the tables now."""
    if not wanted:
        return []
    console.print("Mart")
    done = runner.mart()
    _report(console, done)
    return [done]


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
    from arb_pipeline.cli.render import safe

    for failure in run.failures:
        console.print(f"  [red]failed:[/] {safe(failure)}")
    if run.success and run.job == "mart":
        rows, name = (
            run.value("mart/published", "dagster/row_count"),
            run.value("mart/published", "read_by", ""),
        )
        console.print(f"  [bold]published, {rows:,} rows, read by {name}; {run.seconds:.1f} s[/]")
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
