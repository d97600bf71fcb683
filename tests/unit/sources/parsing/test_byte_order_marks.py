"""A byte order mark, which RFC 8259 (8.1) lets a parser pass over, changes nothing of what follows it."""

import gzip
import io
from codecs import BOM_UTF8

import pytest

from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError, parsed_json, scryfall
from arb_pipeline.sources.parsing.tcgcsv import day_of_last_update


def test_json_is_read_after_one() -> None:
    assert parsed_json(BOM_UTF8 + b'{"a": "\xc3\xa9"}', source="x") == {"a": "é"}


def test_a_second_one_is_no_json() -> None:
    with pytest.raises(LayoutError):
        parsed_json(BOM_UTF8 * 2 + b"{}", source="x")


def test_a_time_is_read_after_one() -> None:
    assert day_of_last_update(BOM_UTF8 + b"2025-10-10T20:05:31+0000") == "2025-10-10"


@pytest.mark.parametrize("body", [b'{"id": "a"}\n{"id": "b"}\n', b'[\n{"id": "a"},\n{"id": "b"}\n]'])
def test_cards_by_the_line_are_read_after_one(body: bytes) -> None:
    for file in (BOM_UTF8 + body, gzip.compress(BOM_UTF8 + body)):
        assert [card["id"] for card in scryfall.cards(io.BytesIO(file))] == ["a", "b"]


def test_a_whole_file_comes_without_one() -> None:
    assert whole(io.BytesIO(gzip.compress(BOM_UTF8 + b"[]"))) == b"[]"
