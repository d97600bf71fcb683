"""The last landed package's answer to a URL, for spiders that compare it with the current one."""

from pathlib import Path

from arb_pipeline.contracts.crawling import Known
from scrapy_project.crawl_archive import DamagedBodyError, expand


def earlier(known: Known | None, limit: int) -> bytes:
    """The landed answer, decoded; empty where package or answer is missing or damaged.

    `limit`: bytes that a compressed answer may grow to.
    """
    if known is None:
        return b""
    path = Path(known.path)
    try:
        body = path.read_bytes()
        return expand(body, limit) if path.suffix == ".gz" else body
    except (OSError, DamagedBodyError):
        return b""
