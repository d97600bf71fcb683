"""Orders to the look-up sources: their requests, records, warnings."""

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from keyed import TODAY, TOKEN, answer, configure, first_calls, said, spider
from scrapy import Request

from arb_pipeline.sources.parsing import LayoutError

SOURCES = ("ebay", "amazon", "amazon_sp", "tcgplayer")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for source in SOURCES:
        configure(monkeypatch, tmp_path, source)


def offer(number: int, seller: str) -> dict[str, Any]:
    return {
        "itemId": f"v1|{number}|0",
        "price": {"value": "150.00", "currency": "USD"},
        "seller": {"username": seller},
        "itemWebUrl": f"https://www.ebay.com/itm/{number}",
    }


def kept(asked: Request, crawl: Any, body: Any, status: int = 200) -> list[Any]:
    """As the archive hands it on: redacted."""
    return said(asked, crawl.redact(orjson.dumps(body)), status)


@pytest.mark.parametrize(
    ("source", "example"),
    [
        (
            "ebay",
            'arb fetch ebay --option query="Bloomburrow Play Booster Box" or --option item="v1|110587809529|0"',
        ),
        (
            "amazon",
            'arb fetch amazon --option query="Bloomburrow Play Booster Box" or --option asin="B0D3XKZ1ZL"',
        ),
        ("amazon_sp", 'arb fetch amazon_sp --option asin="B0D3XKZ1ZL"'),
    ],
)
def test_an_order_that_names_nothing_sends_nothing_and_shows_an_example(source: str, example: str) -> None:
    crawl = spider(source)
    assert list(crawl.requests()) == []
    assert crawl.failures == [f"{source} needs an option that names what to look up: {example}."]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"querry": "a"},
            "ebay does not know the option 'querry'. It takes category_id, item, pages, query, zip.",
        ),
        ({"query": " "}, "ebay: the option 'query' has an empty value."),
        ({"query": "a", "pages": "0"}, "ebay: pages='0' is not one number from 1 to 50."),
        ({"query": "a", "pages": "51"}, "ebay: pages='51' is not one number from 1 to 50."),
        ({"query": "a", "pages": "all"}, "ebay: pages='all' is not one number from 1 to 50."),
        ({"query": "a", "zip": ["1", "2"]}, "ebay: zip is given 2 times, it takes one value."),
    ],
)
def test_a_wrong_order_sends_nothing_and_says_why(options: dict[str, Any], message: str) -> None:
    crawl = spider("ebay", **options)
    assert list(crawl.requests()) == []
    assert crawl.failures == [message]


@pytest.mark.parametrize("source", SOURCES)
def test_past_days_cannot_be_requested(source: str) -> None:
    crawl = spider(source, days=(date(2026, 3, 3),), asin="B000000001")
    assert list(crawl.requests()) == []
    assert "knows today's offers only, not those of 2026-03-03" in crawl.failures[0]
    assert spider(source, days=(TODAY,)).order.day == TODAY


def test_ebay_refuses_an_order_beyond_its_calls_per_day() -> None:
    # 101 searches x 50 pages = 5,050 calls
    crawl = spider("ebay", query=[f"set {n}" for n in range(101)], pages="50")
    assert list(crawl.requests()) == []
    assert crawl.failures == ["ebay answers 5,000 calls a day, this order may need 5,050. Request less."]


def test_an_ebay_search_is_requested_as_documented() -> None:
    (call,) = first_calls(spider("ebay", query="Modern Horizons 3 & more", zip="83701", category_id="261044"))
    assert urlsplit(call.url).path == "/buy/browse/v1/item_summary/search"
    assert parse_qs(urlsplit(call.url).query) == {
        "q": ["Modern Horizons 3 & more"],
        "filter": ["buyingOptions:{FIXED_PRICE},price:[1..],priceCurrency:USD,conditions:{NEW}"],
        "limit": ["200"],
        "offset": ["0"],
        "category_ids": ["261044"],
    }
    assert call.headers["X-EBAY-C-MARKETPLACE-ID"] == b"EBAY_US"
    assert call.headers["X-EBAY-C-ENDUSERCTX"] == b"contextualLocation=country%3DUS%2Czip%3D83701"
    assert call.meta["keep_as"] == "search-0001-01.json"


