"""Spiders, one module per source. The names of module, spider and class agree."""

from importlib import import_module
from typing import TYPE_CHECKING

from arb_pipeline.contracts.sources import spider_class

if TYPE_CHECKING:
    from scrapy_project.spiders.base import SourceSpider


def spider_of(source: str) -> "type[SourceSpider]":
    """A source's spider."""
    spider: type[SourceSpider] = getattr(import_module(f"{__name__}.{source}"), spider_class(source))
    return spider
