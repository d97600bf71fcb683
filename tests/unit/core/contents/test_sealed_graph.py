"""The sealed graph, followed to its cards and packs."""

from typing import Any

import pytest

from arb_pipeline.core.contents.game_contents import pack_pulls
from arb_pipeline.core.contents.sealed_graph import CardRef, Contents, Part, Resolved, resolve_all

DECKS = {("tst", "Red Deck"): [(CardRef("tst", "1", "nonfoil"), 4), (CardRef("tst", "2", "foil"), 1)]}
PACKS = {
    "tst-draft": None,
    "old": None,
    "bad-set": "the weights of sheet 'rare' sum to 2, its total_weight says 3",
}


def resolve(record: Any, **others: Any) -> Resolved:
    """`record` as the product "Box" of the set tst, beside other products of the set."""
    products = {("tst", "Box"): record} | {("tst", name): body for name, body in others.items()}
    return Contents(products, DECKS, PACKS).resolve(("tst", "Box"))


def card(number: str = "7", **changes: Any) -> dict[str, Any]:
    """A `card` entry."""
    return {"name": "Promo", "set": "TST", "number": number} | changes


PACK = {"set": "tst", "code": "draft"}


def test_cards_packs_and_decks_become_parts() -> None:
    result = resolve(
        {"card": [card(foil=True)], "pack": [PACK], "deck": [{"set": "tst", "name": "Red Deck"}]}
    )
    assert result.complete
    assert result.parts == [
        Part(CardRef("tst", "7", "foil", "Promo"), 1),
        Part("tst-draft", 1),
        Part(CardRef("tst", "1", "nonfoil"), 4),
        Part(CardRef("tst", "2", "foil"), 1),
    ]


def test_counts_multiply_through_sealed_products() -> None:
    # A case of 6 boxes of 36 packs.
    result = resolve(
        {"sealed": [{"count": 6, "set": "tst", "name": "Inner"}]},
        Inner={"sealed": [{"count": 36, "set": "tst", "name": "Pack"}]},
        Pack={"pack": [PACK]},
    )
    assert result.parts == [Part("tst-draft", 216)]


def test_extras_are_counted_and_worth_nothing() -> None:
    result = resolve(
        {"sealed": [{"count": 2, "set": "tst", "name": "Kit"}]},
        Kit={"pack": PACK, "other": [{"name": "Die"}, {"name": "Box"}]},
    )
    assert (result.extras, result.copies) == (4, 2)


@pytest.mark.parametrize("entry", [PACK, [PACK]])
def test_a_bare_entry_reads_as_a_list_of_one(entry: Any) -> None:
    assert resolve({"pack": entry, "card": None}).parts == [Part("tst-draft", 1)]


@pytest.mark.parametrize(("set_code", "file"), [("tst", "tst-draft"), ("old", "old")])
def test_the_default_pack_is_the_draft_file_else_the_bare_one(set_code: str, file: str) -> None:
    assert resolve({"pack": [{"set": set_code, "code": "default"}]}).parts == [Part(file, 1)]


def test_a_copy_holds_what_its_original_holds() -> None:
    result = resolve({"copy": "Original"}, Original={"pack": [PACK]})
    assert result.complete
    assert result.parts == [Part("tst-draft", 1)]


def test_a_token_is_a_card_of_the_token_set() -> None:
    assert resolve({"card": [card(token=True)]}).parts[0].item == CardRef("ttst", "7", "nonfoil", "Promo")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"pack": [{"set": "new", "code": "play"}]}, "pack new/play: there is no booster file new-play"),
        ({"pack": [{"set": "new", "code": "default"}]}, "new-default or new-draft or new"),
        (
            {"pack": [{"set": "bad", "code": "set"}]},
            "booster file bad-set is refused: the weights of sheet 'rare'",
        ),
        (
            {"deck": [{"set": "tst", "name": "Blue Deck"}]},
            "deck 'Blue Deck' (tst): there is no list of its cards",
        ),
        (
            {"sealed": [{"count": 1, "set": "tst", "name": "Gone"}]},
            "sealed product 'Gone' (tst) is not in the contents",
        ),
        ({"sticker": [{"name": "x"}], "pack": [PACK]}, "unknown kind 'sticker'"),
        ({"card": [{"name": "Nameless"}]}, "card 'Nameless' has no set or number"),
        ({"deck": [{"set": "tst"}]}, "lacks its set or name"),
        ({"pack": ["draft"]}, "a pack part should be a mapping"),
        ({"other": [{"name": "Die"}]}, "lists no card, pack or deck"),
        ({}, "'Box' (tst) has no contents listed"),
        (None, "'Box' (tst) has no contents listed"),
        ([], "'Box' (tst) has no contents listed"),
        ("soon", "'Box' (tst) has no contents listed"),
    ],
)
def test_an_unknown_part_makes_the_product_incomplete_by_name(record: Any, message: str) -> None:
    result = resolve(record)
    assert not result.complete
    assert any(message in unknown for unknown in result.unknown), result.unknown


