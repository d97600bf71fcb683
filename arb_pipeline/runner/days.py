"""Runs over several days: a whole analysis, a backfill of prices, and days cleaned and loaded again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Protocol

from arb_pipeline.runner.asset_graph import ROWS, Run, Runner, Step
from arb_pipeline.services import ingestion
from arb_pipeline.services.ingestion import Supply
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.lake import DAILY_PRICES, SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate


class RunView(View):
    """One job run, for the terminal and JSON."""

    job: str
    day: date | None
    success: bool
    run_id: str
    seconds: float
    prices: int
    refused: int
    """Rejected records."""
    valued: int
    published: int
    rows_written: int
    unchanged_since: datetime | None
    """Time (UTC) since which nothing of it has changed: it was skipped. None: it ran."""
    warnings: tuple[str, ...]
    failures: tuple[str, ...]


class Report(Protocol):
    """Receives the progress of runs."""

    def heading(self, text: str) -> None:
        """Heading of a stage that begins, or a note."""

    def step(self, step: Step) -> None:
        """An asset was materialised."""

    def warning(self, text: str) -> None:
        """A warning of a run."""

    def run_ended(self, run: Run) -> None:
        """A run of an analysis ended."""

    def quotes_loaded(self, run: Run) -> None:
        """A day of other marketplaces' quotes was loaded, or failed."""

    def prices_loaded(self, run: Run, done: int, total: int) -> None:
        """A day of prices was loaded, or failed: the `done`-th of `total`."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """Days to analyse, with their supply and scope."""

    supply: Supply
    days: Sequence[date]
    categories: Sequence[str]
    history: int | None = 0
    """Days before the first whose prices are loaded too, where the supply has them. None: those of the
    parameters' window that the lake lacks."""
    confirmed: bool = False
    """Let in snapshots with fewer than half the rows of the day before."""
    mart: bool | None = None
    """Publish the mart at the end; None: as the setting says."""
    force: bool = False
    """Also run stages of which nothing has changed."""


def run_view(run: Run) -> RunView:
    """The view of a run."""
    return RunView(
        job=run.job,
        day=run.day,
        success=run.success,
        run_id=run.run_id,
        seconds=round(run.seconds, 2),
        prices=run.count("prices/tcgplayer/observations", ROWS),
        refused=run.count("prices/tcgplayer/rejected", ROWS),
        valued=run.count("valuation/sealed_valuations", ROWS),
        published=run.count("valuation/sealed_valuations", "published"),
        rows_written=run.rows_written,
        unchanged_since=run.unchanged_since,
        warnings=tuple(run.warnings),
        failures=tuple(run.failures),
    )


def analyse(settings: Settings, analysis: Analysis, report: Report) -> list[Run]:
    """Migrates, then runs the catalogue once, quotes, history, each day in order, stale days and the mart.

    Without a catalogue nothing else runs. A day that fails leaves the others.
    """
    if applied := _migrate(settings):
        report.heading(f"Database migrated to {applied[-1]}")
    runner = _runner(
        settings,
        analysis.supply.folder,
        analysis.categories,
        report,
        confirmed=analysis.confirmed,
        force=analysis.force,
    )
    report.heading(f"Catalogue and contents from {analysis.supply}")
    runs = [runner.reference_data()]
    report.run_ended(runs[0])
    if not runs[0].success:
        return runs
    quoted = _load_quotes(settings, runner, report)
    runs += quoted
    runs += _history(settings, runner, analysis, report)
    stale = {day for run in quoted if run.day for day in runner.stale_days(run.day)}
    for number, day in enumerate(analysis.days, 1):
        report.heading(f"{day} ({number} of {len(analysis.days)})")
        runs.append(_ended(runner.day(day), report))
        stale |= set(runner.stale_days(day))
    for day in sorted(stale - {analysis.days[-1]}):
        if runner.is_stale(day):
            report.heading(f"{day}: valued again, since prices that it rests on have changed")
            runs.append(_ended(runner.revalue(day), report))
    if settings.mart if analysis.mart is None else analysis.mart:
        report.heading("Mart")
        runs.append(_ended(runner.mart(), report))
    return runs


