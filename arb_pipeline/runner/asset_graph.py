"""Runs jobs of the asset graph in this process, with progress and failures in words."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache, cached_property
from pathlib import Path
from time import monotonic
from typing import Any

import dagster as dg

from arb_pipeline.core.alerting.incidents import RunFact
from arb_pipeline.definitions import defs
from arb_pipeline.defs.shared.partitions import DAYS, refusal_of
from arb_pipeline.defs.shared.progress import NAME as PROGRESS
from arb_pipeline.defs.shared.run_launcher import PROCESS, is_alive
from arb_pipeline.defs.shared.run_records import run_facts
from arb_pipeline.runner.repeats import Repeats, report_unchanged, run_alone
from arb_pipeline.services.stages import Scope, Stage
from arb_pipeline.settings import Settings
from arb_pipeline.storage import logs, staleness
from arb_pipeline.storage.dagster_home import prepare
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import window_days

ROWS = "dagster/row_count"
"""Metadata: rows of the asset's table."""
RECYCLED_AFTER = 3600
"""Seconds that a connection to the Dagster tables is kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """One asset that was materialised."""

    job: str
    asset: str
    seconds: float
    metadata: Mapping[str, object]

    def count(self, name: str) -> int:
        """A figure of its metadata; 0 where it has none."""
        value = self.metadata.get(name, 0)
        return value if isinstance(value, int) else 0


@dataclass(slots=True)
class Run:
    """Result of one job run, with its steps."""

    job: str
    day: date | None
    run_id: str
    success: bool
    seconds: float
    steps: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unchanged_since: datetime | None = None
    """End of the run whose results stand (UTC): this one was skipped. None: it ran."""

    def metadata(self, asset: str) -> Mapping[str, object]:
        """Metadata of one of its assets; empty where it was not materialised."""
        return next((step.metadata for step in self.steps if step.asset == asset), {})

    def count(self, asset: str, name: str) -> int:
        """A figure of one of its assets; 0 where it has none."""
        return next((step.count(name) for step in self.steps if step.asset == asset), 0)

    @property
    def rows_written(self) -> int:
        """Rows that its steps inserted or changed in the database."""
        return sum(step.count("rows_written") for step in self.steps)

    @property
    def quotes(self) -> int:
        """Quotes of other marketplaces that its steps cleaned."""
        return sum(step.count(ROWS) for step in self.steps if step.asset.endswith("/quotes"))


Listener = Callable[[Step | str], None]
"""Receives every step as it ends, and every warning."""


class Runner:
    """Runs jobs for one data folder and scope."""

    def __init__(
        self,
        settings: Settings,
        *,
        data: Path | None,
        categories: Sequence[str],
        listener: Listener,
        confirmed: bool = False,
        force: bool = False,
    ) -> None:
        """`data`: folder to land from, None for what has landed already. `confirmed`: also what shrank.

        `force`: no stage is skipped.
        """
        logs.configure(settings)
        self._settings = settings
        self._lake = Lake(settings.lake)
        scope = Scope(data or settings.data, tuple(categories), confirmed)
        self._repeats = Repeats(settings, scope, force=force)
        self._reach = window_days(settings)
        self._categories = list(categories)
        self._listener = listener
        self._config = {
            "resources": {
                "workspace": {
                    "config": {
                        "data": str(data) if data else "",
                        "fetch": False,
                        "categories": self._categories,
                        "confirmed": confirmed,
                    }
                },
                "io_manager": {"config": {"categories": self._categories}},
            },
            "loggers": {"progress": {}},
        }

    def reference_data(self) -> Run:
        """Catalogue and contents, unless unchanged."""
        return self._unless_unchanged("reference_data", None, Stage.REFERENCE_DATA)

    def day(self, day: date) -> Run:
        """One day's prices, valuations and opportunities, unless unchanged."""
        return self._unless_unchanged("daily_analysis", day, Stage.PRICES, Stage.ANALYSIS)

    def prices(self, day: date) -> Run:
        """One day's prices alone, as history, unless unchanged."""
        return self._unless_unchanged("day_prices", day, Stage.PRICES)

    def quotes(self, day: date) -> Run:
        """Quotes of the other marketplaces on a day that has landed."""
        return self._run("market_quotes", day)

    def mart(self) -> Run:
        """The mart of what is in the tables now: built, checked, published, unless unchanged."""
        return self._unless_unchanged("mart", None, Stage.MART)

    def stale_days(self, changed: date) -> list[date]:
        """Valued days from `changed` on that rest on prices newer than their valuation."""
        return staleness.stale_days(self._lake, changed, self._categories, self._reach)

    def revalue(self, day: date) -> Run:
        """Values a day again on the prices at hand."""
        return self._recorded("revaluation", day, Stage.ANALYSIS)

    def is_stale(self, day: date) -> bool:
        """Has a day of its window prices or quotes newer than its valuation?"""
        return staleness.is_stale(self._lake, day, self._categories, self._reach)

    @cached_property
    def _instance(self) -> dg.DagsterInstance:
        instance = open_instance(self._settings)
        _close_killed_runs(instance)
        return instance

    def _unless_unchanged(self, job: str, day: date | None, *stages: Stage) -> Run:
        """The job's run; where its stages are unchanged, the figures of the run whose results stand."""
        started = monotonic()
        records = self._repeats.unchanged(stages, day)
        if not records:
            return self._recorded(job, day, *stages)
        if Stage.MART in stages and (why := self._repeats.grant_mart()):
            self._listener(why)
        report_unchanged(self._instance, records)
        steps = [
            Step(job, asset, 0.0, figures) for record in records for asset, figures in record.figures.items()
        ]
        since = max(record.made_at for record in records)
        with logs.context(job=job, day=day.isoformat() if day else None):
            logs.logger().info("unchanged", since=since.isoformat(), run_id=records[-1].run_id)
        seconds = monotonic() - started
        return Run(job, day, records[-1].run_id, True, seconds, steps, unchanged_since=since)  # noqa: FBT003

    def _recorded(self, job: str, day: date | None, *stages: Stage) -> Run:
        """Runs a job and, where it succeeds, records its stages."""
        with self._repeats.recording(stages, day) as succeeded:
            began = datetime.now(UTC)
            run = self._run(job, day)
            if run.success and run_alone(self._instance, run.run_id, since=began):
                succeeded(run.run_id, {step.asset: step.metadata for step in run.steps})
        return run

    def _run(self, job: str, day: date | None) -> Run:
        started = monotonic()
        if day and not DAYS.has_partition_key(day.isoformat()):
            return Run(job, day, "", success=False, seconds=0.0, failures=[refusal_of(day)])
        warnings: list[str] = []
        steps: list[Step] = []
        with (
            logs.context(job=job, day=day.isoformat() if day else None),
            _listening(steps, warnings, self._listener),
        ):
            result = (
                _definitions()
                .resolve_job_def(job)
                .execute_in_process(
                    run_config=self._config,
                    instance=self._instance,
                    partition_key=day.isoformat() if day else None,
                    raise_on_error=False,
                    tags={PROCESS: str(os.getpid())},
                )
            )
        if any(map(_is_interrupt, result.all_events)):
            raise KeyboardInterrupt  # Dagster makes a failure of Ctrl-C, after which the next day would run
        failures = [_failure(event) for event in result.all_events if event.is_step_failure]
        if not result.success and not failures:
            failures = [
                f"run {result.run_id} ended without a result; run it again, or read it in the UI (make dev)"
            ]
        seconds = monotonic() - started
        with logs.context(run_id=result.run_id, job=job, day=day.isoformat() if day else None):
            for failure in failures:
                logs.logger().error("failure", why=failure)
            logs.logger().info("run ended", success=result.success, seconds=round(seconds, 2))
        return Run(job, day, result.run_id, result.success, seconds, steps, warnings, failures)


