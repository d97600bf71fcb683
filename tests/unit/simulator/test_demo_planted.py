"""Each planted opportunity is one and each trap is what it says, by plain arithmetic over the files."""

import json
import statistics
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from arb_pipeline.simulator.ground_truth import Trap

if TYPE_CHECKING:
    from conftest import Key, Market

KINDS = ["commander_deck", "fixed_drop", "fixed_drop", "deck_case", "variable"]
OTHER_GAMES = ["pokemon_box", "yugioh_box"]
TRAP_KINDS = {
    "mispriced_listing": 1,
    "ten_times_price": 1,
    "stale_price": 2,
    "nobody_trades": 2,
    "incomplete_contents": 4,
    "box_of_bulk": 1,
    "id_claimed_twice": 2,
    "contradiction": 1,
    "impossible_pack": 1,
    "absurd_count": 1,
    "market_without_asks": 1,
    "raised_market": 1,
}


def traps(market: "Market", kind: str) -> list[Trap]:
    """Magic's traps of a kind."""
    return [trap for trap in market.planted.traps if trap.kind == kind and trap.name in market.products]


def market_prices(market: "Market", key: "Key") -> list[float | None]:
    """A row's market price in each archive that has it."""
    return [market.prices[key][day]["marketPrice"] for day in market.days if day in market.prices[key]]


def moved_share(market: "Market", key: "Key") -> float:
    """Share of days on which the market price moved."""
    prices = market_prices(market, key)
    return sum(a != b for a, b in pairwise(prices)) / (len(prices) - 1)


def sealed_keys(market: "Market") -> dict[str, "Key"]:
    """Price row of every Magic product that is sold."""
    ids = {name: body["identifiers"].get("tcgplayerProductId") for name, body in market.products.items()}
    return {name: (int(number), "Normal") for name, number in ids.items() if number}


def ordinary(market: "Market") -> dict[str, "Key"]:
    """Sold Magic products that are not planted."""
    planted = {row.name for row in (*market.planted.opportunities, *market.planted.traps)}
    return {name: key for name, key in sealed_keys(market).items() if name not in planted}


def test_the_planted_kinds_are_all_there(market: "Market") -> None:
    assert [row.kind for row in market.planted.opportunities] == KINDS + OTHER_GAMES
    assert Counter(trap.kind for trap in market.planted.traps) == TRAP_KINDS


def test_planted_rows_name_a_product_by_set_category_and_id(market: "Market") -> None:
    magic = [
        row for row in (*market.planted.opportunities, *market.planted.traps) if row.name in market.products
    ]
    assert len(magic) == len(KINDS) + sum(TRAP_KINDS.values()) - 2
    for row in magic:
        assert market.products[row.name]["category"] == row.category
        assert market.set_of[row.name] == row.set_code
        assert sealed_keys(market)[row.name][0] == row.tcg_product_id


@pytest.mark.parametrize("index", range(len(KINDS)))
def test_an_opportunity_holds_on_each_of_the_last_ten_days(market: "Market", index: int) -> None:
    row = market.planted.opportunities[index]
    assert market.open(row.name).unknown == []
    for day in market.days[-10:]:
        _, margin = market.margin(row.name, row.tcg_product_id, day)
        assert 0.20 <= margin <= 0.60
        profit, margin = market.margin(row.name, row.tcg_product_id, day, market.pessimistic_net)
        assert profit >= 10
        assert margin >= 0.20


@pytest.mark.parametrize("index", range(len(KINDS)))
def test_an_opportunity_is_traded_and_no_price_of_it_is_an_outlier(market: "Market", index: int) -> None:
    row = market.planted.opportunities[index]
    inside = [key for key in market.open(row.name).copies if market.price(key, market.days[-1]) > 7]
    sealed = (row.tcg_product_id, "Normal")
    for key in (sealed, *inside):
        assert moved_share(market, key) > 0.5
        prices = [market.price(key, day) for day in market.days[-30:]]
        middle = statistics.median(prices)
        deviation = statistics.median(abs(price - middle) for price in prices)
        assert all(abs(price - middle) * 0.6745 / deviation < 3.5 for price in prices[-10:])
    last = market.prices[sealed][market.days[-1]]
    assert last["lowPrice"] > 0.6 * last["marketPrice"]


def test_a_fixed_drop_is_only_worth_it_in_foil(market: "Market") -> None:
    row = market.planted.opportunities[2]
    assert {sub_type for _, sub_type in market.open(row.name).copies} == {"Foil"}


def test_a_deck_of_the_case_is_no_opportunity_alone(market: "Market") -> None:
    row = market.planted.opportunities[3]
    deck = row.name.removesuffix(" Case")
    profit, _ = market.margin(deck, sealed_keys(market)[deck][0], market.days[-1])
    assert profit < 0


