"""Spiders, one module per source. The names of module, spider and class agree."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy_project.spiders.base import SourceSpider


def class_name(source: str) -> str:
    """The class that a source's module holds: `mtg_boosters` -> `MtgBoostersSpider`."""
    return "".join(part.capitalize() for part in source.split("_")) + "Spider"


def spider_of(source: str) -> "type[SourceSpider]":
    """A source's spider."""
    spider: type[SourceSpider] = getattr(import_module(f"{__name__}.{source}"), class_name(source))
    return spider
