"""A backtest over the lake's prices: valuations of each day, compared with the prices of a later day.

Everything is recomputed in memory, by today's rules and contents; neither lake nor database is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from pydantic import ValidationError

from arb_pipeline.contracts.errors import InvalidFileError, NotEnoughDataError
from arb_pipeline.core.backtest.coverage import bands
from arb_pipeline.core.backtest.drift import moves
from arb_pipeline.core.backtest.findings import Findings, Scope, findings
from arb_pipeline.core.backtest.movement_fit import FEW, HORIZONS, fitted
from arb_pipeline.core.backtest.movement_sample import day_values, movement_sample, with_last_nets
from arb_pipeline.core.backtest.realised import (
    chances_later,
    compared,
    later_values,
    random_products,
    with_margin,
)
from arb_pipeline.core.contents.expected_contents import of_products
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.outcome.movement_law import MovementLaw
from arb_pipeline.core.params import Parameters, Risk
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.valuation.buylist_cap import with_line_nets
from arb_pipeline.core.valuation.edition_fallback import with_any_edition
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.features.history import history_features
from arb_pipeline.reporting.backtest import backtest_path, write_backtest
from arb_pipeline.services.view import view_of
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import check_output, written_whole
from arb_pipeline.storage.lake import DAILY_PRICES, SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.params import own_files, parameters
from arb_pipeline.storage.quotes import prices_of_channels, quotes_of_channels, quotes_of_sealed


class BacktestView(view_of(Findings)):  # type: ignore[misc]
    """A backtest: figures as `Findings` declares them, its time, and the file of its report."""

    generated_at: datetime
    report: Path


class BacktestError(NotEnoughDataError, LookupError):
    """A history that is too short for the request; the message states the available days."""


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """Forecasts to test. Days of None: the first and last with prices a horizon later."""

    categories: Sequence[str]
    first: date | None = None
    last: date | None = None
    horizon: int = 14
    step: int = 1
    within: float = 0.10
    is_published_only: bool = False
    is_walk_forward: bool = True
    """Is the law of movement estimated anew for each day, on what was known then?"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The days of each category to be forecast, and those that lack prices a horizon later."""

    days: dict[str, list[date]]
    skipped: dict[str, list[date]]


def planned(lake: Lake, request: BacktestRequest) -> Plan:
    """Days to forecast and days skipped. Raises `BacktestError` where none has prices a horizon later."""
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
        {category: of_game for category, of_game in days.items() if of_game},
        {category: of_game for category, of_game in skipped.items() if of_game},
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
    """Runs a backtest; writes its HTML report, by default in the home, and its figures as the newest there.

    Raises `BacktestError`.
    """
    if output is not None:
        check_output(output.expanduser())
    result = backtest(settings, request, listener)
    path = (output or backtest_path(settings, result)).expanduser().resolve()
    figures = {name: getattr(result, name) for name in Findings.__dataclass_fields__}
    view: BacktestView = BacktestView.model_validate(
        {**figures, "generated_at": datetime.now(UTC), "report": write_backtest(path, result)},
        from_attributes=True,
    )
    with written_whole(settings.newest_backtest) as aside:
        aside.write_text(view.model_dump_json(), "utf-8")
    return view


def newest(settings: Settings) -> BacktestView | None:
    """The backtest that ran last in this home; None: none has run. Raises `InvalidFileError`."""
    path = settings.newest_backtest
    try:
        return BacktestView.model_validate_json(path.read_bytes()) if path.is_file() else None
    except ValidationError:
        thing = f"{path.name} is of another version of arb"
        raise InvalidFileError(thing, next_step="`arb backtest` writes it anew.") from None


def backtest(
    settings: Settings, request: BacktestRequest, progress: Callable[[str, date, int, int], None]
) -> Findings:
    """Findings of a backtest. `progress`: category, day, days done, days in all. Raises `BacktestError`."""
    lake = Lake(settings.lake)
    plan = planned(lake, request)
    walk = Walk(settings, lake, plan, request)
    walk.through(progress)
    everything = pl.concat(walk.rows)
    if everything.is_empty():
        msg = "No product of these days has both a price and a value: there is no forecast to test."
        raise BacktestError(msg)
    first = min(day for days in plan.days.values() for day in days)
    last = max(day for days in plan.days.values() for day in days)
    window = parameters(last, own_files(settings)).prices.window_days
    scope = Scope(
        first=first,
        last=last,
        horizon=request.horizon,
        within=request.within,
        is_published_only=request.is_published_only,
        days=plan.days,
        skipped=plan.skipped,
        history=(_behind(lake, plan, first, window), _behind(lake, plan, last, window)),
        walk_forward=sorted(day for day, law in walk.laws.items() if law.is_estimated),
        in_force=sorted(day for day, law in walk.laws.items() if not law.is_estimated),
        left_out=walk.left_out,
    )
    names = lake.read(SEALED_PRODUCTS)
    weights = parameters(last, own_files(settings)).confidence.weights
    bands_of_all = pl.concat(walk.bands) if walk.bands else pl.DataFrame()
    return findings(everything, pl.concat(walk.moved), bands_of_all, names, scope, weights)


