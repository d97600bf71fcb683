"""HostRateLimiter at a host: one at a time over all processes, and a gap after each that nothing shortens."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scrapy_project import host_rate_limiter as module
from scrapy_project.host_rate_limiter import HostPausedError, HostRateLimiter

HOST = "tcgcsv.com"
NOW = 1_800_000_000.0


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        self.slept: list[float] = []
        monkeypatch.setattr(module, "time", lambda: self.now)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def take(folder: Path, clock: Clock, *, delay: float = 2.0, pause: float = 0.0, host: str = HOST) -> float:
    """Takes a turn that lasts no time; returns when it began."""

    async def one() -> float:
        async with HostRateLimiter(folder).turn(host, delay, clock.sleep) as turn:
            turn.pause = pause
            return clock.now

    return asyncio.run(one())


def state(folder: Path) -> dict[str, float]:
    result: dict[str, float] = json.loads((folder / HOST).read_text())
    return result


def write(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / HOST).write_text(text)


def test_the_first_turn_waits_for_nobody(tmp_path: Path, clock: Clock) -> None:
    assert take(tmp_path / "hosts", clock) == NOW
    assert clock.slept == []


def test_the_next_turn_begins_the_delay_after_the_last_one_ended(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, delay=2.0)
    clock.now += 0.5
    assert take(tmp_path, clock, delay=2.0) == NOW + 2.0
    assert clock.slept == [1.5]


def test_the_delay_counts_from_the_end_of_the_answer_not_from_its_request(
    tmp_path: Path, clock: Clock
) -> None:
    async def slow() -> None:
        async with HostRateLimiter(tmp_path).turn(HOST, 2.0, clock.sleep):
            clock.now += 30.0

    asyncio.run(slow())
    assert take(tmp_path, clock) == NOW + 32.0


def test_a_longer_delay_counts_from_the_last_answer_too(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, delay=2.0)  # robots.txt, which asks for more
    clock.now += 0.5
    assert take(tmp_path, clock, delay=6.0) == NOW + 6.0


def test_a_turn_that_raised_leaves_the_delay_too(tmp_path: Path, clock: Clock) -> None:
    async def broken() -> None:
        async with HostRateLimiter(tmp_path).turn(HOST, 2.0, clock.sleep):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(broken())
    assert take(tmp_path, clock) == NOW + 2.0


def test_hosts_do_not_wait_for_each_other(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, host="tcgcsv.com")
    assert take(tmp_path, clock, host="api.ebay.com") == NOW


def test_a_pause_that_a_host_requested_holds_for_the_next_turn(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, pause=120.0)
    assert take(tmp_path, clock) == NOW + 120.0


def test_a_pause_shorter_than_the_delay_does_not_shorten_it(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, pause=0.1)
    assert take(tmp_path, clock) == NOW + 2.0


def test_a_pause_of_fifteen_minutes_is_waited_for_and_a_longer_one_is_not(
    tmp_path: Path, clock: Clock
) -> None:
    take(tmp_path / "a", clock, pause=900.0)
    assert take(tmp_path / "a", clock) == NOW + 900.0
    began = clock.now
    take(tmp_path / "b", clock, pause=1200.0)
    with pytest.raises(HostPausedError, match=r"tcgcsv\.com requires a pause of 20 more minutes"):
        take(tmp_path / "b", clock)
    assert clock.now == began


def test_a_crawl_that_gave_up_leaves_the_pause_for_the_next_one(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, pause=1200.0)
    with pytest.raises(HostPausedError):
        take(tmp_path, clock)
    clock.now += 600.0
    assert take(tmp_path, clock) == NOW + 1200.0


def test_a_pause_of_years_is_one_of_a_day(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, pause=10.0**9)
    assert state(tmp_path)["free_at"] == NOW + 86_400.0


def test_a_holder_that_was_killed_leaves_the_full_delay_from_now(tmp_path: Path, clock: Clock) -> None:
    write(tmp_path, json.dumps({"holder": 4711}))
    assert take(tmp_path, clock, delay=2.0) == NOW + 2.0


@pytest.mark.parametrize("text", ["{", '{"free_at": 17', "\0\0\0\0"])
def test_a_file_cut_short_by_a_crash_counts_as_a_holder_that_was_killed(
    tmp_path: Path, clock: Clock, text: str
) -> None:
    write(tmp_path, text)
    assert take(tmp_path, clock, delay=2.0) == NOW + 2.0


def test_a_clock_set_back_costs_the_delay_once_more_and_not_the_hour(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, delay=2.0)
    clock.now -= 3600.0
    back = clock.now
    assert take(tmp_path, clock, delay=2.0) == back + 2.0


def test_a_clock_set_back_by_years_ends_a_pause_no_later_than_it_was_long(
    tmp_path: Path, clock: Clock
) -> None:
    take(tmp_path, clock, pause=1200.0)
    clock.now -= 10.0**8
    back = clock.now
    with pytest.raises(HostPausedError, match="20 more minutes"):
        take(tmp_path, clock)
    clock.now += 700.0
    assert take(tmp_path, clock) == back + 1200.0


def test_a_clock_set_ahead_shortens_no_gap_by_more_than_itself(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path, clock, delay=2.0)
    clock.now += 1.0
    assert take(tmp_path, clock, delay=2.0) == NOW + 2.0


def test_long_waits_are_reported(tmp_path: Path, clock: Clock) -> None:
    output: list[tuple[str, float]] = []
    turns = HostRateLimiter(tmp_path, lambda host, seconds: output.append((host, seconds)))

    async def one(pause: float) -> None:
        async with turns.turn(HOST, 2.0, clock.sleep) as turn:
            turn.pause = pause

    for pause in (0.0, 60.0, 0.0):
        asyncio.run(one(pause))
    assert output == [(HOST, 60.0)]


def test_the_name_of_a_host_leads_to_no_other_folder(tmp_path: Path, clock: Clock) -> None:
    take(tmp_path / "hosts", clock, host="../../etc")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [".._.._etc"]


def test_two_turns_of_one_process_follow_each_other(tmp_path: Path) -> None:
    spans = asyncio.run(_at_once([_held(HostRateLimiter(tmp_path), 0.1) for _ in range(3)]))
    spans.sort()
    gaps = [start - end for (_, end), (start, _) in pairwise(spans)]
    assert min(gaps) >= 0.2


async def _held(turns: HostRateLimiter, seconds: float) -> tuple[float, float]:
    async with turns.turn(HOST, 0.2):
        start = time.time()
        await asyncio.sleep(seconds)
        return start, time.time()


async def _at_once(jobs: list[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*jobs))


TAKER = """
import asyncio, sys, time
from pathlib import Path
from scrapy_project.host_rate_limiter import HostRateLimiter

