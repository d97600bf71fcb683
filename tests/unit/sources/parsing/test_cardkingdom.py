"""Card Kingdom's lists, with numbers as strings and as numbers."""

import json
from datetime import UTC, date, datetime

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.cardkingdom import price_list
from scrapy_project.spiders.cardkingdom import CardkingdomSpider

META = {"created_at": "2026-08-03 05:10:26", "base_url": "https://www.cardkingdom.com/"}
CONDITIONS = {"nm_price": "1.99", "nm_qty": 4, "ex_price": "1.59", "ex_qty": 0}
SINGLE = {"id": 10001, "sku": "4ED-117", "scryfall_id": None, "url": "mtg/4th-edition/abomination"}
SINGLE |= {"name": "Abomination", "variation": "", "edition": "4th Edition", "is_foil": "false"}
SINGLE |= {"price_retail": "1.99", "qty_retail": 4, "price_buy": "0.50", "qty_buying": 12}
SEALED = {
    "id": 9,
    "sku": "",
    "url": "mtg-sealed/x",
    "name": "Box",
    "edition": "X",
    "ships_internationally": True,
}
SEALED |= {"price_retail": 34999.99, "qty_retail": "0", "price_buy": 0, "qty_buying": 1}


def body(*records: dict, meta: object = META) -> bytes:
    return json.dumps({"meta": meta, "data": records}).encode()


def test_conditions_stand_beside_the_other_fields():
    result = price_list(body(SINGLE | {"condition_values": CONDITIONS}))

    assert list(result.records) == [SINGLE | CONDITIONS]
    assert result.created_at == datetime(2026, 8, 3, 5, 10, 26, tzinfo=UTC)


def test_numbers_stay_strings_or_numbers_as_they_came():
    assert list(price_list(body(SEALED)).records) == [SEALED]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>Attention Required! | Cloudflare</html>", "HTML page"),
        (b"", "nothing"),
        (body(SINGLE)[:-9], "no JSON"),
        (json.dumps({"meta": META}).encode(), "without a list of records in 'data'"),
        (json.dumps({"meta": META, "data": {"1": SINGLE}}).encode(), "without a list of records in 'data'"),
        (body(), "0 products"),
        (body(SINGLE, meta=[]), "'meta'"),
        (body(SINGLE, meta={}), "None, which is no time"),
    ],
)
def test_what_is_no_list_is_refused(content, message):
    with pytest.raises(LayoutError, match=message):
        price_list(content)


def test_both_lists_are_requested_and_the_newest_names_the_day():
    crawl = CardkingdomSpider(Order(source="cardkingdom", today=date(2026, 8, 3)))
    single, sealed = crawl.requests()
    older = META | {"created_at": "2026-08-02 05:10:26"}
    crawl.parse(TextResponse(single.url, body=body(SINGLE)), **single.cb_kwargs)
    crawl.parse(TextResponse(sealed.url, body=body(SEALED, meta=older)), **sealed.cb_kwargs)

    assert single.url.endswith("/api/v2/pricelist")
    assert sealed.url.endswith("/api/sealed_pricelist")
    assert crawl.part == "2026-08-03"
    assert crawl.coverage.counts == {"single": 1, "sealed": 1}
    assert crawl.coverage.fault() == ""


@pytest.mark.parametrize("value", [None, "", "0,50", "N/A", True])
def test_a_list_without_its_buylist_price_raises_the_coverage_alarm(value):
    crawl = CardkingdomSpider(Order(source="cardkingdom", today=date(2026, 8, 3)))
    bare = SINGLE | {"price_buy": value}
    crawl.parse(TextResponse("https://x", body=body(bare)), kind="single")

    assert "'price_buy'" in crawl.coverage.fault()
