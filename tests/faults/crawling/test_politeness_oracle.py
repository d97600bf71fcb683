"""The politeness oracle: rules for a server's request log when all sources are fetched at once."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.simulator.replay import ReplayServer, RequestLog
from arb_pipeline.simulator.replay.faults import ALWAYS, Fault

DELAY = 2.0
AGENT = re.compile(r"arb_pipeline/\S+ \(.+\)")
DISALLOWED = ("/private/",)
SMALL = re.compile(r"/robots\.txt|/token|/last-updated\.txt|\.sha256$|/bulk-data")
"""Paths that every crawl requests: rules (daily), tokens, and signs of new data."""


def oracle(
    arrivals: Iterable[RequestLog],
    *,
    origins: Iterable[str],
    pauses: Mapping[str, float] = {},
    visits: Iterable[object] = (),
    delay: float = DELAY,
) -> list[str]:
    """Impolite requests, one line each; all arrivals are of one host.

    `origins`: host:port that may be asked. `pauses`: kind of fault -> seconds that its Retry-After asked for.
    `visits`: connections to addresses that nobody may come to.
    """
    result, allowed = [f"somebody came to {visit}" for visit in visits], set(origins)
    ordered = sorted(arrivals, key=lambda arrival: arrival.at)
    for n, arrival in enumerate(ordered):
        what = f"{arrival.source} {arrival.path}"
        gap = arrival.at - ordered[n - 1].at if n else delay
        if gap < delay:
            result.append(f"{gap:.3f} s before {what}")
        if n and gap < (pause := pauses.get(ordered[n - 1].fault, 0.0)):
            result.append(f"{gap:.3f} s before {what}, though Retry-After said {pause}")
        if arrival.path.startswith(DISALLOWED):
            result.append(f"{what} is disallowed")
        if arrival.headers.get("host") not in allowed:
            result.append(f"{what} was asked of {arrival.headers.get('host')}")
        if not AGENT.fullmatch(arrival.headers.get("user-agent", "")):
            result.append(f"{what} came from {arrival.headers.get('user-agent')!r}")
    return result


def repeated(arrivals: Iterable[RequestLog]) -> list[str]:
    """Fetches of landed files, one line each. A redirect and a missing file send nothing."""
    result, seen = [], Counter[tuple[str, str]]()
    for arrival in arrivals:
        what = f"{arrival.source} {arrival.path}"
        seen[arrival.source, arrival.path] += 1
        if SMALL.search(arrival.path):
            continue
        if arrival.status not in {302, 304, 404}:
            condition = "in spite of" if "if-none-match" in arrival.headers else "without"
            result.append(f"{what} was answered {arrival.status} {condition} a condition")
        if seen[arrival.source, arrival.path] > 1:
            result.append(f"{what} was asked for twice")
    return result


# The oracle can fail


def arrival(at: float, **changes: Any) -> RequestLog:
    headers = {"host": "127.0.0.1:1", "user-agent": "arb_pipeline/0.1 (research)", "if-none-match": '"e"'}
    given = {"source": "ecb", "method": "GET", "path": "/x", "at": at, "wall": at, "status": 304}
    return RequestLog(**(given | {"headers": headers | changes.pop("headers", {})} | changes))


def judged(*arrivals: RequestLog, **given: Any) -> list[str]:
    return oracle(arrivals, origins=["127.0.0.1:1"], **given)


def test_the_oracle_has_nothing_to_say_of_polite_requests() -> None:
    assert judged(arrival(0), arrival(2.0), arrival(4.5)) == []
    assert judged() == []


def test_the_oracle_sees_a_gap_of_less_than_two_seconds() -> None:
    assert judged(arrival(0), arrival(1.9)) == ["1.900 s before ecb /x"]
    assert judged(arrival(5), arrival(0), arrival(3.5)) == ["1.500 s before ecb /x"]  # in any order
    assert judged(arrival(0), arrival(1.9, source="tcgcsv")) == ["1.900 s before tcgcsv /x"]  # of any source


def test_the_oracle_sees_a_request_before_the_end_of_a_requested_pause() -> None:
    early = arrival(0, fault="429-retry-after"), arrival(7.9)
    assert judged(*early, pauses={"429-retry-after": 8}) == [
        "7.900 s before ecb /x, though Retry-After said 8"
    ]
    assert judged(*early, pauses={"429-retry-after": 7.5}) == []


def test_the_oracle_sees_a_disallowed_path() -> None:
    assert judged(arrival(0, path="/private/x")) == ["ecb /private/x is disallowed"]


def test_the_oracle_sees_another_host_and_a_visit_elsewhere() -> None:
    assert judged(arrival(0, headers={"host": "evil.org"})) == ["ecb /x was asked of evil.org"]
    assert judged(visits=["127.0.0.2"]) == ["somebody came to 127.0.0.2"]


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (X11)", "arb_pipeline/0.1", ""])
def test_the_oracle_sees_a_request_that_does_not_say_who_asks(agent: str) -> None:
    assert judged(arrival(0, headers={"user-agent": agent})) == [f"ecb /x came from {agent!r}"]


def test_the_oracle_sees_what_is_fetched_again() -> None:
    assert repeated([arrival(0), arrival(2, path="/y"), arrival(4, path="/robots.txt", status=200)]) == []
    assert repeated([arrival(0, status=200)]) == ["ecb /x was answered 200 in spite of a condition"]
    assert repeated([arrival(0), arrival(2)]) == ["ecb /x was asked for twice"]
    bare = arrival(0, status=200)
    del bare.headers["if-none-match"]
    assert repeated([bare]) == ["ecb /x was answered 200 without a condition"]


# A run of all sources

OPTIONS = {
    "tcgcsv_products": {"group": ["70001"]},
    "tcgplayer": {"group": ["70001"]},
    "ebay": {"query": ["Booster"]},
    "amazon": {"query": ["Booster"]},
    "amazon_sp": {"asin": ["B0QPXG0C28"]},
}
FAULTS = (
    Fault("ecb", "429-retry-after", value="9"),
    Fault("scryfall", "503-retry-after", value="date"),
    Fault("cardkingdom", "503"),
    Fault("ygoprodeck", "reset"),
    Fault("tcgcsv", "truncated", path=r"\.7z"),
    Fault("cardmarket", "truncated-gzip"),
    Fault("ygojson", "stall"),
    Fault("tcgplayer", "robots-reset"),
    Fault("pokemontcg", "robots-delay", value="3", times=ALWAYS),
    Fault("mtg_decks", "redirect-disallowed"),
    Fault("mtg_sealed_content", "redirect-private"),
)
"""And a redirect to the lure, of mtg_boosters."""
AWAY = {"mtg_decks", "mtg_sealed_content", "mtg_boosters"}
"""They are led away: their crawls end."""
UNCONDITIONAL = {"ebay", "amazon", "amazon_sp", "tcgplayer"}
"""Questions, which are asked anew."""


@pytest.fixture
def small(market: Path, tmp_path: Path) -> Path:
    """The market with a Pokemon set of three cards: TCGdex takes a request per card."""
    folder = tmp_path / "market"
    shutil.copytree(market, folder)
    first, *others = sorted((folder / "pokemon/tcgdex").glob("*.json"))
    for path in others:
        path.unlink()
    content = json.loads(first.read_text())
    first.write_text(json.dumps(content | {"cards": content["cards"][:3]}))
    return folder


def report(name: str, arrivals: Iterable[RequestLog]) -> None:
    """Prints the figures."""
    ordered = sorted(request.at for request in arrivals)
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    print(  # noqa: T201 - figures
        f"\n{name}: {len(ordered)} requests to 127.0.0.1 in {ordered[-1] - ordered[0]:.0f} s, "
        f"least gap {min(gaps):.3f} s"
    )
    for source, count in sorted(Counter(request.source for request in arrivals).items()):
        statuses = Counter(
            request.fault or str(request.status) for request in arrivals if request.source == source
        )
        print(f"  {source:20} {count:3}  {', '.join(f'{n} x {status}' for status, n in statuses.items())}")  # noqa: T201 - figures


@pytest.mark.faults
def test_a_run_of_all_sources_is_polite(
    bench: Any, small: Path, lure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReplayServer(small, faults=(*FAULTS, Fault("mtg_boosters", "redirect", value=lure.url))) as server:
        given = server.environment() | {"ARB_LOOPBACK_DELAY_SECONDS": "2.0", "ARB_TIMEOUT_SECONDS": "4"}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        origins = {url.removeprefix("http://") for url in server.urls.values()}

        def fetch_all(wanted: list[str]) -> dict[str, Any]:
            def one(name: str) -> Any:
                return bench.fetch(name, options=OPTIONS.get(name, {}), categories=SOURCES[name].categories)

            with ThreadPoolExecutor(4) as pool:
                return {result.source: result for result in pool.map(one, wanted)}

        first = fetch_all(list(SOURCES))
        arrivals = list(server.arrivals)
        report("first run", arrivals)
        pauses = {"429-retry-after": 9.0, "503-retry-after": 2.0}
        assert oracle(arrivals, origins=origins, pauses=pauses, visits=lure.visits) == []
        failed = {name: result.reason for name, result in first.items() if not result.is_good}
        assert failed.keys() == AWAY, failed
        shown = {fault.kind for fault in (*FAULTS, Fault("ecb", "redirect"))}
        assert {request.fault for request in arrivals} - {""} == shown

        server.arrivals.clear()
        again = [name for name in SOURCES if name not in AWAY | UNCONDITIONAL]
        second = fetch_all(again)
        arrivals = list(server.arrivals)
        report("second run", arrivals)
        assert {result.status for result in second.values()} == {"unchanged"}
        assert oracle(arrivals, origins=origins, visits=lure.visits) == []
        assert repeated(arrivals) == []
        assert not [request.path for request in arrivals if request.path == "/robots.txt"]  # known for a day