def _behind(lake: Lake, plan: Plan, day: date, window: int) -> int:
    """Days of prices that a forecast of the day rests on, of the category with the fewest."""
    since = day - timedelta(days=window)
    return min(sum(since <= d <= day for d in lake.days(DAILY_PRICES, category)) for category in plan.days)


@dataclass(frozen=True, slots=True)
class DayLaw:
    """The law of movement that the forecasts of a day use, over the requested horizon."""

    law: MovementLaw
    is_estimated: bool
    """From what was known on the day; else it is the law in force."""


@dataclass(frozen=True, slots=True)
class _Forecast:
    """Forecasts of one day of one game, until the day on which they are held against prices."""

    day: date
    valued: pl.DataFrame
    values: pl.DataFrame
    nets: pl.DataFrame
    prices: pl.DataFrame
    params: Parameters
    law: MovementLaw


class Walk:
    """All days in order, all games of a day together: a day uses earlier days only."""

    def __init__(self, settings: Settings, lake: Lake, plan: Plan, request: BacktestRequest) -> None:
        self.rows: list[pl.DataFrame] = []
        self.moved: list[pl.DataFrame] = []
        self.bands: list[pl.DataFrame] = []
        self.laws: dict[date, DayLaw] = {}
        self.left_out = 0
        self._settings, self._plan, self._request = settings, plan, request
        self._ahead = timedelta(days=request.horizon)
        self._games = {category: Game(settings, lake, category) for category in plan.days}
        self._kept: dict[str, pl.DataFrame] = {}
        self._values: dict[str, dict[date, pl.DataFrame]] = {category: {} for category in plan.days}
        self._sample: list[pl.DataFrame] = []
        self._open: dict[tuple[str, date], _Forecast] = {}
        self._days = {category: self._needed(lake, category) for category in plan.days}

    def _needed(self, lake: Lake, category: str) -> list[date]:
        """Days of forecasts and of what came of them; all before, where laws are estimated on them."""
        forecast = self._plan.days[category]
        tested = {*forecast, *(day + self._ahead for day in forecast)}
        there = lake.days(DAILY_PRICES, category)
        since = there[0] if self._request.is_walk_forward else min(tested)
        last = max(self._plan.days[category])
        return sorted(day for day in there if day in tested or since <= day <= last)

    def through(self, progress: Callable[[str, date, int, int], None]) -> None:
        """Visits all days; `rows`, `moved`, `bands`, `laws` and `left_out` are then whole."""
        total, done = sum(map(len, self._days.values())), 0
        for day in sorted({day for days in self._days.values() for day in days}):
            games = [category for category, days in self._days.items() if day in days]
            for category in games:
                self._learn(category, day)
            for category in games:
                if day in self._plan.days[category]:
                    self._foretell(category, day)
                if (category, day) in self._open:
                    self._judge(self._open.pop((category, day)), category, day)
                self._games[category].forget()
                done += 1
                progress(category, day, done, total)

    def _learn(self, category: str, day: date) -> None:
        """Takes a day's values into the sample that later laws are estimated on."""
        values, kept = self._games[category].movement_day(day, self._kept.get(category))
        known = self._values[category]
        self._kept[category], known[day] = kept, values
        for horizon in HORIZONS:
            before = day - timedelta(days=horizon)
            if before in known:
                pair = {before: known[before], day: values}
                sample, _ = movement_sample(pair, category=category, horizons=[horizon])
                self._sample.append(sample)

    def _law(self, day: date) -> DayLaw:
        if day not in self.laws:
            law = parameters(day, own_files(self._settings)).movement
            known = pl.concat(self._sample) if self._sample and self._request.is_walk_forward else None
            is_enough = known is not None and known["product_id"].n_unique() >= FEW
            if known is not None and is_enough:
                law = fitted(known, law)
            ahead = law.model_copy(update={"horizon_days": self._request.horizon})
            self.laws[day] = DayLaw(ahead, is_enough)
        return self.laws[day]

    def _foretell(self, category: str, day: date) -> None:
        game, law = self._games[category], self._law(day).law
        nets, params = game.known(day).nets, game.known(day).params
        self._open[category, day + self._ahead] = _Forecast(
            day=day,
            valued=game.valued(day, law),
            values=self._values[category][day],
            nets=nets,
            prices=priced(game.known(day).features),
            params=params,
            law=law,
        )

    def _judge(self, forecast: _Forecast, category: str, later: date) -> None:
        game, day = self._games[category], forecast.day
        traits = forecast.values.select("product_id", "level", "concentration", "trading")
        rows = game.compared(forecast.valued, forecast.nets, later, day=day, risk=forecast.params.risk)
        self.rows.append(rows.join(traits, on="product_id", how="left"))
        self.moved.append(game.moved(forecast.prices, later, day=day))
        pair = {day: forecast.values, later: self._values[category][later]}
        sample, lost = movement_sample(pair, category=category, horizons=[self._request.horizon])
        self.left_out += lost
        if sample.height:
            self.bands.append(sample.with_columns(bands(sample, forecast.law)))


