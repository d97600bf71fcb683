"""Answers of an interrupted crawl: what it archived is not requested again."""

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from scrapy_project.crawl_archive import Archive, key_of


class ResumeMiddleware:
    """Answers a request from its crawl folder, if the answer is there."""

    def __init__(self, crawler: Crawler) -> None:
        """The archive is set when the spider opens."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ResumeMiddleware":
        """Factory called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """The archived answer; None where there is none."""
        if "keep_as" not in request.meta:
            return None
        archive: Archive = self._crawler.spider.archive  # type: ignore[union-attr]
        key = request.meta.setdefault("keep_key", key_of(request.method, request.url, request.body))
        kept = archive.get(key)
        if kept is None:
            return None
        request.meta["kept"] = kept
        return Response(request.url, body=archive.path(kept).read_bytes(), request=request)
