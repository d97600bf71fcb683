"""Mixtures: expected draws of each alternative of a `variable` part (valuation.md 1)."""

from collections.abc import Sequence
from functools import cache
from math import comb, inf

MANY = 20_000
"""Sets of alternatives that are still listed one by one; the sources' mixtures have up to 330."""


class VariableError(ValueError):
    """A mixture with invalid chances; the message states the values."""


def expected_draws(
    chances: Sequence[float | None],
    *,
    count: int = 1,
    replacement: bool = False,
    declared: float | None = None,
) -> list[float]:
    """Expected number of times each alternative is drawn in `count` draws.

    `chances` are weights; all None means equal ones. `declared` is the total that the source states:
    weights that do not reach it leave something unknown, which is an error. Without replacement the
    draws are sequential, each in proportion to the weights that are left.
    """
    weights = _weights(chances, declared)
    total = sum(weights)
    drawable = sum(weight > 0 for weight in weights)
    if type(count) is not int or count < 1 or (not replacement and count > drawable):
        msg = f"{count} draws from {drawable} alternatives {'with' if replacement else 'without'} replacement"
        raise VariableError(msg)
    if replacement or count == 1:
        return [count * weight / total for weight in weights]
    if len({weight for weight in weights if weight}) == 1:
        return [count / drawable if weight else 0.0 for weight in weights]
    return inclusion(tuple(weights), count)


def _weights(chances: Sequence[float | None], declared: float | None) -> list[float]:
    given = [chance for chance in chances if chance is not None]
    if not chances:
        msg = "a variable part without alternatives"
        raise VariableError(msg)
    if not given:
        return [1.0] * len(chances)
    if len(given) < len(chances) or any(
        isinstance(c, bool) or not isinstance(c, int | float) or not 0 <= c < inf for c in given
    ):
        msg = f"chances {list(chances)} should all be numbers from 0"
        raise VariableError(msg)
    total = float(sum(given))
    if total <= 0 or (declared is not None and abs(total - declared) > 1e-9 * abs(declared)):
        msg = f"chances {given} sum to {total:g}, the stated weight is {declared}"
        raise VariableError(msg)
    return [float(chance) for chance in given]


@cache
def subsets(weights: tuple[float, ...], count: int) -> tuple[tuple[tuple[int, ...], float], ...]:
    """Possible results of `count` sequential draws without replacement, as indices, with exact chances.

    Raises `VariableError` beyond `MANY` possible sets.
    """
    drawable = [i for i, weight in enumerate(weights) if weight > 0]
    if comb(len(drawable), count) > MANY:
        msg = f"{count} draws from {len(drawable)} weighted alternatives are more sets than {MANY:,}"
        raise VariableError(msg)
    held: dict[frozenset[int], float] = {frozenset(): 1.0}
    for _ in range(count):
        more: dict[frozenset[int], float] = {}
        for drawn, chance in held.items():
            left = sum(weights[i] for i in drawable if i not in drawn)
            for i in drawable:
                if i not in drawn:
                    grown = drawn | {i}
                    more[grown] = more.get(grown, 0.0) + chance * weights[i] / left
        held = more
    return tuple((tuple(sorted(drawn)), chance) for drawn, chance in held.items())


def inclusion(weights: tuple[float, ...], count: int) -> list[float]:
    """The chance of each alternative to be among `count` sequential draws without replacement; exact."""
    result = [0.0] * len(weights)
    for drawn, chance in subsets(weights, count):
        for i in drawn:
            result[i] += chance
    return result
