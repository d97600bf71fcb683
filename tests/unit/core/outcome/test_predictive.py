"""The distribution of the net value at the sale: contents times movement, worked by hand."""

from math import cosh, exp, sinh, sqrt

import numpy as np
import pytest

from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.movement import Movement
from arb_pipeline.core.outcome.predictive import Predictive

UNIFORM = Movement(np.array([0.0, 1.0]), np.array([-0.2, 0.2]), comparable=998)
"""The log of the factor is uniform on -0.2 to 0.2."""


def constant(cents: float) -> Outcome:
    return Outcome(np.array([cents]), np.ones(1), sd=0.0)


def coin(cents: float) -> Outcome:
    """Nothing, or `cents`: one time in two each."""
    return Outcome(np.array([0.0, cents]), np.array([0.5, 0.5]), sd=cents / 2)


def test_guaranteed_contents_have_the_spread_of_the_prices() -> None:
    # The 5 % quantile of the log is -0.2 + 0.05 x 0.4 = -0.18; the median is 0.
    result = Predictive(constant(1000.0), UNIFORM)

    assert result.quantile(0.05) == pytest.approx(1000 * exp(-0.18))
    assert result.quantile(0.5) == pytest.approx(1000)
    assert result.quantile(0.95) == pytest.approx(1000 * exp(0.18))


def test_the_chance_of_profit_of_guaranteed_contents_is_that_of_the_factor() -> None:
    # A price of 1000 e^0.1 is exceeded by a quarter of the factors, one of 1000 e^-0.1 by three quarters.
    result = Predictive(constant(1000.0), UNIFORM)

    assert result.p_above(1000 * exp(0.1)) == pytest.approx(0.25)
    assert result.p_above(1000 * exp(-0.1)) == pytest.approx(0.75)


def test_random_contents_and_prices_spread_together() -> None:
    # Above 1000: the coin falls right (1/2) and the price rises (1/2). 5 % of sales are above x where the
    # factor is above its 90 % quantile: log 0.16.
    result = Predictive(coin(1000.0), UNIFORM)

    assert result.p_above(1000.0) == pytest.approx(0.25)
    assert result.below(0.0) == pytest.approx(0.5)
    assert result.quantile(0.95) == pytest.approx(1000 * exp(0.16), rel=1e-6)
    assert result.quantile(0.5) == pytest.approx(0, abs=1e-3)


def test_the_standard_deviation_is_that_of_a_product_of_independent_parts() -> None:
    # E M = sinh(0.2) / 0.2, E M^2 = sinh(0.4) / 0.4; E X = 500, E X^2 = 500,000.
    mean, squares = sinh(0.2) / 0.2, sinh(0.4) / 0.4
    result = Predictive(coin(1000.0), UNIFORM)

    assert result.mean == pytest.approx(500 * mean)
    assert result.contents_sd == 500
    assert result.price_sd == pytest.approx(500 * sqrt(squares - mean**2))
    assert result.sd == pytest.approx(sqrt(500_000 * squares - (500 * mean) ** 2))


def test_what_lies_beyond_the_table_counts_once_in_the_spread() -> None:
    # 1 % at 1 / e and 1 % at e, all others between -0.1 and 0.1: in half of them the log is uniform.
    steps = Movement(
        np.array([0.01, 0.01 + 1e-12, 0.99 - 1e-12, 0.99]), np.array([-1.0, -0.1, 0.1, 1.0]), comparable=998
    )
    # E M = 0.02 cosh 1 + 0.98 sinh(0.1) / 0.1; E M^2 = 0.02 cosh 2 + 0.98 sinh(0.2) / 0.2.
    mean = 0.02 * cosh(1) + 0.98 * sinh(0.1) / 0.1
    squares = 0.02 * cosh(2) + 0.98 * sinh(0.2) / 0.2

    assert steps.mean == pytest.approx(mean)
    assert steps.nodes.mean() == pytest.approx(mean)
    assert steps.variance == pytest.approx(squares - mean**2)
    # E log^2 = 0.02 x 1 + 0.98 x 0.1^2 / 3 = 0.0232667.
    assert steps.log_sd == pytest.approx(sqrt(0.02 + 0.98 * 0.01 / 3))


def test_a_movement_of_one_log_has_no_spread() -> None:
    still = Movement(np.array([0.1, 0.9]), np.array([0.0, 0.0]), comparable=998)

    assert (still.mean, still.variance, still.log_sd) == (1.0, 0.0, 0.0)
    assert still.nodes.tolist() == [1.0] * len(still.nodes)


def test_a_grid_and_a_list_of_the_same_values_agree() -> None:
    values = np.arange(1, 2049, dtype=np.float64)
    chances = np.full(2048, 1 / 2048)
    listed = Predictive(Outcome(values, chances, sd=591.2), UNIFORM)
    grid = Predictive(Outcome(values, chances, sd=591.2, step=1.0), UNIFORM)

    for p in (0.05, 0.5, 0.95):
        assert grid.quantile(p) == pytest.approx(listed.quantile(p), rel=2e-3)
    for price in (100.0, 900.0, 1_800.0):
        assert grid.p_above(price) == pytest.approx(listed.p_above(price), abs=1e-3)


@pytest.mark.parametrize(("comparable", "least"), [(998, 0.001), (21, 1 / 23), (0, 0.5)])
def test_no_chance_is_surer_than_its_sample(comparable: int, least: float) -> None:
    # n comparable cases without a miss: (n + 1) / (n + 2) is the most that may be claimed.
    movement = Movement(np.array([0.0, 1.0]), np.array([-0.2, 0.2]), comparable)
    result = Predictive(constant(1000.0), movement)

    assert result.p_above(1.0) == pytest.approx(1 - least)
    assert result.p_above(9_000.0) == pytest.approx(least)


def test_what_lies_beyond_the_cut_of_the_table_is_at_the_cut() -> None:
    # 10 % of the factors are below e^-0.1 in the sample: they count at e^-0.1, so that it is never undercut.
    cut = Movement(np.array([0.1, 0.9]), np.array([-0.1, 0.1]), comparable=1_000_000)
    result = Predictive(constant(1000.0), cut)

    assert result.quantile(0.05) == pytest.approx(1000 * exp(-0.1))
    assert result.p_above(1000 * exp(-0.1) - 0.01) == pytest.approx(1, abs=2e-6)
    assert result.p_above(1000 * exp(-0.1) + 0.01) == pytest.approx(0.9, abs=1e-3)


def test_doubt_adds_to_the_spread_as_squares_do() -> None:
    # A log uniform on +-0.2 has a standard deviation of 0.4 / sqrt(12); twice that in doubt: sqrt(5) as wide.
    own = 0.4 / sqrt(12)
    wider = UNIFORM.widened(1.0, 2 * own)

    assert wider.logs == pytest.approx([-0.2 * sqrt(5), 0.2 * sqrt(5)], rel=1e-3)
    assert UNIFORM.widened(3.0).logs == pytest.approx([-0.6, 0.6])


def test_the_highest_price_for_a_chance_is_the_quantile_of_the_rest() -> None:
    result = Predictive(constant(1000.0), UNIFORM)

    assert result.break_even(0.8) == pytest.approx(1000 * exp(-0.2 + 0.2 * 0.4))
    assert result.p_above(result.break_even(0.8)) == pytest.approx(0.8)


def test_bars_hold_all_chances() -> None:
    result = Predictive(coin(1000.0), UNIFORM).bars(10)

    assert sum(chance for _, _, chance in result) == pytest.approx(1)
    assert result[0][2] == pytest.approx(0.5)
