"""Sides that run in turns: wall-clock and CPU time of each, and how much longer one takes than another."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time
from typing import Any

from benchmarks import timing

HEADER = ("what", "prices", "best, s", "median, s", "CPU, s", "ratio", "CPU ratio", "target", "")


@dataclass(slots=True)
class Runs:
    """Last result of one side, and wall-clock and CPU seconds of each of its runs."""

    result: Any = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def over(self, other: "Runs") -> tuple[float, float]:
        """Ratio to the times of another, run by run: wall-clock, CPU."""
        pairs = (
            zip(own, others, strict=True) for own, others in ((self.wall, other.wall), (self.cpu, other.cpu))
        )
        wall, cpu = (statistics.median(own / others for own, others in both) for both in pairs)
        return wall, cpu


def in_turns(works: dict[str, Callable[[], Callable[[], Any]]], repeats: int) -> dict[str, Runs]:
    """The runs of each; a round prepares, untimed, and runs every one."""
    done = {name: Runs() for name in works}
    for _ in range(repeats):
        for name, prepare in works.items():
            work, runs = prepare(), done[name]
            before = process_time()
            runs.result, once = timing.timed(work, repeats=1)
            runs.cpu.append(process_time() - before)
            runs.wall.append(once.first)
    return done


def line(
    name: str, rows: int, runs: Runs, other: Runs | None = None, target: float | None = None
) -> list[str]:
    """A row of the table: the runs of one side, and how much longer they took than another's."""
    times = (min(runs.wall), statistics.median(runs.wall), statistics.median(runs.cpu))
    cells = [name, f"{rows:,}", *(f"{seconds:.2f}" for seconds in times)]
    if other is None:
        return [*cells, "", "", "", ""]
    wall, cpu = runs.over(other)
    cells += [f"{wall:.2f}", f"{cpu:.2f}"]
    if target is None:
        return [*cells, "", ""]
    return [*cells, f"{target:g}", "met" if wall <= target else "MISSED"]
