"""Card Kingdom: two public price lists."""

from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response

from arb_pipeline.sources.parsing.cardkingdom import TERMS, price_list, readable
from scrapy_project.newest import NewestSpider

LISTS = {
    "single": ("/api/v2/pricelist", "pricelist.json"),
    "sealed": ("/api/sealed_pricelist", "sealed.json"),
}


class CardkingdomSpider(NewestSpider):
    """Retail price, buylist price, and quantities of both."""

    name = "cardkingdom"
    required = {  # noqa: RUF012 - a ClassVar of the base
        "single": ("id", "sku", "name", "edition", "is_foil", *TERMS),
        "sealed": ("id", "name", "edition", *TERMS),
    }

    def requests(self) -> Iterator[Request]:
        """Both lists."""
        for kind, (path, file) in LISTS.items():
            yield self.keep(path, file, self.parse, cb_kwargs={"kind": kind})

    def parse(self, response: Response, kind: str) -> None:
        """Counts a list."""
        prices = price_list(response.body)
        self.published(prices.created_at)
        self.count(kind, readable(prices.records))
