"""Every statistic of a backtest on rows small enough to work by hand."""

from math import sqrt

import polars as pl
import pytest

from arb_pipeline.core.backtest.calibration import Bin, bins, brier, is_rising
from arb_pipeline.core.backtest.estimates import (
    Estimate,
    estimated,
    gain,
    mean_of,
    rank_correlation,
    varies,
    wilson,
)
from arb_pipeline.core.backtest.factor_scores import judged


def rows(**columns: list[float | None]) -> pl.DataFrame:
    """A product per row."""
    n = len(next(iter(columns.values())))
    margins = {"margin_bps": [100] * n}
    return pl.DataFrame({"product_id": [f"p{i:02}" for i in range(n)], **margins, **columns})


def test_wilson_of_five_in_ten() -> None:
    # (0.5 + 3.8416 / 20 -+ 1.96 sqrt(0.025 + 3.8416 / 400)) / (1 + 3.8416 / 10)
    assert wilson(0.5, 10) == (pytest.approx(0.23659, abs=1e-5), pytest.approx(0.76341, abs=1e-5))


def test_three_hits_of_three_are_no_certainty() -> None:
    low, high = wilson(1.0, 3)
    assert low == pytest.approx(1 / (1 + 3.8416 / 3))  # 0.4385
    assert high == 1.0


