"""An outcome distribution in the terminal: bars of block characters, with the price and the quantiles."""

from collections.abc import Iterator
from typing import Any

from arb_pipeline.cli.render import money

WIDTH = 48
EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
MARKS = {"sealed_price": "price", "p5": "p5", "p50": "p50", "p95": "p95"}


def outcome_lines(
    valuation: dict[str, Any], bars: list[dict[str, float]], of: str = "one opened"
) -> Iterator[str]:
    """The figures in a sentence, and a line per bar. What is guaranteed has one outcome and no bars."""
    v = valuation
    if v["p50"] is None:
        return
    if len(bars) <= 1:
        yield f"Outcome: always {money(v['outcome_mean'])}: its cards are certain, their prices are not"
        return
    profit = "" if v["p_profit"] is None else f", P(profit) {float(v['p_profit']):.0%}"
    yield (
        f"Outcome of {of}: mean {money(v['outcome_mean'])}, sd {money(v['outcome_sd'])}, "
        f"p5 {money(v['p5'])}, p50 {money(v['p50'])}, p95 {money(v['p95'])}{profit}"
    )
    most = max(bar["chance"] for bar in bars)
    for i, bar in enumerate(bars):
        first, last = i == 0, i == len(bars) - 1
        marks = [
            _mark(said, float(v[name]), bar)
            for name, said in MARKS.items()
            if v[name] is not None
            and (first or float(v[name]) >= bar["low"])
            and (last or float(v[name]) < bar["high"])
        ]
        drawn = _block(bar["chance"] / most)
        yield f"  {money(bar['low']):>12} {drawn:<{WIDTH}} {bar['chance']:6.2%} {' '.join(marks)}".rstrip()


def _mark(said: str, amount: float, bar: dict[str, float]) -> str:
    """What is marked at a bar; with its amount where that lies beyond all bars and this is the nearest."""
    return said if bar["low"] <= amount <= bar["high"] else f"{said} {money(amount)}"


def _block(share: float) -> str:
    eighths = round(share * WIDTH * 8)
    return FULL * (eighths // 8) + EIGHTHS[eighths % 8].strip()
