"""Live look-ups at a shop: the price of one product, and a search."""

from decimal import Decimal

from arb_pipeline.contracts.choices import Shop
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.fetching.live_lookup import SCRAPERS, FoundProduct, ScrapedPrice
from arb_pipeline.services.view import view_of
from arb_pipeline.settings import Settings


class LivePriceView(view_of(ScrapedPrice)):  # type: ignore[misc]
    """Price of a product at a shop, now, as `ScrapedPrice` declares it. Amounts are in `currency`."""

    landed: Decimal | None
    """Price with shipping; None where either is unknown."""


class LiveProductView(view_of(FoundProduct)):  # type: ignore[misc]
    """A product, or an offer of one, that a search found, as `FoundProduct` declares it."""


def price(settings: Settings, source: Shop, product_id: str) -> LivePriceView:
    """Price of one product at a shop. Raises `NotFoundError`, `NotConfiguredError`, `LookupFailedError`."""
    current = SCRAPERS[source](settings).scrape_product_price(product_id)
    if current is None:
        msg = f"{source} knows no product {product_id!r}."
        raise NotFoundError(msg, next_step=f"`arb search TEXT --source {source}` finds ids.")
    view: LivePriceView = LivePriceView.model_validate(current, from_attributes=True)
    return view


def search(settings: Settings, source: Shop, query: str) -> tuple[LiveProductView, ...]:
    """Products that a shop finds for a text, in its own order. Raises as `price` does, but for none found."""
    return tuple(
        LiveProductView.model_validate(product, from_attributes=True)
        for product in SCRAPERS[source](settings).search_products(query)
    )
