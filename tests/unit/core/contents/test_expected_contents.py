"""From resolved parts to lines."""

from typing import Any

import polars as pl
import pytest

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.contents import Lines, PackPulls
from arb_pipeline.core.contents.expected_contents import card_rows, lines, singles
from arb_pipeline.core.contents.sealed_graph import CardRef, Part, Resolved

PULLS = pl.DataFrame(
    [("tst-draft", "common", "tst", "1", "nonfoil", 0.75), ("tst-draft", "foil", "tst", "1", "foil", 0.1)],
    schema=empty(PackPulls).schema,
    orient="row",
)


def matched(parts: list[Part], **changes: Any) -> pl.DataFrame:
    """Cards of one product "box", each joined to a product named after its number."""
    return card_rows({"box": Resolved(parts=parts)}, PULLS).with_columns(
        single_product_id=pl.lit("id-") + pl.col("number"),
        is_foil=pl.col("finish") == "foil",
        printing=pl.col("finish").replace("nonfoil", "normal"),
        rarity=pl.lit("rare"),
        name=pl.lit("Card ") + pl.col("number"),
        tcg_product_id=pl.col("number"),
        **changes,
    )


def lines_of(parts: list[Part], **changes: Any) -> list[dict[str, Any]]:
    """The lines, checked against their contract."""
    return (
        conform(lines(matched(parts, **changes)), Lines)
        .with_columns(pl.col("card_id").cast(pl.String))
        .to_dicts()
    )


def card(number: str, finish: str = "nonfoil") -> CardRef:
    return CardRef("tst", number, finish)


def test_a_pack_line_is_packs_times_copies_per_pack() -> None:
    rows = lines_of([Part("tst-draft", 36)])
    assert [(r["sheet"], r["quantity"], r["pull_probability"], r["expected_copies"]) for r in rows] == [
        ("common", 36, pytest.approx(0.75), pytest.approx(27.0)),
        ("foil", 36, pytest.approx(0.1), pytest.approx(3.6)),
    ]
    assert not any(r["guaranteed"] for r in rows)


def test_foil_and_non_foil_of_a_card_are_two_lines() -> None:
    assert [r["card_id"] for r in lines_of([Part("tst-draft", 1)])] == ["id-1:normal", "id-1:foil"]


def test_a_guaranteed_card_counts_its_copies_at_probability_one() -> None:
    row = lines_of([Part(card("7"), 4)])[0]
    assert (row["quantity"], row["guaranteed"], row["pull_probability"], row["expected_copies"]) == (
        4,
        True,
        1.0,
        4.0,
    )


def test_a_card_listed_twice_adds_its_copies() -> None:
    rows = lines_of([Part(card("7"), 4), Part(card("7"), 3)])
    assert [(r["quantity"], r["expected_copies"]) for r in rows] == [(7, 7.0)]


def test_packs_of_one_kind_add_up() -> None:
    assert {r["quantity"] for r in lines_of([Part("tst-draft", 30), Part("tst-draft", 6)])} == {36}


def test_a_pack_that_may_be_there_counts_by_its_chance() -> None:
    # One for certain and one at a half: 1.5 packs of 2 draws, so 0.75 a draw; 0.75 x 0.75 copies each.
    row = lines_of([Part("tst-draft", 1), Part("tst-draft", 1, 0.5, varies=True)])[0]
    assert (row["quantity"], row["pull_probability"]) == (2, pytest.approx(0.5625))
    assert row["expected_copies"] == pytest.approx(1.5 * 0.75)


def test_a_card_of_a_mixture_stays_apart_from_its_guaranteed_copies() -> None:
    rows = lines_of([Part(card("7"), 1), Part(card("7"), 1, 0.25, varies=True)])
    assert [(r["sheet"], r["guaranteed"], r["expected_copies"]) for r in rows] == [
        ("", True, 1.0),
        ("variable", False, 0.25),
    ]


def test_two_printings_of_one_product_add_their_chances() -> None:
    pulls = PULLS.vstack(PULLS.with_columns(number=pl.lit("1a")))
    rows = card_rows({"box": Resolved(parts=[Part("tst-draft", 2)])}, pulls).with_columns(
        single_product_id=pl.lit("id-1"),
        is_foil=pl.col("finish") == "foil",
        printing=pl.col("finish").replace("nonfoil", "normal"),
        rarity=pl.lit("rare"),
    )
    row = conform(lines(rows), Lines).to_dicts()[0]
    # 2 packs x (0.75 + 0.75).
    assert (row["quantity"], row["pull_probability"], row["expected_copies"]) == (
        2,
        pytest.approx(1.5),
        pytest.approx(3.0),
    )


def test_a_product_without_parts_has_no_line() -> None:
    assert lines_of([]) == []


def test_the_order_of_parts_does_not_matter() -> None:
    parts = [
        Part("tst-draft", 3),
        Part(card("7"), 2),
        Part(card("8", "foil"), 1, 0.5, varies=True),
        Part("tst-draft", 1, 0.5, varies=True),
    ]
    assert lines_of(parts) == lines_of(parts[::-1])


def test_each_single_is_priced_once_per_finish() -> None:
    rows = singles(matched([Part("tst-draft", 1), Part(card("1"), 1), Part(card("2", "foil"), 1)])).to_dicts()
    assert [(r["single_product_id"], r["printing"]) for r in rows] == [
        ("id-1", "normal"),
        ("id-1", "foil"),
        ("id-2", "foil"),
    ]
