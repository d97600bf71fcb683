"""Scryfall's bulk file of Magic printings."""

from collections.abc import Iterable
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.scryfall import bulk_file, cards
from scrapy_project.spiders.base import SourceSpider


class ScryfallSpider(SourceSpider):
    """The index of bulk files, then the file of all cards. Its address changes with its content."""

    name = "scryfall"
    required: ClassVar = {"card": ("id", "set", "collector_number", "name", "finishes")}
    streams: ClassVar[bool] = True

    def requests(self) -> Iterable[Request]:
        """The index."""
        yield self.ask("/bulk-data", self.read_index)

    def read_index(self, response: Response) -> Iterable[Request]:
        """Requests the file."""
        address, file = bulk_file(response.body)
        yield self.keep(address, file, self.read_cards, headers={"Accept": "*/*"})

    def read_cards(self, response: Response) -> None:
        """Counts the printings."""
        if self.is_known(response):
            return
        with response.meta["file"].open("rb") as file:
            self.count("card", cards(file))
