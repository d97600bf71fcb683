"""Loads what has landed into the price history: by days, with progress, and only what is not loaded yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from arb_pipeline.runner import Run, Runner, Step
    from arb_pipeline.storage.landing import Landing

ARCHIVED = "tcgplayer"
"""What the loads of TCGCSV's archives are called in the ledger."""


@dataclass(slots=True)
class Pace:
    """How fast days are loaded, and how long the rest will take."""

    total: int
    started: float = field(default_factory=monotonic)
    done: int = 0
    rows: int = 0

    def add(self, rows: int) -> str:
        """Counts a day; the rate so far and the time left."""
        self.done += 1
        self.rows += rows
        seconds = monotonic() - self.started
        left = timedelta(seconds=round(seconds / self.done * (self.total - self.done)))
        return f"{self.rows / seconds:,.0f} rows/s, {left} left"


def load_days(days: Sequence[date], categories: list[str], folder: Path | None, console: "Console") -> bool:
    """Loads TCGplayer's prices of days that the ledger does not have yet. Were all of them loaded?

    A home without a catalogue gets one first: prices are kept for the products that it knows.
    """
    from arb_pipeline.cli.render import safe
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake

    loaded = _loaded()
    landing, runner = _landing(), _runner(folder, categories, console)
    if not Lake(settings().lake).has(SEALED_PRODUCTS):
        console.print("Catalogue and contents first")
        made = runner.reference_data()
        if not made.success:
            console.print(f"[red]failed:[/] {safe('; '.join(made.failures))}")
            return False

    def is_loaded(day: date) -> bool:
        if folder is not None or day.isoformat() not in landing.days("tcgcsv"):
            return False
        package = landing.latest("tcgcsv", part=day.isoformat()).package_id
        return all((ARCHIVED, category, day, package) in loaded for category in categories)

    todo = [day for day in days if not is_loaded(day)]
    if len(todo) < len(days):
        console.print(f"{len(days) - len(todo)} of {len(days)} days are loaded already")
    pace = Pace(len(todo))
    return _all(_told(runner.prices(day), pace, console) for day in todo)


def load_quotes(runner: "Runner", console: "Console", *, again: Iterable[date] | None = None) -> list["Run"]:
    """Loads what the other marketplaces said on the days that have landed and are not loaded yet.

    `again`: days to load whether or not they are.
    """
    from arb_pipeline.cli.render import safe
    from arb_pipeline.storage.marketplace_files import to_load

    loaded = {(day, package) for *_, day, package in _loaded()} if again is None else set()
    landed = to_load(_landing(), loaded)
    runs = []
    for day in sorted(landed if again is None else landed.keys() & set(again)):
        run = runner.quotes(day)
        runs.append(run)
        quotes = sum(s.metadata.get("dagster/row_count", 0) for s in run.steps if s.asset.endswith("/quotes"))
        written = sum(s.metadata.get("rows_written", 0) for s in run.steps)
        console.print(f"{day}: {quotes:,} quotes of other marketplaces, {written:,} rows written")
        for failure in run.failures:
            console.print(f"  [red]failed:[/] {safe(failure)}")
    return runs


def reload_days(days: Sequence[date], categories: list[str], console: "Console") -> bool:
    """Cleans and loads days again, of every source, from what has landed. Did all of it work?"""
    _migrate()
    runner, pace = _runner(None, categories, console), Pace(len(days))
    landed = set(_landing().days("tcgcsv"))
    archived = [day for day in days if day.isoformat() in landed]
    is_whole = _all(_told(runner.prices(day), pace, console) for day in archived)
    return is_whole and all(run.success for run in load_quotes(runner, console, again=days))


def _all(outcomes: Iterable[bool]) -> bool:
    """Whether all are true, without stopping at one that is not."""
    return all(list(outcomes))


def _told(run: "Run", pace: Pace, console: "Console") -> bool:
    from arb_pipeline.cli.render import safe

    counts: dict[str, Any] = {
        name: run.value(f"prices/{ARCHIVED}/{asset}", "dagster/row_count")
        for name, asset in (("accepted", "observations"), ("refused", "rejected"))
    }
    rate = pace.add(counts["accepted"] + counts["refused"])
    head = f"{run.day} ({pace.done} of {pace.total})"
    if run.success:
        written = run.value("prices/price_history", "rows_written")
        console.print(
            f"{head} {counts['accepted']:,} prices, {counts['refused']:,} refused, "
            f"{written:,} rows written, {run.seconds:.1f} s; {rate}"
        )
    else:
        console.print(f"{head} [red]failed:[/] {safe('; '.join(run.failures))}")
    return run.success


def _runner(folder: Path | None, categories: list[str], console: "Console") -> "Runner":
    from arb_pipeline.cli.render import safe
    from arb_pipeline.runner import Runner
    from arb_pipeline.settings import settings

    def listen(event: "Step | str") -> None:
        if isinstance(event, str):
            console.print(f"  [yellow]! {safe(event)}[/]")

    return Runner(settings(), data=folder, categories=categories, listener=listen)


def _landing() -> "Landing":
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.landing import Landing

    return Landing(settings().landing)


def _migrate() -> None:
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres.engine import connected
    from arb_pipeline.storage.postgres.migrate import migrate

    with connected(settings()) as engine:
        migrate(engine)


def _loaded() -> set[tuple[str, str, date, str]]:
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres import queries
    from arb_pipeline.storage.postgres.engine import connected
    from arb_pipeline.storage.postgres.migrate import migrate

    with connected(settings()) as engine:
        migrate(engine)
        with engine.connect() as connection:
            return queries.loaded_packages(connection)
