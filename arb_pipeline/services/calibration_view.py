"""Calibration of forecasts: of the newest backtest, and of a buyer's own purchases."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from arb_pipeline.core.backtest.estimates import wilson
from arb_pipeline.services.backtest import BacktestView
from arb_pipeline.services.purchases import PurchaseResult
from arb_pipeline.services.view import Share, View

BINS = 10
KINDS = ("fixed contents", "random contents")
"""Groups of the coverage that hold every forecast once."""


class CalibrationBinView(View):
    """Forecasts with a P(profit) in one interval, and the share of them that made a profit."""

    low: Share
    high: Share
    forecasts: int
    mean_p_profit: Share
    realised_share: Share
    realised_low: Share
    realised_high: Share


class ForecastCalibrationView(View):
    """Calibration of forecasts. `by_category`: coverage by game."""

    source: Literal["backtest", "purchases"]
    reason: str | None
    """Reason that there are no figures; None where there are."""
    first: date | None = None
    last: date | None = None
    horizon_days: int | None = None
    forecasts: int = 0
    bins: tuple[CalibrationBinView, ...] = ()
    brier: float | None = None
    brier_of_base_rate: float | None = None
    coverage: Share | None = None
    coverage_forecasts: int = 0
    by_category: Mapping[str, Share | None] = {}


def of_backtest(newest: BacktestView | None, category: str | None) -> ForecastCalibrationView:
    """Reliability of P(profit) and coverage in the newest backtest.

    Coverage is per game too; reliability is of all games of the backtest.
    """
    if newest is None:
        reason = "No backtest has run. `arb backtest` runs one over the prices in the lake, in some minutes."
        return ForecastCalibrationView(source="backtest", reason=reason)
    scope = newest.scope
    if category is not None and list(scope.days) != [category]:
        reason = f"The newest backtest is not of {category} alone: `arb backtest --category {category}`."
        return ForecastCalibrationView(source="backtest", reason=reason)
    merged: dict[float, list[Any]] = {}
    for kind in newest.reliability.values():
        for part in kind:
            merged.setdefault(part.low, []).append(part)
    bins = tuple(_merged(parts) for _, parts in sorted(merged.items()))
    brier = newest.brier.get("all")
    every = [row for row in newest.coverage if row.group in KINDS]
    by_game: dict[str, list[Any]] = {}
    for row in newest.coverage:
        kind, _, game = row.group.partition(", ")
        if kind in KINDS and game and "," not in game:
            by_game.setdefault(game, []).append(row)
    return ForecastCalibrationView(
        source="backtest",
        first=scope.first,
        last=scope.last,
        horizon_days=scope.horizon,
        forecasts=sum(part.forecasts for part in bins),
        bins=bins,
        brier=brier.score.value if brier else None,
        brier_of_base_rate=_base_rate(bins),
        coverage=_held(every),
        coverage_forecasts=sum(row.rows for row in every),
        by_category={game: _held(members) for game, members in sorted(by_game.items())},
        reason=None if bins else "The backtest has no forecast with a P(profit).",
    )


def _held(rows: Sequence[Any]) -> float | None:
    """Coverage of some groups together, weighted by their forecasts."""
    total = sum(row.rows for row in rows)
    return sum(row.held * row.rows for row in rows) / total if total else None


def _merged(parts: Sequence[Any]) -> CalibrationBinView:
    rows = sum(part.rows for part in parts)
    share = sum(part.share * part.rows for part in parts) / rows
    forecast = sum(part.forecast * part.rows for part in parts) / rows
    independent = sum(part.products for part in parts)
    return _bin((parts[0].low, parts[0].high), rows, forecast, share, independent)


def _bin(
    edges: tuple[float, float], forecasts: int, forecast: float, share: float, independent: int
) -> CalibrationBinView:
    """One interval; `independent`: the sample size of its Wilson interval."""
    low, high = wilson(share, independent)
    return CalibrationBinView(
        low=edges[0],
        high=edges[1],
        forecasts=forecasts,
        mean_p_profit=forecast,
        realised_share=share,
        realised_low=low,
        realised_high=high,
    )


def _base_rate(bins: Sequence[CalibrationBinView]) -> float | None:
    """Brier score of a constant forecast of the realised share."""
    rows = sum(part.forecasts for part in bins)
    if not rows:
        return None
    share = sum(part.realised_share * part.forecasts for part in bins) / rows
    return float(share * (1 - share))


def of_purchases(rows: Sequence[PurchaseResult]) -> ForecastCalibrationView:
    """Reliability and coverage over purchases with a result."""
    if not rows:
        reason = "No purchase has a result. Record sales: POST /api/v1/opportunities/{id}/sales."
        return ForecastCalibrationView(source="purchases", reason=reason)
    bins = []
    for number in range(BINS):
        members = [row for row in rows if min(int(row.p_profit * BINS), BINS - 1) == number]
        if members:
            share = sum(row.made_profit for row in members) / len(members)
            forecast = sum(row.p_profit for row in members) / len(members)
            edges = (number / BINS, (number + 1) / BINS)
            bins.append(_bin(edges, len(members), forecast, share, len(members)))
    ranged = [row for row in rows if row.is_within is not None]
    days = sorted(row.opened_on for row in rows)
    games = sorted({row.category for row in rows})
    return ForecastCalibrationView(
        source="purchases",
        first=days[0],
        last=days[-1],
        forecasts=len(rows),
        bins=tuple(bins),
        brier=sum((row.p_profit - row.made_profit) ** 2 for row in rows) / len(rows),
        brier_of_base_rate=_base_rate(bins),
        coverage=_share(ranged),
        coverage_forecasts=len(ranged),
        by_category={game: _share([row for row in ranged if row.category == game]) for game in games},
        reason=None,
    )


def _share(rows: Sequence[PurchaseResult]) -> float | None:
    return sum(bool(row.is_within) for row in rows) / len(rows) if rows else None
