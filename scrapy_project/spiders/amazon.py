"""Amazon's Creators API: offers by search text and by ASIN. See docs/sources/amazon.md for its terms."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar

import orjson
from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing import Record, amazon
from scrapy_project.lookups import LookupSpider, batches

PER_PAGE = MOST_PAGES = PER_CALL = 10
MARKETPLACE = "www.amazon.com"
# Not merchantInfo: sellers are not requested.
RESOURCES = (
    "itemInfo.title",
    "offersV2.listings.availability",
    "offersV2.listings.condition",
    "offersV2.listings.dealDetails",
    "offersV2.listings.isBuyBoxWinner",
    "offersV2.listings.price",
)


class AmazonSpider(LookupSpider):
    """Searches and look-ups."""

    name = "amazon"
    oauth_path = "/auth/o2/token"
    scope = "creatorsapi::default"
    required = amazon.REQUIRED
    asks: ClassVar = {"query": "Bloomburrow Play Booster Box", "asin": "B0D3XKZ1ZL"}
    takes = ("pages",)

    def questions(self) -> Iterator[Request]:
        """The first page of each search, and the ASINs."""
        self._pages = self.number("pages", default=1, most=MOST_PAGES)
        yield from (self._search(number, query, 1) for number, query in enumerate(self.option("query"), 1))
        for number, asins in enumerate(batches(self.option("asin"), PER_CALL), 1):
            payload = {"itemIds": asins, "itemIdType": "ASIN"}
            yield self._post("getItems", f"items-{number:04}.json", payload, self.parse_items)

    def redact(self, body: bytes) -> bytes:
        """Without merchants' names."""
        return amazon.redacted(body)

    def parse(self, response: Response, *, number: int, query: str, page: int) -> Iterator[Record | Request]:
        """A page of a search."""
        yield from self._offers(response, query)
        if page < self._pages and amazon.has_more(response.body, read=page * PER_PAGE):
            yield from self.send(self._search(number, query, page + 1))

    def parse_items(self, response: Response) -> Iterator[Record]:
        """Items by ASIN."""
        yield from self._offers(response, None)

    def _offers(self, response: Response, query: str | None) -> Iterator[Record]:
        self.warnings += amazon.notes(response.body)
        yield from self.take("offer", amazon.offers(response.body, query=query))

    def _search(self, number: int, query: str, page: int) -> Request:
        payload = {"keywords": query, "itemCount": PER_PAGE, "itemPage": page}
        kwargs = {"number": number, "query": query, "page": page}
        return self._post("searchItems", f"search-{number:04}-{page:02}.json", payload, self.parse, kwargs)

    def _post(
        self, operation: str, file: str, payload: dict[str, Any], callback: Any, kwargs: Any = None
    ) -> Request:
        common = {"partnerTag": self.key("partner_tag"), "marketplace": MARKETPLACE, "resources": RESOURCES}
        return self.keep(
            f"catalog/v1/{operation}",
            file,
            callback,
            method="POST",
            headers={"Content-Type": "application/json", "x-marketplace": MARKETPLACE},
            body=orjson.dumps(common | payload),
            cb_kwargs=kwargs,
            allow=(HTTPStatus.NOT_FOUND,),  # nothing found
        )
