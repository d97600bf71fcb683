"""Products of many kinds against a million seeded openings of each."""

import numpy as np
import pytest
from outcome_products import PRODUCTS

from arb_pipeline.core.outcome.product import Transforms, outcome
from benchmarks.simulation import simulate

RUNS = 1_000_000
MANY_DRAWS = {"play booster box", "draft booster box", "set booster box with a topper", "slots of a pack"} | {
    "a card of $5,000 in 50,000 packs",
    "collector booster box",
    "box of themes",
}
KINDS = [
    pytest.param(name, marks=[pytest.mark.slow] if name in MANY_DRAWS else [], id=name) for name in PRODUCTS
]
"""Boxes take up to a minute to simulate, and a millisecond to compute."""


@pytest.mark.parametrize("name", KINDS)
def test_a_product_of_this_kind_is_worth_what_a_million_openings_say(name):
    bundle, price = PRODUCTS[name]
    result = outcome(bundle, Transforms())
    opened = simulate(bundle, RUNS, np.random.default_rng(20251010))
    error = opened.std() / RUNS**0.5

    assert abs(result.mean - bundle.mean) < 1  # one cent
    assert abs(result.mean - opened.mean()) < 5 * error + 1e-6
    assert result.sd == pytest.approx(opened.std(), rel=0.03)
    assert abs(result.p_above(price) - (opened > price).mean()) < 0.005
    # Where a quantile lies, in shares: half a point, and what lies within 1 % of the sd (lumps are split between
    # points, and those of cards drawn without replacement are moved by the correction).
    near = 0.01 * result.sd + 1e-6
    for p in (0.05, 0.5, 0.95):
        value = result.quantile(p)
        assert (opened < value - near).mean() - 0.005 <= p <= (opened <= value + near).mean() + 0.005


@pytest.mark.parametrize("name", PRODUCTS)
def test_chances_sum_to_one_and_the_mean_to_the_sum(name):
    bundle, _ = PRODUCTS[name]
    result = outcome(bundle, Transforms())

    assert result.chances.min() >= 0
    assert result.chances.sum() == pytest.approx(1, abs=1e-9)
    assert abs(result.mean - bundle.mean) < 0.1
    bars = result.bars(60)
    assert sum(chance for _, _, chance in bars) == pytest.approx(1, abs=1e-9)
