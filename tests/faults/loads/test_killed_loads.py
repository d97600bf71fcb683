"""Loads killed with -9 at random points, again and again: the tables of an undisturbed load."""

import random
import time
from collections import Counter

import pytest
from load_bench import Bench, Kept

pytestmark = pytest.mark.faults

SEED = 20260404
KILLS = 100
STAGES = ("landing", "cleaning", "saving")
SHARE = 0.3
"""Of the time of an undisturbed load: a worker is killed at most so much later, and so gets some days on."""


def test_a_load_killed_at_a_hundred_points_leaves_the_tables_of_an_undisturbed_load(
    bench: Bench, undisturbed: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each worker goes on where the one before was killed; once all days are in, it starts from nothing."""
    draw, killed_at, rounds = random.Random(SEED), Counter[str](), 0
    started = time.monotonic()
    worker = bench.worker()
    worker.join()
    assert worker.exitcode == 0
    most = SHARE * (time.monotonic() - started)
    packages = bench.landed()
    assert bench.kept() == undisturbed
    bench.empty()
    started = time.monotonic()
    while killed_at.total() < KILLS:
        worker = bench.worker()
        worker.join(draw.uniform(0, most))
        worker.kill()
        worker.join()
        if worker.exitcode == -9:
            killed_at[bench.stage() if (bench.home / "stages").exists() else "starting"] += 1
            continue
        assert worker.exitcode == 0
        assert bench.kept() == undisturbed
        assert bench.landed() == packages
        rounds += 1
        bench.empty()
    worker = bench.worker()
    worker.join()
    assert worker.exitcode == 0
    assert bench.kept() == undisturbed
    assert bench.landed() == packages
    with capsys.disabled():
        seconds = time.monotonic() - started
        print(f"\n{killed_at.total()} kills in {rounds + 1} loads, {seconds:.0f} s: {dict(killed_at)}")  # noqa: T201 - the figures of the run
    assert all(killed_at[stage] for stage in STAGES), "kills fell into every stage"


def test_a_whole_load_over_again_writes_nothing(bench: Bench, undisturbed: Kept) -> None:
    assert bench.load() > 0
    assert bench.load() == 0
    assert bench.kept() == undisturbed
    assert bench.agrees()
