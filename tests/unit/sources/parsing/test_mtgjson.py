"""MTGJSON: its archives of set files and deck files, and their check sums."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from arb_pipeline.contracts.crawling import Order
from arb_pipeline.simulator.replay.archives import tar
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.mtg_decks import DeckCard
from arb_pipeline.sources.parsing.mtgjson import DECKS, deck_cards, deck_files, decks, sets, sha256_in
from scrapy_project.crawl_archive import Archive
from scrapy_project.spiders.mtgjson import MtgjsonSpider

META = {"date": "2026-08-24", "version": "5.2.2+20260824"}
SUM = "582926b83f149490e8e76da78268f729582926b83f149490e8e76da78268f729"
STX = {
    "code": "STX",
    "name": "Strixhaven: School of Mages",
    "type": "expansion",
    "releaseDate": "2021-04-23",
    "cards": [
        {
            "uuid": "ee54b9ff-a776-567a-b149-ca32caf17076",
            "name": "Environmental Sciences",
            "number": "1",
            "rarity": "common",
            "setCode": "STX",
            "finishes": ["nonfoil", "foil"],
            "identifiers": {"tcgplayerProductId": "235526", "mcmId": "556813"},
        }
    ],
    "tokens": [{"uuid": "t", "name": "Pest"}],
    "sealedProduct": [
        {"uuid": "6414", "name": "Set Booster Pack", "identifiers": {"tcgplayerProductId": "233228"}}
    ],
}


def card(**changes: Any) -> dict[str, Any]:
    """A card of a deck."""
    return {
        "uuid": "u",
        "name": "Counterspell",
        "setCode": "VOC",
        "number": "101",
        "count": 1,
        "isFoil": False,
    } | changes


def deck(**changes: Any) -> dict[str, Any]:
    """A deck file's data."""
    return {
        "code": "VOC",
        "name": "Spirit Squadron",
        "type": "Commander Deck",
        "releaseDate": "2021-11-19",
        "commander": [card(number="1", isFoil=True)],
        "mainBoard": [card(), card(number="200", count=9)],
        "sideBoard": [],
        "tokens": [card(setCode="TVOC", number="3")],
    } | changes


def packed(folder: str, data_of: Mapping[str, Any]) -> io.BytesIO:
    """An archive as MTGJSON makes them."""
    documents = {f"{folder}/{name}.json": {"meta": META, "data": data} for name, data in data_of.items()}
    return io.BytesIO(tar({name: json.dumps(body).encode() for name, body in documents.items()}, "xz"))


@pytest.mark.parametrize(
    "body", [SUM, f"{SUM}\n", SUM.upper(), f"\ufeff{SUM}\n", f"{SUM}  AllSetFiles.tar.xz\n"]
)
def test_a_check_sum_is_read_however_it_is_written(body: str) -> None:
    assert sha256_in(body.encode()) == SUM


@pytest.mark.parametrize("body", [b"", b"<html>", SUM[:-1].encode(), f"{SUM}0".encode()])
def test_what_is_no_check_sum_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError, match="SHA-256"):
        sha256_in(body)


def test_a_set_gives_itself_its_cards_and_its_sealed_products() -> None:
    assert list(sets(packed("AllSetFiles", {"STX": STX}))) == [
        (
            "set",
            {
                "code": "STX",
                "name": "Strixhaven: School of Mages",
                "type": "expansion",
                "cards": 1,
                "sealedProduct": 1,
            },
        ),
        (
            "card",
            {
                "set": "STX",
                "uuid": "ee54b9ff-a776-567a-b149-ca32caf17076",
                "name": "Environmental Sciences",
                "number": "1",
                "rarity": "common",
                "tcgplayerProductId": "235526",
                "mcmId": "556813",
            },
        ),
        (
            "sealed_product",
            {
                "set": "STX",
                "uuid": "6414",
                "name": "Set Booster Pack",
                "category": None,
                "subtype": None,
                "tcgplayerProductId": "233228",
            },
        ),
    ]


def test_a_deck_counts_the_cards_of_its_boards_without_tokens() -> None:
    (result,) = decks(packed("AllDeckFiles", {"SpiritSquadron_VOC": deck()}))
    assert (result["code"], result["name"], result["cards"]) == ("VOC", "Spirit Squadron", 11)


def test_a_decks_cards_are_read_as_those_of_other_sources() -> None:
    (result,) = deck_files(
        packed("AllDeckFiles", {"SpiritSquadron_VOC": deck(mainBoard=[card(isEtched=True)])})
    )
    assert deck_cards(result) == [DeckCard("voc", "101", "etched", 1), DeckCard("voc", "1", "foil", 1)]


@pytest.mark.parametrize(
    "bad", [deck(mainBoard=[{}]), deck(mainBoard=[card(count=0)]), {"code": "VOC", "name": "X"}]
)
def test_a_deck_without_readable_cards_lacks_the_field(bad: dict[str, Any]) -> None:
    assert next(decks(packed("AllDeckFiles", {"X_VOC": bad})))["cards"] is None


@pytest.mark.parametrize("data", [None, [], "data"])
def test_a_file_without_data_is_refused_by_name(data: Any) -> None:
    with pytest.raises(LayoutError, match=r"AllSetFiles/STX\.json"):
        list(sets(packed("AllSetFiles", {"STX": data})))


@pytest.mark.parametrize("body", [b"", b"<html>", packed("AllSetFiles", {"STX": STX}).getvalue()[:-20]])
def test_what_is_no_archive_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(sets(io.BytesIO(body)))


def test_an_archive_of_another_build_is_requested_again_once_and_is_not_kept(tmp_path: Path) -> None:
    spider = MtgjsonSpider(Order("mtgjson", date(2026, 3, 4)))
    spider.archive = Archive(tmp_path, max_expanded=10**6, now=datetime.now(UTC))

    def read(*, is_second: bool) -> list[Request]:
        """Reads an archive whose check sum is another, as a crawl before this one may have kept it."""
        kept = spider.archive.put("https://mtgjson.com/x", DECKS, b"yesterday's")
        meta = {"keep_as": DECKS, "keep_key": kept.key, "file": spider.archive.path(kept)}
        moved = {"redirect_urls": ["https://mtgjson.com/x"]}
        request = Request("https://mtgjson.com/y", meta=meta | moved)
        response = TextResponse(request.url, request=request)
        return list(spider.read_archive(response, SUM, is_second=is_second))

    (again,) = read(is_second=False)
    assert again.url == "https://mtgjson.com/x"
    assert again.cb_kwargs == {"expected": SUM, "is_second": True}
    assert (spider.failures, spider.archive.used) == ([], ())
    assert read(is_second=True) == []
    assert "Fetch again" in spider.failures[0]
    assert list((tmp_path / "files").iterdir()) == []
