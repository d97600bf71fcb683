"""An outcome distribution in the terminal: bars of block characters, with the price and the quantiles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from arb_pipeline.cli.render import money
from arb_pipeline.core.chance import chance

if TYPE_CHECKING:
    from arb_pipeline.services.valuations import ValuationView
    from arb_pipeline.services.what_if import FiguresView, OutcomeBar

WIDTH = 48
EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
MARKS = {"price": "price", "p5": "p5", "p50": "p50", "p95": "p95"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures of a distribution, in dollars, and the price to mark in it."""

    price: Decimal | None
    mean: Decimal | None
    sd: Decimal | None
    p5: Decimal | None
    p50: Decimal | None
    p95: Decimal | None
    p_profit: float | None
    contents_sd: Decimal | None = None
    price_sd: Decimal | None = None
    horizon_days: int | None = None

    @classmethod
    def of_valuation(cls, v: "ValuationView") -> "Outcome":
        """Outcome of one piece at the market's price."""
        quantiles = (v.p5, v.p50, v.p95)
        parts = (v.contents_sd, v.price_sd, v.horizon_days)
        return cls(v.sealed_price, v.outcome_mean, v.outcome_sd, *quantiles, v.p_profit, *parts)

    @classmethod
    def of_figures(cls, f: "FiguresView") -> "Outcome":
        """Outcome of a purchase at its cost."""
        parts = (f.contents_sd, f.price_sd, f.horizon_days)
        return cls(f.cost, f.mean, f.sd, f.p5, f.p50, f.p95, f.p_profit, *parts)


def outcome_lines(outcome: Outcome, bars: Sequence["OutcomeBar"], of: str = "one opened") -> Iterator[str]:
    """The figures in a sentence, and a line per bar. Guaranteed contents have one outcome and no bars."""
    o = outcome
    if o.p50 is None:
        return
    if len(bars) <= 1:
        yield f"Outcome: {money(o.mean)}, from contents and prices that do not vary"
        return
    profit = "" if o.p_profit is None else f", P(profit) {chance(o.p_profit)}"
    yield (
        f"Outcome of {of}: mean {money(o.mean)}, sd {money(o.sd)}, "
        f"p5 {money(o.p5)}, p50 {money(o.p50)}, p95 {money(o.p95)}{profit}"
    )
    if o.horizon_days:
        yield (
            f"  sold within {o.horizon_days} days; sd of the contents {money(o.contents_sd)}, "
            f"of the prices {money(o.price_sd)}"
        )
    most = max(bar.chance for bar in bars)
    for i, bar in enumerate(bars):
        first, last = i == 0, i == len(bars) - 1
        marks = [
            _mark(label, amount, bar)
            for name, label in MARKS.items()
            if (amount := getattr(o, name)) is not None
            and (first or amount >= bar.low)
            and (last or amount < bar.high)
        ]
        block = _block(bar.chance / most)
        yield f"  {money(bar.low):>12} {block:<{WIDTH}} {bar.chance:6.2%} {' '.join(marks)}".rstrip()


def _mark(label: str, amount: Decimal, bar: "OutcomeBar") -> str:
    """Label of a mark, with its amount where that lies beyond all bars and this one is the nearest."""
    return label if bar.low <= amount <= bar.high else f"{label} {money(amount)}"


def _block(share: float) -> str:
    eighths = round(share * WIDTH * 8)
    return FULL * (eighths // 8) + EIGHTHS[eighths % 8].strip()
