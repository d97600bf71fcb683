"""`arb up` over replayed sources: three days by itself; what is killed on the third comes back."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from arb_pipeline.simulator.build import build_market
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres

pytestmark = [pytest.mark.faults, pytest.mark.services]

DAYS = 12
LAST = date(2026, 1, 31)
PROGRAM = Path(sys.executable).with_name("arb")
EVERY_MINUTE = "* * * * *"
ROUND_SECONDS = 900
RULES = """
targets: {shop: "json://127.0.0.1:%d/"}
rules: [{name: all, targets: shop}]
operations: {targets: shop, stale_hours: {daily: 1000000, other: 1000000}}
"""


PRICES = """
    SELECT source, recorded_at, count(*), sum(price), count(DISTINCT (product_id, price_type, printing))
    FROM price_history WHERE recorded_at < '2026-02-01' GROUP BY 1, 2 ORDER BY 1, 2
"""
"""Of the market's days. Markets that are asked answer as of now, every minute."""
VALUED = """
    SELECT as_of, count(*), sum(singles_value), sum(sealed_price), sum(confidence_score), sum(p_profit)
    FROM sealed_valuations GROUP BY 1 ORDER BY 1
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Receiver(ThreadingHTTPServer):
    """Takes alerts."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Hears)


class _Hears(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body) | {"key": self.headers.get("Idempotency-Key")})
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class World:
    """Sources that stand at a day, a receiver of alerts, and a home in which `arb up` runs."""

    def __init__(self, folder: Path) -> None:
        self.market, self.home, self.port = folder / "market", folder / "home", free_port()
        self.home.mkdir()
        build_market(self.market, seed=20260101, days=DAYS)
        self.receiver = Receiver()
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        (folder / "rules.yaml").write_text(RULES % self.receiver.server_port, "utf-8")
        self.metrics_port = free_port()
        own = {k: v for k, v in os.environ.items() if not k.startswith(("ARB_", "DAGSTER_"))}
        self.env = own | {
            "ARB_HOME": str(self.home),
            "ARB_LOOPBACK_DELAY_SECONDS": "0",
            "ARB_PRICES_CRON": EVERY_MINUTE,
            "ARB_ANALYSIS_CRON": EVERY_MINUTE,
            "ARB_ALERTS_CRON": "*/5 * * * *",
            "ARB_CLEANUP_CRON": "0 0 1 1 *",  # days of a market of last January would all be overdue
            "ARB_ALERTS": str(folder / "rules.yaml"),
            "ARB_UI_PORT": str(free_port()),
            "ARB_API_PORT": str(free_port()),
            "ARB_METRICS_PORT": str(self.metrics_port),
        }
        self.sources: subprocess.Popen[str] | None = None

    def arb(self, *arguments: str) -> str:
        command = [str(PROGRAM), *arguments]
        done = subprocess.run(
            command, env=self.env, cwd=self.home, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def serve(self, day: date) -> None:
        """The sources as they stand on a day, where they stood before."""
        self.rest()
        settings = self.home / "sources.env"
        settings.unlink(missing_ok=True)
        command = [str(PROGRAM), "demo", "serve", str(self.market), "--day", day.isoformat()]
        command += ["--port", str(self.port), "--env-file", str(settings)]
        self.sources = subprocess.Popen(
            command,
            env=self.env,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        until(lambda: settings.exists() and self._answers(), "the sources do not answer", 60)
        for line in settings.read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            self.env[name] = value

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def rest(self) -> None:
        if self.sources:
            self.sources.terminate()
            self.sources.wait(30)

    def rows(self, query: str, database: str = "arb") -> list[tuple[Any, ...]]:
        url = EmbeddedPostgres(self.home).url()
        assert url
        address = url.replace("postgresql+psycopg", "postgresql").rsplit("/", 1)[0]
        with psycopg.connect(f"{address}/{database}") as connection:
            return connection.execute(query).fetchall()

    def is_analysed(self, day: date) -> bool:
        """Do the mart, and nothing that still runs, stand at the day?"""
        try:
            newest = self.rows("SELECT max(as_of) FROM mart.daily_summary")[0][0]
            at_work = self.rows(
                "SELECT count(*) FROM runs WHERE status IN ('STARTED', 'STARTING') AND pipeline_name <> "
                "'update_all_prices'",
                "dagster",
            )[0][0]
        except (psycopg.Error, AssertionError):
            return False
        return newest == day and at_work == 0

    def workers(self, day: date) -> list[int]:
        """Processes of the runs of a day that are at work."""
        query = f"""
            SELECT substring(e.event FROM 'Started process for run [(]pid: ([0-9]+)')::int
            FROM runs r JOIN event_logs e ON e.run_id = r.run_id
            WHERE r.status = 'STARTED' AND r.partition = '{day}' AND e.event LIKE '%Started process for run (pid%'
        """
        return [process for (process,) in self.rows(query, "dagster") if process]

    def processes(self, name: str) -> list[int]:
        """Processes of a service, as supervisord reports them."""
        output = json.loads(
            subprocess.run(
                [str(PROGRAM), "status", "--json"], env=self.env, capture_output=True, text=True, check=False
            ).stdout
        )
        return [
            int(s["details"].split()[1].rstrip(","))
            for s in output
            if s["name"] == name and s["state"] == "RUNNING"
        ]


def until(is_so: Callable[[], bool], otherwise: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{otherwise} after {seconds:.0f} s"
        time.sleep(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("services"))
    made.serve(LAST - timedelta(days=2))
    made.arb("up")
    try:
        yield made
    finally:
        made.arb("down")
        made.rest()
        made.receiver.shutdown()


def is_right(world: World, day: date) -> None:
    """Mart, report and metrics of a day agree with the tables; every active opportunity was told, once."""
    active = {
        str(id_) for (id_,) in world.rows("SELECT id FROM arbitrage_opportunities WHERE status = 'active'")
    }
    assert active
    assert {str(id_) for (id_,) in world.rows("SELECT opportunity_id FROM mart.opportunities")} == active
    assert list((world.home / "reports" / day.isoformat()).glob("*.html"))
    with urlopen(f"http://127.0.0.1:{world.metrics_port}/metrics", timeout=60) as answer:
        output = [
            line for line in answer.read().decode().splitlines() if line.startswith("arb_opportunities{")
        ]
    assert sum(float(line.split()[-1]) for line in output) == len(active)
    opened = world.rows("SELECT count(*) FROM alert_outbox WHERE event = 'new'")[0][0]
    assert opened >= len(active)
    keys = [message["key"] for message in world.receiver.messages]
    assert len(keys) == len(set(keys)) > 0


def test_rounds_by_itself(world: World) -> None:
    for age in (2, 1):
        day = LAST - timedelta(days=age)
        world.serve(day)
        until(lambda day=day: world.is_analysed(day), f"{day} is not in the mart", ROUND_SECONDS)
        is_right(world, day)


def test_a_round_in_which_everything_is_killed(world: World) -> None:
    """The worker of a run, the code server and the daemon; then the database, in the midst of what follows."""
    world.serve(LAST)
    until(lambda: bool(world.workers(LAST)), "no run of the day has started", ROUND_SECONDS)
    lost = [*world.workers(LAST), *world.processes("code-server"), *world.processes("daemon")]
    for process in lost:
        os.kill(process, signal.SIGKILL)
    until(lambda: bool(set(world.workers(LAST)) - set(lost)), "no run of the day came back", ROUND_SECONDS)
    EmbeddedPostgres(world.home).stop()
    until(lambda: world.is_analysed(LAST), f"{LAST} is not in the mart", ROUND_SECONDS)
    is_right(world, LAST)
    assert not {*world.processes("code-server"), *world.processes("daemon")} & set(lost)
    left = world.rows(
        "SELECT count(*) FROM runs WHERE status = 'STARTED' AND start_time < extract(epoch FROM now()) - 600",
        "dagster",
    )
    assert left == [(0,)]


def test_nothing_is_lost_and_nothing_is_there_twice(world: World, tmp_path: Path) -> None:
    """Against the same landing run undisturbed in a home of its own: as a folder it lacks the other markets."""
    calm = World.__new__(World)
    calm.home = tmp_path
    calm.env = {k: v for k, v in world.env.items() if not k.startswith("ARB_")}
    calm.env |= {"ARB_HOME": str(tmp_path), "ARB_MART": "false"}
    shutil.copytree(world.home / "landing", tmp_path / "landing")
    first, last = (LAST - timedelta(days=age) for age in (2, 0))
    try:
        calm.arb("run", "--from", str(first), "--to", str(last))
        for query in (PRICES, VALUED):
            expected = calm.rows(query)
            # What landed a moment ago is loaded a moment later, and its day valued again.
            until(lambda: world.rows(query) == expected, f"{query} does not give {expected}", ROUND_SECONDS)  # noqa: B023 - called at once
    finally:
        EmbeddedPostgres(tmp_path).stop()