def load_days(
    settings: Settings, days: Sequence[date], categories: Sequence[str], folder: Path | None, report: Report
) -> bool:
    """Loads TCGplayer's prices of days that the ledger does not have yet. True: all of them are loaded.

    A home without a catalogue gets one first: prices are kept for the products that it knows.
    """
    _migrate(settings)
    todo = list(days)
    if folder is None:
        with connected(settings) as engine, engine.connect() as connection:
            todo = ingestion.days_to_load(settings, connection, days, categories)
    runner = _runner(settings, folder, categories, report)
    if not Lake(settings.lake).has(SEALED_PRODUCTS):
        report.heading("Catalogue and contents first")
        made = runner.reference_data()
        if not made.success:
            report.run_ended(made)
            return False
    if len(todo) < len(days):
        report.heading(f"{len(days) - len(todo)} of {len(days)} days are loaded already")
    return _load_prices(runner, todo, report)


def reload_days(settings: Settings, days: Sequence[date], categories: Sequence[str], report: Report) -> bool:
    """Cleans and loads days again, of every source, from what has landed. True: all of it worked."""
    _migrate(settings)
    runner = _runner(settings, None, categories, report, force=True)
    landed = set(Landing(settings.landing).days("tcgcsv"))
    is_whole = _load_prices(runner, [day for day in days if day.isoformat() in landed], report)
    quoted = _load_quotes(settings, runner, report, again=days)
    return is_whole and all(run.success for run in quoted)


def _load_prices(runner: Runner, days: Sequence[date], report: Report) -> bool:
    """Loads days of prices; one that fails leaves the others."""
    is_whole = True
    for number, day in enumerate(days, 1):
        run = runner.prices(day)
        report.prices_loaded(run, number, len(days))
        is_whole &= run.success
    return is_whole


def _load_quotes(
    settings: Settings, runner: Runner, report: Report, *, again: Collection[date] | None = None
) -> list[Run]:
    """Loads other marketplaces' quotes that have landed and are not loaded. `again`: of these days all."""
    with connected(settings) as engine, engine.connect() as connection:
        days = ingestion.quote_days(settings, connection, again=again)
    runs = []
    for day in days:
        run = runner.quotes(day)
        report.quotes_loaded(run)
        runs.append(run)
    return runs


def _history(settings: Settings, runner: Runner, analysis: Analysis, report: Report) -> list[Run]:
    """Loads the prices of the days before the first, as far as the supply has them."""
    first, supplied = analysis.days[0], set(analysis.supply.days)
    count = parameters(first, own_files(settings)).prices.window_days - 1
    reach = count if analysis.history is None else analysis.history
    days = [day for n in range(reach, 0, -1) if (day := first - timedelta(days=n)) in supplied]
    if analysis.history is None:
        lake = Lake(settings.lake)
        loaded = [set(lake.days(DAILY_PRICES, category)) for category in analysis.categories]
        days = [day for day in days if not all(day in of_game for of_game in loaded)]
    runs, started = [], monotonic()
    for number, day in enumerate(days, 1):
        left = (monotonic() - started) / (number - 1) * (len(days) - number + 1) if number > 1 else None
        remaining = f", about {left:.0f} s left" if left else ""
        report.heading(f"{day} (history, {number} of {len(days)}{remaining})")
        runs.append(_ended(runner.prices(day), report))
    return runs


def _ended(run: Run, report: Report) -> Run:
    report.run_ended(run)
    return run


def _runner(
    settings: Settings,
    folder: Path | None,
    categories: Sequence[str],
    report: Report,
    *,
    confirmed: bool = False,
    force: bool = False,
) -> Runner:
    def listen(event: Step | str) -> None:
        if isinstance(event, str):
            report.warning(event)
        else:
            report.step(event)

    return Runner(
        settings, data=folder, categories=categories, listener=listen, confirmed=confirmed, force=force
    )


def _migrate(settings: Settings) -> list[str]:
    """Versions of the schema that were applied."""
    with connected(settings) as engine:
        return migrate(engine)
