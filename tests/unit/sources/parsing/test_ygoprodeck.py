"""YGOPRODeck's answers, and what its spider asks for once it knows the version."""

import json
from datetime import date
from pathlib import Path

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Known, Order
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.ygoprodeck import cards, database_version, printings, sets
from scrapy_project.spiders.ygoprodeck import YgoprodeckSpider

VERSION = b'[{"database_version": "145.46", "last_update": "2026-05-22 16:00:23"}]'
PRICES = {"cardmarket_price": "0.16", "tcgplayer_price": "0.33", "ebay_price": "1.93"}
PRINTING = {
    "set_name": "Fusion Enforcers",
    "set_code": "FUEN-EN024",
    "set_rarity": "Super Rare",
    "set_rarity_code": "(SR)",
    "set_price": "2.25",
}
CARD = {"id": 1, "name": "Fluffal Bear", "type": "Effect Monster", "frameType": "effect", "race": "Fairy"}
CARD |= {"card_sets": [PRINTING, PRINTING | {"set_rarity": "Rare"}], "card_prices": [PRICES]}
NEVER_PRINTED = {"id": 2, "name": "A Prize Card", "type": "Normal Monster", "frameType": "normal"}
SET = {"set_name": "Fusion Enforcers", "set_code": "FUEN", "num_of_cards": 60, "tcg_date": "2017-02-24"}


def dump(*records: dict) -> bytes:
    return json.dumps({"data": records}).encode()


def test_a_card_has_its_prices_beside_its_name():
    result, never_printed = cards(dump(CARD, NEVER_PRINTED))

    assert result["name"] == "Fluffal Bear"
    assert result["tcgplayer_price"] == "0.33"
    assert "tcgplayer_price" not in never_printed


def test_each_rarity_of_a_set_is_a_printing():
    result = list(printings(dump(CARD, NEVER_PRINTED)))

    assert result[0] == {"id": 1, **PRINTING}
    assert [printing["set_rarity"] for printing in result] == ["Super Rare", "Rare"]


def test_a_set_leaves_its_image_out():
    assert list(sets(json.dumps([SET | {"set_image": "https://x/y.jpg"}]).encode())) == [SET]


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (cards, b"<!doctype html><title>Just a moment...</title>", "HTML page"),
        (cards, b'{"error": "No card matching your query was found in the database."}', "in 'data'"),
        (cards, dump(CARD)[:-9], "no JSON"),
        (cards, dump(), "0 cards"),
        (printings, dump(CARD | {"card_sets": {"0": PRINTING}}), "card 1 has no list of records"),
        (sets, b"[]", "0 sets"),
        (sets, dump(SET), "expected a list"),
    ],
)
def test_what_is_no_dump_is_refused(read, content, message):
    with pytest.raises(LayoutError, match=message):
        list(read(content))


@pytest.mark.parametrize(
    "content", [b"[]", b'["145.46"]', b'[{"version": "145.46"}]', b'[{"database_version": ""}]']
)
def test_a_version_that_is_none_is_refused(content):
    with pytest.raises(LayoutError, match="database_version"):
        database_version(content)


@pytest.mark.parametrize(
    ("landed", "is_reused"), [(VERSION, True), (VERSION.replace(b"46", b"45"), False), (b"", False)]
)
def test_the_dumps_of_a_version_that_landed_are_not_requested_again(tmp_path: Path, landed, is_reused):
    (tmp_path / "checkDBVer.json").write_bytes(landed)
    url = "https://db.ygoprodeck.com/api/v7/checkDBVer.php"
    known = {url: Known(str(tmp_path / "checkDBVer.json"), "")}
    spider = YgoprodeckSpider(Order("ygoprodeck", date(2026, 6, 1), known=known))
    (first,) = spider.requests()

    dumps = list(spider.version(TextResponse(first.url, body=VERSION, request=first)))

    assert first.url == url
    assert [request.url.rpartition("/")[2] for request in dumps] == ["cardinfo.php", "cardsets.php"]
    assert {request.meta["reuse_known"] for request in dumps} == {is_reused}
