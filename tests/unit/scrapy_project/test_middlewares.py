"""Middlewares for one request or answer: rules, conditions, archive, user agent."""

import asyncio
import gzip
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from arb_pipeline.contracts.crawling import Known
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import Settings
from scrapy_project.crawl_archive import Archive
from scrapy_project.middlewares import robots as module
from scrapy_project.middlewares.conditional import ConditionalMiddleware
from scrapy_project.middlewares.resume import ResumeMiddleware
from scrapy_project.middlewares.robots import ForbiddenByRobotsError, RobotsMiddleware
from scrapy_project.middlewares.rotation import RotationMiddleware
from scrapy_project.settings import crawl_settings

SITE = "https://tcgcsv.com"
PAGE = f"{SITE}/tcgplayer/1/groups"
BODY = b'{"results": []}'
RULES = "User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n\nUser-agent: arb_pipeline\nDisallow: /ours/\n"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(module, "settings", lambda: Settings(home=tmp_path))
    return tmp_path


class Site:
    """Answers requests for robots.txt."""

    spider = SimpleNamespace(guard=SimpleNamespace(check=lambda _url: None))

    def __init__(self, body: str = "", status: int = 200, error: Exception | None = None) -> None:
        self.body, self.status, self.error = body, status, error
        self.asked: list[str] = []
        self.engine = self

    async def download_async(self, request: Request) -> Response:
        self.asked.append(request.url)
        if self.error:
            raise self.error
        return Response(request.url, status=self.status, body=self.body.encode())


def passes(site: Site, url: str = PAGE, robots: RobotsMiddleware | None = None) -> float:
    """The delay of an allowed request. Raises `ForbiddenByRobotsError`."""
    request = Request(url)
    asyncio.run((robots or RobotsMiddleware(site)).process_request(request))
    return float(request.meta["crawl_delay"])


def is_allowed(site: Site, url: str = PAGE) -> bool:
    try:
        passes(site, url)
    except ForbiddenByRobotsError:
        return False
    return True


# robots.txt


def test_a_path_that_the_rules_forbid_is_not_requested() -> None:
    site = Site("User-agent: *\nDisallow: /private/\n")
    assert is_allowed(site)
    assert not is_allowed(site, f"{SITE}/private/x")


def test_a_byte_order_mark_hides_no_rule() -> None:
    assert not is_allowed(Site("\ufeffUser-agent: *\nDisallow: /tcgplayer/\n"))


def test_rules_that_name_us_go_before_those_for_all() -> None:
    assert is_allowed(Site(RULES), f"{SITE}/private/x")
    assert not is_allowed(Site(RULES), f"{SITE}/ours/x")


def test_a_crawl_delay_goes_with_the_request() -> None:
    assert passes(Site("User-agent: *\nCrawl-delay: 7\n")) == 7.0
    assert passes(Site("User-agent: *\nAllow: /\n"), "https://other.org/") == 0.0


@pytest.mark.parametrize("status", [429, 500, 502, 503, 301, 304])
def test_rules_that_cannot_be_known_forbid_everything(status: int) -> None:
    with pytest.raises(ForbiddenByRobotsError, match=f"robots.txt answered {status}"):
        passes(Site(status=status))


@pytest.mark.parametrize("error", [TimeoutError("took too long"), ConnectionResetError(), OSError("no host")])
def test_rules_that_do_not_come_forbid_everything(error: Exception) -> None:
    with pytest.raises(ForbiddenByRobotsError, match="nothing is fetched there without its rules"):
        passes(Site(error=error))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_site_that_has_no_rules_may_be_requested(status: int) -> None:
    assert is_allowed(Site("User-agent: *\nDisallow: /\n", status=status))


def test_rules_are_requested_once_a_day_by_all_crawls_together(home: Path) -> None:
    site = Site("User-agent: *\nDisallow: /private/\n")
    one = RobotsMiddleware(site)
    passes(site, robots=one)
    passes(site, f"{PAGE}2", robots=one)
    passes(site)  # another crawl
    assert site.asked == [f"{SITE}/robots.txt"]
    (entry,) = (home / "crawls/robots").iterdir()
    content = orjson.loads(entry.read_bytes())
    content["at"] = (datetime.now(UTC) - timedelta(hours=24, seconds=1)).isoformat()
    entry.write_bytes(orjson.dumps(content))
    passes(site)
    assert len(site.asked) == 2


@pytest.mark.parametrize("hours", [-25, -24.01, 1])
def test_rules_of_another_day_or_of_the_future_are_requested_again(home: Path, hours: float) -> None:
    passes(Site("User-agent: *\nAllow: /\n"))
    (entry,) = (home / "crawls/robots").iterdir()
    content = orjson.loads(entry.read_bytes())
    entry.write_bytes(
        orjson.dumps(content | {"at": (datetime.now(UTC) + timedelta(hours=hours)).isoformat()})
    )
    assert not is_allowed(Site("User-agent: *\nDisallow: /\n"))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"', b'{"at": 3, "rules": ""}', b"{}"])
def test_a_damaged_cache_is_requested_again(home: Path, content: bytes) -> None:
    passes(Site("User-agent: *\nAllow: /\n"))
    (entry,) = (home / "crawls/robots").iterdir()
    entry.write_bytes(content)
    assert not is_allowed(Site("User-agent: *\nDisallow: /\n"))


def test_that_there_are_no_rules_is_remembered_too() -> None:
    site = Site(status=404)
    passes(site)
    passes(site)
    assert len(site.asked) == 1


