"""Archives an answer's bytes, then hands the spider what they hold."""

from http import HTTPStatus
from pathlib import PurePosixPath

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError

from scrapy_project.crawl_archive import DamagedBodyError, EndlessBodyError, check_gzip, expand, starts
from scrapy_project.spiders.base import SourceSpider

GZIP = frozenset({"gzip", "x-gzip"})
"""One and the same (RFC 9110, 8.4.1.3)."""
PACKED = {".7z": b"7z\xbc\xaf\x27\x1c", ".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\x00", ".zip": b"PK"}
"""Files that are archives themselves, by suffix, and how they begin."""
EXPANSION = 4
"""An answer may expand to so many times the bytes that its source may send."""


class ArchiveMiddleware:
    """Writes every answer that is to be kept before the spider sees it."""

    def __init__(self, crawler: Crawler) -> None:
        """The archive comes with the spider, once it has opened."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ArchiveMiddleware":
        """Scrapy's way to make one."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """The answer, decoded; a cut body is asked for again. Raises `DamagedBodyError` in the end.

        Raises `HttpError` for a success that is not 200: 202, 206 and the like are no whole answer.
        """
        spider = self._crawler.spider
        assert isinstance(spider, SourceSpider)  # noqa: S101 - every spider of ours is
        good = {HTTPStatus.OK, *request.meta.get("handle_httpstatus_list", ())}
        if response.status not in good:
            if (
                HTTPStatus(200) < response.status < HTTPStatus(300)
            ):  # Scrapy hands these on as if they were 200
                raise HttpError(response, f"status {response.status}, where 200 is a whole answer")
            return response
        try:
            return self._kept(spider, request, response)
        except EndlessBodyError:
            raise
        except DamagedBodyError as error:
            again = get_retry_request(request, spider=spider, reason=str(error))
            if again is None:
                raise
            return again

    @staticmethod
    def _kept(spider: SourceSpider, request: Request, response: Response) -> Response:
        kept = request.meta.pop("kept", None)
        encoding = (response.headers.get("Content-Encoding") or b"").decode("latin-1").lower()
        if encoding not in {"", "identity", *GZIP}:
            msg = f"it came as {encoding!r}, though only gzip was asked for"
            raise DamagedBodyError(msg)
        body, is_gzip = response.body, kept.is_gzip if kept else encoding in GZIP
        is_kept = "keep_as" in request.meta and response.status == HTTPStatus.OK
        is_streamed = spider.streams and is_kept
        if is_gzip and is_kept and kept is None:
            body, is_gzip = _as_published(spider, request.meta["keep_as"], body)
        plain = body
        if is_gzip and not is_streamed:
            limit = EXPANSION * spider.source.max_bytes
            check_gzip(body, limit)  # before it is held: what expands without end never is
            plain = expand(body, limit)
        if is_kept:
            if kept is None:
                redacted = plain if request.meta.get("is_redacted") else spider.redact(plain)
                if redacted != plain:
                    body, is_gzip, plain = redacted, False, redacted
                kept = spider.archive.put(
                    request.meta.get("redirect_urls", [request.url])[0],
                    request.meta["keep_as"],
                    body,
                    key=request.meta["keep_key"],
                    part=request.meta.get("part", ""),
                    is_gzip=is_gzip,
                    etag=(response.headers.get("ETag") or b"").decode("latin-1"),
                    last_modified=(response.headers.get("Last-Modified") or b"").decode("latin-1"),
                )
            request.meta["file"] = spider.archive.path(kept)
            request.meta["is_gzip"] = kept.is_gzip
        return TextResponse(
            response.url,
            status=response.status,
            headers={n: v for n, v in response.headers.items() if n != b"Content-Encoding"},
            body=b"" if is_streamed else plain,
            request=request,
            encoding="utf-8",
        )


def _as_published(spider: SourceSpider, file: str, body: bytes) -> tuple[bytes, bool]:
    """(what is kept, is it gzip by the transfer) of an answer whose header says gzip.

    An archive is kept under its own name, which readers open: without the gzip that the transfer added, and
    as it came where the header means the archive's own gzip. Raises `DamagedBodyError`.
    """
    start = PACKED.get(PurePosixPath(file).suffix)
    if start is None:
        return body, True
    limit = EXPANSION * spider.source.max_bytes
    check_gzip(body, limit)
    return (expand(body, limit) if starts(body, start) else body), False
