"""Run launcher: Dagster's default, with a check that a run's process is alive."""

import os

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher

PROCESS = "arb/process"
"""Tag of a run that the command line executes: its process."""


class LocalRunLauncher(DefaultRunLauncher):
    """For code server, daemon and runs on one machine (`run_launcher` in dagster.yaml).

    Dagster's own launcher cannot detect that a run's process was killed: the run stayed STARTED until
    `max_runtime_seconds`, holding its pools. Run monitoring uses this launcher, and fails such a run.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Health of a run: whether the process that it recorded at its start is alive."""
        process = int(run.tags[PROCESS]) if PROCESS in run.tags else self._worker(run.run_id)
        # A run that names no process is left to `max_runtime_seconds`: unknown would fail it at once.
        if process is None or is_alive(process):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, f"its process {process} is gone")

    def _worker(self, run_id: str) -> int | None:
        """The process of the latest event that says one started."""
        events = self._instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        for entry in reversed(events):
            event = entry.dagster_event
            if event and event.message and event.message.startswith("Started process for run"):
                return int(event.engine_event_data.metadata["pid"].value)
        return None


def is_alive(process: int) -> bool:
    """True if a process exists and has not ended; a zombie process has ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as stat:  # noqa: PTH123
            return stat.read().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return True