def recent_runs(settings: Settings) -> list[RunFact]:
    """The runs of this home that have ended, of late, in the order in which they did."""
    with open_instance(settings) as instance:
        return run_facts(instance)


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The home's Dagster instance, over connections that stay open.

    By default its storages connect once per event: 1,900 times in a run of one day, half of its time.
    """
    instance = dg.DagsterInstance.from_config(str(prepare(settings)))
    instance.optimize_for_webserver(statement_timeout=0, pool_recycle=RECYCLED_AFTER, max_overflow=4)
    return instance


def _close_killed_runs(instance: dg.DagsterInstance) -> None:
    """Marks runs of ours whose process is gone as failed: a kill -9 leaves them started for ever."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        process = record.dagster_run.tags.get(PROCESS)
        if process and not is_alive(int(process)):
            instance.report_run_failed(record.dagster_run, f"its process {process} was killed")


@cache
def _definitions() -> dg.Definitions:
    return defs()


class _Events(logging.Handler):
    """Turns a run's log records into steps and warnings."""

    def __init__(self, steps: list[Step], warnings: list[str], listener: Listener) -> None:
        super().__init__(logging.DEBUG)
        self._steps, self._warnings, self._listener = steps, warnings, listener
        self._started: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        meta: dict[str, Any] = getattr(record, "dagster_meta", {})
        event = meta.get("dagster_event")
        if event is None:
            if record.levelno >= logging.WARNING:
                message = str(meta.get("orig_message", record.getMessage()))
                logs.logger().warning(
                    "warning", run_id=meta.get("run_id"), step=meta.get("step_key"), why=message
                )
                self._warnings.append(message)
                self._listener(message)
        elif event.is_step_start:
            self._started[event.step_key] = monotonic()
        elif event.is_step_materialization:
            materialization = event.step_materialization_data.materialization
            metadata = {
                name: getattr(value, "value", value) for name, value in materialization.metadata.items()
            }
            seconds = monotonic() - self._started.get(event.step_key, monotonic())
            step = Step(event.job_name, "/".join(materialization.asset_key.path), seconds, metadata)
            self._steps.append(step)
            figures = {name: value for name, value in metadata.items() if isinstance(value, int | bool)}
            labelled = {name.rpartition("/")[2]: value for name, value in figures.items()}
            logs.logger().info("materialised", asset=step.asset, seconds=round(seconds, 3), **labelled)
            self._listener(step)


@contextmanager
def _listening(steps: list[Step], warnings: list[str], listener: Listener) -> Iterator[None]:
    handler = _Events(steps, warnings, listener)
    logger = logging.getLogger(PROGRESS)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _is_interrupt(event: dg.DagsterEvent) -> bool:
    """Did Ctrl-C or SIGTERM end the step or the run?"""
    if event.event_type is dg.DagsterEventType.RUN_CANCELED:
        return True
    data = event.event_specific_data if event.is_failure else None
    error = getattr(data, "error", None)
    while error:
        if error.cls_name in {"DagsterExecutionInterruptedError", "KeyboardInterrupt"}:
            return True
        error = error.cause
    return False


def _failure(event: dg.DagsterEvent) -> str:
    """Failed step and reason in one line: our own failures as they are written, others by their cause."""
    data = event.step_failure_data
    if data.user_failure_data and data.user_failure_data.description:
        return str(data.user_failure_data.description)
    error = data.error
    while error and error.cause:
        error = error.cause
    why = error.message.strip() if error else "no reason was recorded"
    if error and (error.cls_name or "").startswith("Dagster"):
        why = why.partition(f"{error.cls_name}: ")[2] or why  # its class tells nobody anything
    return f"{event.step_key}: {why}"