def test_no_ordinary_product_is_an_opportunity(market: "Market") -> None:
    for name, (product_id, _) in ordinary(market).items():
        for day in market.days[-10:]:
            profit, margin = market.margin(name, product_id, day)
            assert profit < 5 or margin < 0.10, name


def test_every_trap_looks_like_a_fat_margin(market: "Market") -> None:
    day = market.days[-1]
    for trap in (trap for trap in market.planted.traps if trap.name in market.products):
        if trap.kind == "raised_market":  # of the other exit, with a test of its own
            continue
        gross = market.gross(trap.name, day, max_age_days=40)
        assert gross > 1.3 * market.lowest_visible(trap.tcg_product_id, day), trap


def closed_margin(market: "Market", product_id: int, day: date) -> float:
    """Of a box resold at its market price, 15 % and $8 taken off: more than a marketplace and a parcel take."""
    row = market.prices[product_id, "Normal"][day]
    return (0.85 * row["marketPrice"] - 8) / market.landed(row["lowPrice"]) - 1


def test_a_box_to_resell_pays_closed_on_the_last_day_alone(market: "Market") -> None:
    (box,) = market.planted.resales
    before, last = market.days[-2:]
    assert closed_margin(market, box.tcg_product_id, last) > 0.10
    assert closed_margin(market, box.tcg_product_id, before) < 0
    assert market.margin(box.name, box.tcg_product_id, last)[1] < 0


def test_a_raised_market_price_pays_closed_by_a_price_of_one_day(market: "Market") -> None:
    (trap,) = traps(market, "raised_market")
    before, last = market.days[-2:]
    assert closed_margin(market, trap.tcg_product_id, last) > 0.10
    assert closed_margin(market, trap.tcg_product_id, before) < 0


def test_the_mispriced_listing_loses_money_at_its_market_price(market: "Market") -> None:
    (trap,) = traps(market, "mispriced_listing")
    last = market.prices[trap.tcg_product_id, "Normal"][market.days[-1]]
    assert last["lowPrice"] < 0.6 * last["marketPrice"]
    assert market.net(trap.name, market.days[-1]) < market.landed(last["marketPrice"])
    before = market.prices[trap.tcg_product_id, "Normal"][market.days[-2]]
    assert before["lowPrice"] > 0.6 * before["marketPrice"]


def test_the_ten_times_price_is_one_single_on_the_last_day(market: "Market") -> None:
    (trap,) = traps(market, "ten_times_price")
    yesterday, today = market.days[-2:]
    jumped = [
        key
        for key in market.open(trap.name).copies
        if market.price(key, today) > 5 * market.price(key, yesterday)
    ]
    assert len(jumped) == 1
    before = [market.prices[jumped[0]][day]["marketPrice"] for day in market.days[:-1]]
    assert max(before) < 1.1 * min(before)
    last = market.prices[jumped[0]][today]
    assert min(last["marketPrice"], last["lowPrice"], last["midPrice"]) > 5 * max(before)
    assert market.margin(trap.name, trap.tcg_product_id, yesterday)[0] < 0


def test_a_stale_price_is_missing_for_more_than_five_days(market: "Market") -> None:
    own, inside = traps(market, "stale_price")
    today, gone = market.days[-1], market.days[-6:]
    assert not any(day in market.prices[own.tcg_product_id, "Normal"] for day in gone)
    assert market.net(own.name, today) > 1.2 * market.landed(market.lowest_visible(own.tcg_product_id, today))
    copies = market.open(inside.name).copies
    lost = [key for key in copies if not any(day in market.prices[key] for day in gone)]
    assert len(lost) == 1
    assert 1 - copies[lost[0]] / sum(copies.values()) < 0.80
    assert market.latest((inside.tcg_product_id, "Normal"), today, 0) is not None


def test_nobody_trades_at_the_price_that_the_value_rests_on(market: "Market") -> None:
    frozen, unsold = traps(market, "nobody_trades")
    today = market.days[-1]
    for trap, never in ((frozen, 1), (unsold, 0)):
        copies = market.open(trap.name).copies
        dear = [key for key in copies if market.price(key, today) > 50]
        assert 1 <= len(dear) <= 2
        assert all(len(set(market_prices(market, key))) == 1 for key in dear)
        assert all((market_prices(market, key)[0] is not None) == bool(never) for key in dear)
        assert sum(market.price(key, today) for key in dear) > 0.8 * market.gross(trap.name, today)
        rest = sum(n * market.price(key, today) for key, n in copies.items() if key not in dear)
        assert rest < market.landed(market.lowest_visible(trap.tcg_product_id, today))
        others = [key for key in copies if key not in dear and market.price(key, today) > 0.5]
        assert all(moved_share(market, key) > 0 for key in others)
        assert market.margin(trap.name, trap.tcg_product_id, today)[1] > 0.2


