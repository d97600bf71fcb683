"""Two processes that fetch at once: one crawl of a source, and one gap for a host."""

import json
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

pytestmark = pytest.mark.faults


def ended(*processes: Any) -> list[list[Any]]:
    """Status, reason and package id of each."""
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def test_two_processes_that_fetch_one_source_crawl_it_once(
    bench: Any, undisturbed: Callable[..., Any]
) -> None:
    expected = undisturbed(bench, "tcgcsv_products").package_id
    one, two = ended(bench.start("tcgcsv_products"), bench.start("tcgcsv_products"))
    assert sorted((one[0], two[0])) == ["landed", "unchanged"]
    assert one[2] == two[2] == expected
    assert bench.landed("tcgcsv_products") == {"current": expected}
    assert bench.strays() == []
    kept = [a for a in bench.arrivals if a.path.endswith(("/groups", "/products"))]
    whole = [a.path for a in kept if "if-none-match" not in a.headers]
    assert len(whole) == len(set(whole))
    assert {a.status for a in kept if "if-none-match" in a.headers} <= {304}


def test_two_threads_that_fetch_one_source_crawl_it_once(bench: Any, undisturbed: Callable[..., Any]) -> None:
    expected = undisturbed(bench, "cardkingdom").package_id
    result: list[Any] = []
    threads = [threading.Thread(target=lambda: result.append(bench.fetch("cardkingdom"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(crawl.status for crawl in result) == ["landed", "unchanged"]
    assert {crawl.package.package_id for crawl in result} == {expected}


def test_two_sources_of_one_host_keep_its_gap_between_them(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARB_LOOPBACK_DELAY_SECONDS", "2.0")
    done = ended(bench.start("ecb"), bench.start("cardkingdom"))
    assert [outcome[0] for outcome in done] == ["landed", "landed"]
    arrivals = sorted(bench.arrivals, key=lambda arrival: arrival.at)
    assert {arrival.source for arrival in arrivals} == {"ecb", "cardkingdom"}
    gaps = [later.at - earlier.at for earlier, later in pairwise(arrivals)]
    print(f"{len(arrivals)} requests, least gap {min(gaps):.3f} s")  # noqa: T201 - figures
    assert len(arrivals) == 5
    assert min(gaps) >= 2.0


def test_a_process_that_waits_for_another_s_crawl_goes_on_when_that_one_is_killed(
    bench: Any, undisturbed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undisturbed(bench, "tcgcsv_products").package_id
    monkeypatch.setenv("ARB_LOOPBACK_DELAY_SECONDS", "0.1")
    first = bench.start("tcgcsv_products")
    while len(bench.arrivals) < 3:
        assert first.poll() is None
        threading.Event().wait(0.01)
    second = bench.start("tcgcsv_products")
    threading.Event().wait(0.5)
    first.kill()
    first.communicate()
    ((status, reason, package_id),) = ended(second)
    assert (status, package_id) == ("landed", expected), reason
    assert bench.strays() == []
