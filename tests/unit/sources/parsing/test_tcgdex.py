"""TCGdex's answers, and which sets its spider asks for."""

import json
from datetime import date

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Known, Order
from arb_pipeline.games.pokemon.product_facts import product_facts
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.tcgdex import card, set_cards, sets, variants
from arb_pipeline.storage.params import pull_rates
from scrapy_project.spiders.tcgdex import DEFAULT, TcgdexSpider

BASE = "https://api.tcgdex.net/v2/en"
NORMAL = {
    "type": "normal",
    "size": "standard",
    "variantId": "a1",
    "thirdParty": {"cardmarket": 805392, "tcgplayer": 610358},
}
MASTERBALL = {
    "type": "reverse",
    "foil": "masterball",
    "thirdParty": {"tcgplayer": 610639},
    "pricing": {"tcgplayer": None},
}
CARD = {
    "category": "Pokemon",
    "id": "sv08.5-003",
    "localId": "003",
    "name": "Pinsir",
    "rarity": "Common",
    "set": {"id": "sv08.5", "name": "Prismatic Evolutions", "cardCount": {"official": 131, "total": 180}},
    "variants": {"firstEdition": False, "holo": False, "normal": True, "reverse": True, "wPromo": False},
    "variants_detailed": [NORMAL, MASTERBALL],
    "updated": "2025-10-01T00:00:00Z",
}


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


def test_a_card_names_its_set():
    (result,) = card(encoded(CARD))

    assert (result["id"], result["localId"], result["rarity"], result["set"]) == (
        "sv08.5-003",
        "003",
        "Common",
        "sv08.5",
    )


def test_each_variant_has_its_own_product_at_a_market():
    normal, masterball = variants(encoded(CARD))

    assert (normal["type"], normal["foil"], normal["tcgplayer"], normal["cardmarket"]) == (
        "normal",
        None,
        610358,
        805392,
    )
    assert (masterball["foil"], masterball["tcgplayer"], masterball["cardmarket"]) == (
        "masterball",
        610639,
        None,
    )


def test_variants_of_the_database_s_own_layout_are_read_too():
    of_the_database = {key: value for key, value in CARD.items() if key != "variants_detailed"}
    of_the_database["variants"] = [NORMAL]

    assert [variant["tcgplayer"] for variant in variants(encoded(of_the_database))] == [610358]


def test_a_card_without_details_has_no_variant():
    assert list(variants(encoded({**CARD, "variants_detailed": None}))) == []


@pytest.mark.parametrize(
    ("read", "content", "message"),
    [
        (sets, b"<html></html>", "HTML page"),
        (sets, b"[]", "0 sets"),
        (sets, encoded([{"name": "Obsidian Flames"}]), "without an id"),
        (set_cards, encoded({"id": "sv03"}), "in 'cards'"),
        (set_cards, encoded({"cards": [{"id_v2": "sv03-1"}]}), "without an id"),
        (card, encoded([CARD]), "expected an object"),
        (card, encoded(CARD | {"set": "sv03"}), "'set'"),
        (variants, encoded(CARD | {"variants_detailed": ["normal"]}), "variants_detailed"),
    ],
)
def test_what_is_no_answer_of_tcgdex_is_refused(read, content, message):
    with pytest.raises(LayoutError, match=message):
        list(read(content))


def asked(spider: TcgdexSpider, *listed: str) -> dict[str, bool]:
    """The sets asked for after the list of sets -> is it the last package's answer that will do?"""
    (first,) = spider.requests()
    answer = TextResponse(
        first.url, body=encoded([{"id": id_, "name": id_} for id_ in listed]), request=first
    )
    return {request.url.rpartition("/")[2]: request.meta["reuse_known"] for request in spider.sets(answer)}


def test_the_default_is_every_set_with_rates_and_the_sets_of_promo_cards():
    rated = pull_rates().tables.keys()
    galleries = {name for name in DEFAULT if name.rstrip("tgsv") in rated and name not in rated}

    assert len(DEFAULT) == len(set(DEFAULT))
    assert set(DEFAULT) - galleries == rated | product_facts().promo_sets.keys()


def test_the_sets_with_rates_are_requested_without_an_option():
    spider = TcgdexSpider(Order("tcgdex", date(2026, 6, 1)))

    assert asked(spider, "base1", "sv03", "swsh7") == {"sv03": False, "swsh7": False}
    (warning,) = spider.warnings
    assert warning.startswith("tcgdex has no set sv01, sv02, sv03.5")
    assert warning.count(",") == len(DEFAULT) - 2 - 1


def test_a_set_that_landed_before_stays_when_another_is_requested():
    known = {f"{BASE}/sets/sv03": Known("sets/sv03.json", "")}
    spider = TcgdexSpider(Order("tcgdex", date(2026, 6, 1), options={"set": ["sv04", "sv99"]}, known=known))

    assert asked(spider, "sv03", "sv04", "sv05") == {"sv03": True, "sv04": False}
    assert spider.warnings == ["tcgdex has no set sv99"]


def test_an_odd_card_id_makes_a_safe_file_name():
    spider = TcgdexSpider(Order("tcgdex", date(2026, 6, 1)))
    request = spider.keep("v2/en/sets/exu", "sets/exu.json", meta={"reuse_known": False})
    body = encoded({"cards": [{"id": "exu-?"}, {"id": "../../x"}]})

    result = list(spider.cards(TextResponse(request.url, body=body, request=request)))

    assert [request.url for request in result] == [f"{BASE}/cards/exu-%3F", f"{BASE}/cards/..%2F..%2Fx"]
    assert [request.meta["keep_as"] for request in result] == ["cards/exu-%3F.json", "cards/..%2F..%2Fx.json"]
