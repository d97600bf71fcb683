"""Preconstructed decks: cards as objects, as upstream has them, and as the slim rows of our copies."""

import io
import json
from typing import Any

import pytest

from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.mtg_decks import FAULTS, DeckCard, deck_card, deck_cards, decks


def deck(**changes: Any) -> dict[str, Any]:
    """A deck as upstream has it."""
    return {
        "name": "Kazz's First Deck",
        "type": "Intro Pack",
        "set_code": "rqs",
        "set_name": "Rivals Quick Start Set",
        "release_date": "1996-06-10",
        "cards": [{"name": "Island", "set_code": "rqs", "number": "55", "foil": False, "count": 4}],
        "sideboard": [],
        "commander": [
            {"name": "Vaporous Djinn", "set_code": "mir", "number": "101", "foil": True, "count": 1}
        ],
    } | changes


def read(*documents: Any) -> list[dict[str, Any]]:
    """The records of a list."""
    return list(decks(io.BytesIO(json.dumps(documents).encode())))


def test_a_deck_has_the_cards_of_all_its_boards() -> None:
    assert read(deck()) == [
        {
            "set_code": "rqs",
            "name": "Kazz's First Deck",
            "type": "Intro Pack",
            "release_date": "1996-06-10",
            "cards": 5,
        }
    ]


def test_a_card_reads_the_same_in_both_shapes() -> None:
    slim = deck(cards=[["RQS", "55", 0, 4]], commander=[["mir", "101", 1, 1]])
    assert deck_cards(slim) == deck_cards(deck())
    assert deck_cards(slim) == [DeckCard("rqs", "55", "nonfoil", 4), DeckCard("mir", "101", "foil", 1)]


def test_an_etched_card_is_no_plain_foil() -> None:
    card = {"name": "X", "set_code": "cmr", "number": "513", "foil": True, "etched": True, "count": 1}
    assert deck_card(card).finish == "etched"


@pytest.mark.parametrize(
    "card", [["rqs", "55", 0], ["rqs", "55", 0, True], {"set_code": "rqs"}, "Island", None]
)
def test_what_is_no_card_is_refused(card: Any) -> None:
    with pytest.raises(FAULTS):
        deck_card(card)


@pytest.mark.parametrize(
    "bad", [deck(cards=None), deck(cards=[["rqs", "55", 0, 0]]), deck(cards=[]) | {"commander": []}]
)
def test_a_deck_without_readable_cards_lacks_the_field(bad: dict[str, Any]) -> None:
    assert read(bad)[0]["cards"] is None


@pytest.mark.parametrize("body", [b"", b"[{", b"{}", b"404: Not Found"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(decks(io.BytesIO(body)))
