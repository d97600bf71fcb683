"""Gross values of real products on 2025-10-10, worked out by plain loops and compared to the cent."""

from fractions import Fraction
from typing import Any


def cents(value: Fraction) -> int:
    """Half a cent counts as one."""
    return int(value + Fraction(1, 2))


def test_a_draft_booster_box_is_36_draft_packs(plain: Any, ours: Any) -> None:
    box = plain.contents("eld", "Throne of Eldraine Draft Booster Box")
    assert box == {"sealed": [{"count": 36, "name": "Throne of Eldraine Draft Booster Pack", "set": "eld"}]}
    pack = plain.contents("eld", "Throne of Eldraine Draft Booster Pack")
    assert pack["pack"] == [{"code": "draft", "set": "eld"}]
    result = ours.of("eld", "Throne of Eldraine Draft Booster Box")
    assert result["gross_singles_value_cents"] == cents(36 * plain.pack("eld-draft"))


def test_a_collector_booster_box_is_12_collector_packs(plain: Any, ours: Any) -> None:
    box = plain.contents("eld", "Throne of Eldraine Collector Booster Box")
    assert box == {
        "sealed": [{"count": 12, "name": "Throne of Eldraine Collector Booster Pack", "set": "eld"}]
    }
    result = ours.of("eld", "Throne of Eldraine Collector Booster Box")
    assert result["gross_singles_value_cents"] == cents(12 * plain.pack("eld-collector"))


def test_etched_foils_of_a_collector_box_have_their_own_prices(plain: Any, ours: Any) -> None:
    # mh2-collector writes `:foil` on its sheets named etched.
    result = ours.of("mh2", "Modern Horizons 2 Collector Booster Box")
    assert result["gross_singles_value_cents"] == cents(12 * plain.pack("mh2-collector"))


def test_a_box_of_cards_with_two_faces_loses_none_of_them(plain: Any, ours: Any) -> None:
    # mid-draft says `mid:123a` where the id map says 123.
    result = ours.of("mid", "Innistrad Midnight Hunt Draft Booster Box")
    assert result["gross_singles_value_cents"] == cents(36 * plain.pack("mid-draft"))
    assert result["priced_share"] > 0.97


def test_a_box_topper_is_one_more_pack(plain: Any, ours: Any) -> None:
    box = plain.contents("znr", "Zendikar Rising Draft Booster Box")
    assert [(inner["count"], inner["name"]) for inner in box["sealed"]] == [
        (36, "Zendikar Rising Draft Booster Pack"),
        (1, "Zendikar Rising Expedition Box Topper Pack"),
    ]
    topper = plain.contents("zne", "Zendikar Rising Expedition Box Topper Pack")["pack"]
    assert len(topper) == 1
    expected = 36 * plain.pack("znr-draft") + plain.pack(f"{topper[0]['set']}-{topper[0]['code']}")
    assert ours.of("znr", "Zendikar Rising Draft Booster Box")["gross_singles_value_cents"] == cents(expected)


def test_a_bundle_is_its_promo_its_lands_and_its_packs(plain: Any, ours: Any) -> None:
    bundle = plain.contents("blb", "Bloomburrow Bundle")
    assert bundle["card"] == [{"foil": True, "name": "Thundertrap Trainer", "number": 386, "set": "blb"}]
    assert bundle["deck"] == [{"name": "Bloomburrow Bundle Land Pack", "set": "blb"}]
    assert bundle["sealed"] == [{"count": 9, "name": "Bloomburrow Play Booster Pack", "set": "blb"}]
    expected = (
        plain.card("blb", "386", "foil")
        + plain.deck("blb", "Bloomburrow Bundle Land Pack")
        + 9 * plain.pack("blb-play")
    )
    assert ours.of("blb", "Bloomburrow Bundle")["gross_singles_value_cents"] == cents(expected)


def test_a_prerelease_kit_is_its_promo_and_its_packs(plain: Any, ours: Any) -> None:
    kit = plain.contents("gtc", "Gatecrash Prerelease Kit Boros")
    assert kit["card"] == [{"foil": True, "name": "Foundry Champion", "number": "165★", "set": "pgtc"}]
    expected = plain.card("pgtc", "165★", "foil") + plain.pack("gtc-prerelease-boros")
    for inner in kit["sealed"]:
        assert inner["name"] == "Gatecrash Booster Pack"
        expected += inner["count"] * gatecrash_pack(plain)
    assert ours.of("gtc", "Gatecrash Prerelease Kit Boros")["gross_singles_value_cents"] == cents(expected)


