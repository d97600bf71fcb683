"""OAuth tokens: requested once, cached, renewed, never disclosed."""

import os
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from keyed import TOKEN, configure, first_calls, refused, said, spider
from scrapy.exceptions import CloseSpider

from scrapy_project import oauth
from scrapy_project.oauth import TokenCache

QUERY = {"query": "Bloomburrow Play Booster Box"}
EXPECTED = {
    "ebay": (
        "https://api.ebay.com/identity/v1/oauth2/token",
        {"grant_type": ["client_credentials"], "scope": ["https://api.ebay.com/oauth/api_scope"]},
    ),
    "amazon": (
        "https://api.amazon.com/auth/o2/token",
        {
            "grant_type": ["client_credentials"],
            "scope": ["creatorsapi::default"],
            "client_id": ["canary-client_id"],
            "client_secret": ["canary-client_secret"],
        },
    ),
    "amazon_sp": (
        "https://api.amazon.com/auth/o2/token",
        {
            "grant_type": ["refresh_token"],
            "refresh_token": ["canary-refresh_token"],
            "client_id": ["canary-client_id"],
            "client_secret": ["canary-client_secret"],
        },
    ),
    "tcgplayer": (
        "https://api.tcgplayer.com/token",
        {
            "grant_type": ["client_credentials"],
            "client_id": ["canary-client_id"],
            "client_secret": ["canary-client_secret"],
        },
    ),
}


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for source in EXPECTED:
        configure(monkeypatch, tmp_path, source)


def asked_for(source: str) -> dict[str, Any]:
    return {"asin": "B000000001"} if source == "amazon_sp" else QUERY


@pytest.mark.parametrize("source", EXPECTED)
def test_the_token_is_requested_as_the_source_documents(source: str) -> None:
    (request,) = spider(source, **asked_for(source)).requests()
    url, form = EXPECTED[source]
    assert (request.method, request.url, parse_qs(request.body.decode())) == ("POST", url, form)
    assert "keep_as" not in request.meta
    assert request.meta["dont_redirect"]


def test_ebay_gets_the_client_in_the_header_not_in_the_form() -> None:
    (request,) = spider("ebay", **QUERY).requests()
    # printf 'canary-client_id:canary-client_secret' | base64
    assert request.headers["Authorization"] == b"Basic Y2FuYXJ5LWNsaWVudF9pZDpjYW5hcnktY2xpZW50X3NlY3JldA=="


@pytest.mark.parametrize(
    ("source", "header", "value"),
    [
        ("ebay", "Authorization", b"Bearer canary-token"),
        ("amazon", "Authorization", b"Bearer canary-token"),
        ("amazon_sp", "x-amz-access-token", b"canary-token"),
        ("tcgplayer", "Authorization", b"Bearer canary-token"),
    ],
)
def test_every_call_carries_the_token_where_the_source_wants_it(
    source: str, header: str, value: bytes
) -> None:
    calls = first_calls(spider(source, **asked_for(source)))
    assert calls
    assert {call.headers[header] for call in calls} == {value}


def test_a_second_crawl_uses_the_cached_token(tmp_path: Any) -> None:
    first_calls(spider("ebay", **QUERY))
    path = tmp_path / "crawls/tokens/ebay.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    (call,) = spider("ebay", **QUERY).requests()
    assert call.headers["Authorization"] == b"Bearer canary-token"


def test_a_cached_token_of_another_client_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    first_calls(spider("ebay", **QUERY))
    configure(monkeypatch, tmp_path, "ebay", client_id="another")
    (request,) = spider("ebay", **QUERY).requests()
    assert request.method == "POST"


def test_a_token_is_renewed_a_minute_before_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(oauth, "time", lambda: now)
    cache = TokenCache(tmp_path / "token.json", identity="a client")
    cache.put("t", 3600)
    now = 1_003_539.0
    assert cache.get() == "t"
    now = 1_003_540.0
    assert cache.get() == ""


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"identity": 1, "token": null}'])
def test_a_damaged_cache_file_means_a_new_token(tmp_path: Any, content: bytes) -> None:
    (tmp_path / "token.json").write_bytes(content)
    assert TokenCache(tmp_path / "token.json", identity="a client").get() == ""


def test_a_token_of_less_than_a_minute_is_used_once_and_not_requested_in_a_circle() -> None:
    (request,) = spider("ebay", **QUERY).requests()
    (call,) = said(request, {**TOKEN, "expires_in": 30})
    assert call.method == "GET"


