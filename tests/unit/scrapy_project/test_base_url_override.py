"""A base URL override also serves redirects to the source's other hosts."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

from scrapy import Request

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import Settings, SourceAccess
from scrapy_project.middlewares.base_url_override import BaseUrlOverrideMiddleware
from scrapy_project.settings import crawl_settings
from scrapy_project.ssrf_guard import SsrfGuard

STAND_IN = "http://127.0.0.1:8700"
RELEASE = "https://objects.githubusercontent.com/a/aggregate.zip?sig=1"


def asked(url: str, *, base: str) -> Request | None:
    """URL requested instead of the target of a redirect."""
    source = SOURCES["ygojson"]
    guard = SsrfGuard.of(source, SourceAccess("ygojson", base, base != source.url, base))
    crawler = SimpleNamespace(spider=SimpleNamespace(guard=guard))
    request = Request(url, meta={"redirect_urls": [f"{base}/first"]})
    return asyncio.run(BaseUrlOverrideMiddleware(crawler).process_request(request))


def test_a_redirect_to_another_host_of_the_source_stays_at_the_stand_in() -> None:
    result = asked(RELEASE, base=STAND_IN)
    assert result is not None
    assert result.url == f"{STAND_IN}/a/aggregate.zip?sig=1"
    assert result.meta["redirect_urls"] == [f"{STAND_IN}/first"]


def test_what_is_at_the_stand_in_or_at_no_host_of_the_source_stays_as_it_is() -> None:
    assert asked(f"{STAND_IN}/x", base=STAND_IN) is None
    assert asked("https://evil.example/x", base=STAND_IN) is None


def test_without_a_stand_in_a_redirect_is_followed_where_it_leads() -> None:
    assert asked(RELEASE, base=SOURCES["ygojson"].url) is None


def test_it_comes_first_in_every_crawl(tmp_path: Path) -> None:
    given = crawl_settings(SOURCES["ygojson"], Settings(home=tmp_path), tmp_path)
    middlewares = given["DOWNLOADER_MIDDLEWARES"]
    assert middlewares["scrapy_project.middlewares.base_url_override.BaseUrlOverrideMiddleware"] == min(
        place for place in middlewares.values() if place is not None
    )
