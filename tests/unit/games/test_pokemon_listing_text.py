"""The grammar of listing texts: what it reads, and what it refuses."""

import pytest

from arb_pipeline.games.pokemon.listing_text import read

SURGING_SPARKS = """Currents crackle and <em>dragons roar</em>! Find 3 booster packs of memories.<br>
The Pok\u00e9mon TCG: Scarlet &amp; Violet\u2014Surging Sparks Elite Trainer Box includes:<br>
\u2022 9 Pok\u00e9mon TCG: Scarlet & Violet\u2014Surging Sparks booster packs<br>
\u2022 1 full-art foil promo card featuring Magneton<br>
\u2022 65 card sleeves<br>\u2022 45 Pok\u00e9mon TCG Energy cards<br>
\u2022 A player\u2019s guide to the Scarlet & Violet\u2014Surging Sparks expansion<br>
\u2022 6 damage-counter dice<br>\u2022 1 competition-legal coin-flip die<br>\u2022 2 plastic condition markers<br>
\u2022 A collector\u2019s box to hold everything, with 4 dividers to keep it organized<br>
\u2022 A code card for Pok\u00e9mon Trading Card Game Live"""


def test_an_elite_trainer_box_is_read_line_by_line() -> None:
    result = read(SURGING_SPARKS)
    assert [(line.count, line.set_name) for line in result.packs] == [(9, "Surging Sparks")]
    assert result.packs[0].sentence == "9 Pokemon TCG: Scarlet & Violet-Surging Sparks booster packs"
    assert [(line.count, line.name) for line in result.promos] == [(1, "Magneton")]
    assert len(result.extras) == 8
    assert result.not_understood == []


@pytest.mark.parametrize(
    ("line", "count", "set_name"),
    [
        ("• 11 Pokémon TCG: Ascended Heroes booster packs", 11, "Ascended Heroes"),
        ("• 3 Pokémon TCG: Scarlet & Violet—151 booster packs.", 3, "151"),
        (
            "• Six booster packs from the Pokémon TCG: Scarlet & Violet—Prismatic Evolutions expansion",
            6,
            "Prismatic Evolutions",
        ),
        ("- 2 Scarlet & Violet booster packs", 2, "Scarlet & Violet"),
        # Of any set: the text does not say of which.
        ("• 4 Pokémon TCG booster packs", 4, ""),
        ("• 5 Pokémon booster packs", 5, ""),
        ("• 5 Pokémon TCG booster packs (Packs and contents may vary.)", 5, ""),
    ],
)
def test_packs_are_counted_by_set(line: str, count: int, set_name: str) -> None:
    result = read(line)
    assert [(pack.count, pack.set_name) for pack in result.packs] == [(count, set_name)]
    assert result.not_understood == []


@pytest.mark.parametrize(
    "line",
    [
        "• 1 foil promo card featuring Mega Lucario ex or Mega Gardevoir ex",
        "• 2 foil cards featuring Charmander and Charmeleon",
        "• 1 full-art foil promo card",
        "• 1 oversize foil card featuring Kleavor VSTAR",
        "• A 40-card ready-to-play deck, including 1 of 4 unique foil promo cards",
        "• 1 ready-to-play 60-card deck with a metallic coin",
        "• 8 Prismatic Evolutions Mini Tins",
        "• 1 booster pack containing 3 of 9 promo cards",
        "• 7 Pokémon TCG 3-card fun packs",
        "• 1 magnetic card protector",
    ],
)
def test_what_is_not_understood_is_reported_and_counts_as_nothing(line: str) -> None:
    result = read(line)
    assert (result.packs, result.promos, result.extras) == ([], [], [])
    assert len(result.not_understood) == 1


def test_prose_before_the_list_and_remarks_on_packs_are_no_parts() -> None:
    result = read(
        "Open 10 booster packs today!\nIncludes:\n3 Lost Origin booster packs\nEach booster pack contains 10 cards."
    )
    assert [(line.count, line.set_name) for line in result.packs] == [(3, "Lost Origin")]
    assert result.not_understood == []
