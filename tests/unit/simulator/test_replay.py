"""The replay server without faults, from the view of a client."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from replaying import ARCHIVE, PRICES, UPDATED, ask, two_days

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.simulator.replay import ReplayServer
from arb_pipeline.simulator.replay.answers import Answers
from arb_pipeline.simulator.replay.faults import Fault
from arb_pipeline.simulator.source_apis import Request


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_days(tmp_path)


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[ReplayServer]:
    with ReplayServer(folder, sources=["tcgcsv", "mtgjson"], log=tmp_path / "log.jsonl") as running:
        yield running


def test_each_source_has_an_origin_and_the_settings_that_lead_there(folder: Path) -> None:
    with ReplayServer(folder) as server:
        assert list(server.urls) == list(SOURCES)
        assert len(set(server.urls.values())) == len(SOURCES)
        environment = server.environment()
    assert environment["ARB_SOURCE_TCGCSV_URL"] == server.urls["tcgcsv"]
    assert environment["ARB_SOURCE_EBAY_CLIENT_SECRET"]
    assert "ARB_SOURCE_DISTRIBUTOR_MAPPINGS" not in environment


def test_a_given_port_is_the_first_sources_and_the_others_follow(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = list(SOURCES)
    with ReplayServer(folder, sources=[names[0], names[2]], port=port) as server:
        assert [urlsplit(url).port for url in server.urls.values()] == [port, port + 2]


def test_an_unknown_source_is_named() -> None:
    with pytest.raises(ValueError, match="No source tcgscv"):
        ReplayServer(Path(), sources=["tcgscv"])


@pytest.mark.parametrize("known", [("etag", "if_none_match"), ("last-modified", "if_modified_since")])
def test_what_the_client_has_is_not_sent_again(server: ReplayServer, known: tuple[str, str]) -> None:
    first = ask(server)
    again = ask(server, **{known[1]: first.headers[known[0]]})
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert "content-length" not in again.headers


def test_what_changed_is_sent_again(server: ReplayServer) -> None:
    yesterday = "Thu, 01 Jan 2026 20:05:31 GMT"
    assert ask(server, if_none_match='"other"', if_modified_since=yesterday).status == 200
    assert ask(server, if_modified_since=yesterday).status == 200


def test_text_is_sent_in_gzip_to_those_who_take_it_and_archives_never(server: ReplayServer) -> None:
    plain, packed = ask(server), ask(server, accept_encoding="gzip, br")
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert "content-encoding" not in ask(server, ARCHIVE, accept_encoding="gzip").headers


def test_the_connection_stays_open_between_requests(server: ReplayServer) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.urls["tcgcsv"]).netloc, timeout=2)
    for _ in range(2):
        connection.request("HEAD", PRICES)
        response = connection.getresponse()
        assert (int(response.headers["Content-Length"]) > 0, response.read()) == (True, b"")
    connection.close()


def test_every_robots_txt_has_a_trap_and_mtgjsons_its_own_rules(server: ReplayServer) -> None:
    assert ask(server, "/robots.txt").body == b"User-agent: *\nDisallow: /private/\nAllow: /\n"
    assert b"Disallow: /api/v5/*.json\n" in ask(server, "/robots.txt", source="mtgjson").body


def test_arrivals_are_kept_and_logged(server: ReplayServer, tmp_path: Path) -> None:
    before = time.monotonic()
    server.faults = [Fault("tcgcsv", "429")]
    ask(server, f"{PRICES}?page=1", x_from="test")
    ask(server, "/nothing")
    first, second = server.arrivals
    assert (first.source, first.method, first.path) == ("tcgcsv", "GET", f"{PRICES}?page=1")
    assert (first.status, first.fault, first.headers["x-from"]) == (429, "429", "test")
    assert (second.status, second.fault) == (404, "")
    assert before <= first.at <= second.at
    logged = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["status"] for line in logged] == [429, 404]
    assert logged[0]["bytes_sent"] == first.bytes_sent > 0


def test_the_market_stands_at_the_day_it_is_set_to(server: ReplayServer) -> None:
    assert ask(server, UPDATED).body == b"2026-01-02T20:05:31+0000"
    server.day = "2026-01-01"
    assert ask(server, UPDATED).body == b"2026-01-01T20:05:31+0000"
    assert ask(server, ARCHIVE).status == 404


def test_a_simulated_source_is_requested_once_until_its_cache_is_cleared(folder: Path) -> None:
    answers, requested = Answers(folder), Request("GET", PRICES)
    kept = answers.get("tcgcsv", requested)
    assert answers.get("tcgcsv", requested) is kept
    assert answers.get("tcgcsv", Request("GET", PRICES, headers={"authorization": "x"})) is not kept
    answers.forget()
    assert answers.get("tcgcsv", requested) is not kept


def test_an_unknown_source_answers_404(folder: Path) -> None:
    assert Answers(folder).get("nobody", Request("GET", "/")).answer.status == 404


def test_arb_demo_serve_prints_its_settings_and_ends_well(folder: Path, tmp_path: Path) -> None:
    program = [str(Path(sys.executable).with_name("arb")), "demo", "serve", str(folder), "--port", "0"]
    environment = {**os.environ, "ARB_HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        [*program, "--env-file", str(tmp_path / "env")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as serving:
        first = serving.stdout.readline()
        url = first.strip().removeprefix("export ARB_SOURCE_TCGCSV_URL=")
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        connection.request("GET", UPDATED)
        assert connection.getresponse().read() == b"2026-01-02T20:05:31+0000"
        assert first == "export " + (tmp_path / "env").read_text().splitlines(keepends=True)[0]
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(timeout=10) == 0
