"""A stored purchase with its sums -> the figures that results and calibration need."""

from collections.abc import Mapping
from typing import Any

from arb_pipeline.core.portfolio.forecast import Band, band, p_profit_at
from arb_pipeline.core.portfolio.performance import Purchase

_OF_BAND = ("singles_value", "p5", "p50", "p95", "outcome_sd", "contents_sd", "price_sd")


def record(row: Mapping[str, Any]) -> Purchase:
    """The figures of a purchase that sums and calibration need."""
    forecast, pieces = row["forecast"], row["quantity"]
    value = forecast.get("singles_value_cents")
    of_all = _band(forecast, pieces)
    return Purchase(
        purchase_id=row["id"],
        purchased_on=row["purchased_at"].date(),
        cost_cents=row["cost_cents"],
        proceeds_cents=row["proceeds_cents"],
        is_final=row["is_final"],
        forecast_value_cents=None if value is None else pieces * value,
        band=of_all,
        p_profit=_p_profit(row, of_all),
        current_value_cents=row["current_value_cents"],
        forecast_sold_cents=row["forecast_sold_cents"],
        unplaced_cents=row["unplaced_cents"],
        is_opened=row["is_opened"],
    )


def _band(forecast: Mapping[str, Any], pieces: int) -> Band | None:
    cents = {name: forecast.get(f"{name}_cents") for name in _OF_BAND}
    quantiles = (cents["p5"], cents["p50"], cents["p95"])
    parts = {name: cents[name] for name in ("contents_sd", "price_sd")}
    return band(pieces, cents["singles_value"], quantiles, sd=cents["outcome_sd"], **parts)


def _p_profit(row: Mapping[str, Any], of_all: Band | None) -> float | None:
    """P(profit) of all pieces at the price paid: the forecast's own for one piece at its price."""
    forecast = row["forecast"]
    is_as_forecast = row["quantity"] == 1 and row["cost_cents"] == forecast.get("sealed_price_cents")
    if is_as_forecast or of_all is None:
        stated: float | None = forecast.get("p_profit")
        return stated if is_as_forecast else None
    return p_profit_at(row["cost_cents"], of_all)
