"""Prometheus metrics, computed at each scrape from the tables, the landing and the run records."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.core.alerting.changes import RISKS
from arb_pipeline.core.alerting.incidents import RunFact
from arb_pipeline.core.opportunities.lifecycle import analysed_at
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.postgres.alert_queries import newest_analyses, newest_loads, opportunities
from arb_pipeline.storage.postgres.alert_tables import alert_outbox
from arb_pipeline.storage.postgres.queries import loads
from arb_pipeline.storage.postgres.tables import load_ledger
from arb_pipeline.storage.source_ages import source_ages

QUANTILES = (0.25, 0.5, 0.75, 0.9)
KINDS = ("accepted", "duplicate", "quarantined")
Runs = Callable[[], Sequence[RunFact]]


class ArbCollector(Collector):
    """Collector of all metrics of one home. An unreachable database is a metric, not an error."""

    def __init__(
        self,
        settings: Settings,
        engine: sa.Engine,
        runs: Runs,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`runs`: called at each scrape; returns the runs that have ended, oldest first."""
        self._settings, self._engine, self._runs, self._clock = settings, engine, runs, clock

    def describe(self) -> list[Metric]:
        """No static description: the metrics are known at collection."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All metrics, as of now."""
        now = self._clock()
        yield from _sources(self._settings, now)
        yield from _runs(self._runs())
        metrics: list[Metric] = []
        is_up = True
        try:
            with self._engine.connect() as connection:
                metrics += [*_loads(connection, now), *_analyses(connection, now)]
                metrics += [*_opportunities(connection, now), *_outbox(connection, now)]
        except sa.exc.DBAPIError:
            metrics, is_up = [], False
        yield _gauge("arb_database_up", "Whether the database answered this scrape.", [], [([], is_up)])
        yield from metrics


def registry(collector: ArbCollector) -> CollectorRegistry:
    """Registry of the pipeline's metrics, without those of this process."""
    made = CollectorRegistry()
    made.register(collector)
    return made


def write_textfile(path: Path, registry: CollectorRegistry) -> None:
    """Writes the metrics for node_exporter's textfile collector, atomically."""
    with written_whole(path) as aside:
        aside.write_bytes(generate_latest(registry))
        aside.chmod(0o644)


Samples = Sequence[tuple[Sequence[str], float]]


def _gauge(name: str, what: str, labels: Sequence[str], samples: Samples) -> Metric:
    metric = GaugeMetricFamily(name, what, labels=labels)
    for values, value in samples:
        metric.add_metric(values, float(value))
    return metric


def _counter(name: str, what: str, labels: Sequence[str], samples: Samples) -> Metric:
    metric = CounterMetricFamily(name, what, labels=labels)
    for values, value in samples:
        metric.add_metric(values, float(value))
    return metric


def _sources(settings: Settings, now: datetime) -> Iterator[Metric]:
    ages = [([name], hours * 3600) for name, (hours, _) in source_ages(settings, now).items()]
    what = "Age of a source's data: of its newest day if it is daily, else since its last successful fetch."
    yield _gauge("arb_source_age_seconds", what, ["source"], ages)


def _runs(facts: Sequence[RunFact]) -> Iterator[Metric]:
    last = {fact.job: fact for fact in facts}
    good = {fact.job: fact for fact in facts if not fact.has_failed}
    count: dict[tuple[str, bool], int] = {}
    for fact in facts:
        count[fact.job, fact.has_failed] = count.get((fact.job, fact.has_failed), 0) + 1
    jobs = sorted(last)
    what = "runs of a job on record; falls when Dagster purges its records."
    for name, has_failed, how in (("failed", True, "Failed"), ("succeeded", False, "Successful")):
        samples = [([job], count.get((job, has_failed), 0)) for job in jobs]
        yield _counter(f"arb_runs_{name}", f"{how} {what}", ["job"], samples)
    failed = [([job], last[job].has_failed) for job in jobs]
    yield _gauge("arb_last_run_failed", "Whether the newest run of a job failed.", ["job"], failed)
    durations = [([job], s) for job in jobs if (s := last[job].seconds) is not None]
    yield _gauge("arb_run_duration_seconds", "How long the newest run of a job took.", ["job"], durations)
    ended = [([job], f.ended.timestamp()) for job, f in sorted(good.items()) if f.ended]
    what = "When the newest successful run of a job ended."
    yield _gauge("arb_last_success_timestamp_seconds", what, ["job"], ended)


