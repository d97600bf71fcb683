"""Mixtures: how often each alternative of a `variable` part is expected (valuation.md 1)."""

from collections.abc import Sequence
from functools import cache
from math import inf


class VariableError(ValueError):
    """A mixture whose chances cannot be read; the message names the values."""


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
    return _without_replacement(tuple(weights), count)


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


def _without_replacement(weights: tuple[float, ...], count: int) -> list[float]:
    """Inclusion probabilities of sequential weighted draws, exact, by the set that is already drawn."""

    @cache
    def included(drawn: frozenset[int]) -> tuple[float, ...]:
        if len(drawn) == count:
            return tuple(float(i in drawn) for i in range(len(weights)))
        left = sum(weight for i, weight in enumerate(weights) if i not in drawn)
        result = [0.0] * len(weights)
        for i, weight in enumerate(weights):
            if i not in drawn and weight > 0:
                for j, share in enumerate(included(drawn | {i})):
                    result[j] += weight / left * share
        return tuple(result)

    return list(included(frozenset()))
