"""Distributions worked out by hand or published."""

from math import comb

import numpy as np
import pytest
from outcome_products import cards, equal, weighted

from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.packs import Configuration, Pack, Sheet
from arb_pipeline.core.outcome.product import Transforms, _on, outcome, sized


def of(bundle: Bundle) -> Outcome:
    return outcome(bundle, Transforms())


def on_a_grid(bundle: Bundle, step: float, size: int) -> Outcome:
    return _on(Transforms().grid(step, size), bundle, bundle.variance**0.5)


def one_in_forty(n: int) -> Bundle:
    slot = Sheet(np.array([0.0, 100.0]), np.array([39 / 40, 1 / 40]))
    return Bundle(packs=((Pack((Configuration(1.0, ((slot, 3),)),)), n),))


def chances(outcome: Outcome, value: float) -> list[float]:
    """Chances of 0, 1, 2 ... times a value."""
    counts = np.rint(outcome.values / value).astype(int)
    on_point = np.abs(outcome.values - counts * value) < outcome.step / 2 + 1e-9
    return np.bincount(counts[on_point], outcome.chances[on_point]).tolist()


@pytest.mark.parametrize("way", ["listed", "grid"])
def test_a_slot_of_mirrodin_besieged_hits_as_published(way):
    # 108 slots, one in 40 hits: Binomial(108, 1/40).
    box = one_in_forty(36)
    result = of(box) if way == "listed" else on_a_grid(box, 25.0, 1024)

    assert (result.step == 0) == (way == "listed")
    assert [round(100 * p) for p in chances(result, 100.0)[:8]] == [6, 18, 25, 22, 15, 8, 4, 1]
    exact = [comb(108, n) * (1 / 40) ** n * (39 / 40) ** (108 - n) for n in range(12)]
    assert chances(result, 100.0)[:12] == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(
    ("rarity", "pulled"), [("DR", 4.90), ("UR", 2.39), ("IR", 2.74), ("SIR", 1.13), ("HR", 0.69)]
)
def test_pulls_of_36_packs_of_obsidian_flames_are_those_published(rarity, pulled):
    # Rare slot: plain, DR, UR; second reverse slot: reverse, IR, SIR, HR. % of packs.
    slots = [
        {"plain": 79.76, "DR": 13.61, "UR": 6.63},
        {"reverse": 87.35, "IR": 7.60, "SIR": 3.13, "HR": 1.92},
    ]
    sheets = [
        Sheet(np.array([1.0 * (name == rarity) for name in slot]), np.array(list(slot.values())) / 100)
        for slot in slots
    ]
    pack = Pack((Configuration(1.0, tuple((sheet, 1) for sheet in sheets)),))
    result = of(Bundle(packs=((pack, 36),)))

    assert result.mean == pytest.approx(pulled, abs=0.006)
    # One draw per slot: the count is binomial.
    p = result.mean / 36
    assert result.sd == pytest.approx((36 * p * (1 - p)) ** 0.5)
    assert 1 - result.p_above(0.5) == pytest.approx((1 - p) ** 36)


def test_guaranteed_cards_have_no_spread():
    result = of(Bundle(constant=4310.4))

    assert (result.mean, result.sd, [result.quantile(p) for p in (0.05, 0.5, 0.95)]) == (
        4310.4,
        0,
        [4310.4] * 3,
    )
    assert (result.p_above(4310.0), result.p_above(4310.4), result.p_above(4311.0)) == (1, 0, 0)


def test_guaranteed_cards_shift_the_outcome():
    pack = Pack((Configuration(1.0, ((weighted({0: 1, 10: 1}), 1),)),))
    result = of(Bundle(25.5, ((pack, 2),)))

    assert result.values.tolist() == [25.5, 35.5, 45.5]
    assert result.chances.tolist() == [0.25, 0.5, 0.25]


def test_a_pack_is_one_of_its_configurations():
    # Without the second sheet 3/4 of the time: 1 or 2; with it 1/4 of the time: 11 or 12.
    one, ten = weighted({1: 1, 2: 1}), weighted({10: 1})
    pack = Pack((Configuration(0.75, ((one, 1),)), Configuration(0.25, ((one, 1), (ten, 1)))))
    result = of(Bundle(packs=((pack, 1),)))

    assert dict(zip(result.values, result.chances, strict=True)) == {1: 0.375, 2: 0.375, 11: 0.125, 12: 0.125}
    grid = on_a_grid(Bundle(packs=((pack, 1),)), 1.0, 64)
    assert grid.chances[[0, 1, 10, 11]] == pytest.approx([0.375, 0.375, 0.125, 0.125])
    assert grid.sd == pytest.approx((0.25 + 100 * 3 / 16) ** 0.5)


def test_a_value_between_two_points_is_split_so_that_the_mean_is_exact():
    pack = Pack((Configuration(1.0, ((weighted({0: 1, 10.75: 1}), 1),)),))
    result = on_a_grid(Bundle(packs=((pack, 1),)), 1.0, 64)

    assert result.chances[[0, 10, 11]] == pytest.approx([0.5, 0.125, 0.375])
    assert result.mean == pytest.approx(5.375)


