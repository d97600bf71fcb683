"""One field that is missing, null, of another type, huge or empty costs at most its own record.

Per parser and cleaner: sound records around one that has each oddity in each field in turn. What is read of the
sound ones is the same as without it.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from quote_builders import CLEANERS, IDS, RECORDS, cleaned

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import Printings
from arb_pipeline.core.contents.catalog import printings as catalogued
from arb_pipeline.games.magic.decks import mtgjson_decks
from arb_pipeline.games.magic.marketplace_ids import printing_ids
from arb_pipeline.games.magic.printings import by_finish, id_map, scryfall_map
from arb_pipeline.simulator.replay.archives import tar
from arb_pipeline.sources.cleaning.tcgplayer import PriceFile
from arb_pipeline.sources.cleaning.tcgplayer import clean as clean_tcgplayer
from arb_pipeline.sources.parsing.mtgjson import DECKS, sets

MISSING = object()
ODD = [
    *(MISSING, None, True, -1, 0, 1.5, 1e300, 10**18, "", " ", "0000-00-00", "-3", "x" * 6_000),
    *([], {}, [None], [[]], {"a": 1}, "\0", "\u202e\x1b[31m"),
]
SOUND_BEFORE, SOUND_AFTER = 1, 2
Record = dict[str, Any]


def spoilt(record: Record) -> Iterator[tuple[str, list[Record]]]:
    """Each field with the records that have an oddity there."""
    for field in record:
        yield (
            field,
            [
                {name: value for name, value in record.items() if name != field}
                if odd is MISSING
                else record | {field: odd}
                for odd in ODD
            ],
        )


@pytest.mark.parametrize("source", sorted(CLEANERS))
def test_of_a_cleaner_of_quotes(source: str) -> None:
    name = IDS[source]
    before, after = ({**RECORDS[source], name: _id(RECORDS[source][name], n)} for n in (7, 8))
    sound = _quotes(cleaned(source, before, after).quotes, source)
    assert sound
    for field, records in spoilt(RECORDS[source]):
        result = cleaned(source, before, *records, after)  # balances: every record is somewhere
        kept = [row for row in _quotes(result.quotes, source) if row in sound]
        assert kept == sound, field


def _id(value: Any, n: int) -> Any:
    return 10_000_000 + n if isinstance(value, int) else f"{value}{n}"


def _quotes(frame: pl.DataFrame, source: str) -> list[tuple[Any, ...]]:
    """Quotes without their place in the file."""
    return sorted(frame.drop("record").select(sorted(set(frame.columns) - {"record"})).rows(), key=repr)


PRICE: Record = {
    "productId": 1001,
    "lowPrice": 4.5,
    "midPrice": 6.0,
    "highPrice": 9.0,
    "marketPrice": 5.25,
    "directLowPrice": None,
    "subTypeName": "Normal",
}


def test_of_the_cleaner_of_tcgplayers_prices() -> None:
    def observed(*records: Record) -> list[tuple[Any, ...]]:
        payload = {"success": True, "errors": [], "results": list(records)}
        result = clean_tcgplayer([PriceFile("1/900/prices", "mtg", payload)], day=date(2025, 6, 8))
        assert result.balances
        ours = result.observations.filter(pl.col("source_product_id").is_in(["1", "2"]))
        return ours.sort("source_product_id").rows()

    before, after = PRICE | {"productId": SOUND_BEFORE}, PRICE | {"productId": SOUND_AFTER}
    sound = observed(before, after)
    assert len(sound) == 2
    for field, records in spoilt(PRICE | {"productId": 3}):
        assert observed(before, *records, after) == sound, field


CARD: Record = {
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
    "cardmarket_id": 771,
}


def test_of_scryfalls_cards(tmp_path: Path) -> None:
    def rows(*records: Record) -> tuple[list[Record], list[Record]]:
        text = "\n".join(json.dumps(record) for record in records)
        (tmp_path / "default-cards.json").write_text(text, "utf-8")
        listed = catalogued(by_finish(scryfall_map(tmp_path)), category="mtg")
        assert listed["name"].str.len_chars().max() <= 500  # as the table has it
        claims = printing_ids(None, tmp_path).filter(pl.col("number").is_in(["1", "2"]))
        ours = conform(listed, Printings).filter(pl.col("number").is_in(["1", "2"]), set_code="blb")
        return ours.sort("number", "finish").to_dicts(), claims.sort("number", "id_kind").to_dicts()

    before = CARD | {"collector_number": "1", "id": "a", "tcgplayer_id": 1, "cardmarket_id": 1}
    after = CARD | {"collector_number": "2", "id": "b", "tcgplayer_id": 2, "cardmarket_id": 2}
    sound = rows(before, after)
    assert [len(part) for part in sound] == [4, 4]  # two finishes and two kinds of ids each
    for field, records in spoilt(CARD):
        assert rows(before, *records, after) == sound, field


def test_of_the_id_map(tmp_path: Path) -> None:
    row = {
        "set": "TST",
        "number": "3",
        "name": "Three",
        "rarity": "rare",
        "finishes": "nonfoil|foil",
        "tcgplayerProductId": "1003",
        "tcgplayerEtchedProductId": "",
        "mcmId": "503",
        "scryfallId": "c",
    }

    def rows(*records: Record) -> tuple[list[Record], list[Record]]:
        text = io.StringIO()
        table = csv.DictWriter(text, list(row), restval="")
        table.writeheader()
        table.writerows(records)
        (tmp_path / "mtg_id_map.csv").write_text(text.getvalue(), "utf-8")
        listed = conform(catalogued(by_finish(id_map(tmp_path)), category="mtg"), Printings)
        assert listed["name"].str.len_chars().max() <= 500
        claims = printing_ids(tmp_path, None).filter(pl.col("number").is_in(["1", "2"]))
        ours = listed.filter(pl.col("number").is_in(["1", "2"]), set_code="tst")
        return ours.sort("number", "finish").to_dicts(), claims.sort("number", "id_kind").to_dicts()

    before = row | {
        "number": "1",
        "name": "One",
        "tcgplayerProductId": "1001",
        "mcmId": "501",
        "scryfallId": "a",
    }
    after = row | {
        "number": "2",
        "name": "Two",
        "tcgplayerProductId": "1002",
        "mcmId": "502",
        "scryfallId": "b",
    }
    sound = rows(before, after)
    assert [len(part) for part in sound] == [4, 4]
    for field, records in spoilt(row):
        assert rows(before, *records, after) == sound, field


DECK: Record = {
    "code": "TST",
    "name": "Odd Deck",
    "type": "Commander Deck",
    "releaseDate": "2021-11-19",
    "commander": [{"setCode": "TST", "number": "1", "count": 1, "isFoil": True}],
    "mainBoard": [{"setCode": "TST", "number": "2", "count": 4, "isFoil": False, "name": "Two"}],
    "sideBoard": [],
}


def test_of_mtgjsons_decks(tmp_path: Path) -> None:
    def known(*decks: Any) -> dict[Any, Any]:
        files = {f"AllDeckFiles/{n:03}.json": json.dumps({"data": deck}) for n, deck in enumerate(decks)}
        (tmp_path / DECKS).write_bytes(tar({name: text.encode() for name, text in files.items()}, "xz"))
        result = mtgjson_decks(tmp_path)[0].known()
        return {key: cards for key, cards in result.items() if key[1] in {"First", "Last"}}

    before, after = DECK | {"name": "First"}, DECK | {"name": "Last"}
    sound = known(before, after)
    assert {key: len(cards) for key, cards in sound.items()} == {("tst", "First"): 2, ("tst", "Last"): 2}
    of_cards = [
        (f"mainBoard {field}", [DECK | {"mainBoard": [card]} for card in cards])
        for field, cards in spoilt(DECK["mainBoard"][0])
    ]
    for field, decks in [*spoilt(DECK), *of_cards]:
        assert known(before, *decks, after) == sound, field


def test_of_mtgjsons_sets() -> None:
    card = {"uuid": "u", "name": "Two", "number": "2", "rarity": "rare", "identifiers": {"mcmId": "5"}}
    product = {"uuid": "p", "name": "Box", "category": "booster_box", "subtype": "play", "identifiers": {}}
    whole = {"code": "TST", "name": "Test", "type": "expansion", "cards": [card], "sealedProduct": [product]}

    def read(*documents: Any) -> list[Any]:
        files = {f"AllSetFiles/{n:03}.json": json.dumps({"data": data}) for n, data in enumerate(documents)}
        return list(sets(io.BytesIO(tar({name: text.encode() for name, text in files.items()}, "xz"))))

    before, after = whole | {"code": "AAA"}, whole | {"code": "ZZZ"}
    sound = read(before, after)
    assert [kind for kind, _ in sound] == ["set", "card", "sealed_product"] * 2
    of_cards = [("card " + f, [whole | {"cards": [c, card]} for c in cs]) for f, cs in spoilt(card)]
    for field, odd in [*spoilt(whole), *of_cards]:
        records = read(before, *odd, after)
        kept = [
            (kind, record) for kind, record in records if "AAA" in record.values() or "ZZZ" in record.values()
        ]
        assert kept == sound, field
