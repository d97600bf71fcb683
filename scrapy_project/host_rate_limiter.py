"""Rate limit per host, shared by all processes of one ARB_HOME.

One request at a time per host, and the next not before `delay` after the answer to the last one: the gap
holds at the host, whatever the network does between. A file per host carries the lock (which dies with its
process) and the time of the next permitted request.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import time

from scrapy.exceptions import IgnoreRequest

POLL = 0.05
PATIENCE = 900.0
"""Seconds that a crawl waits for a host that requires a pause; for a longer one it gives up."""
LONGEST_PAUSE = 24 * 3600.0
"""Seconds; longest pause that a host may require."""


class HostPausedError(IgnoreRequest):
    """A host requires a pause longer than a crawl waits."""


@dataclass(slots=True)
class Turn:
    """One permitted request at a host."""

    delay: float
    pause: float = 0.0
    """Seconds without requests from its end, where the host requires more than the delay."""


class HostRateLimiter:
    """One request at a time per host, at least `delay` seconds apart."""

    def __init__(
        self, folder: Path, on_wait: Callable[[str, float], None] = lambda _host, _seconds: None
    ) -> None:
        """`folder`: shared by all processes. `on_wait`: called with (host, seconds) for long waits."""
        self._folder = folder
        self._on_wait = on_wait

    @asynccontextmanager
    async def turn(
        self, host: str, delay: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> AsyncIterator[Turn]:
        """Waits for the host's turn and holds it. Raises `HostPausedError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._folder / host.replace("/", "_").replace(":", "_"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while not _locked(file):
                await sleep(POLL)
            await self._wait(file, host, delay, sleep)
            _write(file, {"holder": os.getpid()})
            turn = Turn(delay)
            try:
                yield turn
            finally:
                pause = max(turn.delay, min(turn.pause, LONGEST_PAUSE))
                _write(file, {"at": time(), "free_at": time() + pause})
        finally:
            os.close(file)

    async def _wait(
        self, file: int, host: str, delay: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        state = _read(file)
        # A holder that was killed may have sent a request just before: count from now.
        at = float(state.get("at", 0.0))
        # The delay of this request applies: that of the last one (robots.txt) had no Crawl-delay yet.
        free_at = time() + delay if "holder" in state else max(float(state.get("free_at", 0.0)), at + delay)
        # Written in the future: the clock was set back, and the pause starts again.
        if (ahead := at - time()) > 0:
            free_at -= ahead
            _write(file, {"at": time(), "free_at": free_at})
        wait = min(free_at - time(), LONGEST_PAUSE)
        if wait > PATIENCE:
            msg = f"{host} requires a pause of {wait / 60:.0f} more minutes; fetch again after that"
            raise HostPausedError(msg)
        if wait > delay + 1:
            self._on_wait(host, wait)
        while (wait := free_at - time()) > 0:
            await sleep(min(wait, LONGEST_PAUSE))


def _locked(file: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _read(file: int) -> dict[str, float]:
    try:
        state: dict[str, float] = json.loads(os.pread(file, 4096, 0) or b"{}")
    except ValueError:
        return {"holder": 0}  # truncated by a crash
    return state


def _write(file: int, state: dict[str, float]) -> None:
    content = json.dumps(state).encode()
    os.ftruncate(file, 0)
    os.pwrite(file, content, 0)