@pytest.mark.parametrize(("taken", "variance"), [(1, 6.0), (2, 8.0), (3, 6.0), (4, 0.0)])
def test_equal_cards_drawn_without_replacement_vary_less(taken, variance):
    # Of 1, 2, 2, 7 (mean 3, variance (4 + 1 + 1 + 16) / 4 = 5.5): k x 5.5 x (4 - k) / 3.
    sheet = equal({1: 1, 2: 2, 7: 1})
    bundle = Bundle(packs=((Pack((Configuration(1.0, ((sheet, taken),)),)), 1),))
    expected = taken * 5.5 * (4 - taken) / 3 if taken > 1 else 5.5
    result = on_a_grid(bundle, 0.01, 8192)

    assert bundle.variance == pytest.approx(expected)
    assert result.mean == pytest.approx(3 * taken)
    assert result.values.std() > 0
    spread = float(((result.values - result.mean) ** 2) @ result.chances)
    assert spread == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("way", ["listed", "grid"])
def test_two_of_four_are_six_pairs(way):
    # 1, 2, 4, 8: 3, 5, 9, 6, 10, 12.
    mixture = Mixture(tuple(cards(v) for v in (1, 2, 4, 8)), (1.0,) * 4, draws=2)
    bundle = Bundle(mixtures=((mixture, 1),))
    result = of(bundle) if way == "listed" else on_a_grid(bundle, 1.0, 64)
    hit = result.chances > 1e-9

    assert result.values[hit].tolist() == [3, 5, 6, 9, 10, 12]
    assert result.chances[hit] == pytest.approx([1 / 6] * 6)
    # Mean 7.5; squares 20.25 + 6.25 + 2.25 + 2.25 + 6.25 + 20.25 = 57.5, of 6.
    assert (result.mean, result.sd) == pytest.approx((7.5, (57.5 / 6) ** 0.5))


@pytest.mark.parametrize("way", ["listed", "grid"])
def test_unequal_draws_without_replacement_follow_the_weights_that_are_left(way):
    # Weights 2, 1, 1. First and last: 2/4 x 1/2 + 1/4 x 2/3 = 5/12, both pairs alike; the last two: 2/12.
    mixture = Mixture((cards(10), cards(1), cards(3)), (2.0, 1.0, 1.0), draws=2)
    bundle = Bundle(mixtures=((mixture, 1),))
    result = of(bundle) if way == "listed" else on_a_grid(bundle, 1.0, 64)
    hit = result.chances > 1e-9

    assert result.values[hit].tolist() == [4, 11, 13]
    assert result.chances[hit] == pytest.approx([2 / 12, 5 / 12, 5 / 12])
    mean = (8 + 55 + 65) / 12
    variance = (2 * 4**2 + 5 * 11**2 + 5 * 13**2) / 12 - mean**2
    assert (result.mean, result.sd) == pytest.approx((mean, variance**0.5))


@pytest.mark.parametrize("way", ["listed", "grid"])
def test_draws_with_replacement_are_independent(way):
    mixture = Mixture((cards(0), cards(1)), (3.0, 1.0), draws=2, replacement=True)
    bundle = Bundle(mixtures=((mixture, 1),))
    result = of(bundle) if way == "listed" else on_a_grid(bundle, 1.0, 64)

    assert result.chances[:3] == pytest.approx([9 / 16, 6 / 16, 1 / 16])


def test_a_nested_product_that_comes_twice_draws_twice():
    mixture = Mixture((cards(0), cards(1)), (1.0, 1.0))
    result = of(Bundle(mixtures=((mixture, 2),)))

    assert result.chances.tolist() == [0.25, 0.5, 0.25]


def test_hundreds_of_alternatives_stay_exact():
    # Sums of 3 of the values 0 ... 299: mean 3 x 149.5, variance 3 x (300^2 - 1) / 12 x 297 / 299.
    mixture = Mixture(tuple(cards(v) for v in range(300)), (1.0,) * 300, draws=3)
    result = of(Bundle(mixtures=((mixture, 1),)))

    assert result.step > 0
    assert result.mean == pytest.approx(448.5, abs=1e-6)
    assert result.sd == pytest.approx((3 * (300**2 - 1) / 12 * 297 / 299) ** 0.5)
    triples = sum(1 for a in range(300) for b in range(a + 1, 300) for c in (448 - a - b,) if b < c < 300)
    assert result.p_above(447.5) - result.p_above(448.5) == pytest.approx(triples / comb(300, 3), rel=0.02)


