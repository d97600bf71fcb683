"""The sealed graph, followed to its cards and packs."""

from typing import Any

import pytest

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
    found = resolve({"card": [card(foil=True)], "pack": [PACK], "deck": [{"set": "tst", "name": "Red Deck"}]})
    assert found.complete
    assert found.parts == [
        Part(CardRef("tst", "7", "foil", "Promo"), 1),
        Part("tst-draft", 1),
        Part(CardRef("tst", "1", "nonfoil"), 4),
        Part(CardRef("tst", "2", "foil"), 1),
    ]


def test_counts_multiply_through_sealed_products() -> None:
    # A case of 6 boxes of 36 packs.
    found = resolve(
        {"sealed": [{"count": 6, "set": "tst", "name": "Inner"}]},
        Inner={"sealed": [{"count": 36, "set": "tst", "name": "Pack"}]},
        Pack={"pack": [PACK]},
    )
    assert found.parts == [Part("tst-draft", 216)]


def test_extras_are_counted_and_worth_nothing() -> None:
    found = resolve(
        {"sealed": [{"count": 2, "set": "tst", "name": "Kit"}]},
        Kit={"pack": PACK, "other": [{"name": "Die"}, {"name": "Box"}]},
    )
    assert (found.extras, found.copies) == (4, 2)


@pytest.mark.parametrize("entry", [PACK, [PACK]])
def test_a_bare_entry_reads_as_a_list_of_one(entry: Any) -> None:
    assert resolve({"pack": entry, "card": None}).parts == [Part("tst-draft", 1)]


@pytest.mark.parametrize(("set_code", "file"), [("tst", "tst-draft"), ("old", "old")])
def test_the_default_pack_is_the_draft_file_else_the_bare_one(set_code: str, file: str) -> None:
    assert resolve({"pack": [{"set": set_code, "code": "default"}]}).parts == [Part(file, 1)]


def test_a_copy_holds_what_its_original_holds() -> None:
    found = resolve({"copy": "Original"}, Original={"pack": [PACK]})
    assert found.complete
    assert found.parts == [Part("tst-draft", 1)]


def test_a_token_is_a_card_of_the_token_set() -> None:
    assert resolve({"card": [card(token=True)]}).parts[0].item == CardRef("ttst", "7", "nonfoil", "Promo")


@pytest.mark.parametrize(
    ("record", "said"),
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
def test_an_unknown_part_makes_the_product_incomplete_by_name(record: Any, said: str) -> None:
    found = resolve(record)
    assert not found.complete
    assert any(said in unknown for unknown in found.unknown), found.unknown


def test_a_product_that_no_contents_file_names_is_unknown() -> None:
    assert (
        "'Box' (tst) is not in the contents files" in Contents({}, {}, {}).resolve(("tst", "Box")).unknown[0]
    )


def test_an_unknown_part_makes_every_product_above_it_incomplete() -> None:
    found = resolve(
        {"sealed": [{"count": 2, "set": "tst", "name": "Inner"}], "pack": [PACK]},
        Inner={"deck": [{"set": "tst", "name": "Blue Deck"}]},
    )
    assert not found.complete
    assert found.unknown == ["deck 'Blue Deck' (tst): there is no list of its cards"]


@pytest.mark.parametrize("count", [0, -1, 1.5, "2", True, None])
def test_a_count_that_is_no_whole_number_from_one_is_unknown_and_named(count: object) -> None:
    found = resolve({"sealed": [{"count": count, "set": "tst", "name": "Pack"}]}, Pack={"pack": [PACK]})
    assert not found.complete
    assert f"'Pack' has count {count!r}" in found.unknown[0]


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
    found = resolve_all(graph, [("tst", name) for name in ("A", "B", "Case", "Pack")])
    for name in ("A", "B", "Case"):
        assert not found["tst", name].complete
        assert found["tst", name].unknown == ["contents go in a circle: A > B > A"]
    assert found["tst", "Pack"].complete


def test_a_product_that_copies_itself_is_a_circle() -> None:
    assert resolve({"copy": "Box"}).unknown == ["contents go in a circle: Box > Box"]


def test_a_mixture_weights_each_alternative_by_its_chance() -> None:
    found = resolve(
        {
            "variable": [{"card": [card("1")], "chance": 75}, {"card": [card("2")], "chance": 25}],
            "variable_mode": {"count": 1, "replacement": False, "weight": 100},
        }
    )
    assert [
        (p.item.number, p.probability, p.guaranteed) for p in found.parts if isinstance(p.item, CardRef)
    ] == [
        ("1", 0.75, False),
        ("2", 0.25, False),
    ]


def test_a_mixture_without_chances_is_even() -> None:
    found = resolve({"variable": [{"pack": [PACK]}, {"deck": [{"set": "tst", "name": "Red Deck"}]}]})
    # Half a pack, and half of five cards.
    assert found.copies == pytest.approx(0.5 + 2.5)


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
    found = resolve(record)
    assert [p.probability for p in found.parts] == [1.0, 1.0]
    assert not any(part.guaranteed for part in found.parts)


def test_a_mixture_inside_a_mixture_multiplies_chances() -> None:
    inner = {"variable": [{"card": [card("1")]}, {"card": [card("2")]}]}
    found = resolve({"variable": [inner, {"card": [card("3")]}]})
    assert [p.probability for p in found.parts] == [0.25, 0.25, 0.5]


@pytest.mark.parametrize(
    ("record", "said"),
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
def test_a_mixture_that_does_not_read_is_unknown_and_says_why(record: Any, said: str) -> None:
    found = resolve(record)
    assert not found.complete
    assert any(said in unknown for unknown in found.unknown), found.unknown


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
    found = resolve({"deck": [{"set": "tst", "name": "Red Deck"}], key: stated})
    assert found.unlisted == unlisted
    assert found.copies == 5 + unlisted


@pytest.mark.parametrize("stated", [True, "6", None, 6.0])
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
