"""The Pokemon TCG API: cards by set, with the prices that it copies."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.pokemontcg import cards, page_of, prices, sets
from scrapy_project.spiders.base import Callback, SourceSpider

PAGE_SIZE = 250


class PokemontcgSpider(SourceSpider):
    """Some 250 requests for all sets; a day has 1,000 without a key. Option `set`: their ids."""

    name = "pokemontcg"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "card": ("id", "name", "number", "set"),
        "price": ("id", "marketplace", "updatedAt"),
    }

    def requests(self) -> Iterable[Request]:
        """The first page of sets."""
        yield self._sets(1)
        self._missing = set(self.option("set"))

    def sets(self, response: Response) -> Iterable[Request]:
        """Requests the cards of each wanted set of a page, and the next page; others stay as landed."""
        wanted = self.option("set")
        for record in sets(response.body):
            is_wanted = not wanted or record["id"] in wanted
            request = self._cards(record["id"], 1, is_known=not is_wanted)
            if is_wanted or request.url in self.order.known:
                yield request
            self._missing.discard(record["id"])
        page = page_of(response.body)
        if page.is_last:
            self.warnings += [f"{self.name} has no set {set_id!r}" for set_id in sorted(self._missing)]
        else:
            yield self._sets(page.number + 1)

    def cards(self, response: Response, set_id: str) -> Iterable[Request]:
        """Counts a page of cards; requests the next page."""
        self.count("card", cards(response.body))
        self.count("price", prices(response.body))
        page = page_of(response.body)
        if not page.is_last:
            yield self._cards(set_id, page.number + 1, is_known=response.meta["reuse_known"])

    def _sets(self, page: int) -> Request:
        return self._page(f"sets?pageSize={PAGE_SIZE}&page={page}", f"sets/{page}.json", self.sets)

    def _cards(self, set_id: str, page: int, *, is_known: bool) -> Request:
        name = quote(set_id, safe="")
        return self._page(
            f"cards?q=set.id:{name}&pageSize={PAGE_SIZE}&page={page}",
            f"cards/{name}/{page}.json",
            self.cards,
            cb_kwargs={"set_id": set_id},
            meta={"reuse_known": is_known},
        )

    def _page(self, query: str, file: str, callback: Callback, **request: Any) -> Request:
        headers = {"X-Api-Key": self.key("api_key")} if "api_key" in self.access.keys else {}
        return self.keep(f"v2/{query}", file, callback, headers=headers, **request)