def test_the_error_of_measured_rates_is_common_to_all_packs():
    # 10 % of packs hold 1000, measured on 400 packs: +- sqrt(0.1 x 0.9 / 400) = 1.5 points, 1500 a pack of 100,000.
    hit = weighted({0: 90, 100_000: 10})
    measured = Sheet(hit.values, hit.chances, leanings=(hit.values - hit.mean) / 400)
    known, doubtful = (
        Bundle(packs=((Pack((Configuration(1.0, ((sheet, 1),)),)), 36),)) for sheet in (hit, measured)
    )

    assert measured.rates_variance**0.5 == pytest.approx(1500)
    assert of(known).sd == pytest.approx((36 * 0.09) ** 0.5 * 100_000)
    result = of(doubtful)
    # Each of the 36 x 35 pairs of packs has the error in common; a single pack hits at the rate measured.
    assert result.sd == pytest.approx((36 * 0.09 * 1e10 + 36 * 35 * 1500**2) ** 0.5)
    assert result.mean == pytest.approx(360_000, abs=0.1)
    spread = float(((result.values - result.mean) ** 2) @ result.chances) ** 0.5
    assert spread == pytest.approx(result.sd, rel=0.001)
    assert result.values[0] == 0


def test_the_error_of_measured_rates_is_that_of_rates_measured_again():
    # 20,000 buyers each believe rates of a sample of their own, and open 36 packs by the true ones.
    rng = np.random.default_rng(5)
    values, rates, sample = np.array([0.0, 500.0, 4_000.0]), np.array([0.80, 0.15, 0.05]), 600
    means = rng.multinomial(sample, rates, 200_000) / sample @ values
    leanings = (values - values @ rates) / sample
    pack = Pack((Configuration(1.0, ((Sheet(values, rates, leanings=leanings), 1),)),))

    assert pack.rates_variance == pytest.approx(float(means.var()), rel=0.02)


@pytest.mark.parametrize(("sample", "packs"), [(150, 9), (400, 36), (2_000, 216)])
def test_outcomes_by_measured_rates_are_those_of_rates_that_could_have_been_measured_so(sample, packs):
    # 300,000 boxes, each by rates of its own: those that may stand behind the counts (Dirichlet).
    rng = np.random.default_rng(7)
    values, rates = np.array([20.0, 300.0, 2_500.0, 20_000.0]), np.array([0.80, 0.15, 0.04, 0.01])
    hits = rng.multinomial(packs, rng.dirichlet(sample * rates, 300_000))
    boxes = hits @ values
    pack = Pack(
        (Configuration(1.0, ((Sheet(values, rates, leanings=(values - values @ rates) / sample), 1),)),)
    )
    result = of(Bundle(packs=((pack, packs),)))

    assert result.mean == pytest.approx(packs * float(values @ rates), abs=0.1)
    assert result.sd == pytest.approx(float(boxes.std()), rel=0.02)
    for requested in (0.5, 0.8, 1.0, 1.2, 1.5):
        price = requested * result.mean
        assert result.p_above(price) == pytest.approx(float((boxes > price).mean()), abs=0.015)
    for share in (0.05, 0.5, 0.95):
        assert result.quantile(share) == pytest.approx(np.quantile(boxes, share), abs=0.04 * result.sd)


def test_configurations_whose_chances_were_measured_add_their_error():
    # Packs of 0 or 1000, half each, of 100 packs measured: 1000^2 x 1/4 / 100.
    halves = (Configuration(0.5), Configuration(0.5, constant=1000.0))

    assert Pack(halves).rates_variance == 0
    assert Pack(halves, sample_packs=100).rates_variance == pytest.approx(2500)


def test_an_opened_pack_nets_no_less_than_its_least_however_little_was_measured():
    # 30 packs measured: the rate of the hit is 5 % +- 4 %, its worth 40.00; three errors off it would be under 0.
    values, rates = np.array([0.0, 4_000.0]), np.array([0.95, 0.05])
    pack = Pack((Configuration(1.0, ((Sheet(values, rates, leanings=(values - 200) / 30), 1),)),))
    result = of(Bundle(packs=((pack, 1),)))

    assert result.quantile(0.05) == 0
    assert result.bars(10)[0][0] == 0
    assert result.mean == pytest.approx(200, abs=0.1)


def test_a_grid_too_short_is_doubled_until_nothing_wraps_around(monkeypatch):
    # A hundred cards at 1 % each of 100,000: far more in the tail than a short grid holds.
    pack = Pack((Configuration(1.0, ((weighted({0: 990, 7.3: 5, 100_000: 5}), 10),)),))
    bundle = Bundle(packs=((pack, 36),))
    step, _ = sized(bundle)
    monkeypatch.setattr("arb_pipeline.core.outcome.product.sized", lambda _: (step, 256))
    result = of(bundle)

    assert len(result.values) > 256
    assert result.mean == pytest.approx(bundle.mean, abs=0.1)


def test_values_that_no_grid_holds_are_an_error(monkeypatch):
    pack = Pack((Configuration(1.0, ((weighted({0: 1, 3.3: 1, 9.1: 2}), 30),)),))
    monkeypatch.setattr("arb_pipeline.core.outcome.product.sized", lambda _: (0.001, 1024))
    monkeypatch.setattr("arb_pipeline.core.outcome.product.BEYOND", 2048)

    with pytest.raises(ArithmeticError, match=r"points of 0\.001 cents do not hold values"):
        of(Bundle(packs=((pack, 36),)))
