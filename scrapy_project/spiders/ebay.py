"""eBay's Browse API: new items at a fixed price, offer by offer. See docs/sources/ebay.md for the licence."""

import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.sources.parsing import Record, ebay
from scrapy_project.lookups import LookupSpider, OrderError

BROWSE = "buy/browse/v1"
PER_PAGE = 200
MOST_RESULTS = 10_000
CALLS_PER_DAY = 5_000
FILTER = "buyingOptions:{FIXED_PRICE},price:[1..],priceCurrency:USD,conditions:{NEW}"


class EbaySpider(LookupSpider):
    """Searches and single items."""

    name = "ebay"
    oauth_path = "/identity/v1/oauth2/token"
    scope = "https://api.ebay.com/oauth/api_scope"
    uses_basic = True
    required = ebay.REQUIRED
    asks: ClassVar = {"query": "Bloomburrow Play Booster Box", "item": "v1|110587809529|0"}
    takes = ("category_id", "pages", "zip")

    def __init__(self, order: Order, **kwargs: Any) -> None:
        """`order`: days, categories and options of this crawl. Sellers are numbered anew in each package."""
        super().__init__(replace(order, known={}), **kwargs)
        self._sellers = ebay.Sellers()

    def questions(self) -> Iterator[Request]:
        """The first page of each search, and the items."""
        self._pages = self.number("pages", default=1, most=MOST_RESULTS // PER_PAGE)
        self._category, place = self.single("category_id"), self.single("zip")
        self._headers = {"X-EBAY-C-MARKETPLACE-ID": "EBAY_US"}
        if place:  # destination for calculated shipping costs
            self._headers["X-EBAY-C-ENDUSERCTX"] = f"contextualLocation={quote(f'country=US,zip={place}')}"
        queries = self.option("query")
        # An item's number on its page is the middle part of its id here.
        items = dict.fromkeys(f"v1|{item}|0" if item.isdecimal() else item for item in self.option("item"))
        calls = len(queries) * self._pages + len(items)
        if calls > CALLS_PER_DAY:
            msg = f"ebay answers {CALLS_PER_DAY:,} calls a day, this order may need {calls:,}. Request less."
            raise OrderError(msg)
        yield from (self._search(number, query, 1) for number, query in enumerate(queries, 1))
        yield from (self._item(item) for item in items)

    def redact(self, body: bytes) -> bytes:
        """Answer with sellers as numbers."""
        return ebay.redacted(body, self._sellers)

    def parse(self, response: Response, *, number: int, query: str, page: int) -> Iterator[Record | Request]:
        """A page of a search."""
        records = list(ebay.listings(response.body, query=query))
        self._sellers.after(record["seller"] for record in records)
        yield from self.take("listing", records)
        paging = ebay.paging(response.body)
        self.warnings += (f"{query!r}: {note}" for note in paging.notes)
        if paging.has_more and page < self._pages:
            yield from self.send(self._search(number, query, page + 1))
        elif paging.has_more:
            self.warnings.append(f"{query!r}: {paging.end:,} of {paging.total:,} offers, more by `pages`")

    def parse_item(self, response: Response) -> Iterator[Record]:
        """One item."""
        is_gone = response.status == HTTPStatus.NOT_FOUND
        if is_gone:
            self.warnings.append(f"{response.url}: no such item, or it has ended")
        records = list(ebay.item(response.body, may_be_gone=is_gone))
        self._sellers.after(record["seller"] for record in records)
        yield from self.take("item", records)

    def _search(self, number: int, query: str, page: int) -> Request:
        parameters = {"q": query, "filter": FILTER, "limit": PER_PAGE, "offset": (page - 1) * PER_PAGE}
        if self._category:
            parameters["category_ids"] = self._category
        return self.keep(
            f"{BROWSE}/item_summary/search?{urlencode(parameters, quote_via=quote)}",
            f"search-{number:04}-{page:02}.json",
            headers=self._headers,
            cb_kwargs={"number": number, "query": query, "page": page},
        )

    def _item(self, item: str) -> Request:
        file = f"item-{re.sub(r'[^A-Za-z0-9]+', '-', item)}.json"
        path = f"{BROWSE}/item/{quote(item, safe='')}"
        return self.keep(path, file, self.parse_item, headers=self._headers, allow=(HTTPStatus.NOT_FOUND,))
