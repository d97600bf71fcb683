"""Metrics of a home for Prometheus: computed at each scrape from database, landing and Dagster's records."""

from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from arb_pipeline.core.alerting.incidents import RunFact
from arb_pipeline.reporting.metrics import ArbCollector, registry, write_textfile
from arb_pipeline.settings import Settings


def collected(
    settings: Settings, engine: sa.Engine, runs: Callable[[], Sequence[RunFact]]
) -> CollectorRegistry:
    """The metrics of a home. `runs`: ended runs, oldest first."""
    return registry(ArbCollector(settings, engine, runs))


def write(metrics: CollectorRegistry, path: Path) -> None:
    """Writes them to a file for node_exporter, whole or not at all."""
    write_textfile(path, metrics)
