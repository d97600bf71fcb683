"""A small simulated market, a replay of it, and crawls of it into homes of a test's own."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from arb_pipeline.demo.build import build_market
from arb_pipeline.demo.faults import Fault
from arb_pipeline.demo.replay import Arrival, ReplayServer
from arb_pipeline.settings import Settings
from arb_pipeline.stores.fetching import Fetched, fetch

OPTIONS = {
    "ebay": {"query": ["Booster"]},
    "amazon": {"query": ["Booster"]},
    "amazon_sp": {"asin": ["B0QPXG0C28"]},
}
MAPPING = """\
url: /alpha.csv
currency: USD
columns: {sku: SKU, upc: UPC, name: Product Name, price: Wholesale Price, moq: MOQ, case_size: Case Size}
"""


FETCHER = """
import json, sys
from arb_pipeline.settings import Settings
from arb_pipeline.stores.fetching import fetch

got = fetch(sys.argv[1], settings=Settings(), categories=("mtg",), options=json.loads(sys.argv[2]))
print(json.dumps([got.status, got.reason, got.package and got.package.package_id]))
"""


@dataclass
class Bench:
    """One home, and the server that its crawls meet."""

    server: ReplayServer
    home: Path
    figures: dict[str, int] = field(default_factory=dict)
    """Child process -> the most memory it was seen to have, in bytes."""

    @property
    def arrivals(self) -> list[Arrival]:
        """What the server was asked since it last forgot, robots.txt included."""
        return list(self.server.arrivals)

    def paths(self, source: str = "") -> list[str]:
        """The paths that were asked for, but for robots.txt, tokens and dates of updates."""
        small = ("/robots.txt", "/token", "/last-updated.txt")
        return [a.path for a in self.arrivals if source in ("", a.source) and not a.path.endswith(small)]

    def forget(self, *faults: Fault) -> None:
        """Forgets the arrivals; from here on the server has these faults."""
        self.server.faults = faults
        self.server.arrivals.clear()

    def fetch(self, source: str, home: Path | None = None, **given: Any) -> Fetched:
        """Fetches in this process; the crawl is a child of it."""
        os.environ["ARB_HOME"] = str(home or self.home)
        asked = {"options": OPTIONS.get(source, {}), "categories": ("mtg",), **given}
        with watched(self.figures):
            return fetch(source, settings=Settings(), **asked)

    def start(self, source: str) -> subprocess.Popen[str]:
        """Fetches in another process, which prints status, reason and package id."""
        os.environ["ARB_HOME"] = str(self.home)
        options = json.dumps(OPTIONS.get(source, {}))
        command = [sys.executable, "-c", FETCHER, source, options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def landed(self, source: str) -> dict[str, str]:
        """The ids of the packages in use, by part."""
        pointers = sorted((self.home / "landing" / source).glob("*/latest"))
        return {pointer.parent.name: pointer.read_text("utf-8") for pointer in pointers}

    def bytes_landed(self) -> dict[Path, bytes]:
        """Everything in the landing."""
        return {path: path.read_bytes() for path in self.home.glob("landing/**/*") if path.is_file()}

    def strays(self) -> list[str]:
        """What lies in the landing beside whole packages and pointers to them; hidden is work under way."""
        root, found = self.home / "landing", []
        for entry in root.glob("*/*/*"):
            is_pointer = entry.name == "latest" and (entry.parent / entry.read_text() / "files").is_dir()
            if not is_pointer and not entry.name.startswith(".") and not (entry / "manifest.json").is_file():
                found.append(str(entry.relative_to(root)))
        return found


@contextmanager
def watched(figures: dict[str, int]) -> Iterator[None]:
    """Reads the highest memory of each child of this process while it runs: VmHWM only grows."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            for child in children(os.getpid()):
                figures[str(child)] = max(figures.get(str(child), 0), peak_memory(child))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def children(process: int) -> list[int]:
    """The processes that this one's threads have started and not yet seen end."""
    found: list[int] = []
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, listing.read_text().split())
    return found


def peak_memory(process: int) -> int:
    """Bytes; 0 when it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest market there is."""
    folder = tmp_path_factory.mktemp("market")
    build_market(folder, days=10)
    return folder


@pytest.fixture(scope="session")
def replayed(market: Path) -> Iterator[ReplayServer]:
    """One server for the session: answers name its ports, so package ids hold for one server only."""
    with ReplayServer(market) as server:
        yield server


@pytest.fixture
def bench(replayed: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A home of the test's own and a server without faults; no delays, and little patience."""
    for name in [name for name in os.environ if name.startswith("ARB_")]:
        monkeypatch.delenv(name)
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "alpha.yaml").write_text(MAPPING)
    quick = {"ARB_LOOPBACK_DELAY_SECONDS": "0", "ARB_TIMEOUT_SECONDS": "1", "ARB_RETRIES": "2"}
    given = {"ARB_HOME": str(tmp_path / "home"), "ARB_SOURCE_DISTRIBUTOR_MAPPINGS": str(mappings)}
    for name, value in (replayed.environment() | quick | given).items():
        monkeypatch.setenv(name, value)
    bench = Bench(replayed, tmp_path / "home")
    bench.forget()
    yield bench
    bench.forget()


@pytest.fixture
def lure() -> Iterator["Lure"]:
    """A server of another address of this machine, which nobody may come to."""
    with Lure() as lure:
        yield lure


class Lure:
    """Listens at 127.0.0.2 and notes who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.2", 0))
        self.url = f"http://127.0.0.2:{self._socket.getsockname()[1]}/"
        self.visits: list[Any] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                visitor, address = self._socket.accept()
            except OSError:
                return
            self.visits.append(address)
            visitor.close()


@dataclass
class Undisturbed:
    """What a crawl leaves that nothing disturbs."""

    home: Path
    package_id: str


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Undisturbed]:
    """Source -> its undisturbed crawl, done once, within the bench of the first test that asks."""
    homes = tmp_path_factory.mktemp("undisturbed")
    known: dict[tuple[str, str], Undisturbed] = {}

    def crawl(bench: Bench, source: str, **given: Any) -> Undisturbed:
        key = (source, repr(given))
        if key not in known:
            bench.forget()
            home = homes / f"{len(known)}"
            got = bench.fetch(source, home, **given)
            assert got.status == "landed", got
            assert got.package is not None
            known[key] = Undisturbed(home, got.package.package_id)
            bench.figures.clear()
        bench.forget()
        return known[key]

    return crawl
