"""Risk, competition, rank."""

from typing import Any

import polars as pl
import pytest
from builders import parameters

from arb_pipeline.core.valuation.ranking import competition_level, confidence_rank, risk_level

RISK = parameters().risk


def ranked(**changes: Any) -> dict[str, Any]:
    """Levels and rank of one valuation."""
    row = {"confidence_score": 0.8, "margin_bps": 5000, "p_profit": 1.0, "seller_count": 5} | changes
    schema = {"confidence_score": pl.Float64, "margin_bps": pl.Int64, "p_profit": pl.Float64}
    schema |= {"seller_count": pl.Int32}
    frame = pl.DataFrame([row], schema=schema, orient="row")
    frame = frame.with_columns(risk_level=risk_level(RISK), competition_level=competition_level(RISK))
    return frame.with_columns(rank_score=confidence_rank(RISK)).row(0, named=True)


@pytest.mark.parametrize(
    ("confidence", "bps", "level"),
    [
        (0.80, 5000, "low"),
        (0.79, 5000, "medium"),
        (0.80, 4999, "medium"),
        (0.60, 3000, "medium"),
        (0.59, 9000, "high"),
        (0.99, 2999, "high"),
        (0.99, None, "high"),
    ],
)
def test_risk_asks_for_both_confidence_and_margin(confidence: float, bps: int | None, level: str) -> None:
    assert ranked(confidence_score=confidence, margin_bps=bps)["risk_level"] == level


@pytest.mark.parametrize(
    ("sellers", "level"),
    [(0, "low"), (5, "low"), (6, "medium"), (20, "medium"), (21, "high"), (None, "unknown")],
)
def test_competition_comes_from_the_sellers(sellers: int | None, level: str) -> None:
    assert ranked(seller_count=sellers)["competition_level"] == level


@pytest.mark.parametrize(
    ("confidence", "bps", "score"),
    [
        (0.8, 10_000, 0.8),  # low risk: 0.8 x log2(2) x 1
        (0.7, 10_000, 0.49),  # medium: 0.7 x 1 x 0.7
        (0.5, 30_000, 0.4),  # high: 0.5 x log2(4) x 0.4
        (0.5, 0, 0.0),
        (0.5, -5000, -0.2),  # 0.5 x log2(1/2) x 0.4
    ],
)
def test_rank_is_confidence_times_the_doublings_of_the_money_times_the_risk_weight(
    confidence: float, bps: int, score: float
) -> None:
    assert ranked(confidence_score=confidence, margin_bps=bps)["rank_score"] == pytest.approx(score)


def test_of_two_alike_the_one_that_pays_oftener_ranks_higher() -> None:
    # 0.8 x 0.6 x log2(2) x 1 and 0.8 x 0.45.
    assert ranked(margin_bps=10_000, p_profit=0.6)["rank_score"] == pytest.approx(0.48)
    assert ranked(margin_bps=10_000, p_profit=0.45)["rank_score"] == pytest.approx(0.36)


def test_without_an_outcome_there_is_no_rank() -> None:
    assert ranked(p_profit=None)["rank_score"] is None


@pytest.mark.parametrize("bps", [None, -10_000, -12_000])
def test_without_a_margin_or_below_a_total_loss_there_is_no_rank(bps: int | None) -> None:
    assert ranked(margin_bps=bps)["rank_score"] is None
