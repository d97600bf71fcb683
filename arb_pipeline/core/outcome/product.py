"""One product's distribution: exact where it has few values, else on a grid."""

from collections import OrderedDict
from math import ceil, floor, log2, sqrt

import numpy as np

from arb_pipeline.core.outcome.bundle import Bundle
from arb_pipeline.core.outcome.distribution import Outcome
from arb_pipeline.core.outcome.exact_distribution import Known, TooManyError, listed
from arb_pipeline.core.outcome.grid import Grid

STEPS_PER_SD = 128
"""Grid steps per standard deviation, at least: of a normal, one step then holds 0.3 points at most."""
SMALLEST, LARGEST, BEYOND = 2**10, 2**16, 2**21
"""Points of a grid: at least, at most by choice, and at most where values would wrap around."""
FINEST = 2.0**-6
"""Cents: no step is finer."""
OUTSIDE = 1e-9
"""The chance of a value beyond the grid, at most."""
EXACT = 0.1
"""Cents: a mean that is further from the sum shows that values wrapped around."""


class Transforms:
    """The grids in use and the packs transformed on them, so that products of the same packs share them."""

    def __init__(self, *, grids: int = 4) -> None:
        """Keeps so many grids; a grid's transforms of all packs may take 300 MB."""
        self._grids: OrderedDict[tuple[float, int], Grid] = OrderedDict()
        self._kept = grids
        self.listed: Known = {}

    def grid(self, step: float, size: int) -> Grid:
        """The grid of a step and size."""
        grid = self._grids.setdefault((step, size), Grid(step, size))
        self._grids.move_to_end((step, size))
        if len(self._grids) > self._kept:
            self._grids.popitem(last=False)
        return grid


def outcome(bundle: Bundle, transforms: Transforms) -> Outcome:
    """Distribution of a bundle's net value, cents. Mean and `sd` are exact, whatever the grid.

    Raises `ArithmeticError` where no grid holds the values: the mean would be wrong.
    """
    sd = sqrt(bundle.variance)
    try:
        values, chances = listed(bundle, transforms.listed)
        return Outcome(values, chances, sd)
    except TooManyError:
        pass
    step, size = sized(bundle)
    while size <= BEYOND:
        distribution = _on(transforms.grid(step, size), bundle, sd)
        if abs(distribution.mean - bundle.mean) < EXACT:
            return distribution
        size *= 2
    msg = f"{size:,} points of {step} cents do not hold values around {bundle.mean:.0f} cents (sd {sd:.0f})"
    raise ArithmeticError(msg)


def sized(bundle: Bundle) -> tuple[float, int]:
    """Step (cents) and size of the grid that suits a bundle, both powers of two so that packs are shared."""
    span = bundle.span(OUTSIDE)
    fine = 2.0 ** floor(log2(bundle.scale / STEPS_PER_SD))
    step = max(fine, FINEST, 2.0 ** ceil(log2(span / LARGEST)))
    return step, max(SMALLEST, 2 ** ceil(log2(span / step + 2)))


def _on(grid: Grid, bundle: Bundle, sd: float) -> Outcome:
    chances = np.clip(np.fft.irfft(grid.bundle(bundle), grid.size), 0.0, None)
    values = bundle.low + grid.step * np.arange(grid.size)
    return Outcome(np.asarray(values, dtype=np.float64), chances / chances.sum(), sd, grid.step, bundle.low)
