"""A backtest over the lake's prices: each day valued on those up to it, then held against a later day.

Everything is computed anew in memory, by today's rules and contents; neither lake nor database is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.core.backtest import Findings, Scope, findings
from arb_pipeline.core.backtest.drift import moves
from arb_pipeline.core.backtest.movement_sample import day_values, with_last_nets
from arb_pipeline.core.backtest.realised import compared, later_values, random_products, with_margin
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.outcome.frames import Drawn, outcomes
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.edition_fallback import with_any_edition
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.features.history import history_features
from arb_pipeline.reporting.backtest import backtest_path, write_backtest
from arb_pipeline.services.view import View
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import check_output
from arb_pipeline.storage.lake import DAILY_PRICES, SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import parameters
from arb_pipeline.storage.quotes import prices_of_channels, quotes_of_channels, quotes_of_sealed


class BacktestView(View):
    """A backtest, and the file of its report."""

    findings: Findings
    report: Path


class BacktestError(NotEnoughDataError, LookupError):
    """The history cannot be tested as requested; the message says what there is."""


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """Which forecasts are to be tested. Days of None: the first and last that have the horizon after them."""

    categories: Sequence[str]
    first: date | None = None
    last: date | None = None
    horizon: int = 14
    step: int = 1
    within: float = 0.10
    is_published_only: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The days of each category to be forecast, and those that lack prices a horizon later."""

    days: dict[str, list[date]]
    skipped: dict[str, list[date]]


def planned(lake: Lake, request: BacktestRequest) -> Plan:
    """Which days there are. Raises `BacktestError` where none has prices a horizon later."""
    days, skipped, there = {}, {}, []
    for category in request.categories:
        priced = lake.days(DAILY_PRICES, category)
        there += priced
        inside = [d for d in priced if (request.first or d) <= d <= (request.last or d)]
        ahead = timedelta(days=request.horizon)
        whole = [d for d in inside if d + ahead in priced]
        start = min(whole, default=None)
        days[category] = [d for d in whole if start and (d - start).days % request.step == 0]
        skipped[category] = [d for d in inside if d not in whole]
    if not any(days.values()):
        has = (
            f"has prices of {len(set(there))} days, {min(there)} to {max(there)}"
            if there
            else "has no prices"
        )
        msg = (
            f"Not enough history: no day{_span(request)} has prices of its own and {request.horizon} days"
            f" later; the lake {has}. Take a shorter --horizon, or load more: `arb backfill`."
        )
        raise BacktestError(msg)
    return Plan(
        {category: found for category, found in days.items() if found},
        {category: found for category, found in skipped.items() if found},
    )


def _span(request: BacktestRequest) -> str:
    since = f" from {request.first}" if request.first else ""
    return since + (f" to {request.last}" if request.last else "")


def reported(
    settings: Settings,
    request: BacktestRequest,
    listener: Callable[[str, date, int, int], None],
    *,
    output: Path | None = None,
) -> BacktestView:
    """Runs a backtest and writes its HTML report, by default in the home. Raises `BacktestError`."""
    if output is not None:
        check_output(output.expanduser())
    found = backtest(settings, request, listener)
    path = (output or backtest_path(settings, found)).expanduser().resolve()
    return BacktestView(findings=found, report=write_backtest(path, found))


def backtest(
    settings: Settings, request: BacktestRequest, progress: Callable[[str, date, int, int], None]
) -> Findings:
    """Runs it. `progress`: category, day, how many days are done, of how many. Raises `BacktestError`."""
    lake = Lake(settings.lake)
    plan = planned(lake, request)
    total, done = sum(map(len, plan.days.values())), 0
    rows, moved = [], []
    for category, days in plan.days.items():
        game = Game(settings, lake, category)
        for day in days:
            compared_rows, drift = game.tested(day, day + timedelta(days=request.horizon))
            rows.append(compared_rows)
            moved.append(drift)
            done += 1
            progress(category, day, done, total)
    everything = pl.concat(rows)
    if everything.is_empty():
        msg = "No product of these days has both a price and a value: there is no forecast to test."
        raise BacktestError(msg)
    first = min(day for days in plan.days.values() for day in days)
    last = max(day for days in plan.days.values() for day in days)
    window = parameters(last, settings.params).prices.window_days
    scope = Scope(
        first=first,
        last=last,
        horizon=request.horizon,
        within=request.within,
        is_published_only=request.is_published_only,
        days=plan.days,
        skipped=plan.skipped,
        history=(_behind(lake, plan, first, window), _behind(lake, plan, last, window)),
    )
    names = lake.read(SEALED_PRODUCTS)
    weights = parameters(last, settings.params).confidence.weights
    return findings(everything, pl.concat(moved), names, scope, weights)


