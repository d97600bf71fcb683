"""Products of twelve kinds for tests, with prices at which the answer is not obvious. Cents."""

import numpy as np

from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.packs import Configuration, Pack, Sheet


def equal(values: dict[float, int], **more: float) -> Sheet:
    """So many equal cards of each value, none twice in a pack."""
    n = sum(values.values())
    chances = np.array([count / n for count in values.values()])
    return Sheet(np.array(list(values), dtype=float), chances, population=n, **more)


def weighted(values: dict[float, float], **more: float) -> Sheet:
    """Values by weight, drawn independently."""
    weights = np.array(list(values.values()), dtype=float)
    return Sheet(np.array(list(values), dtype=float), weights / weights.sum(), **more)


def cards(value: float) -> Bundle:
    return Bundle(constant=value)


COMMONS = equal({0: 92, 31.4: 6, 88.2: 3})
UNCOMMONS = equal({0: 68, 42.7: 9, 133.0: 3})
RARES = weighted({5: 80, 61.3: 22, 214.9: 12, 731.6: 6, 1893.2: 7, 3420.4: 1})
FOILS = weighted({0: 820, 12.5: 120, 160.2: 40, 905.5: 19, 9210.0: 1})
SPECIALS = weighted({240.0: 6, 1450.5: 3, 5210.0: 1})
LANDS = equal({0: 5, 15.0: 5})

DRAFT = Pack((Configuration(1.0, ((COMMONS, 10), (UNCOMMONS, 3), (RARES, 1))),))
PLAY = Pack(
    (
        Configuration(0.86, ((COMMONS, 7), (UNCOMMONS, 3), (RARES, 1), (FOILS, 2), (LANDS, 1))),
        Configuration(0.12, ((COMMONS, 6), (UNCOMMONS, 3), (RARES, 2), (FOILS, 2), (LANDS, 1))),
        Configuration(
            0.02, ((COMMONS, 6), (UNCOMMONS, 3), (RARES, 1), (SPECIALS, 1), (FOILS, 2), (LANDS, 1))
        ),
    )
)
COLLECTOR = Pack(
    (
        Configuration(0.7, ((FOILS, 5), (RARES, 2), (SPECIALS, 1))),
        Configuration(0.3, ((FOILS, 4), (RARES, 3), (SPECIALS, 2))),
    )
)
SERIALIZED = Pack(
    (
        Configuration(1 - 1 / 50_000, ((COMMONS, 10), (UNCOMMONS, 3), (RARES, 1))),
        Configuration(1 / 50_000, ((COMMONS, 10), (UNCOMMONS, 3)), constant=500_000.0),
    )
)
THEMES = Pack(tuple(Configuration(1 / 24, constant=120.0 + 37.3 * theme**1.5) for theme in range(24)))
SLOTS = Pack(
    (
        Configuration(
            1.0,
            (
                (weighted({25.0: 80.0, 170.0: 13.5, 610.0: 6.5}), 1),
                (weighted({8.0: 87.0, 420.0: 7.6, 3890.0: 3.1, 1105.0: 1.9, 60.0: 0.4}), 1),
                (equal({0: 50, 55.0: 12}), 4),
            ),
        ),
    )
)

FOUR_OF_ELEVEN = Mixture(tuple(cards(150.0 + 61.7 * i * i) for i in range(11)), (1.0,) * 11, draws=4)
ONE_OF_THREE = Mixture((cards(300.0), cards(900.5), Bundle(packs=((PLAY, 2),))), (70.0, 25.0, 5.0))
THREE_WITH_REPLACEMENT = Mixture(
    (cards(100.0), cards(333.3), Bundle(120.0, ((DRAFT, 1),))), (5.0, 3.0, 2.0), draws=3, replacement=True
)
TWO_UNEQUAL = Mixture(
    (cards(100.0), cards(400.0), cards(1_200.0), Bundle(packs=((DRAFT, 2),))), (4.0, 3.0, 2.0, 1.0), draws=2
)

PRODUCTS: dict[str, tuple[Bundle, float]] = {
    "play booster box": (Bundle(packs=((PLAY, 36),)), 11_500.0),
    "draft booster box": (Bundle(packs=((DRAFT, 36),)), 10_500.0),
    "collector booster box": (Bundle(packs=((COLLECTOR, 12),)), 13_000.0),
    "set booster box with a topper": (Bundle(packs=((PLAY, 30), (COLLECTOR, 1))), 9_500.0),
    "bundle with a promo": (Bundle(415.6, ((PLAY, 8),)), 2_800.0),
    "prerelease kit": (Bundle(233.1, ((DRAFT, 5), (SLOTS, 1))), 1_900.0),
    "commander deck": (Bundle(4_310.4), 4_310.0),
    "box of themes": (Bundle(packs=((THEMES, 24),)), 48_000.0),
    "four of eleven and packs": (Bundle(80.0, ((DRAFT, 4),), ((FOUR_OF_ELEVEN, 1),)), 9_000.0),
    "one of several, packs among them": (Bundle(700.0, (), ((ONE_OF_THREE, 2),)), 1_700.0),
    "draws with replacement": (Bundle(0.0, ((SLOTS, 2),), ((THREE_WITH_REPLACEMENT, 1),)), 1_000.0),
    "unequal draws without replacement": (Bundle(50.0, (), ((TWO_UNEQUAL, 1),)), 700.0),
    "a card of $5,000 in 50,000 packs": (Bundle(packs=((SERIALIZED, 36),)), 10_500.0),
    "slots of a pack": (Bundle(packs=((SLOTS, 36),)), 9_000.0),
    "one pack": (Bundle(packs=((PLAY, 1),)), 300.0),
    "one theme": (Bundle(packs=((THEMES, 1),)), 1_700.0),
}
"""Each with a price."""
