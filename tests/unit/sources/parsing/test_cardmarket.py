"""Cardmarket's downloads, in the shape of 2024-12-01; the counts and days are written by hand."""

import json
from datetime import UTC, date, datetime

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.cardmarket import essentials, price_guide, products
from scrapy_project.spiders.cardmarket import CardmarketSpider

CREATED = "2024-12-01T02:45:36+0100"
SINGLE = {
    "idProduct": 1,
    "idCategory": 1,
    "avg": 0.05,
    "low": 0.02,
    "trend": 0.07,
    "avg1": 0.14,
    "avg7": 0.05,
}
SINGLE |= {"avg30": 0.06, "avg-foil": None, "low-foil": 0.04, "trend-foil": 0.31}
BOX = {"idProduct": 200021, "idCategory": 19, "avg": None, "low": 94.75, "trend": 111.23, "avg1": None}
FOIL_ONLY = {"idProduct": 7, "idCategory": 1, "low": None, "trend": None, "low-foil": 1.9, "trend-foil": 3}
PRODUCT = {"idProduct": 1, "name": "Altar's Light", "idCategory": 1, "categoryName": "Magic Single"}
PRODUCT |= {"idExpansion": 45, "idMetacard": 129, "dateAdded": "2007-01-01 00:00:00"}


def guide(*records: dict, created: object = CREATED) -> bytes:
    return json.dumps({"version": 1, "createdAt": created, "priceGuides": records or [SINGLE, BOX]}).encode()


def listed(*records: dict) -> bytes:
    return json.dumps({"version": 1, "createdAt": CREATED, "products": records}).encode()


def spider(**order: object) -> CardmarketSpider:
    return CardmarketSpider(Order(**{"source": "cardmarket", "today": date(2024, 12, 1), **order}))


def answer(body: bytes) -> TextResponse:
    return TextResponse("https://downloads.s3.cardmarket.com/", body=body)


def test_prices_are_handed_on_as_they_came():
    result = price_guide(guide())

    assert result.records == [SINGLE, BOX]
    assert result.created_at == datetime(2024, 12, 1, 1, 45, 36, tzinfo=UTC)


def test_products_are_handed_on_as_they_came():
    assert products(listed(PRODUCT)).records == [PRODUCT]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><title>Just a moment...</title>", "HTML page"),
        (guide()[:-40], "no JSON"),
        (b"[]", "expected an object"),
        (json.dumps({"createdAt": CREATED, "prices": [SINGLE]}).encode(), "'priceGuides'"),
        (json.dumps({"createdAt": CREATED, "priceGuides": []}).encode(), "empty list"),
        (guide(created="yesterday"), "'yesterday'"),
        (guide(created=None), "None"),
    ],
)
def test_what_is_no_price_guide_is_refused(body, message):
    with pytest.raises(LayoutError, match=message):
        price_guide(body)


def test_a_guide_of_singles_alone_is_refused():
    with pytest.raises(LayoutError, match=r"2024-12-01.* 2 products, all of category 1: no sealed product"):
        price_guide(guide(SINGLE, SINGLE | {"idProduct": 2}))


def test_the_guide_of_2024_10_03_without_categories_raises_the_coverage_alarm():
    bare = {name: value for name, value in SINGLE.items() if name != "idCategory"}
    crawl = spider()

    list(crawl.guide(answer(guide(bare, bare | {"idProduct": 2})), game=1))

    assert "0% of 2 price records carry 'idCategory'" in crawl.coverage.fault()


def test_a_foil_only_card_carries_its_foil_prices():
    assert (
        list(essentials([FOIL_ONLY, BOX]))
        == [dict.fromkeys(("idProduct", "idCategory", "low", "trend"), True)] * 2
    )


def test_a_card_that_nobody_sells_carries_no_price():
    assert list(essentials([{"idProduct": 7, "idCategory": 1, "low": None}])) == [
        {"idProduct": True, "idCategory": True}
    ]


def test_a_price_with_a_decimal_comma_is_none():
    assert list(essentials([BOX | {"low": "94,75"}])) == [
        dict.fromkeys(("idProduct", "idCategory", "trend"), True)
    ]


def test_each_game_is_requested_by_its_number():
    requested = [
        request.url.rpartition("/")[2] for request in spider(categories=("mtg", "pokemon")).requests()
    ]

    assert requested == ["price_guide_1.json", "price_guide_6.json"]


def test_product_lists_are_requested_once_the_guide_is_there():
    requested = [request.meta["keep_as"] for request in spider().guide(answer(guide()), game=3)]

    assert requested == ["products_singles_3.json", "products_nonsingles_3.json"]


def test_the_package_is_for_the_newest_guide():
    crawl = spider(today=date(2024, 12, 2))
    for created in ("2024-12-02T02:45:36+0100", CREATED):
        list(crawl.guide(answer(guide(created=created)), game=1))

    assert crawl.part == "2024-12-02"
    assert crawl.warnings == []


def test_another_day_than_the_one_requested_is_reported():
    crawl = spider(days=(date(2024, 11, 30),))
    list(crawl.guide(answer(guide()), game=1))

    assert crawl.part == "2024-12-01"
    assert crawl.warnings == [
        "2024-11-30 was requested; cardmarket publishes its newest day only, which is 2024-12-01"
    ]


def test_a_guide_of_tomorrow_is_taken_and_one_of_the_day_after_is_not():
    list(spider(today=date(2024, 11, 30)).guide(answer(guide()), game=1))

    with pytest.raises(LayoutError, match="2024-12-01, but today is 2024-11-29"):
        list(spider(today=date(2024, 11, 29)).guide(answer(guide()), game=1))
