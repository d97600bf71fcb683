"""The law of movement: what widens a band, worked by hand."""

from math import e, exp, log
from typing import Any

import numpy as np
import pytest

from arb_pipeline.core.outcome.movement import Movement
from arb_pipeline.core.outcome.movement_law import MovementLaw, Traits

FLAT: dict[str, Any] = {
    "logs": {0.005: -0.2, 0.995: 0.2},
    "typical": {"level": log(1000.0), "concentration": log(0.25), "trading": 0.4},
    "slopes": {"level": -0.5, "concentration": 0.5, "trading": 1.0},
    "products": 800,
}
WIDE = FLAT | {"logs": {0.005: -0.4, 0.995: 0.4}, "products": 100}


def law(**changes: Any) -> MovementLaw:
    figures = {
        "horizon_days": 14,
        "reference_days": 14,
        "exponent": 0.86,
        "least_scale": 0.25,
        "most_scale": 3,
    }
    figures |= {"fixed": FLAT, "random": WIDE, "games": {"pokemon": 1.5}}
    return MovementLaw.model_validate(figures | changes)


def traits(**changes: Any) -> Traits:
    typical = {"is_random": False, "category": "mtg", "level": 1000.0, "concentration": 0.25, "trading": 0.4}
    return Traits(**typical | changes)


def width(movement: Movement) -> float:
    """Width of the band, in logs: centring shifts both its ends."""
    return log(movement.quantile(0.95) / movement.quantile(0.05))


# Of a log that is linear in the probability, 90 of 99 parts of 0.4 lie between 5 and 95 %.
TYPICAL = 0.4 * 90 / 99


def test_a_typical_product_moves_as_the_table_says() -> None:
    assert width(law().movement(traits())) == pytest.approx(TYPICAL)


@pytest.mark.parametrize(
    ("changes", "scale"),
    [
        ({"level": 1000.0 * e}, exp(-0.5)),  # dear cards move less
        ({"concentration": 1.0}, 2.0),  # (1 / 0.25) ** 0.5
        ({"trading": 0.9}, exp(0.5)),
        ({"category": "pokemon"}, 1.5),
        ({"is_random": True}, 2.0),  # its own table is twice as wide
        ({"level": float("nan"), "trading": float("nan")}, 1.0),  # what is not known is typical
        ({"level": 1000.0 * e**8}, 0.25),  # exp(-4), but for the least scale
        (
            {"concentration": 1.0, "category": "pokemon", "trading": 2.4},
            3.0,
        ),  # 2 x 1.5 x e^2, but for the most
    ],
)
def test_a_trait_scales_the_movement(changes: dict[str, Any], scale: float) -> None:
    assert width(law().movement(traits(**changes))) == pytest.approx(scale * TYPICAL)


def test_the_spread_grows_with_time() -> None:
    # 2 ** 0.86 = 1.8150
    assert width(law().movement(traits(), horizon_days=28)) == pytest.approx(1.8150 * TYPICAL, rel=1e-4)


def test_prices_are_fair_today() -> None:
    for days in (7, 14, 28):
        assert law().movement(traits(), days).mean == pytest.approx(1.0)


def test_a_price_in_doubt_widens_the_band() -> None:
    # Three times the own standard deviation in doubt: sqrt(1 + 9) as wide.
    own = law().movement(traits())
    doubted = law().movement(traits(doubt=3 * own.log_sd))
    assert width(doubted) == pytest.approx(10**0.5 * TYPICAL)


def test_the_sample_bounds_the_chances() -> None:
    assert law().movement(traits()).bounded(np.array([1.0])) == pytest.approx([801 / 802])
    assert law().movement(traits(is_random=True)).bounded(np.array([0.0])) == pytest.approx([1 / 102])


@pytest.mark.parametrize(
    "logs", [{0.5: 0.0}, {0.05: 0.1, 0.95: -0.1}, {0.0: -0.1, 0.5: 0.1}, {0.05: 0.1, 0.95: 0.1}]
)
def test_a_table_that_cannot_be_inverted_is_refused(logs: dict[float, float]) -> None:
    with pytest.raises(ValueError, match="probabilit"):
        law(fixed=FLAT | {"logs": logs})
