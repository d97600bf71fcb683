"""Result of matching a title, and reasons for no match."""

from typing import Literal, NamedTuple, get_args

Reason = Literal[
    "matched",
    "repack",
    "empty",
    "opened",
    "damaged",
    "code_card",
    "single_card",
    "accessory",
    "lot",
    "wrong_language",
    "other_count",
    "ambiguous",
    "unknown",
]
MATCHED: Reason = "matched"
PRECEDENCE: tuple[Reason, ...] = get_args(Reason)[1:]
"""Order in which reasons are reported where several hold: kind of thing, then count, then language."""


class Match(NamedTuple):
    """A product, or the reason for none; `candidates` are the products that were considered."""

    product_id: str | None
    reason: Reason
    candidates: tuple[str, ...] = ()


def first(reasons: set[Reason]) -> Reason:
    """The reason to report, of several."""
    return min(reasons, key=PRECEDENCE.index)
