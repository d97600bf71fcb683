"""Progress and result of a crawl. Only a crawl without a fault is `finished`."""

import resource
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from arb_pipeline.contracts.crawling import RESULT_FILE, Result
from arb_pipeline.sources.parsing import LayoutError
from scrapy_project.crawl_archive import Archive
from scrapy_project.middlewares.archive import EXPANSION
from scrapy_project.progress import tell
from scrapy_project.spiders.base import ENOUGH, SourceSpider

FIGURES = {
    "requests": "downloader/request_count",
    "answers": "downloader/response_count",
    "bytes": "downloader/response_bytes",
    "retries": "retry/count",
    "not_modified": "arb/not_modified",
    "seconds": "elapsed_time_seconds",
}


def peak_memory() -> float:
    """Peak memory of this process in bytes; `ru_maxrss` would start at its parent's."""
    try:
        status = Path("/proc/self/status").read_text("utf-8")
        return float(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, IndexError):
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * 1024


class Report:
    """Extension that opens the crawl folder with the spider, and writes its result as it closes."""

    def __init__(self, crawler: Crawler) -> None:
        """`crawler`: of the reported crawl."""
        self._crawler = crawler
        self._folder = Path(crawler.settings["ARB_FOLDER"])
        self._is_refusal = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Report":
        """Factory called by Scrapy."""
        report = cls(crawler)
        crawler.signals.connect(report.opened, signals.spider_opened)
        crawler.signals.connect(report.answered, signals.response_received)
        crawler.signals.connect(report.erred, signals.spider_error)
        crawler.signals.connect(report.closed, signals.spider_closed)
        return report

    def opened(self, spider: SourceSpider) -> None:
        """Sets the spider's archive."""
        spider.archive = Archive(
            self._folder, max_expanded=EXPANSION * spider.source.max_bytes, now=datetime.now(UTC)
        )

    def answered(self, response: Response, request: Request, spider: Spider) -> None:  # noqa: ARG002 - Scrapy's names
        """Emits progress."""
        tell("answer", url=response.url, status=response.status, bytes=len(response.body))

    def erred(self, failure: Any, response: Response | None, spider: SourceSpider) -> None:
        """Records a callback's exception: an unexpected answer, or a wrong parser."""
        where = response.url if response is not None else spider.name
        if isinstance(failure.value, LayoutError):
            self._is_refusal = True
            spider.fail(str(failure.value))
        else:
            self._is_refusal = True
            spider.fail(f"{where}: its parser failed: {failure.type.__name__}: {failure.value}")

    def closed(self, spider: SourceSpider, reason: str) -> None:
        """Writes the result."""
        if reason not in {"finished", ENOUGH}:
            spider.fail(f"the crawl was interrupted ({reason})")
        if not spider.failures and (fault := spider.coverage.fault()):
            self._is_refusal = True
            spider.fail(f"{spider.name}: {fault}")
        stats = self._crawler.stats.get_stats() if self._crawler.stats else {}
        result = Result(
            finished=not spider.failures,
            reason="; ".join(spider.failures) or "finished",
            is_refusal=self._is_refusal,
            part=spider.part,
            kept=spider.archive.used if hasattr(spider, "archive") else (),
            counts=spider.coverage.counts,
            coverage=spider.coverage.shares(),
            stats={name: float(stats[key]) for name, key in FIGURES.items() if key in stats}
            | {"peak_memory": peak_memory()},
            warnings=tuple(
                warning if times == 1 else f"{warning} ({times} times)"
                for warning, times in Counter(spider.warnings).items()
            ),
        )
        scratch = self._folder / f".{RESULT_FILE}"
        scratch.write_bytes(orjson.dumps(result.to_json()))
        scratch.replace(self._folder / RESULT_FILE)
