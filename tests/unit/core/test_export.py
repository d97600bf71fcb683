"""CSV that a spreadsheet reads and a terminal shows: no text of it is a formula or an escape code."""

import polars as pl
import pytest

from arb_pipeline.core.export import for_csv


@pytest.mark.parametrize(
    "text",
    [
        *("=cmd()", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1"),
        *("\uff1dcmd()", "\uff0b1", "\uff0d1", "\uff20SUM", "\u22121"),  # full width, and a minus sign
        *(" =1", "\u00a0=1", "\u200b=1", '"=1', "\x1b=1", "\ufeff=1"),
    ],
)
def test_a_formula_is_text_in_a_cell_and_in_a_heading(text: str) -> None:
    frame = for_csv(pl.DataFrame({text: [text]}))
    assert frame.columns[0].startswith("'")
    assert frame.item().startswith("'")


@pytest.mark.parametrize("text", ["Box", "5.00", "Magic: 2020", "a=b", "", "Pok\u00e9mon", "(x)"])
def test_other_text_stays_as_it_is(text: str) -> None:
    frame = for_csv(pl.DataFrame({"name": [text]}))
    assert frame.to_dict(as_series=False) == {"name": [text]}


def test_escape_codes_and_hidden_characters_are_left_out() -> None:
    frame = for_csv(pl.DataFrame({"na\x1bme": ["\x1b[31mBox\x07\u202e"], "list": [["a\x00", "b"]]}))
    assert frame.to_dict(as_series=False) == {"name": ["[31mBox"], "list": ["a; b"]}


def test_headings_that_become_alike_stay_apart() -> None:
    assert for_csv(pl.DataFrame({"a\x1b": [1], "a": [2]})).columns == ["a", "a (2)"]
