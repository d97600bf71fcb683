"""The last landed package's answer to a URL, for spiders that compare it with what they are told now."""

from pathlib import Path

from arb_pipeline.contracts.crawling import Known
from scrapy_project.crawl_archive import DamagedBodyError, expand


def earlier(known: Known | None, limit: int) -> bytes:
    """What was answered then, decoded; nothing where the package or the answer is gone or damaged.

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