def test_a_product_that_no_contents_file_names_is_unknown() -> None:
    assert (
        "'Box' (tst) is not in the contents files" in Contents({}, {}, {}).resolve(("tst", "Box")).unknown[0]
    )


def test_an_unknown_part_makes_every_product_above_it_incomplete() -> None:
    result = resolve(
        {"sealed": [{"count": 2, "set": "tst", "name": "Inner"}], "pack": [PACK]},
        Inner={"deck": [{"set": "tst", "name": "Blue Deck"}]},
    )
    assert not result.complete
    assert result.unknown == ["deck 'Blue Deck' (tst): there is no list of its cards"]


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", True, None])
def test_a_count_that_is_no_whole_number_from_one_is_unknown_and_named(count: object) -> None:
    result = resolve({"sealed": [{"count": count, "set": "tst", "name": "Pack"}]}, Pack={"pack": [PACK]})
    assert not result.complete
    assert f"'Pack' has count {count!r}" in result.unknown[0]


def test_a_circle_is_named_and_other_products_still_resolve() -> None:
    inside = {"count": 1, "set": "tst"}
    graph = Contents(
        {
            ("tst", "A"): {"sealed": [inside | {"name": "B"}]},
            ("tst", "B"): {"sealed": [inside | {"name": "A"}], "pack": [PACK]},
            ("tst", "Case"): {"sealed": [inside | {"name": "A"}]},
            ("tst", "Pack"): {"pack": [PACK]},
        },
        {},
        PACKS,
    )
    result = resolve_all(graph, [("tst", name) for name in ("A", "B", "Case", "Pack")])
    for name in ("A", "B", "Case"):
        assert not result["tst", name].complete
        assert result["tst", name].unknown == ["contents go in a circle: A > B > A"]
    assert result["tst", "Pack"].complete


def test_a_product_that_copies_itself_is_a_circle() -> None:
    assert resolve({"copy": "Box"}).unknown == ["contents go in a circle: Box > Box"]


def test_a_mixture_weights_each_alternative_by_its_chance() -> None:
    result = resolve(
        {
            "variable": [{"card": [card("1")], "chance": 75}, {"card": [card("2")], "chance": 25}],
            "variable_mode": {"count": 1, "replacement": False, "weight": 100},
        }
    )
    assert [
        (p.item.number, p.probability, p.guaranteed) for p in result.parts if isinstance(p.item, CardRef)
    ] == [
        ("1", 0.75, False),
        ("2", 0.25, False),
    ]


def test_a_mixture_without_chances_is_even() -> None:
    result = resolve({"variable": [{"pack": [PACK]}, {"deck": [{"set": "tst", "name": "Red Deck"}]}]})
    # Half a pack, and half of five cards.
    assert result.copies == pytest.approx(0.5 + 2.5)


def test_two_of_four_without_replacement_are_each_there_half_the_time() -> None:
    record = {
        "variable": [{"card": [card(str(n))]} for n in range(1, 5)],
        "variable_mode": {"count": 2, "replacement": False},
    }
    assert [p.probability for p in resolve(record).parts] == [0.5] * 4


def test_a_mixture_of_all_its_alternatives_is_guaranteed() -> None:
    record = {"variable": [{"card": [card("1")]}, {"card": [card("2")]}], "variable_mode": {"count": 2}}
    assert all(part.guaranteed for part in resolve(record).parts)


def test_two_draws_with_replacement_guarantee_nothing() -> None:
    # Each is expected once, and comes twice or never half the time.
    record = {
        "variable": [{"card": [card("1")]}, {"card": [card("2")]}],
        "variable_mode": {"count": 2, "replacement": True},
    }
    result = resolve(record)
    assert [p.probability for p in result.parts] == [1.0, 1.0]
    assert not any(part.guaranteed for part in result.parts)