def _loads(connection: sa.Connection, now: datetime) -> Iterator[Metric]:
    table = load_ledger.c
    sums = [sa.func.sum(table[f"rows_{kind}"]).cast(sa.BigInteger) for kind in KINDS]
    query = sa.select(table.source, table.category, *sums).group_by(table.source, table.category)
    rows = [
        ([row.source, row.category, kind], float(row[2 + n]))
        for row in connection.execute(query.order_by(table.source, table.category))
        for n, kind in enumerate(KINDS)
    ]
    what = "Records of all loads by outcome."
    yield _counter("arb_rows", what, ["source", "category", "kind"], rows)
    labels = ["source", "category"]
    shares = [([load.source, load.category], load.share) for load in newest_loads(connection)]
    what = "Share of a source's newest day of records that is in quarantine."
    yield _gauge("arb_quarantined_ratio", what, labels, shares)
    ages = [
        ([row["source"], row["category"]], (now - analysed_at(row["newest_day"])).total_seconds())
        for row in loads(connection).iter_rows(named=True)
    ]
    what = "Age of the newest day of prices in the database, from 20:00 UTC of that day."
    yield _gauge("arb_price_day_age_seconds", what, labels, ages)


def _analyses(connection: sa.Connection, now: datetime) -> Iterator[Metric]:
    newest = newest_analyses(connection, list(CATEGORIES))
    ages = [([game], (now - analysed_at(day)).total_seconds()) for game, day in newest.items()]
    what = "Age of a game's newest analysis, from 20:00 UTC of its day."
    yield _gauge("arb_newest_analysis_age_seconds", what, ["category"], ages)


def _opportunities(connection: sa.Connection, now: datetime) -> Iterator[Metric]:
    """Metrics of actionable opportunities; none once the newest analysis has expired."""
    current = [opportunity for opportunity in opportunities(connection, now) if opportunity.is_current(now)]
    counts = [
        ([game, risk], sum(o.category == game and o.risk == risk for o in current))
        for game in CATEGORIES
        for risk in RISKS
    ]
    what = "Opportunities that are actionable now."
    yield _gauge("arb_opportunities", what, ["category", "risk"], counts)
    margins = {
        game: of_game
        for game in CATEGORIES
        if (of_game := sorted(o.margin_bps / 10_000 for o in current if o.category == game))
    }
    best = [([game], values[-1]) for game, values in margins.items()]
    yield _gauge("arb_best_margin_ratio", "Highest margin among them (0.5 is 50 %).", ["category"], best)
    quantiles = [
        ([game, str(q)], _quantile(values, q)) for game, values in margins.items() for q in QUANTILES
    ]
    what = "Margin that this share of them does not exceed."
    yield _gauge("arb_margin_ratio", what, ["category", "quantile"], quantiles)
    profits = [([game], sum(o.profit_cents for o in current if o.category == game) / 100) for game in margins]
    what = "Expected profit of buying each of them once."
    yield _gauge("arb_expected_profit_dollars", what, ["category"], profits)


def _quantile(ordered: Sequence[float], q: float) -> float:
    """Quantile by nearest rank: one of the values (`ordered`, not empty)."""
    return ordered[max(-(-len(ordered) * round(q * 100) // 100), 1) - 1]


def _outbox(connection: sa.Connection, now: datetime) -> Iterator[Metric]:
    table = alert_outbox.c
    query = sa.select(
        table.kind,
        sa.func.count(),
        sa.func.count().filter(table.attempts > 0),
        sa.func.min(sa.case((table.attempts > 0, table.created_at))),
    ).where(table.status == "pending")
    rows: dict[str, Any] = {row[0]: row for row in connection.execute(query.group_by(table.kind))}
    kinds = ("opportunity", "operations")
    pending = [([kind], rows[kind][1] if kind in rows else 0) for kind in kinds]
    yield _gauge("arb_outbox_pending", "Pending alerts.", ["kind"], pending)
    failing = [([kind], rows[kind][2] if kind in rows else 0) for kind in kinds]
    yield _gauge("arb_outbox_failing", "Alerts that a target has refused so far.", ["kind"], failing)
    oldest = [
        ([kind], (now - rows[kind][3]).total_seconds() if kind in rows and rows[kind][3] else 0.0)
        for kind in kinds
    ]
    what = "Age of the oldest alert that a target has refused; 0 for none."
    yield _gauge("arb_outbox_failing_age_seconds", what, ["kind"], oldest)
    sent = sa.select(table.kind, sa.func.count()).where(table.status == "sent").group_by(table.kind)
    numbers: dict[str, int] = {row[0]: row[1] for row in connection.execute(sent)}
    samples = [([kind], numbers.get(kind, 0)) for kind in kinds]
    yield _counter("arb_alerts_sent", "Sent alerts.", ["kind"], samples)
