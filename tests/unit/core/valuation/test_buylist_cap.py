"""Net of a copy in a product: a buylist takes its quantity, the rest goes elsewhere."""

from typing import Any

import polars as pl
import pytest
from builders import frame, line_row, net_row
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.contracts.contents import Lines
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.sealed import singles_value
from arb_pipeline.core.valuation.top_cards import top_cards

LIMITED = settings(max_examples=40, deadline=None)
CAPPED = {
    "net_cents": 900.0,
    "channel": "cardkingdom_buylist",
    "wanted": 2,
    "uncapped_net_cents": 800.0,
    "uncapped_channel": "tcgplayer",
}


def lines(*copies: float, **changes: Any) -> pl.DataFrame:
    """Lines of one card in one product, each on a sheet of its own."""
    rows = [line_row(sheet=f"s{n}", expected_copies=expected, **changes) for n, expected in enumerate(copies)]
    return frame(rows, Lines)


def nets(*rows: dict[str, Any]) -> pl.DataFrame:
    return frame([net_row(**row) for row in rows], CardNets)


def test_without_a_cap_every_line_nets_what_its_card_does() -> None:
    result = with_line_nets(lines(10.0, 2.0), nets({}))
    assert result["net_cents"].to_list() == [800.0, 800.0]


def test_a_card_without_a_net_has_none_in_its_lines() -> None:
    unpriced = {"net_cents": None, "reference_cents": None, "channel": None}
    assert with_line_nets(lines(1.0), nets(unpriced))["net_cents"].to_list() == [None]
    assert with_line_nets(lines(1.0, single_product_id="other"), nets(CAPPED))["net_cents"].to_list() == [
        None
    ]


@pytest.mark.parametrize(
    ("copies", "per_copy"),
    [
        ((1.0,), 900),
        ((2.0,), 900),  # as many as are wanted
        ((2.5,), 880),  # (2 x 900 + 0.5 x 800) / 2.5
        ((10.0,), 820),  # (2 x 900 + 8 x 800) / 10
        ((1.0, 1.0), 900),
        ((1.5, 2.5), 850),  # 4 together: (2 x 900 + 2 x 800) / 4
    ],
)
def test_copies_beyond_those_wanted_net_less(copies: tuple[float, ...], per_copy: float) -> None:
    result = with_line_nets(lines(*copies), nets(CAPPED))["net_cents"].to_list()
    assert result == pytest.approx([per_copy] * len(copies))


def test_each_product_and_each_card_is_counted_apart() -> None:
    rows = pl.concat(
        [
            lines(10.0),
            lines(2.0, sealed_product_id="pack"),
            lines(10.0, single_product_id="b"),
            lines(10.0, is_foil=True),
        ]
    )
    of = nets(CAPPED, {"single_product_id": "b"}, CAPPED | {"is_foil": True, "wanted": 10})
    assert with_line_nets(rows, of)["net_cents"].to_list() == pytest.approx([820, 900, 800, 900])


def test_nothing_of_a_line_is_lost_or_moved() -> None:
    before = pl.concat([lines(10.0), lines(1.0, single_product_id="b")])
    assert with_line_nets(before, nets(CAPPED)).drop("net_cents").equals(before)


def test_no_lines_have_no_nets() -> None:
    assert with_line_nets(lines(), nets(CAPPED)).height == 0


def test_the_value_of_a_product_knows_the_cap() -> None:
    # 2 x 9.00 + 8 x 8.00, its whole net unproven: nobody traded the card.
    row = singles_value(lines(4.0, 6.0), nets(CAPPED | {"days_moved": 0}), untraded_days=13).row(
        0, named=True
    )
    assert row["net"] == pytest.approx(8200)
    assert row["unproven"] == pytest.approx(8200)
    assert row["cv_weighted"] == pytest.approx(8200 * 0.02)
    assert (row["gross"], row["copies"], row["priced_copies"]) == (10_000, 10, 10)


@pytest.mark.parametrize(
    ("copies", "channel"), [(2.0, "cardkingdom_buylist"), (3.0, "cardkingdom_buylist x2, then tcgplayer")]
)
def test_the_blend_is_stated_where_cards_are_shown(copies: float, channel: str) -> None:
    top = top_cards(lines(copies), nets(CAPPED), ["box"], n=5).row(0, named=True)
    assert top["channel"] == channel
    assert top["value_cents"] == pytest.approx(2 * 900 + (copies - 2) * 800)


@LIMITED
@given(
    st.lists(st.floats(0.001, 30), min_size=1, max_size=4),
    st.integers(1, 20),
    st.floats(1, 5000),
    st.floats(0, 1),
)
def test_a_product_nets_the_wanted_copies_and_the_rest(
    copies: list[float], wanted: int, net: float, share: float
) -> None:
    card = CAPPED | {"wanted": wanted, "net_cents": net, "uncapped_net_cents": net * share}
    result = with_line_nets(lines(*copies), nets(card))
    total = sum(copies)
    expected = min(total, wanted) * net + max(total - wanted, 0) * net * share
    assert (result["net_cents"] * result["expected_copies"]).sum() == pytest.approx(expected)