def test_a_mixture_inside_a_mixture_multiplies_chances() -> None:
    inner = {"variable": [{"card": [card("1")]}, {"card": [card("2")]}]}
    result = resolve({"variable": [inner, {"card": [card("3")]}]})
    assert [p.probability for p in result.parts] == [0.25, 0.25, 0.5]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (
            {"variable": [{"card": [card()], "chance": 50}], "variable_mode": {"weight": 100}},
            "stated weight is 100",
        ),
        ({"variable": [{"card": [card()]}], "variable_mode": {"count": 2}}, "2 draws from 1"),
        ({"variable": [{"card": [card()]}, "nothing"]}, "variable part"),
        ({"variable": [{"card": [card()]}, {}]}, "an alternative of a variable part is empty"),
        ({"variable": [{"card": [card()]}], "variable_mode": {"count": "two"}}, "variable part"),
        (
            {"variable": [{"card": [card()]}, {"deck": [{"set": "tst", "name": "Blue Deck"}]}]},
            "deck 'Blue Deck'",
        ),
    ],
)
def test_a_mixture_that_does_not_read_is_unknown_and_says_why(record: Any, message: str) -> None:
    result = resolve(record)
    assert not result.complete
    assert any(message in unknown for unknown in result.unknown), result.unknown


def test_a_mixture_mode_that_is_no_mapping_is_unknown_and_does_not_stop_the_run() -> None:
    assert not resolve({"variable": [{"card": [card()]}], "variable_mode": "once"}).complete


def test_an_alternative_of_no_chance_needs_no_contents() -> None:
    record = {
        "variable": [
            {"card": [card()], "chance": 1},
            {"deck": [{"set": "tst", "name": "Blue Deck"}], "chance": 0},
        ]
    }
    assert resolve(record).complete


@pytest.mark.parametrize(
    ("key", "stated", "unlisted"),
    [("card_count", 6, 1), ("card count", 7, 2), ("card_count", 5, 0), ("card_count", 3, 0)],
)
def test_cards_that_are_stated_and_not_listed_count_as_unpriced(key: str, stated: int, unlisted: int) -> None:
    # The deck lists 4 + 1 cards.
    result = resolve({"deck": [{"set": "tst", "name": "Red Deck"}], key: stated})
    assert result.unlisted == unlisted
    assert result.copies == 5 + unlisted


@pytest.mark.parametrize("stated", [True, "six", None, 6.5, float("nan"), float("inf"), [6]])
def test_a_card_count_that_is_no_number_says_nothing(stated: object) -> None:
    assert resolve({"deck": [{"set": "tst", "name": "Red Deck"}], "card_count": stated}).unlisted == 0


def test_a_card_count_beside_packs_says_nothing() -> None:
    # Sources count now the pack, now its cards.
    assert resolve({"pack": [PACK], "card_count": 15}).unlisted == 0


def test_resolving_twice_gives_the_same_parts() -> None:
    graph = Contents(
        {
            ("tst", "Pack"): {"pack": [PACK]},
            ("tst", "Twin"): {"copy": "Pack"},
            ("tst", "Box"): {"sealed": [{"count": 3, "set": "tst", "name": "Twin"}]},
        },
        {},
        PACKS,
    )
    first = list(graph.resolve(("tst", "Pack")).parts)
    graph.resolve(("tst", "Box"))
    assert graph.resolve(("tst", "Pack")).parts == first == graph.resolve(("tst", "Twin")).parts


SIZED = {"tst-draft": 15.0, "tst-set": 12.25}
PROMOS = [(CardRef("tst", str(n), "nonfoil"), 1) for n in range(13)]


def sized(record: Any, decks: Any = None, **others: Any) -> Resolved:
    """The same where the cards of packs are known: 15 in a draft pack, 12 or 13 in a set pack."""
    products = {("tst", "Box"): record} | {("tst", name): body for name, body in others.items()}
    lists = {**DECKS, ("tst", "Promos"): PROMOS, **(decks or {})}
    return Contents(products, lists, dict.fromkeys(SIZED), pack_cards=SIZED).resolve(("tst", "Box"))


