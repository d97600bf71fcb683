"""Progress of runs and fetches in the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from arb_pipeline.cli.render import safe

if TYPE_CHECKING:
    from rich.console import Console

    from arb_pipeline.runner import Run, Step
    from arb_pipeline.services.ingestion import FetchEvent, FetchView

DAILY = ("landing/tcgcsv", "prices/", "valuation/", "opportunities/")
"""Assets of a day: shown one by one in a run of a single day, without those of its history."""
HISTORY = "day_prices"
"""Job that loads one day's prices alone."""
FIGURES = {
    "dagster/row_count": "rows",
    "rows_written": "written",
    "known": "known",
    "problems": "problems",
    "files": "files",
    "published": "published",
    "outliers": "outliers",
}
"""Metadata of a step that is shown, and its label."""
STAGES = {
    "reference_data": "catalogue and contents",
    "daily_analysis": "prices and valuations",
    HISTORY: "prices",
}
"""Job -> what it makes."""
STYLE = {"landed": "green", "unchanged": "dim", "not configured": "yellow", "failed": "red"}


@dataclass(slots=True)
class Pace:
    """Rate at which days are loaded, and the time left."""

    started: float = field(default_factory=monotonic)
    rows: int = 0

    def add(self, rows: int, done: int, total: int) -> str:
        """Counts a day's rows; the rate so far and the time left."""
        self.rows += rows
        seconds = monotonic() - self.started
        left = timedelta(seconds=round(seconds / done * (total - done)))
        return f"{self.rows / seconds:,.0f} rows/s, {left} left"


class ConsoleReport:
    """Prints the progress of runs (`runner.days.Report`)."""

    def __init__(self, console: "Console", *, shows_days: bool = False, shows_steps: bool = True) -> None:
        """`shows_days`: also the assets of days, without those of history. `shows_steps`: assets at all."""
        self._console, self._pace = console, Pace()
        self._shows_days, self._shows_steps = shows_days, shows_steps

    def heading(self, text: str) -> None:
        """Prints what begins, or a note."""
        self._console.print(text)

    def step(self, step: "Step") -> None:
        """Prints an asset with its figures."""
        is_hidden = step.asset.startswith(DAILY) and (not self._shows_days or step.job == HISTORY)
        if self._shows_steps and not is_hidden:
            figures = ", ".join(
                f"{value:,} {label}"
                for name, label in FIGURES.items()
                if isinstance(value := step.metadata.get(name), int)
            )
            self._console.print(f"  {step.asset:<42} {figures:<44} {step.seconds:6.1f} s")

    def warning(self, text: str) -> None:
        """Prints a warning."""
        self._console.print(f"  [yellow]! {safe(text)}[/]")

    def run_ended(self, run: "Run") -> None:
        """Prints the failures of a run, or its figures."""
        self._failures(run)
        if run.unchanged_since is not None:
            what = STAGES.get(run.job, run.job)
            self._console.print(f"  {what} unchanged since {run.unchanged_since:%Y-%m-%d %H:%M} UTC, skipped")
        elif run.success and run.job == "mart":
            rows = run.count("mart/published", "dagster/row_count")
            reader = run.metadata("mart/published").get("read_by", "")
            self._console.print(f"  [bold]published, {rows:,} rows, read by {reader}; {run.seconds:.1f} s[/]")
        if run.success and run.day is not None:
            self._console.print(f"  [bold]{_figures(run)}[/]")

    def quotes_loaded(self, run: "Run") -> None:
        """Prints a day's quotes of other marketplaces."""
        written = f"{run.rows_written:,} rows written"
        self._console.print(f"{run.day}: {run.quotes:,} quotes of other marketplaces, {written}")
        self._failures(run)

    def prices_loaded(self, run: "Run", done: int, total: int) -> None:
        """Prints a day's prices, the rate and the time left."""
        accepted = run.count("prices/tcgplayer/observations", "dagster/row_count")
        rejected = run.count("prices/tcgplayer/rejected", "dagster/row_count")
        rate = self._pace.add(accepted + rejected, done, total)
        head = f"{run.day} ({done} of {total})"
        if run.success:
            written = run.count("prices/price_history", "rows_written")
            self._console.print(
                f"{head} {accepted:,} prices, {rejected:,} refused, "
                f"{written:,} rows written, {run.seconds:.1f} s; {rate}"
            )
        else:
            self._console.print(f"{head} [red]failed:[/] {safe('; '.join(run.failures))}")

    def _failures(self, run: "Run") -> None:
        for failure in run.failures:
            self._console.print(f"  [red]failed:[/] {safe(failure)}")


def _figures(run: "Run") -> str:
    """The figures of a day's run, as its job has them."""
    from arb_pipeline.runner.days import run_view

    view = run_view(run)
    parts = []
    if run.job != "revaluation":
        parts.append(f"{view.prices:,} prices, {view.refused:,} refused")
    if run.job != HISTORY:
        parts.append(f"{view.valued:,} products valued, {view.published:,} published")
    return "; ".join([*parts, f"{view.rows_written:,} rows written", f"{view.seconds:.1f} s"])


@contextmanager
def fetch_listener(console: "Console") -> Iterator[Callable[["FetchEvent"], None]]:
    """A listener of `ingestion.fetch_sources` that shows running crawls, and prints what each came to."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<20} {task.completed:>5.0f} answers"),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[last]}"),
    )
    tasks: dict[str, TaskID] = {}

    def listen(event: "FetchEvent") -> None:
        name = event.source
        if event.kind == "started":
            tasks[name] = progress.add_task(name, total=None, last="")
        elif event.kind == "answer":
            progress.update(tasks[name], advance=1, last=event.url)
        elif event.kind == "wait":
            console.print(f"  {name}: waiting {event.seconds:.0f} s for {event.host}")
        elif event.result is not None:
            progress.remove_task(tasks.pop(name))
            console.print(_fetched(event.result))

    with Progress(*columns, console=console, transient=True) as progress:
        yield listen


def _fetched(view: "FetchView") -> str:
    """One line per source: days, records, size and time, or the reason of a failure."""
    style = STYLE[view.status]
    parts = ", ".join(dict.fromkeys(package.part for package in view.packages))
    days = parts if len(view.packages) <= 1 else f"{len(view.packages)} days"
    counts = ", ".join(f"{n:,} {kind}" for kind, n in view.records.items() if n)
    size = f"{view.stats.get('bytes', 0) / 1e6:,.1f} MB"
    time = f"{view.stats.get('seconds', 0):.1f} s"
    result = f"{days}  {counts}  {size}  {time}" if view.is_good else safe(view.reason)
    warned = "".join(f"\n    [yellow]![/] {safe(warning)}" for warning in view.warnings)
    return f"  {view.source:<20} [{style}]{view.status:<14}[/] {result}{warned}"
