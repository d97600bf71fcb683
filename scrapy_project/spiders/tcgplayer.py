"""TCGplayer's own API, for users with keys. For whole games use TCGCSV: one dump a day."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.sources.parsing import Record, tcgplayer
from scrapy_project.lookups import LookupSpider, batches

VERSION = "v1.39.0"
PER_PAGE = PER_CALL = 100
NOTHING = HTTPStatus.NOT_FOUND
"""Status of an empty result, with the usual envelope."""


class TcgplayerSpider(LookupSpider):
    """Products by id and name, prices by product and group."""

    name = "tcgplayer"
    oauth_path = "/token"
    required = tcgplayer.REQUIRED
    asks: ClassVar = {"product": "541226", "query": "Bloomburrow Play Booster Box", "group": "23489"}
    takes = ("pages",)
    has_all = True

    def questions(self) -> Iterator[Request]:
        """Requests what the order names; every group of its games where it names nothing."""
        self._pages = self.number("pages", default=1, most=100)
        categories = self.order.categories or self.source.categories
        for number, ids in enumerate(batches(self.option("product"), PER_CALL), 1):
            joined = ",".join(quote(product, safe="") for product in ids)
            yield self._get(f"catalog/products/{joined}", f"products-{number:04}.json", "product")
            yield self._prices(f"product/{joined}", f"prices-{number:04}.json")
        for number, query in enumerate(self.option("query"), 1):
            yield from (self._search(f"{number:04}-{game}", query, game, 1) for game in categories)
        yield from (self._group(group) for group in self.option("group"))
        if not any(self.option(option) for option in self.asks):
            yield from (self._groups(game, 1) for game in categories)

    def parse(self, response: Response, *, kind: str) -> Iterator[Record]:
        """Rows of one kind."""
        may_be_none = response.status == NOTHING
        yield from self.take(kind, tcgplayer.rows(response.body, may_be_none=may_be_none))

    def parse_search(
        self, response: Response, *, file: str, query: str, game: str, page: int
    ) -> Iterator[Record | Request]:
        """Products of a name, then their prices."""
        records = list(tcgplayer.rows(response.body, may_be_none=response.status == NOTHING))
        yield from self.take("product", records)
        if records:
            ids = ",".join(str(product["productId"]) for product in records)
            yield from self.send(self._prices(f"product/{ids}", f"search-{file}-{page:02}-prices.json"))
        if page < self._pages and page * PER_PAGE < tcgplayer.total(response.body):
            yield from self.send(self._search(file, query, game, page + 1))

    def parse_groups(self, response: Response, *, game: str, page: int) -> Iterator[Record | Request]:
        """A page of a game's groups, then the prices of each."""
        groups = list(tcgplayer.rows(response.body, may_be_none=response.status == NOTHING))
        if not groups and page > 1:
            self.warnings.append(f"{game}: the groups end before page {page}, though more were counted")
        yield from self.take("group", groups)
        yield from self.send(*(self._group(str(group["groupId"])) for group in groups))
        if page * PER_PAGE < tcgplayer.total(response.body):
            yield from self.send(self._groups(game, page + 1))

    def _prices(self, path: str, file: str) -> Request:
        return self._get(f"pricing/{path}", file, "price")

    def _group(self, group: str) -> Request:
        return self._prices(f"group/{quote(group, safe='')}", f"group-{quote(group, safe='')}.json")

    def _get(self, path: str, file: str, kind: str) -> Request:
        return self.keep(f"{VERSION}/{path}", file, allow=(NOTHING,), cb_kwargs={"kind": kind})

    def _search(self, file: str, query: str, game: str, page: int) -> Request:
        return self.keep(
            f"{VERSION}/catalog/products?{self._page(game, page, productName=query)}",
            f"search-{file}-{page:02}.json",
            self.parse_search,
            allow=(NOTHING,),
            cb_kwargs={"file": file, "query": query, "game": game, "page": page},
        )

    def _groups(self, game: str, page: int) -> Request:
        return self.keep(
            f"{VERSION}/catalog/groups?{self._page(game, page)}",
            f"groups-{game}-{page:02}.json",
            self.parse_groups,
            allow=(NOTHING,) if page > 1 else (),  # too high a count leads beyond the last page
            cb_kwargs={"game": game, "page": page},
        )

    @staticmethod
    def _page(game: str, page: int, **filters: str) -> str:
        where = {"categoryId": CATEGORIES[game], "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
        return urlencode({**filters, **where}, quote_via=quote)
