"""Writer of records: JSON Lines, streamed as they are parsed."""

from typing import Any, BinaryIO

import orjson
from scrapy.crawler import Crawler

from arb_pipeline.contracts.crawling import RECORDS_FILE


class RecordsPipeline:
    """Appends records to the crawl folder's records file."""

    def __init__(self, crawler: Crawler) -> None:
        """The folder is set when the spider opens."""
        self._crawler = crawler
        self._file: BinaryIO | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecordsPipeline":
        """Factory called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Writes one record."""
        if self._file is None:
            folder = self._crawler.spider.archive.folder  # type: ignore[union-attr]
            self._file = (folder / RECORDS_FILE).open("ab")
        self._file.write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS))
        return item

    def close_spider(self) -> None:
        """Flushes and closes the file."""
        if self._file is not None:
            self._file.close()
