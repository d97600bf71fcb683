"""Live look-ups at a shop: the price of one product, and a search."""

from datetime import datetime
from decimal import Decimal

from arb_pipeline.contracts.choices import Shop
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.fetching.live_lookup import SCRAPERS, FoundProduct, ScrapedPrice
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings


class LivePriceView(View):
    """Price of a product at a shop, now. Amounts are in `currency`."""

    source: str
    product_id: str
    title: str | None
    price: Decimal | None
    """Price of one piece, without shipping; None where the shop has none now."""
    shipping: Decimal | None
    """None: not known, which is not free."""
    currency: str | None
    url: str | None
    seller_count: int | None
    quantity: int | None
    condition: str | None
    fetched_at: datetime
    lowest: Decimal | None
    """The cheapest ask, where `price` is not an ask."""
    landed: Decimal | None
    """With shipping; None where either is not known."""


class LiveProductView(View):
    """A product, or an offer of one, that a search found. The price is in `currency`."""

    source: str
    product_id: str
    title: str | None
    price: Decimal | None
    """Without shipping."""
    currency: str | None
    url: str | None


def price(settings: Settings, source: Shop, product_id: str) -> LivePriceView:
    """Price of one product at a shop. Raises `NotFoundError`, `NotConfiguredError`, `LookupFailedError`."""
    found = SCRAPERS[source](settings).scrape_product_price(product_id)
    if found is None:
        msg = f"{source} knows no product {product_id!r}."
        raise NotFoundError(msg, next_step=f"`arb search TEXT --source {source}` finds ids.")
    return _price_view(found)


def search(settings: Settings, source: Shop, query: str) -> tuple[LiveProductView, ...]:
    """Products that a shop finds for a text, in its own order. Raises as `price` does, but for none found."""
    return tuple(_product_view(found) for found in SCRAPERS[source](settings).search_products(query))


def _price_view(found: ScrapedPrice) -> LivePriceView:
    return LivePriceView(
        source=found.source,
        product_id=found.product_id,
        title=found.title,
        price=found.price,
        shipping=found.shipping,
        currency=found.currency,
        url=found.url,
        seller_count=found.seller_count,
        quantity=found.quantity,
        condition=found.condition,
        fetched_at=found.fetched_at,
        lowest=found.lowest,
        landed=found.landed,
    )


def _product_view(found: FoundProduct) -> LiveProductView:
    return LiveProductView(
        source=found.source,
        product_id=found.product_id,
        title=found.title,
        price=found.price,
        currency=found.currency,
        url=found.url,
    )
