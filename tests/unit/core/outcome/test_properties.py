"""Properties of every product, by Hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.packs import Configuration, Pack, Sheet
from arb_pipeline.core.outcome.product import Transforms, outcome

LIMITED = settings(max_examples=40, deadline=None)
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
CLOSE = 0.005
"""Between two grids a chance may differ by half a point: each spreads a sum by some of its own steps."""


@st.composite
def sheets(draw):
    n = draw(st.integers(1, 12))
    values = np.array(draw(st.lists(st.floats(0, 50_000, allow_subnormal=False), min_size=n, max_size=n)))
    if draw(st.booleans()):
        return Sheet(values, np.full(n, 1 / n), population=n)
    weights = np.array(draw(st.lists(st.floats(0.001, 100), min_size=n, max_size=n)))
    return Sheet(values, weights / weights.sum())


@st.composite
def packs(draw):
    weights = draw(st.lists(st.floats(0.01, 10), min_size=1, max_size=3))
    taken = st.lists(st.tuples(sheets(), st.integers(1, 5)), max_size=3).map(tuple)
    return Pack(
        tuple(Configuration(w / sum(weights), draw(taken), draw(st.floats(0, 1000))) for w in weights)
    )


@st.composite
def bundles(draw, *, deep: bool = True):
    held = draw(st.lists(st.tuples(packs(), st.integers(1, 36)), max_size=2))
    mixtures = []
    if deep:
        for _ in range(draw(st.integers(0, 2))):
            alternatives = tuple(draw(st.lists(bundles(deep=False), min_size=1, max_size=5)))
            weights = tuple(draw(st.sampled_from([1.0, 2.0, 5.0])) for _ in alternatives)
            k = draw(st.integers(1, len(alternatives)))
            mixtures.append((Mixture(alternatives, weights, k, draw(st.booleans())), draw(st.integers(1, 2))))
    return Bundle(draw(st.floats(0, 10_000)), tuple(held), tuple(mixtures))


def of(bundle: Bundle) -> Outcome:
    return outcome(bundle, Transforms())


def scaled(bundle: Bundle, by: float) -> Bundle:
    """Every value times `by`."""

    def sheet(s: Sheet) -> Sheet:
        return Sheet(s.values * by, s.chances, s.population)

    def pack(p: Pack) -> Pack:
        return Pack(
            tuple(
                Configuration(c.chance, tuple((sheet(s), n) for s, n in c.taken), c.constant * by)
                for c in p.configurations
            )
        )

    mixtures = tuple(
        (Mixture(tuple(scaled(a, by) for a in m.alternatives), m.weights, m.draws, m.replacement), n)
        for m, n in bundle.mixtures
    )
    return Bundle(bundle.constant * by, tuple((pack(p), n) for p, n in bundle.packs), mixtures)


@given(bundles())
@LIMITED
def test_chances_sum_to_one_and_the_mean_is_the_sum(bundle):
    result = of(bundle)

    assert result.chances.min() >= 0
    assert result.chances.sum() == pytest.approx(1, abs=1e-9)
    assert result.mean == pytest.approx(bundle.mean, abs=0.1)
    spread = float(((result.values - result.mean) ** 2) @ result.chances) ** 0.5
    assert spread >= result.sd * (1 - 1e-6) - 1e-3  # splitting values only widens the grid's own
    assert spread <= result.sd * 1.05 + 1e-3
    assert result.p_above(bundle.low - result.step - 1) == pytest.approx(1)


@given(bundles())
@LIMITED
def test_quantiles_and_chances_above_agree_and_never_fall(bundle):
    result = of(bundle)
    values = [result.quantile(p) for p in QUANTILES]

    assert values == sorted(values)
    for p, value in zip(QUANTILES, values, strict=True):
        assert result.p_above(value + result.step) <= 1 - p + 1e-9
        assert result.p_above(value - result.step - 1e-6) >= 1 - p - 1e-9
        assert result.break_even(1 - p) == pytest.approx(value)


@given(bundles())
@LIMITED
def test_the_order_of_parts_does_not_matter(bundle):
    packs_ = [
        (Pack(tuple(Configuration(c.chance, c.taken[::-1], c.constant) for c in p.configurations[::-1])), n)
        for p, n in reversed(bundle.packs)
    ]
    turned = Bundle(bundle.constant, packs_, bundle.mixtures[::-1])
    one, other = of(bundle), of(turned)

    assert other.mean == pytest.approx(one.mean, abs=0.1)
    assert other.sd == pytest.approx(one.sd, rel=1e-6, abs=1e-3)
    step = max(one.step, other.step)
    for p in QUANTILES:
        assert one.p_above(other.quantile(p) - step - 1e-3) >= 1 - p - 1e-6
        assert one.p_above(other.quantile(p) + step + 1e-3) <= 1 - p + 1e-6


@given(bundles(), st.floats(0, 5_000), st.integers(0, 3))
@LIMITED
def test_more_cards_and_more_packs_never_lower_a_value(bundle, more, copies):
    grown = Bundle(bundle.constant + more, [(p, n + copies) for p, n in bundle.packs], bundle.mixtures)
    one, other = of(bundle), of(grown)
    step = 1.5 * (one.step + other.step)

    assert other.mean >= one.mean - 0.2
    for p in QUANTILES:
        assert other.p_above(one.quantile(p) - step - 1e-3) >= 1 - p - CLOSE


@given(bundles(), st.sampled_from([0.5, 2.0, 3.7]))
@LIMITED
def test_scaled_prices_scale_the_outcome(bundle, by):
    one, other = of(bundle), of(scaled(bundle, by))
    step = 1.5 * (one.step * by + other.step)

    assert other.mean == pytest.approx(one.mean * by, abs=0.2 * (1 + by))
    assert other.sd == pytest.approx(one.sd * by, rel=1e-6, abs=1e-3)
    for p in QUANTILES:
        assert other.p_above(one.quantile(p) * by - step - 0.01) >= 1 - p - CLOSE
        assert other.p_above(one.quantile(p) * by + step + 0.01) <= 1 - p + CLOSE
