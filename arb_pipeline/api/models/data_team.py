"""Sources, quarantine, runs, backtests and calibration."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from arb_pipeline.api.models.base import CLEAN, Body, Money, Page, Utc, View
from arb_pipeline.contracts.categories import Category


class SourceState(View):
    """One source: kind of data, configuration and age."""

    source: str
    title: str
    holds: str
    categories: list[str]
    url: str
    needs: list[str] = Field(description="Settings without which the source is not configured.")
    is_configured: bool
    landed: str | None = Field(description="The newest package: a day, or a fingerprint of its content.")
    age_hours: float | None
    is_stale: bool | None = Field(description="Older than the source's own limit; null where nothing landed.")
    newest_day: date | None = Field(description="Of its prices in the database.")
    rows_accepted: int | None
    rows_quarantined: int | None


class Sources(View):
    """All sources."""

    items: list[SourceState]


class Rejection(View):
    """One record that cleaning rejected."""

    id: str
    source: str
    category: Category | None
    day: date
    file: str
    record: str
    reason: str = Field(description="Code of the reason.")
    detail: str | None
    advice: str | None


class RejectionPage(Page[Rejection]):
    """One page of the quarantine, newest day first."""

    by_reason: dict[str, int] = Field(description="Rows of the whole list by reason.")


class ReplayRequest(Body):
    """A replay reads the raw records of the rejection's source and day again."""

    reason: Annotated[str, StringConstraints(max_length=500), CLEAN] | None = None


class Run(View):
    """A Dagster run."""

    run_id: str
    job: str
    state: Literal["queued", "starting", "running", "succeeded", "failed", "cancelling", "cancelled"]
    step: str | None = Field(description="The step that runs now.")
    steps_done: int
    steps_total: int
    seconds_left: float | None = Field(description="By the duration of earlier runs; null: not known.")
    started_by: str | None
    partition: str | None
    created_at: Utc | None
    started_at: Utc | None
    ended_at: Utc | None
    error: str | None
    next_run_id: str | None = Field(description="The analysis that follows a refresh of prices.")
    url: str = Field(description="The run in Dagster's UI.")


class Runs(View):
    """Runs, newest first."""

    items: list[Run]


class CalibrationBin(View):
    """Forecasts with a P(profit) in one interval, and the share of them that made a profit."""

    low: float
    high: float
    forecasts: int
    mean_p_profit: float | None
    realised_share: float | None
    realised_low: float | None = Field(description="95 % Wilson interval.")
    realised_high: float | None


class Calibration(View):
    """Calibration of forecasts."""

    source: Literal["backtest", "purchases"]
    first: date | None
    last: date | None
    horizon_days: int | None
    forecasts: int
    bins: list[CalibrationBin]
    brier: float | None
    brier_of_base_rate: float | None
    coverage: float | None = Field(description="Share of results inside p5 to p95; 0.90 is expected.")
    coverage_forecasts: int
    by_category: dict[str, float | None] = Field(description="Coverage by game.")
    reason: str | None = Field(description="Why there are no figures; null where there are.")


class BacktestGroup(View):
    """Forecasts of one kind, and their results."""

    name: str
    rows: int
    products: int
    forecast_margin_percentage: float | None
    realised_margin_percentage: float | None
    in_profit: float | None
    profit: Money | None
    realised_profit: Money | None


class Backtest(View):
    """The newest backtest."""

    generated_at: Utc
    first: date
    last: date
    horizon_days: int
    groups: list[BacktestGroup]
    report: dict[str, Any] = Field(
        description="The backtest's findings as `arb backtest --json` prints them."
    )