SET_PACK, PROMO_DECK = {"set": "tst", "code": "set"}, {"set": "tst", "name": "Promos"}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        # Five of thirteen promos come, at random: not all of them.
        ({"deck": [PROMO_DECK], "card_count": 5}, "'Box' (tst) states 5 cards, its lists have 13"),
        (
            {"deck": [PROMO_DECK], "pack": [PACK], "card_count": 5},
            "'Box' (tst) states 5 cards, its lists have 28",
        ),
        # Two packs and two decks of 22 that no list has.
        (
            {
                "pack": [PACK | {"count": 2}],
                "other": [{"name": "22 card semi randomised deck"}] * 2,
                "card_count": 74,
            },
            "'Box' (tst) states 74 cards, its lists have 30: 44 are not known",
        ),
        ({"deck": [PROMO_DECK], "card_count": 20}, "states 20 cards, its lists have 13: 7 are not known"),
        ({"deck": [PROMO_DECK], "card count": 12}, "states 12 cards, its lists have 13"),
        ({"card": [card()], "card_count": -1}, "states -1 cards, its lists have 1"),
        ({"card": [card()], "card_count": 10**30}, "its lists have 1"),
    ],
)
def test_stated_and_listed_cards_that_differ_make_contents_incomplete(record: Any, message: str) -> None:
    result = sized(record)
    assert not result.complete
    assert message in result.unknown[0]
    assert result.doubts == {"contradiction": result.unknown[0]}


@pytest.mark.parametrize(
    "record",
    [
        {"deck": [PROMO_DECK], "card_count": 13},
        # Sources count a pack, or its cards, which may be one less or two more than its sheets say.
        *({"pack": [PACK], "card_count": stated} for stated in (0, 1, 14, 15, 16, 17)),
        {"pack": [SET_PACK], "card_count": 12},
        # Of a bundle they count its promo, and neither its lands nor its packs.
        {"card": [card()], "deck": [PROMO_DECK], "pack": [PACK | {"count": 9}], "card_count": 1},
        {"sealed": [{"count": 5, "set": "tst", "name": "Inner"}], "card_count": 65},
        {"sealed": [{"count": 5, "set": "tst", "name": "Inner"}], "card_count": 5},
        # Signature Spellbook Chandra states eight cards and holds one of eight foils beside them.
        {
            "deck": [PROMO_DECK],
            "variable": [{"card": [card("1")]}, {"card": [card("2")]}],
            "variable_mode": {"count": 1},
            "card_count": 13,
        },
        # A token, an art card and five tokens that no list has.
        {"deck": [PROMO_DECK], "card": [card(token=True)], "card_count": 13},
        {"deck": [PROMO_DECK], "card": [card(set="atst")], "card_count": 13},
        {"deck": [PROMO_DECK], "other": [{"name": "5 Goblin Token from a drop"}], "card_count": 18},
        {"deck": [PROMO_DECK], "card_count": "many"},
    ],
)
def test_ways_of_counting_contradict_nothing(record: Any) -> None:
    result = sized(record, Inner={"deck": [PROMO_DECK]})
    assert result.complete, result.unknown
    assert result.doubts == {}


def test_a_display_commander_is_in_the_box_and_may_be_left_out_of_the_count() -> None:
    deck = [(CardRef("tst", "1", "nonfoil"), 99), (CardRef("tst", "2", "foil", is_accessory=True), 1)]
    record = {"deck": [{"set": "tst", "name": "D"}]}
    for stated, complete in ((99, True), (100, True), (98, False), (101, False)):
        result = sized({**record, "card_count": stated}, {("tst", "D"): deck})
        assert result.complete is complete
        assert result.copies == (101 if stated == 101 else 100)


def test_a_contradiction_makes_every_product_above_it_incomplete() -> None:
    result = sized(
        {"sealed": [{"count": 2, "set": "tst", "name": "Inner"}]},
        Inner={"deck": [PROMO_DECK], "card_count": 5},
    )
    assert not result.complete
    assert list(result.doubts) == ["contradiction"]


@pytest.mark.parametrize("count", [1_000_001, 3_000_000_000, 10**40])
@pytest.mark.parametrize("kind", ["sealed", "pack", "deck", "card"])
def test_a_count_that_no_product_has_is_unknown_and_named(kind: str, count: int) -> None:
    entry = {
        "sealed": {"set": "tst", "name": "Inner"},
        "pack": PACK,
        "deck": PROMO_DECK,
        "card": card(),
    }[kind]
    result = sized({kind: [entry | {"count": count}]}, Inner={"pack": [PACK]})
    assert not result.complete
    assert "1,000,000 are possible" in result.unknown[0]
    assert list(result.doubts) == ["absurd_count"]


