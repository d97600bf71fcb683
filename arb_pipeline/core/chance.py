"""Text of a probability."""

RARE = 0.01
SURE = 1 - RARE
"""Below the first and above the second, a probability is printed as a bound."""


def chance(p: float | None, digits: int = 0) -> str:
    """A probability as text, or a dash. No sample shows certainty: the scale ends at `>99 %` and `<1 %`."""
    if p is None:
        return "-"
    if p > SURE:
        return ">99 %"
    return "<1 %" if p < RARE else f"{100 * p:.{digits}f} %"
