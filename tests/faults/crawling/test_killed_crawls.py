"""A crawl killed with -9, or its parent, at moments spread over it: no package, and the next one goes on."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from crawl_bench import crawls

pytestmark = pytest.mark.faults

SOURCE = "tcgcsv_products"
"""Some 16 requests in this market, each answer kept but for two."""
SEED = 20260131
RANDOM = random.Random(SEED)
AFTER_ARRIVALS = sorted(RANDOM.sample(range(1, 16), 10))
"""Requests after which the crawl is killed, a random part of a request later."""
PARENT_AFTER = sorted(RANDOM.sample(range(1, 16), 4))


@pytest.fixture(autouse=True)
def delay(monkeypatch: pytest.MonkeyPatch, bench: Any) -> None:
    monkeypatch.setenv("ARB_LOOPBACK_DELAY_SECONDS", "0.03")


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    until = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.005)
    return result


def journalled(home: Path) -> set[str]:
    """The URLs of whole lines of the journal of the crawl that was cut short."""
    result: set[str] = set()
    for journal in home.glob(f"crawls/{SOURCE}/newest/journal.jsonl"):
        *whole, _cut = journal.read_bytes().split(b"\n")
        result |= {orjson.loads(line)["url"] for line in whole}
    return result


def assert_taken_up(bench: Any, expected: str) -> int:
    """Nothing landed of what was killed; the next fetch asks for the rest only. Returns what it spared."""
    assert bench.landed(SOURCE) == {}
    assert bench.strays() == []
    had = journalled(bench.home)
    bench.forget()
    result = bench.fetch(SOURCE)
    assert result.status == "landed", result.reason
    assert result.package.package_id == expected
    base = bench.server.urls[SOURCE]
    again = {f"{base}{path}" for path in bench.paths(SOURCE)}
    assert len(bench.paths(SOURCE)) == len(again)  # nothing twice
    assert not had & again
    return len(had)


@pytest.mark.parametrize("arrivals", AFTER_ARRIVALS)
def test_a_killed_crawl_leaves_no_package_and_is_taken_up(
    bench: Any, undisturbed: Callable[..., Any], arrivals: int
) -> None:
    expected = undisturbed(bench, SOURCE).package_id
    pause = random.Random(arrivals).uniform(0, 0.04)
    killed: list[int] = []

    def kill() -> None:
        wait_for(lambda: len(bench.arrivals) >= arrivals)
        time.sleep(pause)
        (child,) = crawls(os.getpid())
        os.kill(child, signal.SIGKILL)
        killed.append(child)

    thread = threading.Thread(target=kill)
    thread.start()
    result = bench.fetch(SOURCE)
    thread.join()
    assert len(killed) == 1
    assert (result.status, result.packages) == ("failed", ())
    assert "without a result (exit code -9)" in result.reason
    spared = assert_taken_up(bench, expected)
    print(f"killed after {arrivals} requests: {spared} answers were taken up")  # noqa: T201 - figures


def test_a_crawl_killed_again_and_again_gets_there(bench: Any, undisturbed: Callable[..., Any]) -> None:
    """Each attempt is killed three requests on; not one answer that was journalled is asked for twice."""
    expected = undisturbed(bench, SOURCE).package_id
    requested: list[str] = []
    for attempt in range(4):
        stop = len(bench.arrivals) + 4
        thread = threading.Thread(target=lambda stop=stop: _kill_at(bench, stop))
        thread.start()
        result = bench.fetch(SOURCE)
        thread.join()
        assert result.status == "failed", attempt
    requested = bench.paths(SOURCE)
    # An answer may be on its way as its crawl is killed: one each time, at most.
    assert len(requested) - len(set(requested)) <= 4
    # At the least: the groups, then two products of each attempt, the third one on its way.
    assert assert_taken_up(bench, expected) >= 7


def _kill_at(bench: Any, arrivals: int) -> None:
    wait_for(lambda: len(bench.arrivals) >= arrivals)
    for child in crawls(os.getpid()):
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("arrivals", PARENT_AFTER)
def test_a_crawl_dies_with_its_parent(bench: Any, undisturbed: Callable[..., Any], arrivals: int) -> None:
    expected = undisturbed(bench, SOURCE).package_id
    parent = bench.start(SOURCE)
    wait_for(lambda: len(bench.arrivals) >= arrivals)
    (crawl,) = crawls(parent.pid)
    parent.kill()
    parent.communicate()
    wait_for(lambda: not _is_alive(crawl), 2.0)
    count = len(bench.arrivals)
    time.sleep(0.2)
    assert len(bench.arrivals) == count  # nobody asks on
    assert_taken_up(bench, expected)


@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.45, 0.6])
def test_a_parent_killed_while_it_lands_leaves_no_package_or_a_whole_one(
    bench: Any, undisturbed: Callable[..., Any], seconds: float
) -> None:
    expected = undisturbed(bench, SOURCE).package_id
    parent = bench.start(SOURCE)
    result = bench.home / f"crawls/{SOURCE}/newest/result.json"
    wait_for(result.exists)
    time.sleep(seconds)
    parent.kill()
    parent.communicate()
    print(f"killed {seconds} s after its crawl: {bench.landed(SOURCE) or 'nothing landed'}")  # noqa: T201 - figures
    assert bench.landed(SOURCE) in ({}, {"current": expected})
    assert bench.strays() == []
    bench.forget()
    fetched = bench.fetch(SOURCE)
    assert fetched.is_good, fetched.reason
    assert fetched.package.package_id == expected
    assert bench.strays() == []
    whole = [a.path for a in bench.arrivals if a.status == 200 and not a.path.endswith(".txt")]
    assert whole == []  # what the killed one had fetched was enough


def _is_alive(process: int) -> bool:
    """Is it neither gone nor a zombie?"""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_crawl_in_the_middle_of_a_request_dies_with_its_parent(
    bench: Any, undisturbed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from arb_pipeline.simulator.replay.faults import Fault

    expected = undisturbed(bench, SOURCE).package_id
    monkeypatch.setenv("ARB_TIMEOUT_SECONDS", "30")
    bench.forget(Fault(SOURCE, "stall", path="/products$"))
    parent = bench.start(SOURCE)
    wait_for(lambda: any(arrival.fault for arrival in bench.arrivals))
    (crawl,) = crawls(parent.pid)
    assert _is_alive(crawl)
    started = time.monotonic()
    parent.kill()
    parent.communicate()
    wait_for(lambda: not _is_alive(crawl), 2.0)
    print(f"the crawl was gone {time.monotonic() - started:.3f} s after its parent")  # noqa: T201 - figures
    assert_taken_up(bench, expected)
