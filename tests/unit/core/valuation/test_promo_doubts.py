"""Doubts about promo cards: prices that may be those of another card."""

from typing import Any

import polars as pl

from arb_pipeline.contracts.contents import Completeness
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.valuation.promo_doubts import promo_prices
from tests.unit.builders import completeness_row, frame, net_row

PLAIN, STAMPED = "plain:normal", "stamped:normal"


def doubt(prices: dict[str, int | None], cards: list[str], dearer: list[str | None]) -> dict[str, Any] | None:
    """The row of a product with these promo cards."""
    nets = [
        net_row(single_product_id=card.partition(":")[0], reference_cents=cents)
        for card, cents in prices.items()
    ]
    row = completeness_row(promo_card_ids=cards, dearer_card_ids=dearer)
    rows = promo_prices(frame([row], Completeness), frame(nets, CardNets)).collect().to_dicts()
    return rows[0] if rows else None


def test_a_plain_promo_that_costs_more_than_the_stamped_one_is_crossed() -> None:
    # Eevee 173 on 2025-10-15: 101.87 plain, 13.01 stamped.
    row = doubt({PLAIN: 10_187, STAMPED: 1301}, [PLAIN, STAMPED], [STAMPED, None])
    assert row == {"product_id": "box", "promo_cents": 10_187, "promos_unpriced": 0, "promos_crossed": True}


def test_the_right_way_round_is_no_doubt() -> None:
    # Snorlax 051: 16.34 plain, 257.27 stamped.
    row = doubt({PLAIN: 1634, STAMPED: 25_727}, [PLAIN, STAMPED], [STAMPED, None])
    assert row is not None
    assert (row["promo_cents"], row["promos_crossed"]) == (25_727, False)


def test_copies_of_one_card_add_up() -> None:
    # The ten boxes of a case: 10 x 7.89.
    row = doubt({PLAIN: 789}, [PLAIN] * 10, [None] * 10)
    assert row is not None
    assert row["promo_cents"] == 7890


def test_without_a_price_nothing_is_crossed_and_the_card_is_counted() -> None:
    row = doubt({PLAIN: None}, [PLAIN], [STAMPED])
    assert row is not None
    assert (row["promo_cents"], row["promos_unpriced"], row["promos_crossed"]) == (0, 1, False)


def test_a_product_without_promo_cards_has_no_row() -> None:
    assert doubt({PLAIN: 789}, [], []) is None


def test_the_columns_are_those_that_the_valuation_joins() -> None:
    rows = promo_prices(frame([], Completeness), frame([], CardNets)).collect()
    assert rows.schema == {
        "product_id": pl.String,
        "promo_cents": pl.Float64,
        "promos_unpriced": pl.UInt32,
        "promos_crossed": pl.Boolean,
    }