def test_counts_that_multiply_beyond_all_products_are_unknown() -> None:
    result = sized(
        {"sealed": [{"count": 2000, "set": "tst", "name": "Case"}]},
        Case={"sealed": [{"count": 1000, "set": "tst", "name": "Inner"}]},
        Inner={"pack": [PACK]},
    )
    assert not result.complete
    assert result.unknown == ["it holds 2,000,000 of one thing; 1,000,000 are possible"]


@pytest.mark.parametrize(
    ("booster", "flags"),
    [
        # Fifty cards of a sheet of two, none twice.
        ({"boosters": [{"sheets": {"rare": 50}, "weight": 1}]}, ["impossible_pack"]),
        # The same where a pack may hold a card again.
        ({"boosters": [{"sheets": {"rare": 50}, "weight": 1}], "repeat": True}, []),
        # A file that does not add up is unknown, and says nothing impossible.
        ({"boosters": [{"sheets": {"rare": 1}, "weight": 1}], "total": 3}, []),
    ],
    ids=["impossible", "with duplicates", "wrong total"],
)
def test_a_pack_that_takes_more_than_there_is_has_a_flag_of_its_own(
    booster: dict[str, Any], flags: list[str]
) -> None:
    cards = {"tst:1": 1, "tst:2": 1}
    sheet = {"total_weight": booster.pop("total", 2), "cards": cards}
    sheet |= {"allow_duplicates": True} if booster.pop("repeat", False) else {}
    odds = pack_pulls([("tst-draft", booster | {"sheets": {"rare": sheet}}, None)])
    packs = dict.fromkeys(odds.pulls["pack"].unique()) | odds.refused
    result = Contents({("tst", "Box"): {"pack": [PACK]}}, {}, packs).resolve(("tst", "Box"))
    assert list(result.doubts) == flags
    assert result.complete is not bool(packs["tst-draft"])


@pytest.mark.parametrize(
    ("record", "message"),
    [
        # Text and decimals were passed over: 13 cards passed for five.
        ({"deck": [PROMO_DECK], "card_count": "5"}, "states 5 cards, its lists have 13"),
        ({"deck": [PROMO_DECK], "card_count": 5.0}, "states 5 cards, its lists have 13"),
        ({"deck": [PROMO_DECK], "card_count": 10**400}, "cards, its lists have 13: 1e+12 are not known"),
        # The copy won, and what stood beside it counted as nothing.
        ({"copy": "Inner", "deck": [PROMO_DECK]}, "is a copy of 'Inner' and lists contents of its own"),
        # An alternative says what it holds, too.
        (
            {"variable": [{"deck": [PROMO_DECK], "card_count": 5}, {"pack": [PACK]}]},
            "states 5 cards, its lists have 13",
        ),
    ],
)
def test_a_contradiction_however_it_is_written_makes_the_contents_unknown(record: Any, message: str) -> None:
    result = sized(record, Inner={"pack": [PACK]})
    assert not result.complete
    assert message in result.unknown[0]
    assert message in result.doubts["contradiction"]


@pytest.mark.parametrize("stated", [13, "13", 13.0, None])
def test_a_number_that_agrees_is_no_contradiction_however_it_is_written(stated: Any) -> None:
    assert sized({"deck": [PROMO_DECK], "card_count": stated}).complete


def test_an_extra_that_is_a_bare_text_is_read_as_one_with_a_name() -> None:
    assert not sized({"deck": [PROMO_DECK], "other": ["22 card semi randomised deck"]}).complete
    assert sized({"deck": [PROMO_DECK], "other": ["Deck box"]}).complete


def test_products_nested_without_end_are_unknown_and_stop_nothing() -> None:
    chain: dict[tuple[str, str], Any] = {
        ("tst", f"P{n}"): {"sealed": [{"count": 1, "set": "tst", "name": f"P{n + 1}"}]} for n in range(5000)
    }
    result = Contents(chain, {}, {}).resolve(("tst", "P0"))
    assert "nested more than 40 products deep" in result.unknown[0]


def test_a_deck_whose_list_is_refused_says_why() -> None:
    result = sized(
        {"deck": [{"set": "tst", "name": "D"}]}, {("tst", "D"): "its list is refused: its board 'x'"}
    )
    assert result.unknown == ["deck 'D' (tst): its list is refused: its board 'x'"]


