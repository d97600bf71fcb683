"""Clocks, the machine, and tables. What is measured does not belong here."""

import gc
import os
import platform
import resource
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

T = TypeVar("T")

PACKAGES = ("polars", "duckdb", "ibis-framework", "pandera", "orjson", "py7zr", "sqlalchemy", "psycopg")


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each run, in order."""

    seconds: tuple[float, ...]

    @property
    def first(self) -> float:
        """The first run: cold caches, or the one that writes."""
        return self.seconds[0]

    @property
    def best(self) -> float:
        """The run that others disturbed least."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The usual run."""
        return statistics.median(self.seconds)


def timed(work: Callable[[], T], *, repeats: int) -> tuple[T, Times]:
    """The last result, and the seconds of each of the runs."""
    seconds = []
    for _ in range(repeats):
        gc.collect()  # what an earlier run left is not this one's to clear away
        started = perf_counter()
        result = work()
        seconds.append(perf_counter() - started)
    return result, Times(tuple(seconds))


def side_by_side(works: Mapping[str, Callable[[], Any]], *, repeats: int) -> dict[str, tuple[Any, Times]]:
    """Result and times of each, run in turns: what else the machine does meanwhile hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    results = {}
    for _ in range(repeats):
        for name, work in works.items():
            results[name], once = timed(work, repeats=1)
            seconds[name].append(once.first)
    return {name: (results[name], Times(tuple(seconds[name]))) for name in works}


def machine() -> str:
    """Processor, cores, memory and load, without the machine's name."""
    cpu = _line(Path("/proc/cpuinfo"), "model name") or platform.processor() or platform.machine()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {cores()} cores, {memory:.0f} GiB; load average at the start {os.getloadavg()[0]:.1f}"


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions() -> str:
    """Python and the packages that do the work."""
    return ", ".join(
        [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)]
    )


def peak_memory_mb() -> float:
    """The most memory that this process held so far (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, its columns padded so that a terminal shows it too. The first column is text."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(cells, widths, strict=True))
        ]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join([line(header), line(rule), *map(line, rows)])


def _line(path: Path, name: str) -> str:
    lines = path.read_text().splitlines() if path.is_file() else []
    return next((text.partition(":")[2].strip() for text in lines if text.startswith(name)), "")
