"""Booster sheets: one list of them."""

import gzip
import io
import json
from typing import Any

import pytest

from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.parsing.mtg_boosters import boosters


def booster(**changes: Any) -> dict[str, Any]:
    """A booster as the list has it."""
    return {
        "name": "Commander Legends",
        "code": "cmr",
        "set_code": "cmr",
        "set_name": "Commander Legends",
        "boosters": [{"sheets": {"cmr_common": 13, "cmr_foil": 1}, "weight": 1}],
        "sheets": {
            "cmr_common": {"balance_colors": True, "total_weight": 2, "cards": {"cmr:1": 1, "cmr:100": 1}},
            "cmr_foil": {"total_weight": 6600, "cards": {"cmr:100:foil": 6600}},
        },
    } | changes


def read(document: Any) -> list[dict[str, Any]]:
    """The records of a file."""
    return list(boosters(io.BytesIO(json.dumps(document).encode())))


def test_each_booster_is_counted_with_its_sheets() -> None:
    result = {"code": "cmr", "set_code": "cmr", "name": "Commander Legends", "boosters": 1, "sheets": 2}
    assert read([booster(), booster(code="cmr-collector")]) == [result, result | {"code": "cmr-collector"}]


def test_a_transfers_gzip_is_undone() -> None:
    body = gzip.compress(json.dumps([booster()]).encode())
    assert [one["code"] for one in boosters(io.BytesIO(body))] == ["cmr"]


@pytest.mark.parametrize("sheets", [{}, [], None, "sheets"])
def test_a_booster_without_sheets_lacks_the_field(sheets: Any) -> None:
    assert read([booster(sheets=sheets)])[0]["sheets"] is None


def test_what_is_no_booster_is_a_record_without_fields() -> None:
    assert set(read(["booster"])[0].values()) == {None}


@pytest.mark.parametrize("body", [b"", b"[{", b"{}", b"<html>", b"404: Not Found", b'[{"name": "Caf\xe9"}]'])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(LayoutError):
        list(boosters(io.BytesIO(body)))
