"""The Pokemon TCG API's pages, and how its spider walks them."""

import json
from datetime import date

import pytest
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Known, Order
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.pokemontcg import cards, page_of, prices, sets
from scrapy_project.spiders.pokemontcg import PokemontcgSpider

CARD = {
    "id": "xy5-1",
    "name": "Weedle",
    "supertype": "Pokémon",
    "number": "1",
    "rarity": "Common",
    "set": {"id": "xy5", "name": "Primal Clash"},
    "tcgplayer": {
        "url": "https://prices.pokemontcg.io/tcgplayer/xy5-1",
        "updatedAt": "2025/10/10",
        "prices": {
            "normal": {"low": 0.01, "mid": 0.15, "high": 1.49, "market": 0.13, "directLow": None},
            "reverseHolofoil": {"low": 0.1, "mid": 0.3, "high": 4.99, "market": 0.36, "directLow": 0.3},
        },
    },
    "cardmarket": {"updatedAt": "2025/10/10", "prices": {"averageSellPrice": 0.05, "trendPrice": 0.06}},
}
UNPRICED = {"id": "xy5-2", "name": "Kakuna", "number": "2", "set": {"id": "xy5"}}


def page(*records: dict, number: int = 1, size: int = 250, total: int | None = None) -> bytes:
    counts = {"page": number, "pageSize": size, "count": len(records)}
    return json.dumps(
        {"data": records, **counts, "totalCount": len(records) if total is None else total}
    ).encode()


def test_a_card_names_its_set():
    result, _ = cards(page(CARD, UNPRICED))

    assert result == {
        "id": "xy5-1",
        "name": "Weedle",
        "supertype": "Pokémon",
        "number": "1",
        "rarity": "Common",
        "set": "xy5",
    }


def test_prices_are_by_marketplace_and_variant_under_its_own_names():
    normal, reverse, cardmarket = prices(page(CARD, UNPRICED))

    assert (normal["marketplace"], normal["variant"], normal["updatedAt"]) == (
        "tcgplayer",
        "normal",
        "2025/10/10",
    )
    assert (normal["low"], normal["market"]) == (0.01, 0.13)
    assert (reverse["variant"], reverse["directLow"]) == ("reverseHolofoil", 0.3)
    assert (cardmarket["marketplace"], cardmarket["variant"], cardmarket["trendPrice"]) == (
        "cardmarket",
        "",
        0.06,
    )


def test_a_page_tells_whether_it_is_the_last():
    assert page_of(page(CARD, UNPRICED, size=2, total=3)) == (1, False, 3)
    assert page_of(page(CARD, number=2, size=2, total=3)) == (2, True, 3)
    assert page_of(page()) == (1, True, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>502</html>", "HTML page"),
        (b'{"error": {"message": "Rate limit exceeded", "code": 429}}', "in 'data'"),
        (json.dumps({"data": [CARD]}).encode(), "lacks its numbers"),
        (page(CARD, total=2), "holds 1 and says 1, expected 2"),
        (page(number=2, size=1, total=2), "expected 1"),
        (page(CARD, size=0), "lacks its numbers"),
    ],
)
def test_a_page_that_is_cut_or_none_is_refused(content, message):
    with pytest.raises(LayoutError, match=message):
        page_of(content)


def test_a_changed_layout_is_refused():
    with pytest.raises(LayoutError, match="without an id"):
        list(sets(page({"id_v2": "xy5"})))
    with pytest.raises(LayoutError, match="no object in 'prices'"):
        list(prices(page(CARD | {"tcgplayer": {"prices": [1]}})))


def spider_of(**order) -> PokemontcgSpider:
    return PokemontcgSpider(Order("pokemontcg", date(2026, 6, 1), **order))


def asked(spider: PokemontcgSpider, body: bytes) -> list[str]:
    (first,) = spider.requests()
    return [
        request.url.partition("/v2/")[2]
        for request in spider.sets(TextResponse(first.url, body=body, request=first))
    ]


def test_every_set_is_requested_by_page():
    listed = page({"id": "xy5", "name": "Primal Clash"}, size=1, total=2)

    assert asked(spider_of(), listed) == [
        "cards?q=set.id:xy5&pageSize=250&page=1",
        "sets?pageSize=250&page=2",
    ]


def test_only_the_requested_sets_are_fetched_and_an_unknown_one_is_a_warning():
    spider = spider_of(options={"set": ["xy5", "xy99"]})

    assert asked(spider, page({"id": "xy5"}, {"id": "xy6"})) == ["cards?q=set.id:xy5&pageSize=250&page=1"]
    assert spider.warnings == ["pokemontcg has no set 'xy99'"]


def test_a_set_that_landed_before_stays_when_another_is_requested():
    url = "https://api.pokemontcg.io/v2/cards?q=set.id:xy6&pageSize=250&page=1"
    spider = spider_of(options={"set": ["xy5"]}, known={url: Known("cards/xy6/1.json", "")})

    assert len(asked(spider, page({"id": "xy5"}, {"id": "xy6"}, {"id": "xy7"}))) == 2


def test_cards_go_on_until_their_last_page():
    spider = spider_of()
    request = spider._cards("xy5", 1, is_known=False)
    answer = TextResponse(request.url, body=page(CARD, size=1, total=2), request=request)

    (following,) = spider.cards(answer, set_id="xy5")

    assert following.url.endswith("page=2")
    assert following.meta["keep_as"] == "cards/xy5/2.json"
    assert spider.coverage.counts == {"card": 1, "price": 3}


def test_the_key_goes_along_only_where_there_is_one(monkeypatch):
    (without,) = spider_of().requests()
    monkeypatch.setenv("ARB_SOURCE_POKEMONTCG_API_KEY", "canary")
    (with_key,) = spider_of().requests()

    assert "X-Api-Key" not in without.headers
    assert with_key.headers["X-Api-Key"] == b"canary"
