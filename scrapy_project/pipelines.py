"""Where records go: JSON Lines, one after the other as they are parsed."""

from typing import Any, BinaryIO

import orjson
from scrapy.crawler import Crawler

from arb_pipeline.contracts.crawling import RECORDS_FILE


class RecordsPipeline:
    """Appends records to the crawl folder's records file."""

    def __init__(self, crawler: Crawler) -> None:
        """The folder comes with the spider, once it has opened."""
        self._crawler = crawler
        self._file: BinaryIO | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RecordsPipeline":
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Writes one record."""
        if self._file is None:
            folder = self._crawler.spider.archive.folder  # type: ignore[union-attr]
            self._file = (folder / RECORDS_FILE).open("ab")
        self._file.write(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS))
        return item

    def close_spider(self) -> None:
        """Everything is on its way to the disk."""
        if self._file is not None:
            self._file.close()
