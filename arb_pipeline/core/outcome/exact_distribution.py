"""Distributions listed value by value, for products with few possible outcomes: exact, without a grid."""

from collections.abc import Iterable
from itertools import combinations
from math import comb, prod

import numpy as np

from arb_pipeline.core.contents.mixtures import subsets
from arb_pipeline.core.outcome.bundle import Bundle, Mixture
from arb_pipeline.core.outcome.distribution import Floats
from arb_pipeline.core.outcome.packs import Pack, Sheet

LIMIT = 512
"""Values that a product may have to be listed: beyond it the grid is quicker and as good."""
DIGITS = 6
"""Sums of cents that differ further down are one value."""

Atoms = tuple[Floats, Floats]
"""Values, ascending, and their chances."""
Known = dict[Pack, Atoms | None]
"""Packs already listed; those of too many values as None."""
NOTHING: Atoms = (np.zeros(1), np.ones(1))


class TooManyError(Exception):
    """More values than `LIMIT`, or a spread that no list of values has."""


def listed(bundle: Bundle, packs: Known) -> Atoms:
    """Every value of a bundle. Raises `TooManyError`."""
    if any(pack.rates_variance for pack, _ in bundle.packs):
        raise TooManyError
    atoms: Atoms = (np.array([bundle.constant]), np.ones(1))
    for pack, n in bundle.packs:
        atoms = _plus(atoms, _times(_remembered(pack, packs), n))
    for mixture, n in bundle.mixtures:
        atoms = _plus(atoms, _times(_mixture(mixture, packs), n))
    return atoms


def _remembered(pack: Pack, packs: Known) -> Atoms:
    if pack not in packs:
        packs[pack] = None
        packs[pack] = _pack(pack)
    atoms = packs[pack]
    if atoms is None:
        raise TooManyError
    return atoms


def _pack(pack: Pack) -> Atoms:
    weighted = []
    for configuration in pack.configurations:
        # Sums of k of n values, were no two alike: most packs are beyond the limit, and seen to be at once.
        sums = [comb(len(sheet.values) + count - 1, count) for sheet, count in configuration.drawn]
        if prod(sums) > LIMIT * 32:
            raise TooManyError
        atoms: Atoms = (np.array([configuration.constant]), np.ones(1))
        for sheet, count in configuration.drawn:
            atoms = _plus(atoms, _sheet(sheet, count))
        weighted.append((configuration.chance, atoms))
    return _either(weighted)


def _sheet(sheet: Sheet, count: int) -> Atoms:
    return _times(_merged(sheet.values, sheet.chances), count)


def _mixture(mixture: Mixture, packs: Known) -> Atoms:
    alternatives = [listed(alternative, packs) for alternative in mixture.alternatives]
    if mixture.independent:
        return _times(_either(zip(mixture.chances.tolist(), alternatives, strict=True)), mixture.draws)
    n, k = len(alternatives), mixture.draws
    if comb(n, k) > LIMIT:
        raise TooManyError
    drawn = (
        ((s, 1 / comb(n, k)) for s in combinations(range(n), k))
        if mixture.equal
        else subsets(mixture.weights, k)
    )
    weighted = []
    for indices, chance in drawn:
        atoms = NOTHING
        for i in indices:
            atoms = _plus(atoms, alternatives[i])
        weighted.append((chance, atoms))
    return _either(weighted)


def _either(weighted: Iterable[tuple[float, Atoms]]) -> Atoms:
    parts = list(weighted)
    if sum(len(values) for _, (values, _) in parts) > LIMIT * 32:
        raise TooManyError
    values = np.concatenate([values for _, (values, _) in parts])
    return _merged(values, np.concatenate([chance * chances for chance, (_, chances) in parts]))


def _plus(one: Atoms, other: Atoms) -> Atoms:
    if len(one[0]) * len(other[0]) > LIMIT * 32:
        raise TooManyError
    return _merged(np.add.outer(one[0], other[0]).ravel(), np.outer(one[1], other[1]).ravel())


def _times(atoms: Atoms, n: int) -> Atoms:
    result = NOTHING
    while n:
        if n & 1:
            result = _plus(result, atoms)
        n >>= 1
        if n:
            atoms = _plus(atoms, atoms)
    return result


def _merged(values: Floats, chances: Floats) -> Atoms:
    """Equal values as one. The value kept is the mean of those merged, so that no rounding moves the sum."""
    _, group = np.unique(values.round(DIGITS), return_inverse=True)
    total = np.bincount(group, chances).astype(np.float64)
    kept = total > 0
    if kept.sum() > LIMIT:
        raise TooManyError
    return (np.bincount(group, chances * values)[kept] / total[kept], total[kept])
