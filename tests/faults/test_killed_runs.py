"""`arb run` killed with -9 at moments spread over it, then run again: the tables of an undisturbed run."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))

from arb_command import CLOCK, Arb, home_of
from folder import DAY, DECK, Folder, before

pytestmark = pytest.mark.faults

MOMENTS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)
"""Of the length of an undisturbed run: in imports and initdb, the catalogue, the first day, the second."""
Hashes = dict[str, tuple[int, str]]


@dataclass
class Undisturbed:
    """Result and duration of an undisturbed run."""

    data: Path
    hashes: Hashes
    seconds: float


def _arguments(data: Path) -> tuple[object, ...]:
    return ("run", "--data", data, "--from", before(1), "--to", DAY, "--history", 1)


@pytest.fixture(scope="module")
def undisturbed(place: Path) -> Iterator[Undisturbed]:
    """Two days with one of history. The deck's offer moves, so that the second day's opportunity differs."""
    folder = Folder(place / "data").write()
    folder.archive(before(2))
    folder.archive(before(1))
    folder.archive(DAY, {(DECK, "Normal"): (26.00, 28.00, 27.00)})
    with home_of(place, "undisturbed") as arb:
        started = time.monotonic()
        arb(*_arguments(folder.root))
        seconds = time.monotonic() - started
        yield Undisturbed(folder.root, arb.hashes(without=CLOCK), seconds)


def killed(arb: Arb, data: Path, after: float) -> int | None:
    """Starts a run and kills it so many seconds later; its exit code, -9 when it was still at it."""
    arb.home.mkdir(exist_ok=True)
    with (arb.home.parent / f"{arb.home.name}.log").open("ab") as log:
        process = subprocess.Popen(
            arb.command(*_arguments(data)), env=arb.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_after_a_kill_leaves_the_tables_of_an_undisturbed_run(
    place: Path, undisturbed: Undisturbed, moment: float
) -> None:
    for share in (moment, 0.7 * moment, 0.5 * moment):
        with home_of(place, f"killed_at_{share:.3f}") as arb:
            if killed(arb, undisturbed.data, share * undisturbed.seconds) != -9:
                continue  # it ended sooner than the undisturbed one did
            arb(*_arguments(undisturbed.data))
            assert arb.hashes(without=CLOCK) == undisturbed.hashes
            return
    pytest.fail("every run ended before it could be killed")


def test_a_run_killed_again_and_again_gets_there(place: Path, undisturbed: Undisturbed) -> None:
    """In one home, at ever later moments; the last attempt is left alone."""
    with home_of(place, "killed_often") as arb:
        for moment in MOMENTS:
            killed(arb, undisturbed.data, moment * undisturbed.seconds)
        arb(*_arguments(undisturbed.data))
        assert arb.hashes(without=CLOCK) == undisturbed.hashes


def test_a_second_run_kills_nothing_of_the_results(place: Path, undisturbed: Undisturbed) -> None:
    """Killed in a run that has nothing new to say, over results that stand: they stand."""
    with home_of(place, "killed_later") as arb:
        arb(*_arguments(undisturbed.data))
        whole = arb.hashes()
        for moment in (0.5, 0.8):
            killed(arb, undisturbed.data, moment * undisturbed.seconds)
            assert arb.hashes() == whole
