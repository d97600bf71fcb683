"""Conditional requests: what the last landed package holds is fetched only if it has changed."""

import hashlib
from http import HTTPStatus
from pathlib import Path

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from arb_pipeline.contracts.crawling import Known

REUSE = "reuse_known"
"""Request meta of a spider that already knows that the answer has not changed: no request is sent."""


class ConditionalMiddleware:
    """Sends If-None-Match and If-Modified-Since; on 304 the answer is that of the last package."""

    def __init__(self, crawler: Crawler) -> None:
        """The landed answers come with the spider's order."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ConditionalMiddleware":
        """Factory called by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """Adds the conditions; answers at once where the spider requests the landed answer."""
        known = self._known(request)
        if known is None:
            return None
        if request.meta.get(REUSE):
            return self._answer(request, known)
        if known.etag:
            request.headers["If-None-Match"] = known.etag
        if known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified
        return None

    async def process_response(self, request: Request, response: Response) -> Response:
        """The landed answer in place of a 304."""
        if response.status != HTTPStatus.NOT_MODIFIED:
            return response
        known = self._known(request)
        if known is None:
            return response
        self._crawler.stats.inc_value("arb/not_modified")  # type: ignore[union-attr]
        return self._answer(request, known)

    def _known(self, request: Request) -> Known | None:
        """Landed answer to the first requested URL, if its file is unchanged."""
        if "keep_as" not in request.meta or "kept" in request.meta or request.method != "GET":
            return None
        url = request.meta.get("redirect_urls", [request.url])[0]
        known: Known | None = self._crawler.spider.order.known.get(url)  # type: ignore[union-attr]
        if known is None or not (known.etag or known.last_modified or request.meta.get(REUSE)):
            return None
        path = Path(known.path)
        is_whole = path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == known.sha256
        return known if is_whole else None

    @staticmethod
    def _answer(request: Request, known: Known) -> Response:
        is_gzip = known.path.endswith(".gz") and not request.meta["keep_as"].endswith(".gz")
        headers = {
            "ETag": known.etag,
            "Last-Modified": known.last_modified,
            **({"Content-Encoding": "gzip"} if is_gzip else {}),
        }
        request.meta["is_known"] = request.meta["is_redacted"] = True
        headers = {name: value for name, value in headers.items() if value}
        return Response(request.url, headers=headers, body=Path(known.path).read_bytes(), request=request)
