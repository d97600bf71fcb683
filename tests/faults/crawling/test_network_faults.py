"""Every network fault, for spiders of five kinds: nothing partial is accepted, and nothing lasts that passes.

Faults of prices and currencies are the cleaning stage's; here a crawl over them must only end in order.
"""

import shutil
from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import pytest

from arb_pipeline.fetching.crawls import Fetched
from arb_pipeline.simulator.replay.faults import ALWAYS, KINDS, Fault

pytestmark = pytest.mark.faults

SPOTS = {
    "tcgcsv": r"/archive/",  # a 7z archive, streamed to the disk
    "cardmarket": r"/priceGuide/",  # gzip JSON of several files, each of them optional
    "ebay": r"/item_summary/",  # a keyed API whose records are written
    "ecb": r"/eurofxref-",  # a small XML file
    "distributor": r"/alpha",  # CSV, read by a mapping
}
PASSING = {
    **dict.fromkeys(("429", "503", "429-retry-after", "stall", "reset-body", "truncated"), 2),
    **dict.fromkeys(("500", "503-retry-after", "stall-body", "reset", "drip", "truncated-gzip"), 1),
}
"""Faults that another try mends, and how often each shows."""
REFUSED = ("404", "not-found", "empty", "login", "captcha", "layout", "endless", "bomb", "truncated-archive")
"""Answers that another try would not mend: the crawl ends, and the next one starts anew."""
LEAVING = {"reset-body", "truncated-gzip", "layout", "truncated-archive"}
"""After these the next crawl is looked at too: it finds a crawl to be taken up, or one that was refused."""
UNSEEN = {("distributor", "truncated-archive")}
"""CSV has no end that could be missing. That half its rows are gone shows beside those of the day before."""
LEADING_AWAY = ("redirect-private", "redirect-outside", "redirect-disallowed", "redirect-loop")
HARMLESS = ("future", "price-times", "currency", "decimal-comma")
ELSEWHERE = ("403",)
"""TCGCSV answers it with its groups: tests/integration/test_fetching.py."""
MIB = 1024 * 1024
MOST_MEMORY = {"tcgcsv": 350, "cardmarket": 900, "ebay": 400, "ecb": 400, "distributor": 400}
"""MiB. An interpreter with Scrapy takes 90; an answer of 32 to 128 is held once or twice, and expands."""


def fault_of(source: str, kind: str, times: int = ALWAYS, **changes: Any) -> Fault:
    return Fault(source, kind, times, **({"path": SPOTS[source]} | changes))


def is_told_well(got: Fetched, source: str) -> bool:
    """One line, which names the source, the address or the file, and is no traceback."""
    names = (source, "127.0.0.", "169.254.169.254", "prices-2026-01-31.ppmd.7z", "alpha's list")
    reason = got.reason
    return (
        bool(reason) and "\n" not in reason and "Traceback" not in reason and any(n in reason for n in names)
    )


def assert_refused(bench: Any, got: Fetched, source: str) -> None:
    assert got.status == "failed", got
    assert is_told_well(got, source), got.reason
    assert got.packages == ()
    assert bench.landed(source) == {}
    assert bench.strays() == []


@pytest.mark.parametrize(("kind", "times"), PASSING.items())
@pytest.mark.parametrize("source", SPOTS)
def test_a_fault_that_passes_leaves_the_package_of_an_undisturbed_crawl(
    bench: Any,
    undisturbed: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    kind: str,
    times: int,
) -> None:
    monkeypatch.setenv("ARB_RETRIES", "4")  # more than the fault takes: a busy machine may time out by itself
    expected = undisturbed(bench, source).package_id
    value = {"value": "1"} if kind.endswith("-after") else {}
    bench.forget(fault_of(source, kind, times, **value))
    result = bench.fetch(source)
    assert bench.server.faults == ()  # it did show
    assert result.status == "landed", result.reason
    assert result.package.package_id == expected
    assert bench.strays() == []


@pytest.mark.parametrize(
    ("source", "kind"), [case for case in product(SPOTS, [*PASSING, *REFUSED]) if case not in UNSEEN]
)
def test_a_fault_that_lasts_leaves_no_package_and_the_earlier_one_in_use(
    bench: Any, undisturbed: Callable[..., Any], source: str, kind: str
) -> None:
    earlier = undisturbed(bench, source)
    shutil.copytree(earlier.home / "landing", bench.home / "landing")  # what landed before, without its ETags
    before = bench.bytes_landed()

    bench.forget(fault_of(source, kind))
    result = bench.fetch(source)
    assert (result.status, result.packages) == ("failed", ())
    assert is_told_well(result, source), result.reason
    assert bench.bytes_landed() == before
    assert bench.strays() == []
    peak = max(bench.figures.values()) / MIB
    print(f"{source} {kind}: {peak:.0f} MiB, {len(bench.paths(source))} requests")  # noqa: T201 - figures
    assert peak < MOST_MEMORY[source]

    if kind not in LEAVING:
        return
    bench.forget()
    again = bench.fetch(source)
    assert again.status == "unchanged", again.reason
    assert again.package.package_id == earlier.package_id  # nothing of the failed crawl got in


