"""Rows of a price list as their table keeps them, and on their way from a worker to the API."""

from decimal import Decimal

from arb_pipeline.core.valuation.what_if import Answer, Assessment, Figures, MarketOffer, Purchase
from arb_pipeline.services.catalogue import ProductView
from arb_pipeline.services.price_list import PriceListRow
from arb_pipeline.services.price_list_jobs import CandidateView, ValuedRow, _stored, _valued_row
from arb_pipeline.services.what_if import Valuation

BOX = CandidateView(product_id="b", name="Box", set_code="TST")


def row(**changes):
    values = {"line": 3, "cells": {"Item": "Box", "Price": "50"}, "given": {"name": "Box"}, "reason": None}
    return PriceListRow(**values | {"result": "valued", "matched_by": "name"} | changes)


def valuation() -> Valuation:
    """Two boxes at $50 net $130: a profit of $30, 30 % of the cost. At most $129, with 80 % $122.50."""
    figures = Figures(
        *(2, 10_000, 1, 13_000, 3_000, 3_000),
        *(1, 1, 1, 1, 1, 1, 1),
        p_profit=0.9,
        break_even={0.5: 12_900, 0.8: 12_250},
        bars=(),
        horizon_days=14,
    )
    assessment = Assessment(
        **dict.fromkeys(("market_price_cents", "priced_share", "seller_count")),
        **dict.fromkeys(("confidence_score", "price_stability", "seller_count_factor"), 0.5),
        **dict.fromkeys(("volume_history", "margin_size"), 0.5),
        missing_factors=(),
        risk_level="low",
        competition_level="low",
        flags=("worth_closed",),
        published=True,
        why="it is",
    )
    answer = Answer(
        purchase=Purchase("b", 5_000, 2),
        assessment=assessment,
        one=figures,
        all=figures,
        market=MarketOffer(None, None),
        unknown=(),
        is_suspect=False,
    )
    product = ProductView(product_id="b", name="Box", set_code="TST", category="mtg", tcg_product_id=None)
    return Valuation(answer.purchase, product, None, answer)


def test_a_row_without_a_product_keeps_its_reason_and_candidates_and_no_figure():
    unmatched = row(result="several products", reason="2 fit", matched_by=None, candidates=("b", "gone"))

    stored = _stored(_valued_row(unmatched, {"b": BOX}, 0.8))

    assert (stored["state"], stored["rank"], stored["profit"]) == ("unmatched", None, None)
    assert stored["result"] == {
        "reason_code": "several products",
        "reason": "2 fit",
        "matched_by": None,
        "candidates": ({"product_id": "b", "name": "Box", "set_code": "TST"},),
    }


def test_a_valued_row_keeps_money_as_text_and_ranks_by_chance_times_profit():
    stored = _stored(_valued_row(row(valuation=valuation()), {}, 0.8))

    assert (stored["state"], stored["profit"], stored["rank"]) == ("valued", Decimal(30), 27.0)
    result = stored["result"]
    assert (result["cost"], result["net_value"], result["profit"]) == ("100.00", "130.00", "30.00")
    assert (result["break_even_50"], result["break_even_at_chance"]) == ("64.50", "61.25")
    assert result["is_worth_buying"] is True
    assert "reason_code" in result


def test_a_row_comes_back_from_a_worker_as_it_left():
    for sent in (
        _valued_row(row(valuation=valuation()), {}, 0.8),
        _valued_row(row(result="no product", reason="none", matched_by=None), {}, 0.8),
    ):
        back = ValuedRow.model_validate_json(sent.model_dump_json(exclude_unset=True))
        assert _stored(back) == _stored(sent)
