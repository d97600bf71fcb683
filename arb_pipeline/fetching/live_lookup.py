"""Live look-ups at a shop: one product's price, or a search. Each is a crawl that lands like any other."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import orjson

from arb_pipeline.contracts.crawling import RECORDS_FILE
from arb_pipeline.contracts.errors import UnavailableError
from arb_pipeline.fetching.crawls import Fetched, fetch
from arb_pipeline.settings import NotConfiguredError, Settings

PART = "lookups"
"""Part of the landing for single look-ups, which are no day of the source."""

Record = Mapping[str, Any]


class LookupFailedError(UnavailableError, RuntimeError):
    """A failed look-up at a shop; the message states the cause."""


@dataclass(frozen=True, slots=True)
class ScrapedPrice:
    """Price of a product at a shop."""

    source: str
    product_id: str
    title: str | None
    price: Decimal | None
    """Per piece, without shipping; None where out of stock."""
    shipping: Decimal | None
    """None: unknown (free shipping is 0)."""
    currency: str | None
    url: str | None
    seller_count: int | None
    quantity: int | None
    condition: str | None
    fetched_at: datetime
    lowest: Decimal | None = None
    """Lowest ask, where `price` is not an ask."""

    @property
    def landed(self) -> Decimal | None:
        """Price with shipping; None where either is unknown."""
        return None if self.price is None or self.shipping is None else self.price + self.shipping


@dataclass(frozen=True, slots=True)
class FoundProduct:
    """A product or offer found by a search."""

    source: str
    product_id: str
    title: str | None
    price: Decimal | None
    """Price without shipping."""
    currency: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class _Answer:
    records: tuple[Record, ...]
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def of(self, *kinds: str) -> list[Record]:
        return [record for record in self.records if record["kind"] in kinds]


class BaseScraper(ABC):
    """Looks products up at one shop. Every method raises `NotConfiguredError` and `LookupFailedError`."""

    source: ClassVar[str]

    def __init__(self, settings: Settings) -> None:
        """`settings`: landing folder of the answers, and limits of the requests."""
        self._settings = settings

    @abstractmethod
    def scrape_product_price(self, product_id: str) -> ScrapedPrice | None:
        """Current price of the product; None where the shop does not list it."""

    @abstractmethod
    def search_products(self, query: str) -> list[FoundProduct]:
        """Results of the shop's search, in its order."""

    def _ask(self, **options: str) -> _Answer:
        requested = {name: [value] for name, value in options.items()}
        fetched = fetch(self.source, settings=self._settings, options=requested, part=PART)
        if fetched.status == "not configured":
            msg = f"{self.source} is not configured: {fetched.reason}. See docs/sources/{self.source}.md."
            raise NotConfiguredError(msg)
        if not fetched.is_good:
            msg = f"the request to {self.source} failed: {fetched.reason}"
            raise LookupFailedError(msg)
        return _Answer(_records(fetched))

    def _found(self, product_id: Any, **about: Any) -> FoundProduct:
        return FoundProduct(source=self.source, product_id=str(product_id), **about)


class TCGPlayerScraper(BaseScraper):
    """TCGplayer: its market price of a product, and the lowest ask."""

    source = "tcgplayer"

    def scrape_product_price(self, product_id: str) -> ScrapedPrice | None:
        """Market price (of the plain printing, where there are several)."""
        answer = self._ask(product=product_id)
        product = next(iter(answer.of("product")), None)
        if product is None:
            return None
        price = _plain(answer.of("price")).get(product["productId"], {})
        return ScrapedPrice(
            source=self.source,
            product_id=product_id,
            title=product["name"],
            price=_money(price.get("marketPrice")),
            shipping=None,
            currency="USD",
            url=product.get("url"),
            seller_count=None,
            quantity=None,
            condition=price.get("subTypeName"),
            fetched_at=answer.at,
            lowest=_money(price.get("lowPrice")),
        )

    def search_products(self, query: str) -> list[FoundProduct]:
        """Products whose name contains the text, in all games."""
        answer = self._ask(query=query)
        prices = _plain(answer.of("price"))
        return [
            self._found(
                product["productId"],
                title=product["name"],
                price=_money(prices.get(product["productId"], {}).get("marketPrice")),
                currency="USD",
                url=product.get("url"),
            )
            for product in answer.of("product")
        ]


