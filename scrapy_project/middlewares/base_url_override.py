"""Keeps a crawl at the configured base URL, also after redirects to the source's hosts."""

from scrapy import Request
from scrapy.crawler import Crawler


class BaseUrlOverrideMiddleware:
    """Rewrites requests to a replaced host to the configured base URL, as for spiders' links."""

    def __init__(self, crawler: Crawler) -> None:
        """The guard is set when the spider opens."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BaseUrlOverrideMiddleware":
        """Factory called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        """The rewritten request; None where it is at the base URL already, or none is configured."""
        url = self._crawler.spider.guard.local(request.url)  # type: ignore[union-attr]
        return None if url == request.url else request.replace(url=url)
