"""Dagster's home inside ARB_HOME: storage of run records, and monitoring of runs."""

from pathlib import Path

import sqlalchemy as sa

from arb_pipeline.settings import Settings, lead
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.postgres.embedded import DATABASE
from arb_pipeline.storage.postgres.engine import DatabaseError, connected, ensure_database, with_tls

URL = "ARB_DAGSTER_URL"
LOCAL = """\
# Written by arb; a file of your own in its place is kept.
# Steps write into the run's own log: to capture their output too costs four processes and 0.2 s a step.
compute_logs: {module: dagster.core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
telemetry: {enabled: false}
nux: {enabled: false}
"""
SERVED = f"""\
# Written by arb; a file of your own in its place is kept.
storage: {{postgres: {{postgres_url: {{env: {URL}}}}}}}
run_launcher: {{module: arb_pipeline.defs.shared.run_launcher, class: LocalRunLauncher}}
run_coordinator: {{module: dagster.core.run_coordinator, class: QueuedRunCoordinator}}
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
  cancel_timeout_seconds: 180
  max_runtime_seconds: 14400
  poll_interval_seconds: 15
  free_slots_after_run_end_seconds: 60
# A step that fails is retried by its job's policy, with jitter; a run whose process is lost, by this.
run_retries: {{enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}}
concurrency:
  runs:
    max_concurrent_runs: 4
    tag_concurrency_limits: [{{key: source, limit: 1, value: {{applyLimitPerUniqueValue: true}}}}]
  pools: {{granularity: run, default_limit: 1}}
retention:
  schedule: {{purge_after_days: 90}}
  sensor: {{purge_after_days: {{skipped: 3, success: 30, failure: 90, started: 30}}}}
telemetry: {{enabled: false}}
nux: {{enabled: false}}
"""
MARK = "postgres_url"


def prepare(settings: Settings) -> Path:
    """The folder, ready to be DAGSTER_HOME: run records of the command line and of `arb up` are the same.

    They are in PostgreSQL; in files where the role may not create their database. The setting that
    dagster.yaml names is set in this process.
    """
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists() or config.read_text("utf-8") == LOCAL:
        try:
            lead({URL: records_url(settings)})
        except DatabaseError:
            if not config.exists():
                _write(config, LOCAL)
        else:
            _write(config, SERVED)
    elif MARK in config.read_text("utf-8"):
        lead({URL: records_url(settings)})
    return settings.dagster_home


def serve(settings: Settings) -> Path:
    """The folder, with run records in PostgreSQL from now on. A user's own dagster.yaml is kept."""
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists() or config.read_text("utf-8") == LOCAL:
        _write(config, SERVED)
    return prepare(settings)


def records_url(settings: Settings) -> str:
    """URL of the database of run records beside ours, `dagster` or `OURS_dagster`; created if missing."""
    if settings.dagster_url is not None:
        given = sa.make_url(settings.dagster_url.get_secret_value())
        return with_tls(given, settings.database_tls).render_as_string(hide_password=False)
    with connected(settings) as engine:
        ours = engine.url.database
        # Homes that share a server have a database each, and so run records each.
        name = "dagster" if ours in (None, DATABASE) else f"{ours}_dagster"
        # A run writes hundreds of records, each a commit of its own that would wait 3 ms for the disk.
        url = ensure_database(engine, name, waits_for_disk=False)
    # The driver that dagster-postgres is written for; SQLAlchemy's own default is another.
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def _write(config: Path, text: str) -> None:
    config.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(config) as aside:
        aside.write_text(text, "utf-8")
