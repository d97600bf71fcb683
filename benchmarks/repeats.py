"""CPU of `arb run` on a real day of three games: first, repeated, and of the next day.

    python -m benchmarks.repeats [DATA] [--days 0 30 365] [--output benchmarks/results.md]

DATA: folder of dumps, by default ARB_DATA. The first run is of its third newest day. `--days`: so many days
before it are then made from its prices, in the database and in the lake. A run of the second newest day takes
them up and is not measured; measured are its repeat, and a run of the newest day.
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
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.settings import Settings
from arb_pipeline.storage.data_folder import DataFolder
from arb_pipeline.storage.lake import DAILY_PRICES, Lake
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.partitions import ensure_months
from arb_pipeline.storage.postgres.tables import price_history
from benchmarks import timing

PROGRAM = Path(sys.executable).with_name("arb")
RESULTS = Path(__file__).with_name("results.md")
TICKS = os.sysconf("SC_CLK_TCK")
HEAD = "## Repeats"
MOST_REPEAT, MOST_SHARE, MOST_NEXT = 8.0, 1 / 6, 1 / 2
"""Targets: seconds of a repeat, its share of the first run, and that of the next day."""
COPIED = ", ".join(column.name for column in price_history.c if column.name not in ("id", "recorded_at"))
EARLIER = f"""
    INSERT INTO price_history (id, recorded_at, {COPIED})
    SELECT gen_random_uuid(), recorded_at - make_interval(days => :number), {COPIED} FROM price_history
    WHERE recorded_at >= :day AND recorded_at < :end
"""


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


def run(environment: dict[str, str], data: Path, day: date) -> Cost:
    """One `arb run` without the days before. Raises `CalledProcessError` where it fails."""
    command = [str(PROGRAM), "run", "--data", str(data), "--date", str(day), "--history", "0"]
    before, server, started = _children(), _server(environment), perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return Cost(_children() - before, _server(environment) - server, perf_counter() - started)


def lengthen(environment: dict[str, str], day: date, history: int) -> int:
    """Makes the days before a loaded one from its prices; returns the number of rows in the price history."""
    settings = Settings(home=Path(environment["ARB_HOME"]))
    lake = Lake(settings.lake)
    frames = {
        category: lake.read(DAILY_PRICES, category=category, day=day)
        for category in CATEGORIES
        if lake.path(DAILY_PRICES, category=category, day=day).exists()
    }
    start = datetime.combine(day, time(), UTC)
    bounds = {"day": start, "end": start + timedelta(days=1)}
    with connected(settings) as engine:
        for number in range(1, history + 1):
            earlier = day - timedelta(days=number)
            with engine.begin() as connection:
                ensure_months(connection, [earlier])
                connection.execute(sa.text(EARLIER), bounds | {"number": number})
            for category, frame in frames.items():
                moved = frame.with_columns(pl.lit(earlier).alias("day"))
                lake.write(moved, DAILY_PRICES, category=category, day=earlier)
            print(f"history: {number} of {history} days", end="\r", flush=True, file=sys.stderr)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE price_history"))
            return int(connection.scalar(sa.text("SELECT count(*) FROM price_history")) or 0)


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
        "| history, days | its prices | run | CPU, s | of it PostgreSQL | wall, s | of the first |",
        "| ---: | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    days = [date.fromisoformat(name) for name in DataFolder(data).days()[-3:]]
    for history in histories:
        with home() as environment:
            costs = {"first": run(environment, data, days[0])}
            rows = lengthen(environment, days[0], history)
            run(environment, data, days[1])
            costs["repeat"] = run(environment, data, days[1])
            costs["next day"] = run(environment, data, days[2])
        first = costs["first"].total
        for name, cost in costs.items():
            figures = f"{cost.total:.1f} | {cost.server:.1f} | {cost.wall:.0f} | {cost.total / first:.2f}"
            lines.append(f"| {history} | {rows:,} | {name} | {figures} |")
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
