"""One crawl in a process of its own: `python -m scrapy_project FOLDER`, with the order in that folder.

Scrapy's process can be started once only, and always exits 0: the result file has the outcome.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

import orjson

from arb_pipeline.contracts.crawling import ORDER_FILE, Order
from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.settings import settings

PR_SET_PDEATHSIG = 1


def main(folder: Path, parent: int) -> int:
    """Runs the crawl. The process ends with its parent, so that no orphan runs beside the next crawl."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return 1
    from scrapy.crawler import CrawlerProcess

    from scrapy_project.settings import crawl_settings
    from scrapy_project.spiders import spider_of

    order = Order.from_json(orjson.loads((folder / ORDER_FILE).read_bytes()))
    process = CrawlerProcess(crawl_settings(SOURCES[order.source], settings(), folder))
    crawler = process.create_crawler(spider_of(order.source))
    process.crawl(crawler, order=order)
    process.start()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