def gatecrash_pack(plain: Any) -> Fraction:
    """Its code is `default` or `draft`: the draft file where there is one, else the file of the bare set."""
    (pack,) = plain.contents("gtc", "Gatecrash Booster Pack")["pack"]
    names = {"default": ["gtc-draft", "gtc"]}.get(pack["code"], [f"gtc-{pack['code']}"])
    folder = plain.folder / "mtg/boosters/booster"
    value: Fraction = plain.pack(next(name for name in names if (folder / f"{name}.json").exists()))
    return value


def test_a_commander_deck_holds_its_commander(plain: Any, ours: Any) -> None:
    box = plain.contents("c20", "Commander 2020 Commander Deck Timeless Wisdom")
    assert box["deck"] == [{"name": "Timeless Wisdom", "set": "c20"}]
    record = plain.decks["c20", "Timeless Wisdom"]
    assert record["commander"]
    # 100 cards: the list and its commander.
    assert sum(count for _, _, _, count in record["cards"] + record["commander"]) == box["card_count"] == 100
    commander = sum(
        n * plain.card(code, str(number), "foil" if foil else "")
        for code, number, foil, n in record["commander"]
    )
    assert commander > 0
    result = ours.of("c20", "Commander 2020 Commander Deck Timeless Wisdom")
    assert result["gross_singles_value_cents"] == cents(plain.deck("c20", "Timeless Wisdom"))


def test_a_spellbook_holds_eight_cards_and_one_of_eight_in_foil(plain: Any, ours: Any) -> None:
    box = plain.contents("ss3", "Signature Spellbook Chandra")
    assert box["variable_mode"] == {"count": 1, "replacement": False}
    options = [alternative["card"] for alternative in box["variable"]]
    assert [(c["set"], c["number"], c["foil"]) for (c,) in options] == [("ss3", n, True) for n in range(1, 9)]
    foil = sum(Fraction(1, 8) * plain.card("ss3", str(n), "foil") for n in range(1, 9))
    expected = plain.deck("ss3", "Signature Spellbook: Chandra") + foil
    result = ours.of("ss3", "Signature Spellbook Chandra")
    # The box states 8 cards and lists 8 + 1.
    assert result["gross_singles_value_cents"] == cents(expected)


def test_a_battle_pack_holds_two_of_five_decks(plain: Any, ours: Any) -> None:
    box = plain.contents("gtc", "Gatecrash Booster Battle Pack")
    assert box["variable_mode"] == {"count": 2, "replacement": False}
    names = [alternative["deck"][0]["name"] for alternative in box["variable"]]
    assert len(names) == 5
    # Each deck is in 2 of 5 boxes.
    expected = 2 * gatecrash_pack(plain) + sum(Fraction(2, 5) * plain.deck("gtc", name) for name in names)
    assert ours.of("gtc", "Gatecrash Booster Battle Pack")["gross_singles_value_cents"] == cents(expected)


def test_a_deck_nets_its_cards_at_the_better_of_two_channels(plain: Any, ours: Any) -> None:
    # Per card, in cents: TCGplayer 10.75 % (at most 7500) + 2.5 % + (30 + postage) / 3; eBay 13.25 % + (30 up to
    # 1000, else 40, + postage) / 3; postage 82 up to 2000, 550 above. Under 50 cents a rare or mythic nets 5.
    record = plain.decks["c20", "Timeless Wisdom"]
    total = Fraction(0)
    for code, number, foil, count in record["cards"] + record["commander"]:
        price = plain.card(code, str(number), "foil" if foil else "")
        net = min(price, Fraction(5 if plain.cards[code, str(number)]["rarity"] in {"rare", "mythic"} else 0))
        if price >= 50:
            postage = 82 if price <= 2000 else 550
            tcgplayer = (
                price
                - min(price * Fraction(1075, 10_000), 7500)
                - price * Fraction(250, 10_000)
                - Fraction(30 + postage, 3)
            )
            ebay = (
                price - price * Fraction(1325, 10_000) - Fraction((30 if price <= 1000 else 40) + postage, 3)
            )
            net = max(net, tcgplayer, ebay)
        total += count * net
    result = ours.of("c20", "Commander 2020 Commander Deck Timeless Wisdom")
    assert result["singles_value_cents"] == cents(total)
