"""Live look-ups as a service."""

from pathlib import Path

import pytest

from arb_pipeline.contracts.choices import Shop
from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.fetching import live_lookup
from arb_pipeline.fetching.live_lookup import BaseScraper, FoundProduct, ScrapedPrice
from arb_pipeline.services import live
from arb_pipeline.settings import NotConfiguredError, Settings


class Stub(BaseScraper):
    source = "ebay"

    def scrape_product_price(self, product_id: str) -> ScrapedPrice | None:
        if product_id == "no-keys":
            raise NotConfiguredError("ebay is not configured: set ARB_X.")
        return None

    def search_products(self, query: str) -> list[FoundProduct]:
        return [FoundProduct("ebay", "v1|1|0", query, None, "EUR", "https://ebay/1")]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setitem(live_lookup.SCRAPERS, "ebay", Stub)
    return Settings(home=tmp_path)


def test_a_product_that_a_shop_does_not_know_is_not_found(settings: Settings) -> None:
    with pytest.raises(NotFoundError) as refused:
        live.price(settings, Shop.EBAY, "2")
    expected = "ebay knows no product '2'. `arb search TEXT --source ebay` finds ids."
    assert (str(refused.value), refused.value.exit_code) == (expected, 1)


def test_a_shop_without_keys_is_refused_with_the_setting(settings: Settings) -> None:
    with pytest.raises(NotConfiguredError, match="set ARB_X"):
        live.price(settings, Shop.EBAY, "no-keys")


def test_a_search_has_the_shops_order_and_unknown_prices(settings: Settings) -> None:
    (result,) = live.search(settings, Shop.EBAY, "box")
    assert (result.title, result.price, result.currency) == ("box", None, "EUR")
