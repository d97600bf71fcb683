"""Prices and searches at shops, from records of a package that has landed."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from arb_pipeline.fetching import live_lookup
from arb_pipeline.fetching.crawls import Fetched
from arb_pipeline.fetching.live_lookup import AmazonScraper, EbayScraper, LookupFailedError, TCGPlayerScraper
from arb_pipeline.settings import NotConfiguredError, Settings
from arb_pipeline.storage.landing import Package


class Landed:
    """Stands in for `fetch`: lands the records it is given, and notes what was asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answer: list[dict[str, Any]] | Fetched = []
        self.asked: list[Mapping[str, Any]] = []

    def __call__(self, source: str, *, options: Mapping[str, Any], part: str, **_: Any) -> Fetched:
        self.asked.append({"source": source, "options": options, "part": part})
        if isinstance(self.answer, Fetched):
            return self.answer
        package = Package(source, part, "id", self.root / "package")
        package.files.mkdir(parents=True, exist_ok=True)
        if self.answer:
            lines = b"".join(orjson.dumps(record) + b"\n" for record in self.answer)
            (package.files / "records.jsonl").write_bytes(lines)
        return Fetched(source, "landed", "", (package,))


@pytest.fixture
def landed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Landed:
    stand_in = Landed(tmp_path)
    monkeypatch.setattr(live_lookup, "fetch", stand_in)
    return stand_in


def product(number: int, name: str) -> dict[str, Any]:
    return {"kind": "product", "productId": number, "name": name, "url": f"https://tcg/{number}"}


def price(number: int, market: float | None, low: float | None, subtype: str = "Normal") -> dict[str, Any]:
    about = {"kind": "price", "productId": number, "subTypeName": subtype}
    return {**about, "marketPrice": market, "lowPrice": low}


def item(kind: str, number: int, **changes: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "item_id": f"v1|{number}|0",
        "title": f"Box {number}",
        "price": "134.99",
        "shipping": "5.95",
        "currency": "USD",
        "url": f"https://ebay/{number}",
        "available_quantity": 4,
        "condition": "New",
        **changes,
    }


def offer(asin: str, amount: float | None, *, wins: bool | None) -> dict[str, Any]:
    return {
        "kind": "offer",
        "asin": asin,
        "title": f"Box {asin}",
        "url": f"https://amazon/{asin}",
        "amount": amount,
        "currency": "USD" if amount else None,
        "condition": "New",
        "is_buy_box_winner": wins,
    }


def test_tcgplayer_tells_the_market_price_and_the_lowest_ask(landed: Landed) -> None:
    landed.answer = [product(7, "Box"), price(7, 300.0, 250.0, "Foil"), price(7, 121.37, 118.0)]
    result = TCGPlayerScraper(Settings()).scrape_product_price("7")
    assert result is not None
    assert (result.price, result.lowest, result.condition) == (Decimal("121.37"), Decimal("118.0"), "Normal")
    assert result.landed is None  # shipping is not known
    assert landed.asked == [{"source": "tcgplayer", "options": {"product": ["7"]}, "part": "lookups"}]


def test_a_tcgplayer_product_without_a_price_is_found_all_the_same(landed: Landed) -> None:
    landed.answer = [product(7, "Box"), product(8, "Case"), price(8, 700.0, 650.0)]
    result = TCGPlayerScraper(Settings()).search_products("b")
    assert [(p.product_id, p.price) for p in result] == [("7", None), ("8", Decimal("700.0"))]


def test_ebay_tells_an_item_landed(landed: Landed) -> None:
    landed.answer = [item("item", 256)]
    result = EbayScraper(Settings()).scrape_product_price("256")
    assert result is not None
    assert result.landed == Decimal("140.94")  # 134.99 + 5.95
    assert (result.product_id, result.quantity, result.seller_count) == ("v1|256|0", 4, 1)


def test_ebay_without_known_shipping_is_not_landed(landed: Landed) -> None:
    landed.answer = [item("item", 256, shipping=None)]
    result = EbayScraper(Settings()).scrape_product_price("256")
    assert result is not None
    assert result.landed is None


def test_an_ebay_search_lists_offers(landed: Landed) -> None:
    landed.answer = [item("listing", 1), item("listing", 2, price="99.00")]
    result = EbayScraper(Settings()).search_products("box")
    assert [(p.product_id, p.price) for p in result] == [
        ("v1|1|0", Decimal("134.99")),
        ("v1|2|0", Decimal("99.00")),
    ]


def test_amazon_tells_the_buy_box_not_the_first_offer(landed: Landed) -> None:
    landed.answer = [offer("B1", 150.5, wins=False), offer("B1", 139.99, wins=True)]
    result = AmazonScraper(Settings()).scrape_product_price("B1")
    assert result is not None
    assert result.price == Decimal("139.99")


def test_amazon_without_a_buy_box_has_no_price(landed: Landed) -> None:
    landed.answer = [offer("B1", 150.5, wins=False)]
    result = AmazonScraper(Settings()).scrape_product_price("B1")
    assert result is not None
    assert (result.title, result.price) == ("Box B1", None)


def test_an_amazon_search_lists_each_product_once(landed: Landed) -> None:
    landed.answer = [offer("B1", 9.0, wins=False), offer("B1", 8.0, wins=True), offer("B2", None, wins=None)]
    result = AmazonScraper(Settings()).search_products("box")
    assert [(p.product_id, p.price) for p in result] == [("B1", Decimal("8.0")), ("B2", None)]


@pytest.mark.parametrize("scraper", [TCGPlayerScraper, EbayScraper, AmazonScraper])
def test_what_a_shop_does_not_know_is_none(landed: Landed, scraper: Any) -> None:
    landed.answer = []  # a package without records
    assert scraper(Settings()).scrape_product_price("0") is None
    assert scraper(Settings()).search_products("nothing") == []


@pytest.mark.parametrize("scraper", [TCGPlayerScraper, EbayScraper, AmazonScraper])
def test_a_shop_without_keys_names_its_settings_and_its_page(landed: Landed, scraper: Any) -> None:
    landed.answer = Fetched(scraper.source, "not configured", "set ARB_X")
    with pytest.raises(NotConfiguredError, match=rf"set ARB_X. See docs/sources/{scraper.source}.md"):
        scraper(Settings()).scrape_product_price("1")


def test_a_price_that_is_no_number_is_not_guessed_at(landed: Landed) -> None:
    landed.answer = [item("item", 1, price="134,99")]
    with pytest.raises(LookupFailedError, match="'134,99', which is no number"):
        EbayScraper(Settings()).scrape_product_price("1")


def test_a_shop_that_fails_says_why(landed: Landed) -> None:
    landed.answer = Fetched("ebay", "failed", "status 500")
    with pytest.raises(LookupFailedError, match="the request to ebay failed: status 500"):
        EbayScraper(Settings()).search_products("box")