def test_incomplete_contents_are_rich_in_their_known_part(market: "Market") -> None:
    for trap in traps(market, "incomplete_contents"):
        assert len(market.open(trap.name).unknown) == 1
        assert market.margin(trap.name, trap.tcg_product_id, market.days[-1])[1] > 0.2


def test_nothing_else_that_is_sold_is_incomplete(market: "Market") -> None:
    expected = {trap.name for trap in traps(market, "incomplete_contents")}
    assert {name for name in sealed_keys(market) if market.open(name).unknown} == expected


def test_the_box_of_bulk_nets_nothing(market: "Market") -> None:
    (trap,) = traps(market, "box_of_bulk")
    today = market.days[-1]
    copies = market.open(trap.name).copies
    assert sum(copies.values()) == 420
    assert all(0.03 <= market.price(key, today) <= 0.49 for key in copies)
    assert market.net(trap.name, today) == 0


def test_booster_contents_are_worth_half_to_one_point_two_of_the_price(market: "Market") -> None:
    today = market.days[-1]
    shares = []
    for name, key in ordinary(market).items():
        if market.products[name]["category"].startswith("BOOSTER"):
            shares.append(market.gross(name, today) / market.price(key, today))
            assert market.margin(name, key[0], today)[0] < 0
    assert len(shares) >= 36
    assert all(0.35 < share < 1.25 for share in shares)


def test_prices_move_as_often_as_on_the_real_market(market: "Market") -> None:
    sealed = ordinary(market)
    moves = [moved_share(market, key) for name, key in sealed.items() if "Box" not in name]
    assert 0.10 <= statistics.median(moves) <= 0.30
    assert moved_share(market, sealed["Orchard of Echoes Draft Booster Box"]) > 0.8
    dear = [
        market.key(*card, "")
        for card in market.cards
        if card[0] != "xvt" and market.price(market.key(*card, ""), market.days[-1]) > 2
    ]
    assert 0.25 <= statistics.mean(moved_share(market, key) for key in dear) <= 0.37
    commons = [
        market.price(market.key(*card, ""), market.days[-1])
        for card, row in market.cards.items()
        if row["rarity"] == "common"
    ]
    assert statistics.quantiles(commons, n=10)[0] >= 0.02
    assert statistics.quantiles(commons, n=10)[-1] <= 0.20


SCARLET_VIOLET = {
    "Common": 4.0,
    "Uncommon": 3.0,
    "Rare": 1 - 0.1372 - 0.0664,
    "Double rare": 0.1372,
    "Ultra Rare": 0.0664,
    "Illustration rare": 0.0770,
    "Special illustration rare": 0.0317,
    "Hyper rare": 0.0176,
}
"""Cards of a rarity in a pack of the set `sv02`, as its article says; reverses come on top."""


def test_the_pokemon_box_is_worth_its_price_by_the_published_rates(market: "Market") -> None:
    row = market.planted.opportunities[len(KINDS)]
    today = market.days[-1]
    body = json.loads((market.folder / "pokemon/tcgdex/sv02.json").read_text("utf-8"))
    cards = [(card["rarity"], card["variants"][0]) for card in body["cards"]]
    of_rarity = Counter(rarity for rarity, _ in cards)
    names = {"normal": "Normal", "holo": "Holofoil"}
    net = 0.0
    for rarity, variant in cards:
        key = (variant["thirdParty"]["tcgplayer"], names[variant["type"]])
        net += (
            36 * SCARLET_VIOLET[rarity] / of_rarity[rarity] * market.pessimistic_net(market.price(key, today))
        )
    offer = market.prices[row.tcg_product_id, "Normal"][today]["lowPrice"]
    assert net > 1.2 * market.landed(offer)


def test_the_yugioh_box_is_worth_its_price_in_its_cheaper_edition(market: "Market") -> None:
    row = market.planted.opportunities[len(KINDS) + 1]
    today = market.days[-1]
    (file,) = (market.folder / "tcgcsv/products/2").glob(f"{row.set_code}/products")
    facts = [
        (
            {fact["name"]: fact["value"] for fact in product["extendedData"]}.get("Rarity"),
            product["productId"],
        )
        for product in json.loads(file.read_text("utf-8"))["results"]
    ]
    # A box of 24: 2 secret, 4 ultra, 18 super, 24 rare.
    in_box = {"Secret Rare": 2, "Ultra Rare": 4, "Super Rare": 18, "Rare": 24}
    of_rarity = Counter(rarity for rarity, _ in facts)
    net = 0.0
    for rarity, number in facts:
        price = (
            min(market.price((number, e), today) for e in ("1st Edition", "Unlimited"))
            if rarity in in_box
            else 0
        )
        net += in_box.get(rarity, 0) / of_rarity[rarity] * market.pessimistic_net(price)
    offer = market.prices[row.tcg_product_id, "Unlimited"][today]["lowPrice"]
    assert net > 1.2 * market.landed(offer)
