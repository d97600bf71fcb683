"""Keeps a crawl at the server that stands in for its source, wherever that server sends it."""

from scrapy import Request
from scrapy.crawler import Crawler


class BaseUrlOverrideMiddleware:
    """Asks the stand-in for what a redirect wants of a host that it stands for, as spiders' links do."""

    def __init__(self, crawler: Crawler) -> None:
        """The guard comes with the spider."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BaseUrlOverrideMiddleware":
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Request | None:
        """The request at the stand-in; None where it is there, or where nothing stands in for the source."""
        url = self._crawler.spider.guard.local(request.url)  # type: ignore[union-attr]
        return None if url == request.url else request.replace(url=url)
