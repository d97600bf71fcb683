"""Each fault of the replay server does what it says."""

import gzip
import http.client
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import Thread, active_count
from urllib.parse import urlsplit

import pytest
from replaying import ARCHIVE, PRICES, UPDATED, Got, ask, two_days

from arb_pipeline.simulator.replay import ReplayServer
from arb_pipeline.simulator.replay.archives import unpack_7z
from arb_pipeline.simulator.replay.connection_faults import BROKEN, SILENT
from arb_pipeline.simulator.replay.faults import KINDS, Fault, parse_fault
from arb_pipeline.simulator.replay.response_faults import INSTEAD, SPOILT
from arb_pipeline.simulator.source_apis import Answer

SHORT = 0.3
"""Seconds a client waits for what never comes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_days(tmp_path)


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[ReplayServer]:
    with ReplayServer(folder, sources=["tcgcsv", "mtgjson"], log=tmp_path / "log.jsonl") as running:
        yield running


def faulty(server: ReplayServer, kind: str, path: str = PRICES, value: str = "") -> Got:
    """GET with a fault; it is gone after."""
    server.faults = [Fault("tcgcsv", kind, value=value)]
    return ask(server, path)


def row(got: Got) -> dict[str, object]:
    """The price in an answer."""
    return json.loads(got.body)["results"][0]


def test_each_kind_does_one_thing() -> None:
    done = [*INSTEAD, *SPOILT, *SILENT, *BROKEN]
    assert sorted(done) == sorted(KINDS)


def test_a_fault_is_used_up_and_all_means_each_source(server: ReplayServer) -> None:
    server.faults = [Fault("all", "503", times=2)]
    assert [ask(server).status for _ in range(3)] == [503, 503, 200]
    assert ask(server, source="mtgjson").status == 503
    assert server.faults == (Fault("mtgjson", "503", times=1),)


def test_a_fault_spares_robots_and_tokens_unless_its_path_says_so(server: ReplayServer) -> None:
    server.faults = [Fault("tcgcsv", "500", times=-1)]
    assert [ask(server, path).status for path in ("/robots.txt", "/oauth2/token")] == [200, 404]
    server.faults = [Fault("tcgcsv", "500", times=-1, path=r"robots|page=2")]
    paths = ("/robots.txt", PRICES, f"{PRICES}?page=2")
    assert [ask(server, path).status for path in paths] == [500, 200, 500]


@pytest.mark.parametrize(
    ("kind", "value", "status", "header"),
    [
        ("429", "", 429, None),
        ("503", "", 503, None),
        ("500", "", 500, None),
        ("404", "", 404, None),
        ("not-found", "", 404, None),
        ("429-retry-after", "", 429, ("retry-after", "2")),
        ("503-retry-after", "7", 503, ("retry-after", "7")),
        ("redirect", "", 302, ("location", "http://127.0.0.2:9/")),
        ("redirect", "http://127.0.0.1:1/a", 302, ("location", "http://127.0.0.1:1/a")),
        ("redirect-private", "", 302, ("location", "http://169.254.169.254/latest/")),
        ("redirect-outside", "", 302, ("location", "https://example.org/x")),
    ],
)
def test_statuses_and_redirects(
    server: ReplayServer, kind: str, value: str, status: int, header: tuple[str, str] | None
) -> None:
    result = faulty(server, kind, value=value)
    assert result.status == status
    assert header is None or result.headers[header[0]] == header[1]
    assert header is not None or "retry-after" not in result.headers


def test_retry_after_can_be_a_date(server: ReplayServer) -> None:
    until = parsedate_to_datetime(faulty(server, "503-retry-after", value="date").headers["retry-after"])
    assert timedelta(seconds=1) < until - datetime.now(UTC) <= timedelta(seconds=3)


def test_redirects_within_the_source(server: ReplayServer) -> None:
    assert faulty(server, "redirect-disallowed").headers["location"] == f"{server.urls['tcgcsv']}/private/x"
    at = faulty(server, "redirect-loop").headers["location"]
    seen = [at]
    for _ in range(3):
        seen.append(ask(server, urlsplit(seen[-1]).path).headers["location"])
    assert len(set(seen)) == 4


@pytest.mark.parametrize(
    ("kind", "word"), [("login", b"password"), ("captcha", b"recaptcha"), ("empty", b"")]
)
def test_pages_with_status_200(server: ReplayServer, kind: str, word: bytes) -> None:
    result = faulty(server, kind)
    assert result.status == 200
    assert word in result.body
    assert (result.body == b"") == (kind == "empty")


@pytest.mark.parametrize("kind", ["stall", "stall-body", "drip"])
def test_silence_makes_the_client_wait(server: ReplayServer, kind: str) -> None:
    server.faults = [Fault("tcgcsv", kind)]
    with pytest.raises(TimeoutError):
        ask(server, timeout=SHORT)


@pytest.mark.parametrize("kind", ["reset", "reset-body"])
def test_resets(server: ReplayServer, kind: str) -> None:
    with pytest.raises(ConnectionResetError):
        faulty(server, kind)


def test_a_truncated_body_is_shorter_than_it_says(server: ReplayServer) -> None:
    with pytest.raises(http.client.IncompleteRead) as error:
        faulty(server, "truncated")
    assert len(error.value.partial) > 0


def test_half_a_gzip_body_comes_without_an_error_of_the_transport(server: ReplayServer) -> None:
    result = faulty(server, "truncated-gzip")
    assert (result.status, result.headers["content-encoding"]) == (200, "gzip")
    with pytest.raises(EOFError):
        gzip.decompress(result.body)


def test_half_an_archive_comes_without_an_error_of_the_transport(server: ReplayServer) -> None:
    whole, half = ask(server, ARCHIVE), faulty(server, "truncated-archive", ARCHIVE)
    assert half.body == whole.body[: len(whole.body) // 2]
    assert (half.status, half.headers["content-type"]) == (200, whole.headers["content-type"])


def test_an_endless_body_goes_on_and_a_bomb_expands(server: ReplayServer) -> None:
    netloc = urlsplit(server.urls["tcgcsv"]).netloc
    server.faults = [Fault("tcgcsv", "endless"), Fault("tcgcsv", "bomb")]
    connection = http.client.HTTPConnection(netloc, timeout=5)
    connection.request("GET", PRICES)
    assert len(connection.getresponse().read(5_000_000)) == 5_000_000
    connection.close()
    bomb = ask(server)
    assert len(bomb.body) < 5_000_000
    unpacked = zlib.decompressobj(31).decompress(bomb.body, 50_000_000)
    assert (len(unpacked), unpacked.count(0)) == (50_000_000, 50_000_000)
    # Told at its end: the length, of which gzip keeps 32 bits.
    assert struct.unpack("<I", bomb.body[-4:]) == (4 * 2**30 % 2**32,)


@pytest.mark.parametrize("charset", ["latin-1", "utf-16"])
def test_a_wrong_charset_is_not_the_utf_8_it_says(server: ReplayServer, charset: str) -> None:
    result = faulty(server, "wrong-charset", value=charset)
    assert result.headers["content-type"] == "application/json; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        result.body.decode()


@pytest.mark.parametrize(
    ("kind", "value", "low"),
    [("price-times", "10", 15.0), ("price-times", "0.1", 0.15), ("decimal-comma", "", "1,50")],
)
def test_prices_are_changed_in_json_and_in_archives(
    server: ReplayServer, kind: str, value: str, low: object
) -> None:
    changed = row(faulty(server, kind, value=value))
    assert (changed["lowPrice"], changed["productId"], changed["midPrice"]) == (low, 1, None)
    members = unpack_7z(faulty(server, kind, ARCHIVE, value).body)
    assert json.loads(members["2026-01-02/1/7/prices"])["results"][0] == changed


def test_prices_as_text_and_currencies() -> None:
    offer = Answer(
        b'{"price":{"value":"12.50","currency":"USD"},"extendedData":[{"value":"4"}],"note":"USD"}'
    )
    assert b'"value":"125.00"' in SPOILT["price-times"](offer, "10").body
    assert b'[{"value":"4"}]' in SPOILT["price-times"](offer, "10").body
    swapped = json.loads(SPOILT["currency"](offer, "").body)
    assert (swapped["price"]["currency"], swapped["note"]) == ("EUR", "USD")


def test_a_changed_layout_renames_fields_below_the_top(server: ReplayServer) -> None:
    assert row(faulty(server, "layout"))["lowPrice_v2"] == 1.5
    assert b"password" in faulty(server, "layout", ARCHIVE).body
    rename: Callable[[Answer, str], Answer] = SPOILT["layout"]
    assert rename(Answer(b"sku,price\na,1\n", "text/csv"), "").body == b"sku_v2,price_v2\na,1\n"
    assert rename(Answer(b"<a><b c='1'/></a>", "text/xml"), "").body == b"<a_v2><b_v2 c='1'/></a_v2>"


def test_the_future_is_a_day_ahead(server: ReplayServer) -> None:
    result, tomorrow = faulty(server, "future", UPDATED), datetime.now(UTC) + timedelta(days=1)
    output = datetime.fromisoformat(result.body.decode())
    assert abs(output - tomorrow) < timedelta(seconds=10)
    assert abs(parsedate_to_datetime(result.headers["date"]) - tomorrow) < timedelta(seconds=10)


def test_faults_of_robots_txt(server: ReplayServer) -> None:
    def robots(kind: str, value: str = "", timeout: float = 5) -> Got:
        server.faults = [Fault("tcgcsv", kind, value=value)]
        return ask(server, "/robots.txt", timeout=timeout)

    assert [robots(f"robots-{status}").status for status in (503, 404)] == [503, 404]
    assert robots("robots-disallow").body == b"User-agent: *\nDisallow: /\n"
    assert b"Crawl-delay: 5\n" in robots("robots-delay", "5").body
    with pytest.raises(ConnectionResetError):
        robots("robots-reset")
    with pytest.raises(TimeoutError):
        robots("robots-stall", timeout=SHORT)


def test_what_lasts_ends_with_the_server(folder: Path) -> None:
    before = active_count()
    faults = [Fault("tcgcsv", kind) for kind in ("stall", "stall-body", "drip", "endless")]
    with ReplayServer(folder, sources=["tcgcsv"], faults=faults) as server:
        clients = [Thread(target=_wait_for_the_end, args=(server,)) for _ in [*faults, "none"]]
        for client in clients:
            client.start()
            time.sleep(0.05)
    for client in clients:
        client.join(timeout=2)
    until = time.monotonic() + 2
    while active_count() > before and time.monotonic() < until:
        time.sleep(0.02)
    assert active_count() <= before


def _wait_for_the_end(server: ReplayServer) -> None:
    host = urlsplit(server.urls["tcgcsv"])
    with socket.create_connection((host.hostname, host.port), timeout=5) as connection:
        connection.sendall(f"GET {PRICES} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        try:
            while connection.recv(1 << 16):
                pass
        except ConnectionError:
            return


def test_a_fault_reads_as_it_is_written() -> None:
    text = "ebay:redirect:times=-1:value=http://127.0.0.1:9/a:path=^/buy(?:/|$)"
    assert parse_fault(text) == Fault("ebay", "redirect", -1, "^/buy(?:/|$)", "http://127.0.0.1:9/a")
    assert parse_fault("all:429") == Fault("all", "429")


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("ebay", "SOURCE:KIND"),
        ("ebey:429", "No source 'ebey'. Known: all, tcgcsv"),
        ("ebay:492", "No fault '492' .*Known: 429, 503"),
        ("ebay:429:time=2", "No fault '429:time=2'"),
        ("ebay:429:times=two", "times is 'two'"),
        ("ebay:429:times=0", "at least once, or always"),
        ("ebay:429:value=3", "429 takes no value"),
        ("ebay:429-retry-after:value=soon", "needs a number as value, not 'soon'"),
        ("ebay:price-times:value=date", "needs a number"),
        ("ebay:wrong-charset:value=ebcdic", "latin-1 or utf-16"),
        ("ebay:429:path=(", "no regular expression"),
    ],
)
def test_a_wrong_fault_is_refused_with_its_fault(text: str, stated: str) -> None:
    with pytest.raises(ValueError, match=stated):
        parse_fault(text)