def test_ebay_pages_end_where_the_order_or_the_search_does() -> None:
    crawl = spider("ebay", query="box", pages="2")
    (first,) = first_calls(crawl)
    page = {
        "total": 450,
        "offset": 0,
        "next": "https://api.ebay.com/...",
        "itemSummaries": [offer(1, "anna")],
    }
    *records, second = kept(first, crawl, page)
    assert parse_qs(urlsplit(second.url).query)["offset"] == ["200"]
    assert second.meta["keep_as"] == "search-0001-02.json"
    last = {"total": 450, "offset": 200, "itemSummaries": [offer(n, f"seller {n}") for n in range(200)]}
    more = kept(second, crawl, last)
    assert len(more) == 200
    assert crawl.warnings == ["'box': 400 of 450 offers, more by `pages`"]
    assert records[0]["kind"] == "listing"


def test_ebay_sellers_have_one_number_over_all_searches_and_a_crawl_taken_up_again() -> None:
    crawl = spider("ebay", query=["one", "two"])
    one, two = first_calls(crawl)
    first = kept(one, crawl, {"total": 2, "itemSummaries": [offer(1, "anna"), offer(2, "ben")]})
    second = kept(two, crawl, {"total": 2, "itemSummaries": [offer(3, "ben"), offer(4, "carl")]})
    assert [record["seller"] for record in first + second] == [1, 2, 2, 3]

    resumed = spider("ebay", query=["one", "two"])
    one, two = resumed.requests()  # the token is cached
    archived = {"total": 1, "itemSummaries": [{**offer(1, ""), "seller": {"ordinal": 2}}]}
    said(one, archived)  # from the archive: redacted before
    (record,) = kept(two, resumed, {"total": 1, "itemSummaries": [offer(3, "carl")]})
    assert record["seller"] == 3


def test_an_ebay_item_is_requested_by_its_number_too_and_may_have_ended() -> None:
    crawl = spider("ebay", item=["110587809529", "v1|110587809529|0", "v1|2|0"])
    one, two = first_calls(crawl)
    assert one.url == "https://api.ebay.com/buy/browse/v1/item/v1%7C110587809529%7C0"
    assert one.meta["keep_as"] == "item-v1-110587809529-0.json"
    (record,) = kept(one, crawl, offer(110587809529, "anna"))
    assert (record["kind"], record["seller"]) == ("item", 1)
    assert kept(two, crawl, {"errors": [{"errorId": 11001}]}, 404) == []
    assert crawl.warnings == [f"{two.url}: no such item, or it has ended"]


def test_what_ebay_remarks_on_a_search_is_a_warning() -> None:
    crawl = spider("ebay", query="box")
    (call,) = first_calls(crawl)
    kept(call, crawl, {"total": 0, "warnings": [{"message": "The filter is ignored."}]})
    assert crawl.warnings == ["'box': The filter is ignored."]


def test_amazon_searches_pages_and_looks_up_ten_asins_at_a_time() -> None:
    crawl = spider("amazon", query="booster box", pages="2", asin=[f"B{n:09}" for n in range(11)])
    search, ten, one = first_calls(crawl)
    assert search.url == "https://creatorsapi.amazon/catalog/v1/searchItems"
    body = orjson.loads(search.body)
    assert (body["keywords"], body["itemPage"], body["itemCount"]) == ("booster box", 1, 10)
    assert (body["partnerTag"], body["marketplace"]) == ("canary-partner_tag", "www.amazon.com")
    assert "offersV2.listings.merchantInfo" not in body["resources"]
    assert search.headers["x-marketplace"] == b"www.amazon.com"
    assert [len(orjson.loads(call.body)["itemIds"]) for call in (ten, one)] == [10, 1]
    item = {"asin": "B000000000", "detailPageURL": "https://www.amazon.com/dp/B000000000"}
    (record, page) = kept(search, crawl, {"searchResult": {"items": [item], "totalResultCount": 11}})
    assert (record["asin"], record["amount"], record["query"]) == ("B000000000", None, "booster box")
    assert orjson.loads(page.body)["itemPage"] == 2
    assert not [
        made
        for made in kept(page, crawl, {"searchResult": {"items": [item], "totalResultCount": 99}})
        if isinstance(made, Request)
    ]


