"""Pauses that a host requests, from the header of its answer or from the rules."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from arb_pipeline.settings import Settings
from scrapy_project import handler as module
from scrapy_project.handler import PoliteDownloadHandler, delay_of, retry_after
from scrapy_project.host_rate_limiter import HostRateLimiter
from scrapy_project.ssrf_guard import RefusedAddressError

URL = "https://tcgcsv.com/last-updated.txt"
HOST = "tcgcsv.com"
NOW = 1_800_000_000.0


def answer(text: Any = None, status: int = 429) -> Response:
    return Response(URL, status=status, headers={} if text is None else {"Retry-After": text})


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        module, "settings", lambda: Settings(home=tmp_path, delay_seconds=2.0, loopback_delay_seconds=0.0)
    )


# Retry-After


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("  7 ", 7.0),
        (None, 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("1e9", 0.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("99999999999999999999", 1e20),  # a turn's pause is capped at a day
    ],
)
def test_retry_after_in_seconds(text: str | None, seconds: float) -> None:
    assert retry_after(answer(text)) == seconds


@pytest.mark.parametrize("text", [b"\xb2", "²", "٣", "1.5", "inf", "nan", b"\xff", "Mon, 99 Jan 2026"])
def test_retry_after_that_is_neither_is_none(text: Any) -> None:
    assert retry_after(answer(text)) == 0.0


def test_retry_after_as_a_date_ends_a_second_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", lambda: NOW)
    then = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=90)
    assert retry_after(answer(format_datetime(then, usegmt=True))) == 91.0
    assert retry_after(answer(then.strftime("%a, %d %b %Y %H:%M:%S"))) == 91.0  # no zone: UTC
    east = then.astimezone(tz=None)
    assert retry_after(answer(format_datetime(east))) == 91.0


# Delays


def test_the_delay_is_two_seconds_and_longer_where_the_rules_ask_for_it() -> None:
    assert delay_of(HOST, Request(URL)) == 2.0
    assert delay_of(HOST, Request(URL, meta={"crawl_delay": 0.5})) == 2.0
    assert delay_of(HOST, Request(URL, meta={"crawl_delay": 10})) == 10.0


def test_the_delay_towards_this_machine_is_a_setting_of_its_own() -> None:
    assert delay_of("127.0.0.1", Request(URL)) == 0.0
    assert delay_of("localhost", Request(URL)) == 0.0
    assert delay_of("127.0.0.1.evil.org", Request(URL)) == 2.0
    assert delay_of("127.0.0.1", Request(URL, meta={"crawl_delay": 3})) == 3.0


def test_the_delay_cannot_be_set_below_two_seconds() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        Settings(delay_seconds=1.9)


# Requests


class Sites:
    """Stands where the network is."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, _handler: Any, request: Request) -> Response:
        self.asked.append(request.url)
        result = self.answers.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


class Guardian:
    def __init__(self) -> None:
        self.refusals: dict[str, Exception] = {}

    def check(self, url: str) -> None:
        if "evil" in url:
            raise RefusedAddressError(url)


def handle(
    monkeypatch: pytest.MonkeyPatch, folder: Path, sites: Sites, request: Request, guardian: Any = None
) -> Any:
    """One request through the handler; returns (answer or exception, seconds that the host is left alone)."""
    asks = lambda handler, asked: sites(handler, asked)  # noqa: E731, PLW0108 - only a function binds
    monkeypatch.setattr(HTTP11DownloadHandler, "download_request", asks)
    monkeypatch.setattr(module.random, "uniform", lambda _low, _high: 1.0)
    handler = PoliteDownloadHandler.__new__(PoliteDownloadHandler)
    handler._guard = guardian or Guardian()
    handler._turns = HostRateLimiter(folder)
    turns: list[Any] = []
    whole = HostRateLimiter.turn

    def noted(self: HostRateLimiter, *arguments: Any) -> Any:
        context = whole(self, *arguments)

        class Noted:
            async def __aenter__(self) -> Any:
                turns.append(await context.__aenter__())
                return turns[-1]

            async def __aexit__(self, *why: object) -> Any:
                return await context.__aexit__(*why)

        return Noted()

    monkeypatch.setattr(HostRateLimiter, "turn", noted)
    try:
        result: Any = asyncio.run(handler.download_request(request))
    except (OSError, RefusedAddressError) as error:
        result = error
    return SimpleNamespace(answer=result, pause=turns[0].pause if turns else None)


def test_a_refused_address_is_not_requested(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sites = Sites(answer(status=200))
    result = handle(monkeypatch, tmp_path, sites, Request("https://evil.org/"))
    assert isinstance(result.answer, RefusedAddressError)
    assert sites.asked == []


def test_a_good_answer_asks_for_no_pause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = handle(monkeypatch, tmp_path, Sites(answer("60", status=200)), Request(URL))
    assert (result.answer.status, result.pause) == (200, 0.0)


@pytest.mark.parametrize("status", [403, 408, 429, 500, 501, 502, 503, 504, 522, 524])
def test_a_host_in_trouble_is_left_alone_for_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    assert handle(monkeypatch, tmp_path, Sites(answer("60", status)), Request(URL)).pause == 60.0


@pytest.mark.parametrize(("retry", "seconds"), [(0, 5.0), (1, 10.0), (2, 20.0), (3, 40.0)])
def test_without_a_word_of_it_the_pause_doubles_with_each_retry(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, retry: int, seconds: float
) -> None:
    request = Request(URL, meta={"retry_times": retry})
    assert handle(monkeypatch, tmp_path, Sites(answer(status=503)), request).pause == seconds


@pytest.mark.parametrize("status", [520, 522, 524, 599])
def test_a_server_error_of_any_number_pauses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    assert handle(monkeypatch, tmp_path, Sites(answer(status=status)), Request(URL)).pause == 5.0


@pytest.mark.parametrize("status", [301, 302, 304, 403, 404])
def test_an_answer_of_another_kind_pauses_only_if_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int
) -> None:
    assert handle(monkeypatch, tmp_path / "a", Sites(answer(status=status)), Request(URL)).pause == 0.0
    assert handle(monkeypatch, tmp_path / "b", Sites(answer("3", status)), Request(URL)).pause == 3.0


def test_a_shorter_retry_after_does_not_shorten_the_pause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert handle(monkeypatch, tmp_path, Sites(answer("1")), Request(URL)).pause == 5.0


def test_an_error_of_the_network_pauses_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = handle(monkeypatch, tmp_path, Sites(ConnectionResetError()), Request(URL))
    assert isinstance(result.answer, ConnectionResetError)
    assert result.pause == 5.0


def test_a_name_that_was_refused_is_reported_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    guardian = Guardian()
    guardian.refusals[HOST] = RefusedAddressError("127.0.0.1 is not a public address")
    result = handle(monkeypatch, tmp_path, Sites(OSError("not found")), Request(URL), guardian)
    assert result.answer is guardian.refusals[HOST]
