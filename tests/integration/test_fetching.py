"""Fetching from end to end, quickly: a replayed source, a crawl in a process of its own, a landing package."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.fetching.crawls import Fetched, fetch
from arb_pipeline.settings import Settings
from arb_pipeline.simulator.replay import ReplayServer
from arb_pipeline.simulator.replay.faults import ALWAYS, Fault
from arb_pipeline.storage.tcgcsv_files import price_files

DAYS = (date(2026, 1, 1), date(2026, 1, 2))
ROW = {"productId": 1, "lowPrice": 1.5, "midPrice": 1.75, "marketPrice": 2.0, "subTypeName": "Normal"}
LIST = "SKU,Price\nA-1,6.52\nA-2,39.85\n"
MAPPING = "url: /alpha.csv\ncurrency: USD\ncolumns: {sku: SKU, price: Price}\n"
Fetch = Callable[..., Fetched]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two days of one price, and a price list of two rows."""
    folder = tmp_path / "data"
    for day in DAYS:
        path = folder / f"tcgcsv/raw/{day}/1/7/prices"
        path.parent.mkdir(parents=True)
        path.write_bytes(orjson.dumps({"success": True, "errors": [], "results": [ROW]}))
    (folder / "distributor").mkdir()
    (folder / "distributor/alpha.csv").write_text(LIST)
    return folder


