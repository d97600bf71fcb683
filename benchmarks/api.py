"""The API on ten million prices: latency at a steady rate, full speed against bare handlers, cache, memory.

`python -m benchmarks.api [--home DIR] [--prices N] [--products N] [--seconds N] [--requests N]`.
`--home` names a home that `arb demo run` has filled and that this program may fill further; what it makes is
kept for the next time. Without it one is built in a temporary folder and deleted. Load and servers share the
cores. Writes its section of `benchmarks/results.md`. Exit code 1 when a goal is missed.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import sqlalchemy as sa

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.settings import Settings
from arb_pipeline.storage.ports import free_port
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate
from benchmarks import timing
from benchmarks.api_data import fill
from benchmarks.api_load import Timed, full_speed, steady
from benchmarks.loading import RESULTS, placed

ARB = Path(sys.executable).with_name("arb")
HEADING = "## The API"
CONNECTIONS = 50
PER_SECOND = 100
P99_MS, LEAST_SHARE, LEAST_CACHED, MOST_MB = 200.0, 0.5, 5.0, 350.0
GROWTH_MB = 20.0
"""More than this between the first and the last request is not flat."""
SECTION = """\
{heading}

Measured on {measured_on}: {data}; {workers} API processes, {connections} connections, load and servers on the
same {machine}.

At {per_second} requests a second in all, for {seconds:.0f} s (goal: p99 under {p99:.0f} ms):

{latency}

At full speed, requests a second. *Bare*: Starlette handlers that run the same SQL on the same pool, without
sign-in, limits, checks and cache (goal: ours at least {share:.0%} of it; cached at least {cached:.0f} times
uncached). *Uncached* is another question each time, *cached* the same one; one object (get) is a look-up by
key and never cached, and statistics have one question, which is always cached:

{speed}

Memory of an API process: {memory} (goal: under {most:.0f} MB, and flat).
Missed: {missed}.
"""
Paths = dict[str, Callable[[int], str]]


def main(arguments: list[str] | None = None) -> int:
    """Measures, prints, and writes the section."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--home", type=Path, help="a home filled by `arb demo run`; it is filled further")
    parser.add_argument("--prices", type=int, default=10_000_000)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--opportunities", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--requests", type=int, default=100_000, help="after which memory is read again")
    today = datetime.now(UTC).date().isoformat()
    parser.add_argument("--measured-on", default=today, help="day to write beside the figures; today")
    parser.add_argument("--output", type=Path, default=RESULTS, help="file whose section is written")
    options = parser.parse_args(arguments)
    machine = timing.machine()
    print(machine, flush=True)
    with _home(options.home) as home, connected(Settings(home=home)) as engine:
        migrate(engine)
        data = fill(
            engine,
            prices=options.prices,
            products=options.products,
            opportunities=options.opportunities,
        )
        print(data, flush=True)
        section, missed = _measured(home, engine, options, machine, data)
    print(section)
    before = options.output.read_text("utf-8") if options.output.exists() else ""
    options.output.write_text(placed(before, section, HEADING), "utf-8")
    return 1 if missed else 0


def _measured(
    home: Path, engine: sa.Engine, options: argparse.Namespace, machine: str, data: str
) -> tuple[str, list[str]]:
    workers = timing.cores()
    url = engine.url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        name = f"bench {time.time():.0f}"
        key = create_api_key(connection, COMMAND_LINE, name, "viewer", rate_per_minute=100_000_000)[1]
    ours, bare = _paths(engine, options.products)
    environment = {**os.environ, "ARB_HOME": str(home), "ARB_DATABASE_URL": url}
    port, other = free_port(), free_port()
    serve = [str(ARB), "serve", "--port", str(port), "--workers", str(workers), "--no-link"]
    against = [sys.executable, "-m", "benchmarks.api_bare", "--port", str(other), "--workers", str(workers)]
    with (
        _server(serve, environment, f"http://127.0.0.1:{port}/readyz") as process,
        _server(against, environment, f"http://127.0.0.1:{other}/stats"),
    ):
        for number, path in itertools.product(range(40), ours.values()):
            # What-if processes start, caches fill.
            full_speed(port, key, partial(_same, path(number)), connections=1, seconds=0.01)
        memory_start = _memory(process.pid)
        slow = steady(
            port, key, ours, per_second=PER_SECOND, connections=CONNECTIONS, seconds=3 * options.seconds
        )
        speeds = {
            name: _speeds(port, other, key, name, ours, bare, options.seconds) for name in ("list", *bare)
        }
        memory_full, sent = _memory(process.pid), 0
        while sent < options.requests:
            rate, _ = full_speed(port, key, ours["price history"], connections=CONNECTIONS, seconds=5)
            sent += int(rate * 5)
        memory_after = _memory(process.pid)
    missed = _missed(slow, speeds, memory_full, memory_after)
    rows = [
        [name, f"{len(t.seconds):,}", f"{t.median:.1f}", f"{t.quantile(0.95):.1f}", f"{t.quantile(0.99):.1f}"]
        for name, t in slow.items()
    ]
    lines = [
        [
            name,
            f"{cached:,.0f}",
            f"{fresh:,.0f}",
            f"{plain:,.0f}",
            f"{fresh / plain:.2f}",
            f"{cached / fresh:.1f}",
        ]
        for name, (cached, fresh, plain) in speeds.items()
    ]
    memory = (
        f"{max(memory_start):.0f} MB at the start, {max(memory_full):.0f} MB with a full cache, "
        f"{max(memory_after):.0f} MB {sent:,} requests later"
    )
    section = SECTION.format(
        heading=HEADING,
        measured_on=options.measured_on,
        data=data,
        workers=workers,
        connections=CONNECTIONS,
        machine=machine,
        per_second=PER_SECOND,
        seconds=3 * options.seconds,
        p99=P99_MS,
        latency=timing.table(["read", "answers", "median, ms", "p95, ms", "p99, ms"], rows),
        share=LEAST_SHARE,
        cached=LEAST_CACHED,
        speed=timing.table(
            ["read", "cached", "uncached", "bare", "uncached / bare", "cached / uncached"], lines
        ),
        memory=memory,
        most=MOST_MB,
        missed="; ".join(missed) or "nothing",
    )
    return section, missed


