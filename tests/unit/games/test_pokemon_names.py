"""Facts in the names of Pokemon products."""

import pytest

from arb_pipeline.games.pokemon.product_names import ProductName, card_key, parse

SETS = {
    "Scarlet & Violet": "sv01",
    "151": "sv03.5",
    "Scarlet & Violet 151": "sv03.5",
    "Temporal Forces": "sv05",
    "Black Bolt": "sv10.5b",
    "Pokémon GO": "swsh10.5",
}


def test_the_longest_set_name_that_fits_is_the_set() -> None:
    name = parse("Scarlet & Violet 151 Booster Bundle", SETS)
    assert name == ProductName("sv03.5", "Scarlet & Violet 151", "booster bundle")


@pytest.mark.parametrize(
    ("name", "set_id", "kind", "variant"),
    [
        ("Scarlet & Violet Elite Trainer Box [Koraidon]", "sv01", "elite trainer box", "Koraidon"),
        (
            "Temporal Forces Pokemon Center Elite Trainer Box (Exclusive) [Iron Leaves]",
            "sv05",
            "pokemon center elite trainer box",
            "Iron Leaves",
        ),
        ("Temporal Forces 3-Pack Blisters [Cleffa]", "sv05", "3 pack blister", "Cleffa"),
        ("151: Alakazam ex Collection", "sv03.5", "alakazam ex collection", ""),
        ("Black Bolt  Binder Collection", "sv10.5b", "binder collection", ""),
        ("Pokemon GO Mini Tin [Eevee]", "swsh10.5", "mini tin", "Eevee"),
        ("151 Mini Tin (Okidogi)", "sv03.5", "mini tin", "Okidogi"),
        # Two products, and another product: neither is the kind that the rest of the name says.
        ("Temporal Forces Elite Trainer Box [Set of 2]", "sv05", "elite trainer box [set of 2]", ""),
        ("151 Tin (International Version)", "sv03.5", "tin (international version)", ""),
    ],
)
def test_a_name_is_a_set_a_kind_and_a_variant(name: str, set_id: str, kind: str, variant: str) -> None:
    result = parse(name, SETS)
    assert result is not None
    assert (result.set_id, result.kind, result.variant, result.is_case) == (set_id, kind, variant, False)


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("Temporal Forces Booster Box Case", "booster box", None),
        ("Temporal Forces Booster Box Case (6)", "booster box", 6),
        ("Temporal Forces Sleeved Booster Case", "sleeved booster pack", None),
        ("Temporal Forces Sleeved Booster Master Carton", "sleeved booster pack", None),
        (
            "Temporal Forces Pokemon Center Elite Trainer Box Case (Exclusive)",
            "pokemon center elite trainer box",
            None,
        ),
    ],
)
def test_a_case_is_named_after_what_it_holds(name: str, kind: str, count: int | None) -> None:
    result = parse(name, SETS)
    assert result is not None
    assert (result.kind, result.is_case, result.case_count) == (kind, True, count)
    assert result.inner.kind == kind
    assert not result.inner.is_case


@pytest.mark.parametrize("name", ["Kanto Friends Mini Tin [Pikachu]", "Temporal Forces", "1514 Booster Box"])
def test_a_name_that_starts_with_no_set_is_not_read(name: str) -> None:
    assert parse(name, SETS) is None


def test_cards_are_compared_without_accents_and_signs() -> None:
    assert card_key("N\u2019s Zorua") == card_key("N's Zorua") == "n's zorua"
    assert card_key("Greninja ☆") == "greninja star"
    assert card_key("Poké Kid") == "poke kid"
