"""Scryfall: the index of its bulk files, and the file of all cards in both of its shapes."""

import gzip
import io
import json
from typing import Any

import pytest

from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.scryfall import bulk_file, cards

BASE = "https://data.scryfall.io/default-cards/default-cards-20260824090526"


def entry(**changes: Any) -> dict[str, Any]:
    """An entry of the index as it is since 2026-07-20."""
    return {
        "object": "bulk_data",
        "id": "e2ef41e3-5778-4bc2-af3f-78eca4dd9c23",
        "type": "default_cards",
        "updated_at": "2026-08-24T09:05:26.753+00:00",
        "uri": "https://api.scryfall.com/bulk-data/e2ef41e3-5778-4bc2-af3f-78eca4dd9c23",
        "name": "Default Cards",
        "description": "Every card object on Scryfall in English or the printed language.",
        "jsonl_download_uri": f"{BASE}.jsonl.gz",
        "compressed_size": 76_000_000,
    } | changes


def index(*entries: dict[str, Any]) -> bytes:
    """The index."""
    listed = [entry(type="oracle_cards", jsonl_download_uri="https://data.scryfall.io/oracle"), *entries]
    return json.dumps({"object": "list", "has_more": False, "data": listed}).encode()


def card(**changes: Any) -> dict[str, Any]:
    """A card object, with some of the fields that are not read."""
    return {
        "object": "card",
        "id": "0000419b-0bba-4488-8f7a-6194544ce91e",
        "tcgplayer_id": 558404,
        "name": "Forest",
        "lang": "en",
        "finishes": ["nonfoil", "foil"],
        "digital": False,
        "set": "blb",
        "collector_number": "280",
        "rarity": "common",
        "prices": {"usd": "0.20", "usd_foil": None},
    } | changes


def lines(*cards: dict[str, Any]) -> bytes:
    """One card per line."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in cards)


def listed(*cards: dict[str, Any]) -> bytes:
    """A list with one card per line, as the file was before."""
    return b"[\n" + b",\n".join(json.dumps(one).encode() for one in cards) + b"\n]\n"


def read(body: bytes) -> list[dict[str, Any]]:
    """The cards of a file."""
    return list(cards(io.BytesIO(body)))


def test_the_index_leads_to_the_file_of_all_cards() -> None:
    assert bulk_file(index(entry())) == (f"{BASE}.jsonl.gz", "default-cards.jsonl.gz")


def test_an_index_of_the_old_kind_is_read_too() -> None:
    old = entry(jsonl_download_uri=None, download_uri=f"{BASE}.json", content_encoding="gzip", size=1)
    assert bulk_file(index(old)) == (f"{BASE}.json", "default-cards.json")


@pytest.mark.parametrize(
    "body",
    [index(), index(entry(jsonl_download_uri=None)), b'{"object": "error"}', b"[]", b"<html>", b""],
)
def test_an_index_without_the_file_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        bulk_file(body)


def test_a_card_keeps_what_leads_to_marketplaces_under_scryfalls_names() -> None:
    assert read(lines(card())) == [
        {
            "id": "0000419b-0bba-4488-8f7a-6194544ce91e",
            "set": "blb",
            "collector_number": "280",
            "name": "Forest",
            "lang": "en",
            "digital": False,
            "rarity": "common",
            "finishes": ["nonfoil", "foil"],
            "tcgplayer_id": 558404,
            "tcgplayer_etched_id": None,
            "cardmarket_id": None,
        }
    ]


@pytest.mark.parametrize("shape", [lines, listed, lambda *c: json.dumps(c, separators=(",", ":")).encode()])
@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_every_shape_of_the_file_gives_the_same_cards(shape: Any, packed: Any) -> None:
    body = packed(shape(card(), card(collector_number="281")))
    assert [one["collector_number"] for one in read(body)] == ["280", "281"]


@pytest.mark.parametrize(
    "body",
    [
        listed(card(), card())[:-3],
        lines(card())[:-20],
        gzip.compress(lines(card(), card()))[:-12],
        b"<!doctype html>\n<title>Sign in</title>",
        b"[1,2]",
        b"3\n",
        json.dumps([card()], indent=2).encode(),
        lines(card()) + b'{"name": "Caf\xe9"}\n',
    ],
    ids=["cut list", "cut line", "cut gzip", "login page", "numbers", "number", "pretty", "charset"],
)
def test_a_file_that_is_no_list_of_cards_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        read(body)