def test_amazon_sp_goes_on_after_an_asin_that_is_unknown() -> None:
    crawl = spider("amazon_sp", asin=["B000000001", "B000000001", "X"])
    one, other = first_calls(crawl)
    assert one.url == (
        "https://sellingpartnerapi-na.amazon.com/products/pricing/v0/items/B000000001/offers"
        "?MarketplaceId=ATVPDKIKX0DER&ItemCondition=New"
    )
    assert other.meta["handle_httpstatus_list"] == [400, 404]
    assert said(other, {"errors": [{"code": "InvalidInput", "message": "X is not an ASIN."}]}, 400) == []
    assert crawl.warnings == [f"{other.url}: X is not an ASIN."]
    with pytest.raises(LayoutError, match="not about an ASIN"):
        said(other, {"errors": [{"code": "QuotaExceeded", "message": "..."}]}, 400)


def test_amazon_sp_tells_why_an_asin_has_no_offers() -> None:
    crawl = spider("amazon_sp", asin="B000000001")
    (call,) = first_calls(crawl)
    assert said(call, {"payload": {"ASIN": "B000000001", "status": "NoBuyableOffers"}}) == []
    assert crawl.warnings == [f"{call.url}: NoBuyableOffers"]


def test_tcgplayer_asks_products_and_prices_a_hundred_at_a_time() -> None:
    calls = first_calls(spider("tcgplayer", product=[str(n) for n in range(101)]))
    assert [call.meta["keep_as"] for call in calls] == [
        "products-0001.json",
        "prices-0001.json",
        "products-0002.json",
        "prices-0002.json",
    ]
    assert calls[2].url == "https://api.tcgplayer.com/v1.39.0/catalog/products/100"
    assert calls[3].url == "https://api.tcgplayer.com/v1.39.0/pricing/product/100"


def test_a_tcgplayer_search_asks_each_game_and_then_the_prices_of_what_it_finds() -> None:
    crawl = spider("tcgplayer", categories=("mtg", "pokemon"), query="Play Booster Box")
    magic, pokemon = first_calls(crawl)
    assert parse_qs(urlsplit(magic.url).query) == {
        "productName": ["Play Booster Box"],
        "categoryId": ["1"],
        "limit": ["100"],
        "offset": ["0"],
    }
    row = {"productId": 7, "name": "Box", "categoryId": 1, "groupId": 3, "extendedData": []}
    product, prices = said(magic, {"totalItems": 1, "success": True, "errors": [], "results": [row]})
    assert product == {"kind": "product", "productId": 7, "name": "Box", "categoryId": 1, "groupId": 3}
    assert prices.url == "https://api.tcgplayer.com/v1.39.0/pricing/product/7"
    nothing = {"success": False, "errors": ["No products were found."], "results": []}
    assert said(pokemon, nothing, 404) == []


def test_tcgplayer_without_options_asks_all_groups_of_the_games() -> None:
    crawl = spider("tcgplayer", categories=("mtg",))
    (first,) = first_calls(crawl)
    assert first.url == "https://api.tcgplayer.com/v1.39.0/catalog/groups?categoryId=1&limit=100&offset=0"
    groups = [{"groupId": 1, "name": "Alpha"}]
    page = {"totalItems": 101, "success": True, "errors": [], "results": groups}
    group, prices, second = said(first, page)
    assert group["name"] == "Alpha"
    assert prices.url == "https://api.tcgplayer.com/v1.39.0/pricing/group/1"
    assert second.url.endswith("offset=100")
    assert [made for made in said(second, page) if isinstance(made, Request)] != []


def test_a_token_page_is_no_answer_to_a_call() -> None:
    crawl = spider("tcgplayer", product="1")
    call, _ = first_calls(crawl)
    with pytest.raises(LayoutError):
        list(crawl.parse(answer(call, TOKEN), kind="product"))


def test_tcgplayers_groups_end_where_the_next_page_is_not_found() -> None:
    crawl = spider("tcgplayer", categories=("mtg",))
    (first,) = first_calls(crawl)
    groups = {"totalItems": 101, "success": True, "errors": [], "results": [{"groupId": 1, "name": "Alpha"}]}
    second = said(first, groups)[-1]
    nothing = {"totalItems": 0, "success": False, "errors": ["No groups were found."], "results": []}
    assert (first.meta.get("handle_httpstatus_list"), second.meta["handle_httpstatus_list"]) == (None, [404])
    assert said(second, nothing, status=404) == []
    assert crawl.warnings == ["mtg: the groups end before page 2, though more were counted"]
