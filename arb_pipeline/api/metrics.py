"""Metrics of the API for Prometheus: of one process, or of all worker processes of a server together.

Worker processes count into files of the folder that PROMETHEUS_MULTIPROC_DIR names, and prometheus_client
adds them up. It reads the variable when it is imported.
"""

import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy.exc import SQLAlchemyError

from arb_pipeline.api.context import Context
from arb_pipeline.settings import lead, metrics_folder

SESSIONS = "SELECT count(*) FROM sessions WHERE ended_at IS NULL AND expires_at > now()"


class Metrics:
    """Counts of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        labels = ["method", "route"]
        self.requests = Counter(
            "arb_api_requests", "Requests answered.", [*labels, "status"], registry=registry
        )
        self.seconds = Histogram(
            "arb_api_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            labels,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.under_way = _gauge(registry, "arb_api_requests_under_way", "Requests under way.")
        self._cache = Counter("arb_api_cache", "Look-ups in the cache.", ["result"], registry=registry)
        self._pool = _gauge(registry, "arb_api_pool_connections", "Connections for reads.", ["state"])
        self._waiting = _gauge(registry, "arb_api_pool_waiting", "Requests that wait for a connection.")
        self._redis = Gauge(
            "arb_api_redis_up",
            "1: Redis answers. 0: it does not, or there is none.",
            registry=registry,
            multiprocess_mode="livemin",
        )
        self._failures = Counter(
            "arb_api_redis_failures", "Calls that Redis did not answer.", registry=registry
        )
        self.sessions = Gauge(
            "arb_api_sessions",
            "Sessions that are open.",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._counted = (0, 0, 0)
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answer and its time."""
        series = self._series.get((method, route, status))
        if series is None:
            # Kept: labels() checks and converts each label anew.
            series = self.requests.labels(method, route, str(status)), self.seconds.labels(method, route)
            self._series[method, route, status] = series
        series[0].inc()
        series[1].observe(seconds)

    def observe(self, context: Context) -> None:
        """Takes over the state of cache, pool and Redis. Call it in the event loop."""
        counts, stats = context.memory.counts, context.read.get_stats()
        now = (counts.hits, counts.misses, counts.redis_failures)
        counters = (self._cache.labels("hit"), self._cache.labels("miss"), self._failures)
        for counter, value, before in zip(counters, now, self._counted, strict=True):
            counter.inc(value - before)
        self._counted = now
        size, free = stats.get("pool_size", 0), stats.get("pool_available", 0)
        self._pool.labels("used").set(max(size - free, 0))
        self._pool.labels("free").set(free)
        self._waiting.set(stats.get("requests_waiting", 0))
        self._redis.set(context.memory.is_shared)


def _gauge(registry: CollectorRegistry, name: str, meaning: str, labels: list[str] | None = None) -> Gauge:
    return Gauge(name, meaning, labels or [], registry=registry, multiprocess_mode="livesum")


def metrics_text(metrics: Metrics, context: Context) -> bytes:
    """The metrics of this server as Prometheus reads them, after `observe`. Call it in a thread."""
    metrics.sessions.set(_sessions(context))
    folder = metrics_folder()
    if not folder:
        return generate_latest(metrics.registry)
    _forget_ended(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def _sessions(context: Context) -> float:
    """Open sessions; NaN while the database does not answer."""
    try:
        with context.engine.connect() as connection:
            return float(connection.exec_driver_sql(SESSIONS).scalar_one())
    except SQLAlchemyError:
        return math.nan


def _forget_ended(folder: Path) -> None:
    """Drops the gauges of processes that have ended; what they counted stays."""
    for pid in {file.stem.rpartition("_")[2] for file in folder.glob("gauge_live*.db")}:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]


@contextmanager
def shared() -> Iterator[None]:
    """Worker processes that start within count together."""
    with tempfile.TemporaryDirectory(prefix="arb-metrics-") as folder:
        lead({"PROMETHEUS_MULTIPROC_DIR": folder})
        yield