def _same(path: str, _: int) -> str:
    return path


def _paths(engine: sa.Engine, products: int) -> tuple[Paths, Paths]:
    """Paths of the reads by number: of ours, and of the bare handlers."""
    with engine.connect() as connection:
        some = "SELECT id::text FROM arbitrage_opportunities WHERE status = 'active' ORDER BY id LIMIT 2000"
        opportunities = list(connection.scalars(sa.text(some)))
        made = "SELECT md5('bench' || n)::uuid::text FROM generate_series(1, :most) n"
        ids = list(connection.scalars(sa.text(made), {"most": min(products, 50_000)}))
        query = """
            SELECT v.product_id::text FROM sealed_valuations v
            WHERE v.as_of = (SELECT max(as_of) FROM sealed_valuations) ORDER BY 1 LIMIT 20
        """
        explained = list(connection.scalars(sa.text(query)))

    def margin(n: int) -> str:
        return f"{10 + (n % 40_000) / 1000:.3f}"

    ours: Paths = {
        "list": lambda n: f"/api/v1/opportunities?min_margin={margin(n)}",
        "get": lambda n: f"/api/v1/opportunities/{opportunities[n % len(opportunities)]}",
        "price history": lambda n: f"/api/v1/products/{ids[n % len(ids)]}/price-history",
        "stats": lambda _: "/api/v1/opportunities/stats/summary",
        "explain": lambda n: f"/api/v1/products/{explained[n % len(explained)]}/valuation",
    }
    bare: Paths = {
        "list": lambda n: f"/opportunities?min_margin={margin(n)}",
        "get": lambda n: f"/opportunities/{opportunities[n % len(opportunities)]}",
        "price history": lambda n: f"/prices/{ids[n % len(ids)]}",
        "stats": lambda _: "/stats",
    }
    return ours, bare


_numbers = itertools.count(1_000)


def _speeds(
    port: int, other: int, key: str, name: str, ours: Paths, bare: Paths, seconds: float
) -> tuple[float, float, float]:
    """Requests a second: cached, each another question, and of the bare handler."""
    start = next(_numbers) * 977
    fresh, times = full_speed(
        port, key, lambda n: ours[name](start + n), connections=CONNECTIONS, seconds=seconds
    )
    plain, plainly = full_speed(
        other, "", lambda n: bare[name](start + n), connections=CONNECTIONS, seconds=seconds
    )
    cached, again = full_speed(port, key, lambda _: ours[name](0), connections=CONNECTIONS, seconds=seconds)
    wrong = times.wrong + plainly.wrong + again.wrong
    if wrong:
        raise SystemExit(f"{name}: {wrong} answers were neither 200 nor 304")
    return cached, fresh, plain


def _missed(
    slow: dict[str, Timed],
    speeds: dict[str, tuple[float, float, float]],
    before: list[float],
    after: list[float],
) -> list[str]:
    missed = [f"p99 of {name}" for name, times in slow.items() if times.quantile(0.99) >= P99_MS]
    missed += [f"{times.wrong} failed answers of {name}" for name, times in slow.items() if times.wrong]
    for name, (cached, fresh, plain) in speeds.items():
        if fresh < LEAST_SHARE * plain:
            missed.append(f"{name} against the bare handler")
        if name == "list" and cached < LEAST_CACHED * fresh:
            missed.append(f"cached {name}")
    if max(after) >= MOST_MB:
        missed.append("memory")
    if max(after) - max(before) > GROWTH_MB:
        missed.append("memory grows")
    return missed


def _memory(pid: int) -> list[float]:
    """MB of the processes that answer requests: the children of `arb serve` that are no calculation."""
    sizes = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"resource_tracker" not in command and b"forkserver" not in command:
                status = Path(f"/proc/{child}/status").read_text()
                line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
                sizes.append(int(line.split()[1]) / 1024)
    return sizes


@contextmanager
def _server(
    command: list[str], environment: dict[str, str], ready: str
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1_200):
            try:
                urlopen(ready, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit(f"{' '.join(command)} does not answer")
        yield process
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    """The home named, or one that is built and deleted."""
    if given is not None:
        yield given.resolve()
        return
    home = Path(tempfile.mkdtemp(prefix="arb-bench-home-"))
    home.chmod(0o755)
    environment = {**os.environ, "ARB_HOME": str(home)}
    try:
        subprocess.run([str(ARB), "demo", "run"], env=environment, check=True)
        yield home
    finally:
        subprocess.run([str(ARB), "db", "stop", "--delete"], env=environment, check=False)
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