def _behind(lake: Lake, plan: Plan, day: date, window: int) -> int:
    """Days of prices that a forecast of the day rests on, of the category with the fewest."""
    since = day - timedelta(days=window)
    return min(sum(since <= d <= day for d in lake.days(DAILY_PRICES, category)) for category in plan.days)


@dataclass(frozen=True, slots=True)
class _Day:
    """What is known on a day, from prices up to it."""

    params: Parameters
    features: pl.DataFrame
    nets: pl.DataFrame


class Game:
    """One category: its contents as known now, and the days that were read of it."""

    def __init__(self, settings: Settings, lake: Lake, category: str) -> None:
        self._settings, self._lake, self._category = settings, lake, category
        sealed = lake.read(SEALED_PRODUCTS).filter(category=category)
        ids = sealed["product_id"]
        self._sealed = sealed
        self._completeness = lake.read("contents/completeness").filter(
            pl.col("sealed_product_id").is_in(ids.implode())
        )
        self._lines = of_products(lake.read("contents/lines"), ids)
        self._singles = lake.read("contents/singles").filter(category=category)
        self._drawn = Drawn(lake.read("contents/pack_sheets"), of_products(lake.read("contents/draws"), ids))
        self._days: dict[date, _Day] = {}

    def tested(self, day: date, later: date) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows of `compared` and of `moves`."""
        self._days = {known: found for known, found in self._days.items() if known >= day}
        then, after = self._day(day), self._day(later)
        valued = self.valued(day)
        forecast = with_margin(valued)
        random = random_products(self._lines, forecast["product_id"])
        prices = forecast.join(
            random.select(product_id=pl.col("sealed_product_id").cast(pl.String)).unique(),
            on="product_id",
            how="semi",
        )
        p_later = outcomes(with_line_nets(random, after.nets), self._drawn, prices)
        values = later_values(self._lines, then.nets, after.nets)
        rows = compared(valued, values, p_later, day=day, category=self._category)
        return rows, moves(then.features, after.features, singles=self._singles, sealed=self._sealed, day=day)

    def movement_day(self, day: date, before: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows of `day_values`, and the day's nets with those of `before` where a price is missing."""
        known = self._day(day)
        self._days = {}
        kept = with_last_nets(known.nets, before)
        complete = self._completeness.filter("contents_complete").select(product_id="sealed_product_id")
        untraded = known.params.guards.untraded_days
        return day_values(self._lines, known.nets, kept, complete, untraded_days=untraded), kept

    def valued(self, day: date) -> pl.DataFrame:
        """The day's valuations (contract `Valuations`), as an analysis of that day makes them."""
        known = self._day(day)
        sources = self._lake.sources("prices", "quotes")
        quotes = quotes_of_sealed(self._lake, sources, self._sealed, day, known.params.prices.window_days)
        offers = sealed_offers(self._sealed, known.features, quotes, params=known.params, as_of=day)
        return value_sealed(
            self._sealed,
            self._completeness,
            self._lines,
            known.nets,
            known.features,
            drawn=self._drawn,
            params=known.params,
            as_of=day,
            offers=offers,
        )

    def _day(self, day: date) -> _Day:
        if day not in self._days:
            params = parameters(day, self._settings.params)
            window = [day - timedelta(days=n) for n in range(params.prices.window_days + 1)]
            found = history_features(
                self._lake.paths(DAILY_PRICES, self._category, window),
                category=self._category,
                as_of=day,
                prices=params.prices,
                outliers=params.outliers,
                engine=self._settings.engine,
            )
            features = with_any_edition(found)
            quotes = quotes_of_channels(self._lake, params, day)
            own = prices_of_channels(quotes, Landing(self._settings.landing), params, day)
            self._days[day] = _Day(params, features, card_nets(self._singles, features, params, own))
        return self._days[day]
