"""Bars of a distribution, as the terminal and the chart draw them."""

import numpy as np
import pytest

from arb_pipeline.core.outcome.distribution import Outcome


def test_bars_hold_all_chances_and_no_less_than_none():
    result = Outcome(np.array([1.0, 2.0, 9.0]), np.array([0.5, 0.25, 0.25]), sd=1.0)
    bars = result.bars(4)

    assert [(low, high) for low, high, _ in bars] == [(1, 3), (3, 5), (5, 7), (7, 9)]
    assert [chance for _, _, chance in bars] == [0.75, 0, 0, 0.25]
    assert all(np.copysign(1, chance) == 1 for _, _, chance in bars)  # no -0.00% in a terminal


def test_a_constant_is_one_bar():
    assert Outcome(np.array([7.0]), np.ones(1), sd=0.0).bars(60) == [(7, 7, 1)]


def test_what_lies_far_out_counts_in_the_end_bars():
    chances = np.full(10_001, 1 / 10_001)
    bars = Outcome(np.arange(10_001.0), chances, sd=1.0, step=1.0).bars(10, tail=0.1)

    assert (bars[0][0], bars[-1][1]) == pytest.approx((1000, 9000), abs=1)
    assert [chance for _, _, chance in bars] == pytest.approx([0.18, *[0.08] * 8, 0.18], abs=0.001)