def test_each_port_has_rules_of_its_own() -> None:
    site = Site("User-agent: *\nAllow: /\n")
    passes(site, "http://127.0.0.1:8700/x")
    passes(site, "http://127.0.0.1:8701/x")
    assert site.asked == ["http://127.0.0.1:8700/robots.txt", "http://127.0.0.1:8701/robots.txt"]


# User agents and proxies


def test_rotation_is_off_by_default() -> None:
    with pytest.raises(NotConfigured):
        RotationMiddleware((), ())
    assert (Settings().user_agents, Settings().proxies) == ((), ())
    settings = crawl_settings(SOURCES["tcgcsv"], Settings(contact="me@example.org"), Path("x"))
    assert settings["USER_AGENT"].startswith("arb_pipeline/")
    assert "me@example.org" in settings["USER_AGENT"]
    assert settings["HTTPPROXY_ENABLED"] is False


def test_user_agents_take_turns_where_they_are_set() -> None:
    rotation = RotationMiddleware(("a", "b"), ())
    requests = [Request(PAGE) for _ in range(3)]
    for request in requests:
        asyncio.run(rotation.process_request(request))
    assert [request.headers["User-Agent"] for request in requests] == [b"a", b"b", b"a"]
    assert all("proxy" not in request.meta for request in requests)


def test_proxies_take_turns_where_they_are_set() -> None:
    rotation = RotationMiddleware((), ("http://p1:1", "http://p2:2"))
    requests = [Request(PAGE) for _ in range(3)]
    for request in requests:
        asyncio.run(rotation.process_request(request))
    assert [request.meta["proxy"] for request in requests] == ["http://p1:1", "http://p2:2", "http://p1:1"]
    assert all("User-Agent" not in request.headers for request in requests)


# Conditions


def known(folder: Path, **changes: str) -> Known:
    path = folder / "landed"
    path.write_bytes(BODY)
    given = {"path": str(path), "sha256": hashlib.sha256(BODY).hexdigest(), "etag": '"e"'} | changes
    return Known(**given)


def knowing(entry: Known | None) -> ConditionalMiddleware:
    order = SimpleNamespace(known={} if entry is None else {PAGE: entry})
    counted: list[str] = []
    crawler = SimpleNamespace(
        spider=SimpleNamespace(order=order), stats=SimpleNamespace(inc_value=counted.append)
    )
    return ConditionalMiddleware(crawler)


def kept_request(url: str = PAGE, **meta: Any) -> Request:
    return Request(url, meta={"keep_as": "groups", **meta})


def asked(middleware: ConditionalMiddleware, request: Request) -> Response | None:
    return asyncio.run(middleware.process_request(request))


def test_what_landed_is_only_requested_if_it_has_changed(tmp_path: Path) -> None:
    request = kept_request()
    assert asked(knowing(known(tmp_path, last_modified="then")), request) is None
    assert request.headers["If-None-Match"] == b'"e"'
    assert request.headers["If-Modified-Since"] == b"then"


def test_nothing_known_or_nothing_to_be_kept_has_no_condition(tmp_path: Path) -> None:
    for request, entry in (
        (kept_request(), None),
        (Request(PAGE), known(tmp_path)),
        (kept_request(f"{PAGE}2"), known(tmp_path)),
        (kept_request().replace(method="POST"), known(tmp_path)),
        (kept_request(), known(tmp_path, etag="")),
    ):
        asked(knowing(entry), request)
        assert "If-None-Match" not in request.headers


def test_a_landed_file_that_has_changed_is_requested_anew(tmp_path: Path) -> None:
    entry, request = known(tmp_path), kept_request()
    Path(entry.path).write_bytes(b"another")
    asked(knowing(entry), request)
    assert "If-None-Match" not in request.headers


def test_not_modified_is_the_answer_that_landed(tmp_path: Path) -> None:
    middleware = knowing(known(tmp_path))
    answer = asyncio.run(middleware.process_response(kept_request(), Response(PAGE, status=304)))
    assert (answer.status, answer.body) == (200, BODY)


def test_not_modified_without_anything_known_stays_as_it_is() -> None:
    answer = asyncio.run(knowing(None).process_response(kept_request(), Response(PAGE, status=304)))
    assert answer.status == 304


def test_what_the_spider_knows_to_be_unchanged_is_not_requested(tmp_path: Path) -> None:
    answer = asked(knowing(known(tmp_path, etag="")), kept_request(reuse_known=True))
    assert answer is not None
    assert answer.body == BODY


def test_landed_gzip_is_declared_as_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(BODY)
    (tmp_path / "groups.gz").write_bytes(packed)
    entry = Known(str(tmp_path / "groups.gz"), hashlib.sha256(packed).hexdigest(), '"e"')
    answer = asked(knowing(entry), kept_request(reuse_known=True))
    assert answer is not None
    assert answer.headers["Content-Encoding"] == b"gzip"


# Answers of a crawl that was cut short


def test_an_answer_that_was_kept_is_not_requested(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    Archive(tmp_path, max_expanded=10**6, now=now).put(PAGE, "groups", BODY)
    crawler = SimpleNamespace(spider=SimpleNamespace(archive=Archive(tmp_path, max_expanded=10**6, now=now)))
    resume = ResumeMiddleware(crawler)
    answer = asyncio.run(resume.process_request(kept_request()))
    assert answer is not None
    assert answer.body == BODY
    for other in (kept_request(f"{PAGE}2"), Request(PAGE), kept_request().replace(method="POST", body=b"a")):
        assert asyncio.run(resume.process_request(other)) is None
