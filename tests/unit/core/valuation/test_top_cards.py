"""Top cards: the highest-value cards per product."""

from typing import Any

import polars as pl
import pytest
from builders import DAY, frame, line_row, net_row

from arb_pipeline.contracts.contents import Lines
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.valuation.top_cards import LISTED, breakdown


def valued(**values: int | None) -> pl.DataFrame:
    """Products and their net value in cents; null: no value."""
    rows = [
        {"product_id": name, "as_of": DAY, "singles_value_cents": cents} for name, cents in values.items()
    ]
    return pl.DataFrame(
        rows, schema={"product_id": pl.String, "as_of": pl.Date, "singles_value_cents": pl.Int64}
    )


def carried(lines: list[dict[str, Any]], nets: list[dict[str, Any]], **values: int | None) -> pl.DataFrame:
    return breakdown(frame(lines, Lines), frame(nets, CardNets), valued(**values))


def test_cards_come_by_value_with_their_share_of_all_cards():
    """Card a: 2.5 + 0.5 copies on two sheets x $8.00 = $24.00. Card b: 1 x $5.554 = $5.554; c nets nothing.

    In all 29.554: shares 0.812073 and 0.187927.
    """
    lines = [
        line_row(single_product_id="b", expected_copies=1.0),
        line_row(single_product_id="a", expected_copies=2.5, sheet="rare"),
        line_row(single_product_id="a", expected_copies=0.5, sheet="foil"),
        line_row(single_product_id="c", expected_copies=30.0),
    ]
    nets = [
        net_row(single_product_id="a"),
        net_row(single_product_id="b", reference_cents=700, net_cents=555.4),
        net_row(single_product_id="c", reference_cents=5, net_cents=0.0, channel="bulk"),
    ]
    result = carried(lines, nets, box=2955)

    columns = [
        "rank",
        "single_product_id",
        "printing",
        "expected_copies",
        "price_cents",
        "net_cents",
        "value_cents",
    ]
    assert result.select(columns).rows() == [
        (1, "a", "normal", 3.0, 1000, 800, 2400),
        (2, "b", "normal", 1.0, 700, 555, 555),
    ]
    assert result["value_share"].to_list() == pytest.approx([24 / 29.554, 5.554 / 29.554], abs=5e-7)
    assert result["as_of"].unique().to_list() == [DAY]


def test_the_first_twenty_are_kept_and_their_shares_are_of_all():
    """25 cards of $1.00 to $25.00: $325.00. The twenty dearest are 6 to 25."""
    lines = [line_row(single_product_id=f"{n:02}", expected_copies=1.0) for n in range(1, 26)]
    nets = [net_row(single_product_id=f"{n:02}", net_cents=100.0 * n) for n in range(1, 26)]
    result = carried(lines, nets, box=32_500)

    assert result["single_product_id"].to_list() == [f"{n:02}" for n in range(25, 25 - LISTED, -1)]
    assert result["rank"].to_list() == list(range(1, 21))
    assert result["value_share"].sum() == pytest.approx(310 / 325, abs=1e-5)


def test_a_foil_is_a_card_of_its_own():
    lines = [line_row(is_foil=True, expected_copies=1.0), line_row(expected_copies=1.0)]
    result = carried(lines, [net_row(is_foil=True, net_cents=900.0), net_row()], box=1700)

    assert result.select("printing", "is_foil", "value_cents").rows() == [
        ("foil", True, 900),
        ("normal", False, 800),
    ]


def test_a_product_without_a_value_has_no_breakdown():
    """Its contents are not known in full: shares of what is known would look like knowledge."""
    assert carried([line_row()], [net_row()], box=None).is_empty()


def test_a_card_without_a_price_is_left_out():
    lines = [line_row(), line_row(single_product_id="b")]
    unpriced = net_row(single_product_id="b", reference_cents=None, net_cents=None, channel=None)
    assert carried(lines, [net_row(), unpriced], box=8000)["single_product_id"].to_list() == ["a"]


def test_products_do_not_mix():
    lines = [line_row(), line_row(sealed_product_id="case", expected_copies=60.0)]
    result = carried(lines, [net_row()], box=8000, case=48_000)

    assert result.select("product_id", "rank", "value_cents", "value_share").rows() == [
        ("box", 1, 8000, 1.0),
        ("case", 1, 48_000, 1.0),
    ]


def test_equal_cards_come_in_the_same_order_whatever_the_order_of_lines():
    lines = [line_row(single_product_id=name, expected_copies=1.0) for name in "dbca"]
    nets = [net_row(single_product_id=name) for name in "abcd"]

    assert carried(lines, nets, box=3200)["single_product_id"].to_list() == ["a", "b", "c", "d"]
