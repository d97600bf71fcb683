"""Archives an answer's bytes, then passes the decoded answer to the spider."""

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
"""Names of gzip (RFC 9110, 8.4.1.3)."""
PACKED = {".7z": b"7z\xbc\xaf\x27\x1c", ".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ\x00", ".zip": b"PK"}
"""Suffix of an archive -> its first bytes."""
EXPANSION = 4
"""Largest expansion of an answer, as a multiple of the source's limit of bytes."""


class ArchiveMiddleware:
    """Writes every answer to be archived before the spider sees it."""

    def __init__(self, crawler: Crawler) -> None:
        """The archive is set when the spider opens."""
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ArchiveMiddleware":
        """Factory called by Scrapy."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response | Request:
        """The answer, decoded; a truncated body is requested again. Raises `DamagedBodyError` in the end.

        Raises `HttpError` for a success that is not 200: 202, 206 and the like are no whole answer.
        """
        spider = self._crawler.spider
        assert isinstance(spider, SourceSpider)  # noqa: S101 - every spider of ours is
        good = {HTTPStatus.OK, *request.meta.get("handle_httpstatus_list", ())}
        if response.status not in good:
            if HTTPStatus(200) < response.status < HTTPStatus(300):  # Scrapy passes these on like 200
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
            msg = f"it came as {encoding!r}, though only gzip was accepted"
            raise DamagedBodyError(msg)
        body, is_gzip = response.body, kept.is_gzip if kept else encoding in GZIP
        is_kept = "keep_as" in request.meta and response.status == HTTPStatus.OK
        is_streamed = spider.streams and is_kept
        if is_gzip and is_kept and kept is None:
            body, is_gzip = _as_published(spider, request.meta["keep_as"], body)
        plain = body
        if is_gzip and not is_streamed:
            limit = EXPANSION * spider.source.max_bytes
            check_gzip(body, limit)  # before decoding: an endless expansion never fits in memory
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
    """(archived bytes, whether the transfer gzipped them) of an answer with a gzip header.

    An archive keeps its own name for its readers: without the gzip that the transfer added, and unchanged
    where the header means the archive's own gzip. Raises `DamagedBodyError`.
    """
    start = PACKED.get(PurePosixPath(file).suffix)
    if start is None:
        return body, True
    limit = EXPANSION * spider.source.max_bytes
    check_gzip(body, limit)
    return (expand(body, limit) if starts(body, start) else body), False
