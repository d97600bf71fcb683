"""The usual way to an outcome distribution: open the product many times, vectorised in NumPy.

What benchmarks and tests hold `core.outcome` against. It reads the same parts and uses none of the code that
turns them into a distribution: equal cards of a sheet are really drawn without replacement here.
"""

import numpy as np
from numpy.typing import NDArray

from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.packs import Pack, Sheet

Floats = NDArray[np.float64]
AT_ONCE = 4_000_000
"""Draws in memory at a time."""
FEW = 8
"""Values of a sheet up to which counting cards per value is quicker than drawing card by card."""


def simulate(bundle: Bundle, runs: int, rng: np.random.Generator) -> Floats:
    """Net value of each of so many openings, cents."""
    value = np.full(runs, bundle.constant)
    for pack, n in bundle.packs:
        chunk = max(1, AT_ONCE // n)
        for start in range(0, runs, chunk):
            some = min(chunk, runs - start)
            value[start : start + some] += _packs(pack, some * n, rng).reshape(some, n).sum(axis=1)
        if pack.rates_variance:  # the measured rates are off by the same error in all of an opening's packs
            value += n * np.sqrt(pack.rates_variance) * rng.standard_normal(runs)
    for mixture, n in bundle.mixtures:
        for _ in range(n):
            value += _mixture(mixture, runs, rng)
    return value


def _packs(pack: Pack, packs: int, rng: np.random.Generator) -> Floats:
    value = np.empty(packs)
    which = _choices(np.array([c.chance for c in pack.configurations]), packs, rng)
    for i, configuration in enumerate(pack.configurations):
        here = np.flatnonzero(which == i)
        opened = np.full(len(here), configuration.constant)
        for sheet, count in configuration.taken:
            opened += _drawn(sheet, count, len(here), rng)
        value[here] = opened
    return value


def _drawn(sheet: Sheet, count: int, packs: int, rng: np.random.Generator) -> Floats:
    if sheet.population is None or count == 1 or count > sheet.population:
        cards = _choices(sheet.chances, packs * count, rng)
        return sheet.values[cards].reshape(packs, count).sum(axis=1)
    # Cards of one value stand together, each as often as it is there.
    copies = np.rint(sheet.chances * sheet.population).astype(np.int64)
    if len(copies) <= FEW:
        return rng.multivariate_hypergeometric(copies, count, packs, method="marginals") @ sheet.values
    values = np.repeat(sheet.values, copies)  # the k-th card is one of those left
    taken = np.empty((packs, count), dtype=np.int64)
    for k in range(count):
        card = rng.integers(0, len(values) - k, packs)
        earlier = np.sort(taken[:, :k], axis=1)
        for j in range(k):  # step over each card that is gone
            card += card >= earlier[:, j]
        taken[:, k] = card
    return values[taken].sum(axis=1)


def _mixture(mixture: Mixture, runs: int, rng: np.random.Generator) -> Floats:
    weights = np.array(mixture.weights)
    value = np.zeros(runs)
    left = np.tile(weights, (runs, 1)) if not mixture.independent else None
    for _ in range(mixture.draws):
        if left is None:
            which = _choices(weights / weights.sum(), runs, rng)
        else:
            cumulated = left.cumsum(axis=1)
            which = (rng.random(runs)[:, None] * cumulated[:, -1:] >= cumulated).sum(axis=1)
            left[np.arange(runs), which] = 0.0
        for i, alternative in enumerate(mixture.alternatives):
            here = np.flatnonzero(which == i)
            value[here] += simulate(alternative, len(here), rng)
    return value


def _choices(chances: Floats, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    cumulated = np.cumsum(chances)
    return np.searchsorted(cumulated, rng.random(n) * cumulated[-1], side="right")
