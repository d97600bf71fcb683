"""CPU of `arb run` on a real day of three games: first, repeated, and of the next day.

    python -m benchmarks.repeats [DATA] [--days 1 30] [--output benchmarks/results.md]

DATA: folder of dumps, by default ARB_DATA. `--days`: with so many days of history each.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter

from arb_pipeline.storage.data_folder import DataFolder
from benchmarks import timing

PROGRAM = Path(sys.executable).with_name("arb")
RESULTS = Path(__file__).with_name("results.md")
TICKS = os.sysconf("SC_CLK_TCK")
HEAD = "## Repeats"
MOST_REPEAT, MOST_SHARE, MOST_NEXT = 8.0, 1 / 6, 1 / 2
"""Targets: seconds of a repeat, its share of the first run, and that of the next day."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one run."""

    program: float
    """CPU seconds of the command and dbt."""
    server: float
    """CPU seconds of PostgreSQL."""
    wall: float

    @property
    def total(self) -> float:
        """CPU seconds in all."""
        return self.program + self.server


@contextmanager
def home() -> Iterator[dict[str, str]]:
    """The environment of a home of its own, whose server is stopped and files are deleted at the end."""
    folder = Path(mkdtemp(prefix="arb-bench-repeats-"))
    folder.chmod(0o755)
    given = {name: value for name, value in os.environ.items() if not name.startswith("ARB_")}
    environment = given | {"ARB_HOME": str(folder), "NO_COLOR": "1"}
    try:
        yield environment
    finally:
        subprocess.run([PROGRAM, "db", "stop"], env=environment, capture_output=True, check=False)
        shutil.rmtree(folder)


def run(environment: dict[str, str], data: Path, day: date, history: int) -> Cost:
    """One `arb run`. Raises `CalledProcessError` where it fails."""
    command = [str(PROGRAM), "run", "--data", str(data), "--date", str(day), "--history", str(history)]
    before, server, started = _children(), _server(environment), perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Cost(_children() - before, _server(environment) - server, perf_counter() - started)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _server(environment: dict[str, str]) -> float:
    """CPU seconds of the home's server with its ended processes; 0.0 where it does not run."""
    pid_file = Path(environment["ARB_HOME"]) / "postgres/data/postmaster.pid"
    if not pid_file.exists():
        return 0.0
    main = pid_file.read_text("utf-8").split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if stat.parent.name == main:
            ticks += sum(map(int, fields[11:15]))  # with those of its children that have ended
        elif fields[1] == main:
            ticks += sum(map(int, fields[11:13]))
    return ticks / TICKS


def measure(data: Path, histories: list[int]) -> list[str]:
    """Lines of the table."""
    lines = [
        "| history, days | run | CPU, s | of it PostgreSQL | wall, s | of the first |",
        "| ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    newest = date.fromisoformat(DataFolder(data).days()[-1])
    day = newest - timedelta(days=1)
    for history in histories:
        with home() as environment:
            costs = {
                "first": run(environment, data, day, history),
                "repeat": run(environment, data, day, 0),
                "next day": run(environment, data, newest, 0),
            }
        first = costs["first"].total
        for name, cost in costs.items():
            figures = f"{cost.total:.1f} | {cost.server:.1f} | {cost.wall:.0f} | {cost.total / first:.2f}"
            lines.append(f"| {history} | {name} | {figures} |")
            print(lines[-1], flush=True)
    return lines


def main() -> int:
    """Measures, and writes its section of the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=os.environ.get("ARB_DATA"))
    parser.add_argument("--days", nargs="+", type=int, default=[0])
    parser.add_argument("--measured-on", default=str(date.today()))  # noqa: DTZ011 - a date for people
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.data is None or not Path(given.data).is_dir():
        print("Skipped: no folder of dumps. Name one, or set ARB_DATA.")
        return 0
    lines = measure(Path(given.data).resolve(), given.days)
    targets = (
        f"Targets: a repeat at most {MOST_REPEAT:.0f} s and {MOST_SHARE:.2f} of the first run; the next day"
    )
    section = [
        f"{HEAD}\n",
        f"`python -m benchmarks.repeats`, measured on {given.measured_on}: `arb run` of three games.",
        f"{targets} at most {MOST_NEXT:.2f}.\n",
        f"- Machine: {timing.machine()}.\n",
        *lines,
    ]
    old = given.output.read_text("utf-8") if given.output.exists() else ""
    kept = re.sub(rf"\n*{HEAD}\n.*?(?=\n## |\Z)", "", old, flags=re.DOTALL).rstrip("\n")
    given.output.write_text(kept + "\n\n" + "\n".join(section) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