@pytest.mark.parametrize("charset", ["latin-1", "utf-16"])
@pytest.mark.parametrize("source", SPOTS)
def test_text_in_another_charset_than_its_label_says_is_refused(
    bench: Any, source: str, charset: str
) -> None:
    bench.forget(fault_of(source, "wrong-charset", value=charset))
    assert_refused(bench, bench.fetch(source), source)


@pytest.mark.parametrize("kind", LEADING_AWAY)
@pytest.mark.parametrize("source", SPOTS)
def test_a_redirect_away_is_not_followed(bench: Any, source: str, kind: str) -> None:
    bench.forget(fault_of(source, kind))
    assert_refused(bench, bench.fetch(source), source)
    assert not [arrival.path for arrival in bench.arrivals if "/private" in arrival.path]


@pytest.mark.parametrize("source", SPOTS)
def test_a_redirect_to_another_address_of_this_machine_reaches_nobody(
    bench: Any, lure: Any, source: str
) -> None:
    bench.forget(fault_of(source, "redirect", value=lure.url))
    assert_refused(bench, bench.fetch(source), source)
    assert lure.visits == []


@pytest.mark.parametrize("value", ["2", "date"])
@pytest.mark.parametrize("source", SPOTS)
def test_nothing_is_requested_before_the_time_that_the_host_named(
    bench: Any, source: str, value: str
) -> None:
    bench.forget(fault_of(source, "503-retry-after", 2, value=value))
    assert bench.fetch(source).status == "landed"
    times = [arrival.at for arrival in bench.arrivals]
    refused = [n for n, arrival in enumerate(bench.arrivals) if arrival.fault]
    assert len(refused) == 2
    # A date is 3 s ahead and has whole seconds: it is over 2 to 3 s after it was sent.
    assert min(times[n + 1] - times[n] for n in refused) >= 2.0


@pytest.mark.parametrize("kind", ["robots-503", "robots-reset", "robots-stall", "robots-disallow"])
@pytest.mark.parametrize("source", SPOTS)
def test_without_rules_that_allow_it_nothing_is_requested(bench: Any, source: str, kind: str) -> None:
    bench.forget(Fault(source, kind, ALWAYS))
    result = bench.fetch(source)
    assert_refused(bench, result, source)
    assert "robots" in result.reason
    assert {arrival.path for arrival in bench.arrivals} == {"/robots.txt"}


@pytest.mark.parametrize("kind", ["robots-503", "robots-reset", "robots-stall"])
@pytest.mark.parametrize("source", ["tcgcsv", "ebay", "ecb"])
def test_rules_that_come_at_the_second_try_are_obeyed(
    bench: Any, undisturbed: Callable[..., Any], source: str, kind: str
) -> None:
    expected = undisturbed(bench, source).package_id
    bench.forget(Fault(source, kind, 1))
    result = bench.fetch(source)
    assert result.status == "landed", result.reason
    assert result.package.package_id == expected


@pytest.mark.parametrize("source", SPOTS)
def test_a_site_without_rules_may_be_requested(
    bench: Any, undisturbed: Callable[..., Any], source: str
) -> None:
    expected = undisturbed(bench, source).package_id
    bench.forget(Fault(source, "robots-404", ALWAYS))
    assert bench.fetch(source).package.package_id == expected


@pytest.mark.parametrize("source", SPOTS)
def test_a_longer_delay_of_the_rules_is_kept(bench: Any, source: str) -> None:
    bench.forget(Fault(source, "robots-delay", ALWAYS, value="1"))
    assert bench.fetch(source).status == "landed"
    times = [arrival.at for arrival in bench.arrivals]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    # The first page follows the rules themselves, which are read by then.
    assert min(gaps[1:], default=1.0) >= 1.0, gaps


@pytest.mark.parametrize("kind", HARMLESS)
@pytest.mark.parametrize("source", SPOTS)
def test_a_fault_inside_the_values_ends_in_order(bench: Any, source: str, kind: str) -> None:
    bench.forget(fault_of(source, kind))
    result = bench.fetch(source)
    assert result.status in {"landed", "failed"}
    assert "Traceback" not in result.reason
    assert "parser failed" not in result.reason
    assert bench.strays() == []


def test_every_fault_of_the_replay_is_covered() -> None:
    robots = {kind for kind in KINDS if kind.startswith("robots-")}
    own = {"redirect", "wrong-charset"}
    assert {*PASSING, *REFUSED, *LEADING_AWAY, *HARMLESS, *ELSEWHERE, *own, *robots} == set(KINDS)