@pytest.fixture
def server(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    """Serves it; the environment leads there, without delays."""
    for name in [name for name in os.environ if name.startswith("ARB_")]:
        monkeypatch.delenv(name)
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/alpha.yaml").write_text(MAPPING)
    with ReplayServer(data, sources=["tcgcsv", "distributor"]) as server:
        given = {
            "ARB_HOME": str(tmp_path / "home"),
            "ARB_LOOPBACK_DELAY_SECONDS": "0",
            "ARB_TIMEOUT_SECONDS": "5",
            "ARB_RETRIES": "1",
            "ARB_SOURCE_DISTRIBUTOR_MAPPINGS": str(tmp_path / "mappings"),
        }
        for name, value in (server.environment() | given).items():
            monkeypatch.setenv(name, value)
        yield server


def fetched(source: str = "tcgcsv", **given: Any) -> Fetched:
    return fetch(source, settings=Settings(), **given)


def paths(server: ReplayServer) -> list[str]:
    return [arrival.path for arrival in server.arrivals if arrival.path != "/robots.txt"]


def archive(day: date) -> str:
    return f"/archive/tcgplayer/prices-{day}.ppmd.7z"


def test_a_source_lands_as_it_was_sent(server: ReplayServer) -> None:
    result = fetched()
    assert (result.status, result.reason, result.counts) == ("landed", "", {"price": 1})
    assert result.package is not None
    assert result.package.part == "2026-01-02"
    assert paths(server) == ["/last-updated.txt", archive(DAYS[1])]
    manifest: Any = result.package.manifest
    (name,) = manifest["files"]
    assert (result.package.files / name).read_bytes()[:2] == b"7z"
    assert manifest["finish_reason"] == "finished"
    assert manifest["crawl"]["counts"] == {"price": 1}
    (answer,) = manifest["crawl"]["answers"]
    assert answer["url"] == server.urls["tcgcsv"] + archive(DAYS[1])
    assert answer["sha256"] == manifest["files"][name]["sha256"]


def test_what_has_not_changed_is_not_sent_again(server: ReplayServer) -> None:
    first = fetched()
    server.arrivals.clear()
    second = fetched()
    assert second.status == "unchanged"
    assert first.package is not None
    assert second.package is not None
    assert second.package.package_id == first.package.package_id
    (again,) = [a for a in server.arrivals if a.path == archive(DAYS[1])]
    assert (again.status, again.bytes_sent) == (304, 0)
    assert again.headers["if-none-match"]


def test_what_has_changed_lands_beside_what_landed_before(server: ReplayServer, data: Path) -> None:
    first = fetched()
    (data / f"tcgcsv/raw/{DAYS[1]}/1/7/prices").write_bytes(
        orjson.dumps({"success": True, "errors": [], "results": [ROW | {"lowPrice": 1.6}]})
    )
    server.answers.forget()
    second = fetched()
    assert (second.status, len(second.packages)) == ("landed", 1)
    assert first.package is not None
    assert second.package is not None
    assert first.package.files.is_dir()
    assert (second.package.root.parent / "latest").read_text() == second.package.package_id
    assert second.package.package_id != first.package.package_id


def test_days_gone_by_land_as_packages_of_their_own(server: ReplayServer) -> None:
    result = fetched(days=DAYS)
    assert (result.status, [package.part for package in result.packages]) == (
        "landed",
        ["2026-01-01", "2026-01-02"],
    )
    assert paths(server) == [archive(day) for day in DAYS]


def test_a_day_without_an_archive_fails_and_leaves_the_others(server: ReplayServer) -> None:
    absent = DAYS[0] - timedelta(days=1)
    result = fetched(days=(absent, *DAYS))
    assert result.status == "failed"
    assert "2025-12-31" in result.reason
    assert [package.part for package in result.packages] == ["2026-01-01", "2026-01-02"]


def test_only_days_without_an_archive_fail_in_order(server: ReplayServer) -> None:
    result = fetched(days=(date(2025, 6, 1),))
    assert (result.status, result.packages) == ("failed", ())
    assert result.reason


def test_a_source_without_its_keys_is_not_configured_and_asks_nothing(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARB_SOURCE_EBAY_CLIENT_ID", "id")
    result = fetched("ebay", options={"query": ["Booster"]})
    assert (result.status, result.reason) == ("not configured", "set ARB_SOURCE_EBAY_CLIENT_SECRET")
    assert server.arrivals == []


def test_a_price_list_of_a_distributor_lands_with_its_records(server: ReplayServer) -> None:
    result = fetched("distributor")
    assert (result.status, result.counts) == ("landed", {"offer": 2})
    assert result.package is not None
    assert (
        gzip.decompress((result.package.files / "alpha.csv.gz").read_bytes()) == LIST.encode()
    )  # as it was sent
    records = [json.loads(line) for line in (result.package.files / "records.jsonl").read_text().splitlines()]
    assert [record["sku"] for record in records] == ["A-1", "A-2"]
    assert paths(server) == ["/alpha.csv"]


def test_a_failed_crawl_leaves_what_landed_and_tells_why(server: ReplayServer) -> None:
    first = fetched()
    server.faults = [Fault("tcgcsv", "500", ALWAYS)]
    result = fetched()
    assert (result.status, result.packages) == ("failed", ())
    assert result.reason == f"{server.urls['tcgcsv']}/last-updated.txt: status 500"
    assert first.package is not None
    assert (first.package.root.parent / "latest").read_text() == first.package.package_id


def test_a_crawl_is_reported_as_it_goes(server: ReplayServer) -> None:
    events: list[Any] = []
    result = fetched(listener=events.append)
    answers = [event for event in events if event["event"] == "answer"]
    assert [event["url"].rpartition("/")[2] for event in answers] == [
        "robots.txt",
        "last-updated.txt",
        "prices-2026-01-02.ppmd.7z",
    ]
    assert {event["status"] for event in answers} == {200}
    assert result.stats["requests"] == 3  # robots.txt too
    assert result.stats["peak_memory"] > 20 * 1024 * 1024


def test_nothing_is_left_of_a_crawl_that_landed(server: ReplayServer, tmp_path: Path) -> None:
    fetched()
    left = {path.name for path in (tmp_path / "home/crawls/tcgcsv").iterdir()}
    assert "newest" not in left
    assert left <= {"known.json", "crawl.log"}


def test_every_source_has_a_spider_of_its_name() -> None:
    from scrapy_project.spiders import spider_of

    assert {spider_of(name).name for name in SOURCES} == set(SOURCES)


def groups(*numbers: int) -> bytes:
    return orjson.dumps({"success": True, "results": [{"groupId": n, "name": f"Set {n}"} for n in numbers]})


def refusing(data: Path, server: ReplayServer) -> None:
    """TCGCSV as it was in 2026-09: no archive, two groups of Magic."""
    (data / "tcgcsv/products/1").mkdir(parents=True)
    (data / "tcgcsv/products/1/groups").write_bytes(groups(7, 8))
    path = data / f"tcgcsv/raw/{DAYS[1]}/1/8/prices"
    path.parent.mkdir(parents=True)
    path.write_bytes(orjson.dumps({"success": True, "errors": [], "results": [ROW | {"productId": 2}]}))
    server.faults = [Fault("tcgcsv", "403", ALWAYS, path="/archive/")]


def test_an_archive_that_is_refused_is_fetched_group_by_group(data: Path, server: ReplayServer) -> None:
    refusing(data, server)
    answers: list[str] = []
    result = fetched(categories=["mtg"], listener=lambda event: answers.append(str(event.get("event"))))
    assert (result.status, result.counts) == ("landed", {"price": 2})
    assert result.warnings == (f"tcgcsv refuses the archive of {DAYS[1]} (status 403): read group by group",)
    assert result.package is not None
    assert result.package.part == "2026-01-02"
    manifest: Any = result.package.manifest
    assert [name.removesuffix(".gz") for name in sorted(manifest["files"])] == ["1/7/prices", "1/8/prices"]
    assert answers.count("answer") >= len(["7", "8"])  # its progress
    assert paths(server)[-1] == "/last-updated.txt"
    files = price_files(result.package.files, day="2026-01-02", categories={"mtg": 1})
    assert [file.payload["results"][0]["productId"] for file in files] == [1, 2]


def test_a_crawl_of_groups_that_was_cut_short_goes_on_where_it_was(data: Path, server: ReplayServer) -> None:
    refusing(data, server)
    server.faults = [*server.faults, Fault("tcgcsv", "500", ALWAYS, path="/1/8/prices")]
    assert fetched(categories=["mtg"]).status == "failed"
    server.faults = server.faults[:1]
    server.arrivals.clear()
    result = fetched(categories=["mtg"])
    assert (result.status, result.counts["price"]) == ("landed", 2)
    assert "/tcgplayer/1/8/prices" in paths(server)
    assert "/tcgplayer/1/7/prices" not in paths(server)


def test_an_old_day_whose_archive_is_refused_says_what_to_do(data: Path, server: ReplayServer) -> None:
    refusing(data, server)
    result = fetched(days=[DAYS[0]], categories=["mtg"])
    assert result.status == "failed"
    assert (
        "refuses the archive of 2026-01-01 (status 403). Group by group it has 2026-01-02 alone"
        in result.reason
    )
    assert "arb run --data DIR" in result.reason
    assert fetched(days=[DAYS[1]], categories=["mtg"]).counts == {"price": 2}