def test_a_refused_token_is_dropped_and_requested_once_more(tmp_path: Any) -> None:
    crawl = spider("ebay", query=["one", "two"])
    one, two = first_calls(crawl)
    (renewal,) = refused(one, 401)
    assert not (tmp_path / "crawls/tokens/ebay.json").exists()
    assert refused(two, 401) == []  # it waits for the same new token
    again = said(renewal, {**TOKEN, "access_token": "newer"})
    assert [request.url for request in again] == [one.url, two.url]
    assert {request.headers["Authorization"] for request in again} == {b"Bearer newer"}
    assert not crawl.failures


def test_calls_that_wait_in_the_queue_get_the_new_token() -> None:
    crawl = spider("ebay", query=["one", "two"])
    one, two = first_calls(crawl)
    (renewal,) = refused(one, 401)
    said(renewal, {**TOKEN, "access_token": "newer"})
    assert two.headers["Authorization"] == b"Bearer newer"


def test_a_call_on_its_way_with_the_old_token_does_not_cost_the_new_one() -> None:
    crawl = spider("ebay", query=["one", "two"])
    one, two = first_calls(crawl)
    (renewal,) = refused(one, 401)
    said(renewal, {**TOKEN, "access_token": "newer"})
    (again,) = refused(two, 401)
    assert (again.method, again.headers["Authorization"]) == ("GET", b"Bearer newer")


def test_a_new_token_that_is_refused_too_ends_the_crawl() -> None:
    crawl = spider("ebay", **QUERY)
    (call,) = first_calls(crawl)
    (renewal,) = refused(call, 401)
    (again,) = said(renewal, TOKEN)
    with pytest.raises(CloseSpider):
        refused(again, 401)
    assert "with a new token too. Check ARB_SOURCE_EBAY_CLIENT_ID" in crawl.failures[0]


def test_another_status_is_no_matter_of_tokens() -> None:
    crawl = spider("ebay", **QUERY)
    (call,) = first_calls(crawl)
    assert refused(call, 500) == []
    assert crawl.failures == [f"{call.url}: status 500"]


def test_amazon_sp_says_403_for_a_token_that_has_expired() -> None:
    (call,) = first_calls(spider("amazon_sp", asin="B000000001"))
    (renewal,) = refused(call, 403)
    assert renewal.method == "POST"


def test_refused_keys_are_reported_by_the_names_of_their_settings() -> None:
    crawl = spider("amazon_sp", asin="B000000001")
    (request,) = crawl.requests()
    refused(request, 400, {"error": "invalid_grant", "error_description": "canary-refresh_token is wrong"})
    assert crawl.failures == [
        (
            "https://api.amazon.com/auth/o2/token: status 400, invalid_grant. Check ARB_SOURCE_AMAZON_SP_CLIENT_ID, "
            "ARB_SOURCE_AMAZON_SP_CLIENT_SECRET, ARB_SOURCE_AMAZON_SP_REFRESH_TOKEN."
        )
    ]


def test_a_token_server_that_is_down_says_nothing_of_the_keys() -> None:
    crawl = spider("ebay", **QUERY)
    (request,) = crawl.requests()
    refused(request, 503)
    assert crawl.failures == ["https://api.ebay.com/identity/v1/oauth2/token: status 503"]


@pytest.mark.parametrize(
    "body", [b"<html>canary-token</html>", b'"canary-token"', {"token": "canary-token"}, {"access_token": 1}]
)
def test_an_answer_without_a_token_is_not_quoted(body: Any) -> None:
    crawl = spider("ebay", **QUERY)
    (request,) = crawl.requests()
    assert said(request, body) == []
    assert "canary" not in crawl.failures[0]


@pytest.mark.parametrize("source", EXPECTED)
def test_keys_and_tokens_are_in_the_cache_file_only(source: str, tmp_path: Any) -> None:
    crawl = spider(source, **asked_for(source))
    (request,) = crawl.requests()
    calls = said(request, TOKEN)
    output = [repr(thing) for thing in (request, *calls)] + [
        orjson.dumps(call.meta).decode() for call in calls
    ]
    output += [call.url for call in calls] + crawl.failures + crawl.warnings
    assert not [text for text in output if "canary" in text]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [f"{source}.json"]
    held = files[0].read_text("utf-8")
    assert held.count("canary") == 1  # the token itself; ids and secrets are a hash
    assert os.access(files[0], os.R_OK)
