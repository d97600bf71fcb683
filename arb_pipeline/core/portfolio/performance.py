"""Results of purchases against their forecasts: returns, coverage of the bands, PIT, Brier score.

A forecast is of opened products. A purchase of which a piece was resold unopened has a return and no part in
the calibration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from arb_pipeline.core.backtest.estimates import wilson
from arb_pipeline.core.money import whole_cents
from arb_pipeline.core.portfolio.forecast import Band, place


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase with its forecast of then and its value of today; cents of all pieces."""

    purchase_id: str
    purchased_on: date
    cost_cents: int
    proceeds_cents: int
    is_final: bool
    """True if all of it is sold."""
    forecast_value_cents: int | None = None
    band: Band | None = None
    """Band of the forecast, for all pieces."""
    p_profit: float | None = None
    """P(profit) of all pieces at the price paid."""
    current_value_cents: int | None = None
    """Net value of all pieces today, as if none were sold; None: not valued."""
    forecast_sold_cents: int = 0
    """Forecast value of what was sold, as far as it is known."""
    unplaced_cents: int = 0
    """Proceeds of sales whose part of the forecast is not known."""
    is_opened: bool = True
    """No piece was resold unopened."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with a 95 % interval (Wilson)."""

    hits: int
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Performance:
    """Results of a buyer's purchases, in cents. Only final purchases count as realised."""

    purchases: int
    cost_cents: int
    proceeds_cents: int
    final: int
    realised_profit_cents: int
    """Proceeds - cost of final purchases."""
    realised_return: float | None
    """Realised profit / cost of final purchases; None without any."""
    forecast_profit_cents: int
    """Forecast of the same purchases."""
    marked_value_cents: int
    """Open purchases: today's net value of what is unsold."""
    unrealised_profit_cents: int
    """Open purchases with a mark: proceeds + mark - cost."""
    unmarked: int
    """Open purchases without a value today: they count in no mark."""
    band: Share | None
    """Final purchases, opened, whose proceeds lay within p5..p95 of the forecast; 90 % are expected."""
    pit: tuple[int, int, int, int]
    """Counts below p5, up to the median, up to p95, above: 5, 45, 45, 5 % are expected."""
    mean_pit: float | None
    """Mean probability that forecasts gave to at most the proceeds; 0.5 is expected, below: too high."""
    not_comparable: int
    """Final purchases of which a piece was resold unopened, or without a distribution."""
    brier: float | None
    """Mean squared error of P(profit) of final purchases; None without any."""
    profits: Share | None
    mean_p_profit: float | None


def unsold_value(purchase: Purchase) -> int | None:
    """Today's net value of what is unsold, in cents; None: not valued today. 0 for a final purchase.

    Today's value less the part of the forecast that was sold; sales whose part is not known take their
    proceeds off. Never below 0.
    """
    value = purchase.current_value_cents
    if purchase.is_final:
        return 0
    if value is None:
        return None
    if not purchase.forecast_value_cents:
        return max(0, value - purchase.proceeds_cents)
    left = 1 - min(1.0, purchase.forecast_sold_cents / purchase.forecast_value_cents)
    return max(0, whole_cents(value * left) - purchase.unplaced_cents)


def performance(purchases: Sequence[Purchase]) -> Performance:
    """Sums and calibration over purchases."""
    final = [purchase for purchase in purchases if purchase.is_final]
    opened = [purchase for purchase in purchases if not purchase.is_final]
    marks = [(purchase, mark) for purchase in opened if (mark := unsold_value(purchase)) is not None]
    realised = sum(purchase.proceeds_cents - purchase.cost_cents for purchase in final)
    cost = sum(purchase.cost_cents for purchase in final)
    judged = [p for p in final if p.is_opened]
    banded = [(p.proceeds_cents, p.band) for p in judged if p.band is not None]
    inside = sum(band.p5 <= proceeds <= band.p95 for proceeds, band in banded)
    places = [place_ for proceeds, band in banded if (place_ := place(proceeds, band)) is not None]
    called = [(p.p_profit, p.proceeds_cents > p.cost_cents) for p in judged if p.p_profit is not None]
    return Performance(
        purchases=len(purchases),
        cost_cents=sum(purchase.cost_cents for purchase in purchases),
        proceeds_cents=sum(purchase.proceeds_cents for purchase in purchases),
        final=len(final),
        realised_profit_cents=realised,
        realised_return=realised / cost if cost else None,
        forecast_profit_cents=sum(
            p.forecast_value_cents - p.cost_cents for p in final if p.forecast_value_cents is not None
        ),
        marked_value_cents=sum(mark for _, mark in marks),
        unrealised_profit_cents=sum(p.proceeds_cents + mark - p.cost_cents for p, mark in marks),
        unmarked=len(opened) - len(marks),
        band=_share(inside, len(banded)),
        pit=_counts(banded),
        mean_pit=sum(places) / len(places) if places else None,
        not_comparable=len(final) - len(banded),
        brier=sum((chance - hit) ** 2 for chance, hit in called) / len(called) if called else None,
        profits=_share(sum(hit for _, hit in called), len(called)),
        mean_p_profit=sum(chance for chance, _ in called) / len(called) if called else None,
    )


def _counts(banded: Sequence[tuple[int, Band]]) -> tuple[int, int, int, int]:
    below = sum(proceeds < band.p5 for proceeds, band in banded)
    above = sum(proceeds > band.p95 for proceeds, band in banded)
    lower = sum(band.p5 <= proceeds <= band.p50 for proceeds, band in banded)
    return below, lower, len(banded) - below - lower - above, above


def _share(hits: int, n: int) -> Share | None:
    if not n:
        return None
    low, high = wilson(hits / n, n)
    return Share(hits, n, low, high)