class EbayScraper(BaseScraper):
    """eBay: single offers, never a statistic over them (its licence)."""

    source = "ebay"

    def scrape_product_price(self, product_id: str) -> ScrapedPrice | None:
        """The price of one item, with shipping where that is known."""
        answer = self._ask(item=product_id)
        item = next(iter(answer.of("item")), None)
        if item is None:
            return None
        return ScrapedPrice(
            source=self.source,
            product_id=item["item_id"],
            title=item["title"],
            price=_money(item["price"]),
            shipping=_money(item["shipping"]),
            currency=item["currency"],
            url=item["url"],
            seller_count=1,
            quantity=item["available_quantity"],
            condition=item["condition"],
            fetched_at=answer.at,
        )

    def search_products(self, query: str) -> list[FoundProduct]:
        """New items at a fixed price in USD, up to 200."""
        return [
            self._found(
                item["item_id"],
                title=item["title"],
                price=_money(item["price"]),
                currency=item["currency"],
                url=item["url"],
            )
            for item in self._ask(query=query).of("listing")
        ]


class AmazonScraper(BaseScraper):
    """Amazon: the offer in the buy box."""

    source = "amazon"

    def scrape_product_price(self, product_id: str) -> ScrapedPrice | None:
        """The buy box of an ASIN."""
        answer = self._ask(asin=product_id)
        offers = answer.of("offer")
        if not offers:
            return None
        box = next((offer for offer in offers if offer["is_buy_box_winner"]), {})
        return ScrapedPrice(
            source=self.source,
            product_id=offers[0]["asin"],
            title=offers[0]["title"],
            price=_money(box.get("amount")),
            shipping=None,
            currency=box.get("currency"),
            url=offers[0]["url"],
            seller_count=None,
            quantity=None,
            condition=box.get("condition"),
            fetched_at=answer.at,
        )

    def search_products(self, query: str) -> list[FoundProduct]:
        """The first ten products, with their buy box."""
        offers = self._ask(query=query).of("offer")
        # The buy box first, else a product's first offer without its price.
        by_asin = {offer["asin"]: offer for offer in offers if offer["is_buy_box_winner"]}
        order = dict.fromkeys(offer["asin"] for offer in offers)
        titles = {offer["asin"]: offer for offer in offers}
        return [
            self._found(
                asin,
                title=titles[asin]["title"],
                price=_money(by_asin.get(asin, {}).get("amount")),
                currency=by_asin.get(asin, {}).get("currency"),
                url=titles[asin]["url"],
            )
            for asin in order
        ]


SCRAPERS: dict[str, type[BaseScraper]] = {
    scraper.source: scraper for scraper in (TCGPlayerScraper, EbayScraper, AmazonScraper)
}


def _records(fetched: Fetched) -> tuple[Record, ...]:
    path = fetched.package.files / RECORDS_FILE if fetched.package else None
    if path is None or not path.exists():
        return ()  # nothing was found
    return tuple(orjson.loads(line) for line in path.read_bytes().splitlines())


def _plain(prices: list[Record]) -> dict[int, Record]:
    """Product -> its price row: of `Normal` where there is one, else its first."""
    first = {price["productId"]: price for price in reversed(prices)}
    return first | {price["productId"]: price for price in prices if price["subTypeName"] == "Normal"}


def _money(amount: str | float | None) -> Decimal | None:
    """Exact decimal: 0.1 is a tenth. Raises `LookupFailedError` for text that is no number."""
    try:
        return None if amount is None else Decimal(str(amount))
    except InvalidOperation as error:
        msg = f"the shop states a price {amount!r}, which is no number"
        raise LookupFailedError(msg) from error