async def main():
    for _ in range(int(sys.argv[2])):
        async with HostRateLimiter(Path(sys.argv[1])).turn("tcgcsv.com", 0.3):
            print(time.time(), flush=True)
            await asyncio.sleep(float(sys.argv[3]))
            print(time.time(), flush=True)

asyncio.run(main())
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def taker(tmp_path: Path) -> Any:
    """Starts processes that take turns; ends those that still run."""
    started: list[subprocess.Popen[str]] = []

    def start(turns: int, seconds: float) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", TAKER, str(tmp_path), str(turns), str(seconds)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_two_processes_share_the_turns_of_a_host(taker: Start) -> None:
    outputs = [process.communicate(timeout=20)[0] for process in [taker(3, 0.05), taker(3, 0.05)]]
    moments = [[float(line) for line in output.split()] for output in outputs]
    spans = sorted(span for of_host in moments for span in zip(of_host[::2], of_host[1::2], strict=True))
    gaps = [start - end for (_, end), (start, _) in pairwise(spans)]
    assert len(spans) == 6
    assert min(gaps) >= 0.3


def test_the_turn_of_a_killed_process_is_free_after_the_full_delay(taker: Start) -> None:
    first = taker(1, 60)
    assert first.stdout is not None
    first.stdout.readline()
    first.kill()
    first.wait()
    killed_at = time.time()
    second = taker(1, 0).communicate(timeout=20)[0]
    assert float(second.split()[0]) - killed_at >= 0.3