def test_an_empty_deck_list_is_no_known_deck() -> None:
    result = sized({"deck": [{"set": "tst", "name": "D"}], "pack": [PACK]}, {("tst", "D"): []})
    assert result.unknown == ["deck 'D' (tst): its list has no card"]


ODD = [None, True, -1, 0, 1.5, float("nan"), float("inf"), 10**40, "", "x" * 10_000, [], {}, [[]], [None]]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
@pytest.mark.parametrize(
    "field", ["card", "pack", "deck", "sealed", "other", "variable", "variable_mode", "card_count", "copy"]
)
def test_whatever_stands_in_a_field_only_its_product_is_unknown(field: str, odd: Any) -> None:
    broken = {"card": [card()], "variable": [{"pack": [PACK], "chance": 1}], field: odd}
    products = {("tst", "Broken"): broken, ("tst", "Box"): {"pack": [PACK]}}
    graph = Contents(products, DECKS, PACKS)
    graph.resolve(("tst", "Broken"))
    assert graph.resolve(("tst", "Box")).complete


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
@pytest.mark.parametrize("field", ["name", "set", "number", "count", "code", "foil", "token", "finish"])
@pytest.mark.parametrize("kind", ["card", "pack", "deck", "sealed"])
def test_whatever_stands_in_a_part_only_its_product_is_unknown(kind: str, field: str, odd: Any) -> None:
    entry = {"set": "tst", "name": "Red Deck", "number": "1", "code": "draft", field: odd}
    products = {("tst", "Broken"): {kind: [entry]}, ("tst", "Box"): {"pack": [PACK]}}
    graph = Contents(products, DECKS, PACKS)
    graph.resolve(("tst", "Broken"))
    assert graph.resolve(("tst", "Box")).complete


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
@pytest.mark.parametrize("field", ["count", "replacement", "weight", "chance"])
def test_whatever_stands_in_a_mixture_only_its_product_is_unknown(field: str, odd: Any) -> None:
    mode = {"count": 1, "weight": 2, field: odd}
    alternatives = [{"card": [card("1")], "chance": 1}, {"card": [card("2")], "chance": 1}]
    if field == "chance":
        alternatives[0]["chance"] = odd
    broken = {"variable": alternatives, "variable_mode": mode}
    graph = Contents({("tst", "Broken"): broken, ("tst", "Box"): {"pack": [PACK]}}, DECKS, PACKS)
    graph.resolve(("tst", "Broken"))
    assert graph.resolve(("tst", "Box")).complete


@pytest.mark.parametrize(
    ("extra", "complete"),
    [
        ("22 card semi randomised deck", False),
        ("A 15-card booster", False),
        ("Pack of 80 card sleeves", True),
        ("Khans of Tarkir 80-card Basic Land Bundle", True),
        ("Deck box", True),
        ("Spindown", True),
    ],
)
def test_an_extra_that_is_cards_is_unknown(extra: str, complete: bool) -> None:
    result = sized({"deck": [PROMO_DECK], "other": [{"name": extra}]})
    assert result.complete is complete
    assert result.extras == 1


@pytest.mark.parametrize(
    ("extra", "is_unidentified"),
    [
        ("Bonus card unknown", True),
        ("One random Pro Tour Player Card", True),
        ("20 Foil basic lands", True),
        ("One Foil Basic of Each Type", True),
        ("6 borderless scene cards", True),
        ("6 Art-Only Scene Cards", False),
        ("Promotional Oversized Card", False),
        ("NOTE: The bonus card is the same, but both faces are present in the catalog.", False),
        ("Card storage box", False),
        ("10 Double Sided Tokens", False),
    ],
)
def test_cards_that_are_described_and_not_identified_are_a_doubt(extra: str, is_unidentified: bool) -> None:
    result = sized({"deck": [PROMO_DECK], "other": [{"name": extra}]})
    assert result.complete
    assert ("unidentified_cards" in result.doubts) is is_unidentified
    outer = sized({"sealed": [{"set": "tst", "name": "Inner"}]}, Inner={"pack": [PACK], "other": [extra]})
    assert outer.doubts == (
        {"unidentified_cards": f"{extra!r} is not identified and counts as 0: its value is a lower bound"}
        if is_unidentified
        else {}
    )


def test_a_stated_number_of_thousands_of_digits_is_a_contradiction_in_one_line() -> None:
    size = sized({"deck": [PROMO_DECK], "card_count": 10**5000})
    assert size.unknown[0].startswith("'Box' (tst) states beyond 10^24 cards, its lists have 13")