class TestBins:
    def test_shares_per_tenth_of_the_score(self) -> None:
        result = bins(
            rows(score=[0.55, 0.59, 0.6, 1.0, None], came=[1.0, 0.0, 1.0, 1.0, 1.0]), "score", "came"
        )
        assert [(b.low, b.rows, b.share) for b in result] == [(0.5, 2, 0.5), (0.6, 1, 1.0), (0.9, 1, 1.0)]
        assert result[0].forecast == pytest.approx(0.57)

    @pytest.mark.parametrize("score", [n / 100 for n in range(101)])
    def test_a_score_lies_in_its_bin(self, score: float) -> None:
        (result,) = bins(rows(score=[score], came=[1.0]), "score", "came")
        assert round(result.low * 10) == min(round(score * 100) // 10, 9)

    def test_ten_days_of_one_product_are_one_product(self) -> None:
        frame = rows(score=[0.5] * 10, came=[1.0] * 5 + [0.0] * 5)
        alone, together = (
            bins(frame, "score", "came"),
            bins(frame.with_columns(product_id=pl.lit("p")), "score", "came"),
        )
        assert (alone[0].products, together[0].products, together[0].rows) == (10, 1, 10)
        assert (alone[0].share_low, alone[0].share_high) == wilson(0.5, 10)
        assert (together[0].share_low, together[0].share_high) == wilson(0.5, 1)

    def test_whether_the_share_rises(self) -> None:
        def bin_(share: float, products: int = 10) -> Bin:
            return Bin(0.0, 0.1, products, products, 0.05, share, 0.0, 1.0)

        assert is_rising([bin_(0.4), bin_(0.4), bin_(0.9)]) is True
        assert is_rising([bin_(0.4), bin_(0.3), bin_(0.9)]) is False
        assert is_rising([bin_(0.4), bin_(0.3, products=9), bin_(0.9)]) is True  # too small to count
        assert is_rising([bin_(0.4), bin_(0.3, products=9)]) is None


class TestBrier:
    def test_of_certain_contents(self) -> None:
        result = brier(rows(p_profit=[1.0, 1.0, 0.0, 0.0], came_true=[1.0, 0.0, 0.0, 0.0]))
        # One of four wrong: 0.25. Always a quarter: 0.25 x 0.75 = 0.1875. Skill 1 - 0.25 / 0.1875.
        assert result is not None
        assert (result.score, result.base_rate, result.luck) == (Estimate(0.25), 0.25, 0.0)
        assert result.skill.value == pytest.approx(-1 / 3)

    def test_of_random_contents_is_expected(self) -> None:
        result = brier(rows(p_profit=[0.5], came_true=[0.8]))
        # 0.8 x 0.5^2 + 0.2 x 0.5^2 = 0.25; of it 0.8 x 0.2 = 0.16 is luck.
        assert result is not None
        assert (result.score.value, result.luck) == (pytest.approx(0.25), pytest.approx(0.16))

    def test_a_forecast_that_knows_the_chance_loses_to_luck_alone(self) -> None:
        result = brier(rows(p_profit=[0.1, 0.7], came_true=[0.1, 0.7]))
        assert result is not None
        assert result.score.value == pytest.approx(result.luck) == pytest.approx(0.15)  # (0.09 + 0.21) / 2

    def test_its_parts_add_up_to_it(self) -> None:
        # Bins 0.2 (one of two came true; said 0.21 and 0.25) and 0.8 (two of two; said 0.8). Base rate 3/4.
        # Reliability (2 x (0.23 - 0.5)^2 + 2 x (0.8 - 1)^2) / 4; resolution (2 x 0.25^2 + 2 x 0.25^2) / 4.
        scored = rows(p_profit=[0.21, 0.25, 0.8, 0.8], came_true=[1.0, 0.0, 1.0, 1.0])
        result = brier(scored)
        assert result is not None
        assert result.reliability == pytest.approx((2 * 0.0729 + 2 * 0.04) / 4)
        assert result.resolution == pytest.approx(0.0625)
        assert result.uncertainty == pytest.approx(0.1875)
        # (0.79^2 + 0.25^2 + 2 x 0.2^2) / 4 = 0.191650; less 0.05645 - 0.0625 + 0.1875 leaves 0.0102.
        assert result.score.value == pytest.approx(0.19165)
        assert result.within_bins == pytest.approx(0.0102)

    def test_a_call_of_0_or_1_is_that_of_the_margin(self) -> None:
        # Margins of +1 and -1 %, both came true: one call of two is wrong.
        result = brier(rows(p_profit=[0.9, 0.4], came_true=[1.0, 1.0], margin_bps=[100, -100]))
        assert result is not None
        assert result.zero_or_one == 0.5

    def test_without_any_loss_there_is_no_skill_to_tell(self) -> None:
        result = brier(rows(p_profit=[1.0, 1.0], came_true=[1.0, 1.0]))
        assert result is not None
        assert (result.score.value, result.skill) == (0.0, Estimate(None))

    def test_of_nothing(self) -> None:
        assert brier(rows(p_profit=[None], came_true=[1.0])) is None


class TestRankCorrelation:
    def test_spearman_by_hand(self) -> None:
        result = rank_correlation(rows(x=[1.0, 2, 3, 4, 50], y=[2.0, 1, 4, 3, 9]), "x", "y")
        assert result.value == pytest.approx(0.8)  # 1 - 6 x 4 / (5 x 24)
        assert result.verdict == "too few"

    def test_ties_are_ranked_in_the_middle(self) -> None:
        # Ranks 1.5 1.5 3 4 and 1 2 3 4: sums of products of deviations 4.5, of squares 4.5 and 5.
        result = rank_correlation(rows(x=[1.0, 1, 2, 3], y=[1.0, 2, 3, 4]), "x", "y")
        assert result.value == pytest.approx(4.5 / sqrt(4.5 * 5))

    def test_a_score_that_never_varies_has_none(self) -> None:
        assert rank_correlation(rows(x=[1.0] * 20, y=list(range(20))), "x", "y") == Estimate(None)

    def test_what_foretells_has_an_interval_above_0_and_its_reverse_one_below(self) -> None:
        frame = rows(x=[float(n) for n in range(30)], y=[float(n + 7 * (n % 3)) for n in range(30)])
        assert rank_correlation(frame, "x", "y").verdict == "above 0"
        assert rank_correlation(frame.with_columns(x=-pl.col("x")), "x", "y").verdict == "below 0"

    def test_days_of_a_product_do_not_narrow_the_interval(self) -> None:
        frame = rows(x=[float(n) for n in range(12)], y=[float((n * 5) % 12) for n in range(12)])
        once, often = (rank_correlation(f, "x", "y") for f in (frame, pl.concat([frame] * 20)))
        assert once.low is not None
        assert once.high is not None
        assert often.value == pytest.approx(once.value)
        assert (often.low, often.high) == (pytest.approx(once.low), pytest.approx(once.high))

    def test_one_loss_among_thirty_profits_tells_nothing(self) -> None:
        frame = rows(x=[float(n) for n in range(30)], y=[0.0] + [1.0] * 29)
        assert not varies(frame, "y")
        result = rank_correlation(frame, "x", "y")
        assert result.value is not None
        assert result.verdict == "too few"
        assert varies(rows(y=[0.0] * 10 + [1.0] * 20), "y")


def test_a_mean_has_the_interval_of_its_products() -> None:
    # Ten products of mean 1, ten of mean 3: mean 2, standard error 1 / sqrt(20) = 0.2236.
    result = estimated(rows(v=[1.0] * 10 + [3.0] * 10), [pl.lit(1.0) + 0 * pl.col("v"), pl.col("v")], mean_of)
    assert result.value == 2.0
    assert result.low == pytest.approx(2 - 1.96 * 0.2236, abs=0.1)
    assert result.high == pytest.approx(2 + 1.96 * 0.2236, abs=0.1)


def test_what_a_better_rival_adds() -> None:
    frame = rows(good=[float(n) for n in range(20)], bad=[float((n * 7) % 20) for n in range(20)])
    frame = frame.with_columns(y=pl.col("good"))
    assert gain(frame, "good", "bad", "y").verdict == "above 0"
    assert gain(frame, "bad", "good", "y").verdict == "below 0"
    assert gain(frame, "good", "good", "y").value == pytest.approx(0)


def test_factors_are_judged_apart_and_by_what_they_add() -> None:
    truth = [float(n) for n in range(20)]
    noise = [float((n * 7) % 20) for n in range(20)]
    frame = rows(
        y=truth,
        confidence_score=truth,
        guide=truth,
        guide_filled=truth,
        noise=noise,
        noise_filled=noise,
        silent=[None] * 20,
        silent_filled=[0.5] * 20,
    )
    score, guide, noisy, silent = judged(frame, "y", {"guide": 0.5, "noise": 0.3, "silent": 0.2})

    assert (score.weight, score.correlation.value) == (None, pytest.approx(1))
    assert (guide.correlation.verdict, guide.adds.verdict) == ("above 0", "above 0")
    assert noisy.adds.verdict == "below 0"
    assert (silent.rows, silent.correlation, silent.adds) == (0, Estimate(None), Estimate(None))
