"""A home and the replay server of its crawls, with the observations that tests make of both."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from arb_pipeline.fetching.crawls import Fetched, fetch
from arb_pipeline.settings import Settings
from arb_pipeline.simulator.replay import ReplayServer, RequestLog
from arb_pipeline.simulator.replay.faults import Fault

OPTIONS = {
    "ebay": {"query": ["Booster"]},
    "amazon": {"query": ["Booster"]},
    "amazon_sp": {"asin": ["B0QPXG0C28"]},
}
FETCHER = """
import json, sys
from arb_pipeline.settings import Settings
from arb_pipeline.fetching.crawls import fetch

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
    def arrivals(self) -> list[RequestLog]:
        """Requests to the server since its last reset, robots.txt included."""
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
        requested = {"options": OPTIONS.get(source, {}), "categories": ("mtg",), **given}
        with watched(self.figures):
            return fetch(source, settings=Settings(), **requested)

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
        """Files in the landing beside whole packages and pointers to them; hidden is work under way."""
        root, result = self.home / "landing", []
        for entry in root.glob("*/*/*"):
            is_pointer = entry.name == "latest" and (entry.parent / entry.read_text() / "files").is_dir()
            if not is_pointer and not entry.name.startswith(".") and not (entry / "manifest.json").is_file():
                result.append(str(entry.relative_to(root)))
        return result


@contextmanager
def watched(figures: dict[str, int]) -> Iterator[None]:
    """Reads the highest memory of each child of this process while it runs: VmHWM only grows."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.02):
            for child in crawls(os.getpid()):
                figures[str(child)] = max(figures.get(str(child), 0), peak_memory(child))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def crawls(process: int) -> list[int]:
    """The crawls that this process's threads have started and not yet seen end.

    Until it is one, a new child is a copy of its parent, with the parent's memory.
    """
    result: list[int] = []
    for listing in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            result += [child for child in map(int, listing.read_text().split()) if _is_crawl(child)]
    return result


def _is_crawl(process: int) -> bool:
    with suppress(OSError):
        return b"\0scrapy_project\0" in Path(f"/proc/{process}/cmdline").read_bytes()
    return False


def peak_memory(process: int) -> int:
    """Bytes; 0 when it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


@dataclass
class Undisturbed:
    """Landing of an undisturbed crawl."""

    home: Path
    package_id: str


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
