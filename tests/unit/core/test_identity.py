"""Ids that a rebuild from raw gives again."""

import hashlib
from uuid import UUID

import polars as pl

from arb_pipeline.core.identity import card_id, row_ids, stable_id

NAMESPACE = "5d0f8e9a-3a1c-5a5e-9c57-6f0a4c1b7e21"


def uuid5_by_hand(name: str) -> str:
    """RFC 4122, 4.3: the first 16 bytes of SHA-1(namespace + name), with version 5 and the variant set."""
    raw = bytearray(hashlib.sha1(UUID(NAMESPACE).bytes + name.encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x50
    raw[8] = raw[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(raw)))


def test_a_product_id_is_the_uuid5_of_its_kind_and_natural_key() -> None:
    assert stable_id("sealed", "mtg", "eld", "Box") == uuid5_by_hand("sealed\x1fmtg\x1feld\x1fBox")


def test_parts_do_not_run_into_each_other() -> None:
    assert stable_id("single", "ab", "c") != stable_id("single", "a", "bc")
    assert stable_id("single", "a") != stable_id("sealed", "a")


def test_printings_of_a_single_are_two_cards() -> None:
    result = (
        pl.DataFrame({"id": ["x", "x"], "printing": ["normal", "reverse_holofoil"]})
        .select(card_id(pl.col("id"), pl.col("printing")))
        .to_series()
    )
    assert result.cast(pl.String).to_list() == ["x:normal", "x:reverse_holofoil"]


def test_row_ids_are_the_md5_of_the_natural_key_in_row_order() -> None:
    frame = pl.DataFrame({"a": ["x", "y"], "n": [1, 2]})
    expected = [str(UUID(hashlib.md5(f"{a}\x1f{n}".encode()).hexdigest())) for a, n in (("x", 1), ("y", 2))]
    assert row_ids(frame, "a", "n").to_list() == expected


def test_row_ids_of_no_row_are_none() -> None:
    assert row_ids(pl.DataFrame(schema={"a": pl.String}), "a").to_list() == []
