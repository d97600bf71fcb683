"""Liveness of a run's process."""

import os
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus

from arb_pipeline.defs.shared.run_launcher import PROCESS, LocalRunLauncher, is_alive


@dg.op
def nothing() -> None:
    pass


@dg.job
def idle() -> None:
    nothing()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def ended() -> int:
    """The number of a process that is gone."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def health(instance: dg.DagsterInstance, *processes: int, tags: dict[str, str] | None = None) -> WorkerStatus:
    run = instance.create_run_for_job(idle, tags=tags, status=dg.DagsterRunStatus.STARTED)
    for process in processes:
        message = f"Started process for run (pid: {process})."
        instance.report_engine_event(message, run, EngineEventData.in_process(process))
    launcher = LocalRunLauncher()
    launcher.register_instance(instance)
    return launcher.check_run_worker_health(run).status


def test_a_run_whose_process_lives_is_at_work(instance):
    assert health(instance, os.getpid()) is WorkerStatus.RUNNING


def test_a_run_whose_process_is_gone_is_lost(instance):
    assert health(instance, ended()) is WorkerStatus.NOT_FOUND


def test_the_latest_process_counts(instance):
    assert health(instance, ended(), os.getpid()) is WorkerStatus.RUNNING
    assert health(instance, os.getpid(), ended()) is WorkerStatus.NOT_FOUND


def test_a_run_of_the_command_line_is_known_by_its_tag(instance):
    assert health(instance, tags={PROCESS: str(os.getpid())}) is WorkerStatus.RUNNING
    assert health(instance, tags={PROCESS: str(ended())}) is WorkerStatus.NOT_FOUND


def test_a_run_that_names_no_process_is_left_to_its_longest_time(instance):
    assert health(instance) is WorkerStatus.RUNNING


def test_a_process_that_nobody_waited_for_is_no_more():
    process = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(process.pid)
    process.wait()
