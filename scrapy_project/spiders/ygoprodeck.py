"""YGOPRODeck: all cards in one dump, and the list of sets."""

from collections.abc import Iterable

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.ygoprodeck import cards, database_version, printings, sets
from scrapy_project.previous_response import earlier
from scrapy_project.spiders.base import SourceSpider

API = "api/v7"


class YgoprodeckSpider(SourceSpider):
    """Card and set dumps; while the database version is unchanged, those of the last package are reused."""

    name = "ygoprodeck"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "card": ("id", "name", "type"),
        "printing": ("id", "set_name", "set_code", "set_rarity"),
        "set": ("set_name", "set_code", "num_of_cards"),
    }

    def requests(self) -> Iterable[Request]:
        """The version of the database."""
        yield self.keep(f"{API}/checkDBVer.php", "checkDBVer.json", self.version)

    def version(self, response: Response) -> Iterable[Request]:
        """The dumps, from the last package where it has this version."""
        dumps = [
            self.keep(f"{API}/cardinfo.php", "cardinfo.json", self.cards),
            self.keep(f"{API}/cardsets.php", "cardsets.json", self.sets),
        ]
        is_same = database_version(response.body) == self._landed_version(response.request.url)
        for request in dumps:
            request.meta["reuse_known"] = is_same
        yield from dumps

    def cards(self, response: Response) -> None:
        """Counts cards and printings."""
        self.count("card", cards(response.body))
        self.count("printing", printings(response.body))

    def sets(self, response: Response) -> None:
        """Counts sets."""
        self.count("set", sets(response.body))

    def _landed_version(self, url: str) -> str:
        try:
            return database_version(earlier(self.order.known.get(url), self.source.max_bytes))
        except LayoutError:
            return ""  # nothing landed yet