def priced(features: pl.DataFrame) -> pl.DataFrame:
    """Columns of a day's features that `drift.moves` reads."""
    return features.select(
        "category", "source_product_id", "printing", "reference_cents", "market_cents", "quality"
    )


@dataclass(frozen=True, slots=True)
class KnownDay:
    """Features and nets of a day, from prices up to it."""

    params: Parameters
    features: pl.DataFrame
    nets: pl.DataFrame


class Game:
    """One category: its current contents, and the days read so far."""

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
        self._days: dict[date, KnownDay] = {}
        # The month before a day is that before the next one, but for a day: it is kept, beside the lake.
        self._scratch = TemporaryDirectory(prefix="arb-backtest-")
        self._window = Path(self._scratch.name) / "window.parquet"

    def compared(
        self, valued: pl.DataFrame, nets: pl.DataFrame, later: date, *, day: date, risk: Risk
    ) -> pl.DataFrame:
        """Rows of `realised.compared`: forecasts of `day`, made at its `nets`, at the nets of a later day."""
        after = self.known(later)
        forecast = with_margin(valued)
        random = random_products(self._lines, forecast["product_id"])
        forecasts = forecast.join(
            random.select(product_id=pl.col("sealed_product_id").cast(pl.String)).unique(),
            on="product_id",
            how="semi",
        )
        chances = chances_later(with_line_nets(random, after.nets), self._drawn, forecasts)
        values = later_values(self._lines, nets, after.nets)
        return compared(valued, values, chances, risk=risk, day=day, category=self._category)

    def moved(self, then: pl.DataFrame, later: date, *, day: date) -> pl.DataFrame:
        """Rows of `drift.moves` from what `priced` kept of a day."""
        after = self.known(later).features
        return moves(then, after, singles=self._singles, sealed=self._sealed, day=day)

    def forget(self) -> None:
        """Lets go of the days that were read: a game's frames of one are some 100 MB."""
        self._days = {}

    def movement_day(self, day: date, before: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Rows of `day_values`, and the day's nets with those of `before` where a price is missing."""
        known = self.known(day)
        kept = with_last_nets(known.nets, before)
        complete = self._completeness.filter("contents_complete").select(product_id="sealed_product_id")
        untraded = known.params.guards.untraded_days
        return day_values(self._lines, known.nets, kept, complete, untraded_days=untraded), kept

    def valued(self, day: date, law: MovementLaw | None = None) -> pl.DataFrame:
        """The day's valuations (contract `Valuations`), as an analysis of that day makes them.

        `law`: of movement, in place of the one in force.
        """
        known = self.known(day)
        params = known.params if law is None else known.params.model_copy(update={"movement": law})
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
            params=params,
            as_of=day,
            offers=offers,
        )

    def known(self, day: date) -> KnownDay:
        """Features and nets of a day."""
        if day not in self._days:
            params = parameters(day, own_files(self._settings))
            window = [day - timedelta(days=n) for n in range(params.prices.window_days + 1)]
            frame = history_features(
                self._lake.paths(DAILY_PRICES, self._category, window),
                category=self._category,
                as_of=day,
                prices=params.prices,
                outliers=params.outliers,
                engine=self._settings.engine,
                window=self._window,
                scratch=self._lake.scratch,
            )
            features = with_any_edition(frame)
            quotes = quotes_of_channels(self._lake, params, day)
            own = prices_of_channels(quotes, Landing(self._settings.landing), params, day)
            self._days[day] = KnownDay(params, features, card_nets(self._singles, features, params, own))
        return self._days[day]
