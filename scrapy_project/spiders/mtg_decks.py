"""Card lists of Magic's preconstructed decks."""

from collections.abc import Iterable
from typing import ClassVar

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.mtg_decks import FILE, decks
from scrapy_project.spiders.base import SourceSpider


class MtgDecksSpider(SourceSpider):
    """One file of taw/magic-preconstructed-decks-data."""

    name = "mtg_decks"
    required: ClassVar = {"deck": ("set_code", "name", "release_date", "cards")}
    streams: ClassVar[bool] = True
    accept: ClassVar[str] = "*/*"

    def requests(self) -> Iterable[Request]:
        """The file."""
        yield self.keep(f"/taw/magic-preconstructed-decks-data/refs/heads/master/{FILE}", FILE)

    def parse(self, response: Response) -> None:
        """Counts the decks."""
        if self.is_known(response):
            return
        with response.meta["file"].open("rb") as file:
            self.count("deck", decks(file))
