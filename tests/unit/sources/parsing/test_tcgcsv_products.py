"""TCGCSV's listings of groups and products, and which groups its spider asks for again."""

import json
from datetime import date
from pathlib import Path

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Known, Order
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tcgcsv_products import groups, products
from scrapy_project.spiders.tcgcsv_products import TcgcsvProductsSpider

BASE = "https://tcgcsv.com/tcgplayer"
GROUP = {
    "groupId": 604,
    "name": "Base Set",
    "abbreviation": "BS",
    "isSupplemental": False,
    "publishedOn": "1999-01-09T00:00:00",
    "modifiedOn": "2025-05-16T14:44:24.643",
    "categoryId": 3,
}
CARD = {
    "productId": 42346,
    "name": "Alakazam",
    "cleanName": "Alakazam",
    "imageUrl": "https://tcgplayer-cdn.tcgplayer.com/product/42346_200w.jpg",
    "categoryId": 3,
    "groupId": 604,
    "url": "https://www.tcgplayer.com/product/42346/pokemon-base-set-alakazam",
    "modifiedOn": "2025-05-16T14:44:24.643",
    "imageCount": 1,
    "presaleInfo": {"isPresale": False, "releasedOn": None, "note": None},
    "extendedData": [
        {"name": "Number", "displayName": "Card Number", "value": "001/102"},
        {"name": "Rarity", "displayName": "Rarity", "value": "Holo Rare"},
    ],
}
BOX = CARD | {
    "productId": 138132,
    "name": "Base Set Booster Box",
    "presaleInfo": {"isPresale": True, "releasedOn": "2026-07-01T00:00:00", "note": None},
    "extendedData": [{"name": "Description", "displayName": "Description", "value": "36 packs"}],
}


def listing(*results: dict, **changes: object) -> bytes:
    envelope = {"totalItems": len(results), "success": True, "errors": [], "results": results}
    return json.dumps(envelope | changes).encode()


def test_a_group_is_read_as_it_stands():
    assert list(groups(listing(GROUP | {"parent": None}))) == [GROUP]


def test_a_product_with_a_rarity_or_a_number_is_a_card():
    card, box = products(listing(CARD, BOX))

    assert (card["rarity"], card["number"], card["is_sealed"]) == ("Holo Rare", "001/102", False)
    assert (box["rarity"], box["number"], box["is_sealed"]) == (None, None, True)


def test_a_product_keeps_its_presale():
    _, box = products(listing(CARD, BOX))

    assert (box["isPresale"], box["releasedOn"]) == (True, "2026-07-01T00:00:00")
    assert "imageUrl" not in box


def test_a_group_without_products_does_not_say_how_many_it_has():
    assert list(products(b'{"success": true, "errors": [], "results": []}')) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "HTML page"),
        (listing(CARD)[:-20], "no JSON"),
        (listing(CARD, success=False), "'success': False"),
        (listing(CARD, errors=["No products were found."]), "No products were found"),
        (listing(CARD, totalItems=2), "1 of 2 results"),
        (listing(CARD, totalItems=None), "1 of None results"),
        (listing(results={}), "in 'results'"),
        (listing(CARD | {"extendedData": ["Rarity"]}), "another layout"),
        (listing(CARD | {"presaleInfo": "no"}), "another layout"),
    ],
)
def test_what_is_no_whole_listing_is_refused(content, message):
    with pytest.raises(LayoutError, match=message):
        list(products(content))


def spider_of(known: dict[str, Path] | None = None, **order) -> TcgcsvProductsSpider:
    landed = {f"{BASE}/{path}": Known(str(file), "") for path, file in (known or {}).items()}
    return TcgcsvProductsSpider(Order("tcgcsv_products", date(2025, 10, 18), known=landed, **order))


def asked(spider: TcgcsvProductsSpider, updated: bytes = b"2025-10-17T20:05:31+0000") -> dict[str, bool]:
    """Groups listings asked for -> is it the last package's answer that will do?"""
    (first,) = spider.requests()
    result = spider.categories(TextResponse(first.url, body=updated, request=first))
    return {request.url.removeprefix(f"{BASE}/"): request.meta["reuse_known"] for request in result}


def again(spider: TcgcsvProductsSpider, *listed: dict) -> dict[str, bool]:
    """Product listings asked for -> is it the last package's answer that will do?"""
    request = spider.keep("tcgplayer/3/groups", "3/groups", meta={"category": 3})
    result = spider.groups(TextResponse(request.url, body=listing(*listed), request=request))
    return {request.url.removeprefix(f"{BASE}/"): request.meta["reuse_known"] for request in result}


def landed(folder: Path, *listed: dict) -> dict[str, Path]:
    """A package with these groups and their products."""
    files = {"3/groups": listing(*listed)} | {
        f"3/{group['groupId']}/products": listing(BOX) for group in listed
    }
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return {name: folder / name for name in files}


def test_a_category_that_was_not_requested_stays_as_it_landed(tmp_path: Path):
    assert asked(spider_of(categories=("pokemon",))) == {"3/groups": False}
    assert asked(spider_of(landed(tmp_path, GROUP), categories=("mtg",))) == {
        "1/groups": False,
        "3/groups": True,
    }


def test_an_old_copy_is_a_warning():
    spider = spider_of()
    asked(spider, b"2025-10-01T20:05:31+0000")

    assert spider.warnings == ["TCGCSV was last updated on 2025-10-01: its catalogue is old"]


def test_only_groups_that_were_modified_are_requested_again(tmp_path: Path):
    other = GROUP | {"groupId": 605}
    spider = spider_of(landed(tmp_path, GROUP, other))

    changed = GROUP | {"modifiedOn": "2025-10-16T00:00:00"}
    assert again(spider, changed, other, GROUP | {"groupId": 606}) == {
        "3/604/products": False,
        "3/605/products": True,
        "3/606/products": False,
    }


def test_products_of_an_older_package_are_requested_again(tmp_path: Path):
    """A crawl of some groups lands a new list of groups, beside which the other groups' products are old."""
    files = landed(tmp_path / "old", GROUP) | {"3/groups": landed(tmp_path / "new", GROUP)["3/groups"]}

    assert again(spider_of(files), GROUP) == {"3/604/products": False}


def test_some_groups_never_take_the_place_of_all():
    spider = spider_of(options={"group": ["604"]})

    assert list(asked(spider)) == ["1/groups", "2/groups", "3/groups"]
    assert spider.part == "selected"
    assert again(spider, GROUP, GROUP | {"groupId": 605}) == {"3/604/products": False}
