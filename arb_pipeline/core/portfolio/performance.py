"""Results of purchases against their forecasts: returns, coverage of the bands, Brier score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from arb_pipeline.core.backtest.estimates import wilson


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase with its forecast of then and its value of today; cents of all pieces."""

    purchase_id: str
    purchased_on: date
    cost_cents: int
    proceeds_cents: int
    is_final: bool
    """Whether all of it is sold."""
    forecast_value_cents: int | None = None
    p5_cents: int | None = None
    p95_cents: int | None = None
    p_profit: float | None = None
    current_value_cents: int | None = None
    """Net value of one whole set of contents today; None: not valued."""
    forecast_sold_cents: int | None = None
    """Part of the forecast value in cards sold so far; None: not known."""


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
    """Final purchases whose proceeds lay within p5..p95 of the forecast."""
    brier: float | None
    """Mean squared error of P(profit) of final purchases; None without any."""
    profits: Share | None
    mean_p_profit: float | None


def unsold_value(purchase: Purchase) -> int | None:
    """Today's net value of what is unsold, in cents: today's value less the share that was sold.

    The share sold is that of the forecast value where known; else proceeds / today's value, at most all.
    """
    value = purchase.current_value_cents
    if value is None or purchase.is_final:
        return None if value is None else 0
    if purchase.forecast_sold_cents is not None and purchase.forecast_value_cents:
        sold = min(1.0, purchase.forecast_sold_cents / purchase.forecast_value_cents)
        return round(value * (1 - sold))
    return max(0, value - purchase.proceeds_cents)


def performance(purchases: Sequence[Purchase]) -> Performance:
    """Sums and calibration over purchases."""
    final = [purchase for purchase in purchases if purchase.is_final]
    opened = [purchase for purchase in purchases if not purchase.is_final]
    marks = [(purchase, mark) for purchase in opened if (mark := unsold_value(purchase)) is not None]
    realised = sum(purchase.proceeds_cents - purchase.cost_cents for purchase in final)
    cost = sum(purchase.cost_cents for purchase in final)
    banded = [p for p in final if p.p5_cents is not None and p.p95_cents is not None]
    inside = sum((p.p5_cents or 0) <= p.proceeds_cents <= (p.p95_cents or 0) for p in banded)
    called = [(p.p_profit, p.proceeds_cents > p.cost_cents) for p in final if p.p_profit is not None]
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
        brier=sum((chance - hit) ** 2 for chance, hit in called) / len(called) if called else None,
        profits=_share(sum(hit for _, hit in called), len(called)),
        mean_p_profit=sum(chance for chance, _ in called) / len(called) if called else None,
    )


def _share(hits: int, n: int) -> Share | None:
    if not n:
        return None
    low, high = wilson(hits / n, n)
    return Share(hits, n, low, high)
