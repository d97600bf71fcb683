"""Base of all spiders: archived requests and counted records."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, ClassVar

import scrapy
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.contracts.sources import SOURCES, Source
from arb_pipeline.settings import SourceAccess, source_access
from arb_pipeline.sources.parsing import Record
from scrapy_project.coverage import Coverage
from scrapy_project.crawl_archive import Archive
from scrapy_project.ssrf_guard import SsrfGuard

Callback = Callable[..., Any]
ABSENT = {404, 410}
MANY = 3
"""Number of failed requests after which a crawl stops and lands nothing."""
ENOUGH = "too many requests failed"


class SourceSpider(scrapy.Spider):
    """Spider of a source. A subclass declares its requests and the parsers of their answers.

    Answers to `keep` are archived before the callback sees them, and are requested conditionally when the
    last landed package holds them. A callback passes its parser's records to `take`.
    """

    required: ClassVar[Mapping[str, tuple[str, ...]]]
    """Kind of record -> fields that (nearly) all of its records have."""
    may_be_empty: ClassVar[bool] = False
    """True if an answer without records is valid: a search may be empty, a dump is not."""
    writes_records: ClassVar[bool] = False
    """True if its records are written to the package as JSON Lines; dumps hold theirs already."""
    streams: ClassVar[bool] = False
    """True if answers are too large for memory; then `response.meta["file"]` has their path."""
    accept: ClassVar[str] = "application/json"
    archive: Archive
    """Archive of the answers; set when the crawl starts."""

    def __init__(self, order: Order, **kwargs: Any) -> None:
        """`order`: days, categories and options of this crawl."""
        super().__init__(name=order.source, **kwargs)
        self.order = order
        self.source: Source = SOURCES[order.source]
        self.access: SourceAccess = source_access(order.source)
        self.base = self.access.url
        self.guard = SsrfGuard.of(self.source, self.access)
        day = (order.day or order.today).isoformat()
        self.part = order.part or (day if self.source.is_daily else "current")
        """Part of the landing for the package; a spider that reads a day in an answer sets it."""
        self.coverage = Coverage(self.required, may_be_empty=self.may_be_empty)
        self.failures: list[str] = []
        self.warnings: list[str] = []

    async def start(self) -> AsyncIterator[Request]:
        """The first requests."""
        for request in self.requests():
            yield request

    def requests(self) -> Iterable[Request]:
        """First requests, for spiders without a coroutine."""
        raise NotImplementedError

    def keep(self, path: str, file: str, callback: Callback | None = None, **request: Any) -> Request:
        """A request whose answer is archived as `file` in the package before `callback` sees it.

        `path`: below the base URL, or a whole URL. `allow`: statuses beside 200 that are good answers;
        `optional=True`: without an answer (404) the crawl goes on, with a warning.
        """
        return self._request(path, callback, {"keep_as": file}, **request)

    def ask(self, path: str, callback: Callback | None = None, **request: Any) -> Request:
        """A request whose answer is not archived: a token, a time of the last update."""
        return self._request(path, callback, {}, **request)

    def take(self, kind: str, records: Iterable[Record]) -> Iterable[Record]:
        """Counts records and their fields; yields them where they are to be written."""
        for record in records:
            self.coverage.add(kind, record)
            if self.writes_records:
                yield {"kind": kind, **record}

    def count(self, kind: str, records: Iterable[Record]) -> None:
        """`take` for a source whose records are not written."""
        for record in records:
            self.coverage.add(kind, record)

    def redact(self, body: bytes) -> bytes:
        """Archived form of an answer; overridden by sources whose answers hold personal data."""
        return body

    def discard(self, response: Response, reason: str) -> None:
        """Leaves one answer out of the package; the others stay."""
        self.archive.discard(response.meta["keep_key"])
        self.warnings.append(reason)

    def is_known(self, response: Response) -> bool:
        """True if the answer is that of the last package, and need not be read again."""
        known = bool(response.meta.get("is_known"))
        self.coverage.is_known |= known
        return known

    def key(self, name: str) -> str:
        """One of the source's keys, from the environment."""
        return self.access.key(name)

    def option(self, name: str) -> list[str]:
        """An option of the order; empty where it was not given."""
        return list(self.order.options.get(name, ()))

    def fail(self, reason: str) -> None:
        """Ends the crawl without a package."""
        self.failures.append(reason)

    def _request(
        self,
        path: str,
        callback: Callback | None,
        about: dict[str, Any],
        *,
        allow: tuple[int, ...] = (),
        optional: bool = False,
        **request: Any,
    ) -> Request:
        url = path if "://" in path else f"{self.base}/{path.lstrip('/')}"
        meta = {**about, **request.pop("meta", {}), "optional": optional}
        if allow:
            meta["handle_httpstatus_list"] = list(allow)
        headers = {"Accept": self.accept, **request.pop("headers", {})}
        return Request(
            self.guard.local(url),
            callback or self.parse,
            headers=headers,
            meta=meta,
            errback=self.failed,
            dont_filter=True,
            **request,
        )

    def failed(self, failure: Any) -> None:
        """Records a request without a valid answer, after all retries."""
        request: Request = failure.request
        response: Response | None = getattr(failure.value, "response", None)
        why = (
            f"status {response.status}"
            if response is not None
            else str(failure.value) or failure.type.__name__
        )
        line = f"{request.url}: {why}"
        if request.meta.get("optional") and response is not None and response.status in ABSENT:
            self.warnings.append(line)
            return
        self.fail(line)
        if len(self.failures) >= MANY:
            raise CloseSpider(ENOUGH)
