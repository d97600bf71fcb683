"""Calibration of the law of movement: re-estimation from the price history of the lake."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.core.backtest.coverage import Coverage, bands, coverages, pit_histogram
from arb_pipeline.core.backtest.movement_fit import FEW, HORIZONS, fitted, known_on, near_reference
from arb_pipeline.core.outcome.movement_law import MovementLaw
from arb_pipeline.services.view import View, view_of
from arb_pipeline.settings import Settings
from arb_pipeline.storage.files import check_output, written_whole
from arb_pipeline.storage.lake import DAILY_PRICES, Lake
from arb_pipeline.storage.params import CALIBRATION, adopted_law, own_files, parameters, values_by_day

LATEST = "movement.json"
LEAST_HELD, MOST_HELD = 0.85, 0.95
"""Share of fixed contents within p5 to p95 that is accepted."""
OF_LAW = ("fixed", "random", "games")
"""Parameters that a calibration estimates."""


class CoverageView(view_of(Coverage)):  # type: ignore[misc]
    """Coverage of the bands of one group of forecasts, as `Coverage` declares it."""


class LawCalibrationView(View):
    """The law in force, the law estimated from the lake, and the coverage of both."""

    first: date
    last: date
    """Days of prices."""
    products: int
    rows: int
    left_out: int
    """Rows that lost over 2 % of their value to missing prices."""
    before: tuple[CoverageView, ...]
    """Coverage of the law in force, over its reference days."""
    after: tuple[CoverageView, ...]
    """Coverage of the law estimated from all days, in sample."""
    walk_forward: tuple[CoverageView, ...]
    """Coverage of laws estimated for each day from earlier data. Empty where the history is too short."""
    pit: tuple[float, ...]
    """Histogram for fixed contents of the same: shares per tenth, each 0.1 where the law is right."""
    law: dict[str, Any]
    """The law estimated from all days, as parameters."""
    output: Path | None
    adopted: Path | None = None
    """The file of the home that has the law in force from now on."""
    overridden_by: Path | None = None
    """A user's file that sets the law otherwise, and counts for more."""


class CalibrationError(NotEnoughDataError, LookupError):
    """A history that is too short for a calibration; the message states the available days."""


def calibrate(
    settings: Settings,
    categories: Sequence[str],
    progress: Callable[[str, date, int, int], None],
    *,
    output: Path | None = None,
    is_adopted: bool = False,
) -> LawCalibrationView:
    """Estimates the law from all days of the lake; with `output`, writes it as a file for ARB_PARAMS.

    `progress`: category, day, days done, days in all. Raises `CalibrationError` where too few products have
    prices on two days a horizon apart.
    """
    if output is not None:
        check_output(output)
    lake = Lake(settings.lake)
    days = {category: lake.days(DAILY_PRICES, category) for category in categories}
    there = sorted({day for of_game in days.values() for day in of_game})
    sample, left_out = history_sample(settings, days, progress)
    if not there or sample.is_empty() or sample["product_id"].n_unique() < FEW:
        span = f"prices of {len(there)} days, {there[0]} to {there[-1]}" if there else "no prices"
        msg = (
            f"Not enough history: the lake has {span}, and {FEW} products with known contents need prices"
            f" {min(HORIZONS)} days apart or more."
        )
        raise CalibrationError(msg, next_step="Load more days: `arb backfill`.")
    before = parameters(there[-1], own_files(settings)).movement
    law = fitted(sample, before)
    ahead = near_reference(sample, before)
    tested, pit = walked_forward(sample, before)
    if output is not None:
        with written_whole(output) as aside:
            aside.write_text(_as_parameters(law, sample, there), "utf-8")
    adopted = overridden_by = None
    if is_adopted:
        adopted, overridden_by = adopt(settings, law, sample, there)
    view = LawCalibrationView(
        first=there[0],
        last=there[-1],
        products=sample["product_id"].n_unique(),
        rows=ahead.height,
        left_out=left_out,
        before=_views(ahead, before),
        after=_views(ahead, law),
        walk_forward=tested,
        pit=pit,
        law=law.model_dump(),
        output=output,
        adopted=adopted,
        overridden_by=overridden_by,
    )
    if is_adopted:
        save(view, settings.home.expanduser() / CALIBRATION)
    return view


def adopt(
    settings: Settings, law: MovementLaw, sample: pl.DataFrame, days: Sequence[date]
) -> tuple[Path, Path | None]:
    """Puts a law in force from its last day of prices on; returns the home's file, and one that wins over it.

    Days before keep the law that they had: their analyses can be repeated.
    """
    path = adopted_law(settings)
    kept = (path,) if path.is_file() else None
    before = {
        name: {day: value for day, value in values_by_day("movement", name, kept).items() if day < days[-1]}
        for name in OF_LAW
    }
    with written_whole(path) as aside:
        aside.write_text(_as_parameters(law, sample, days, before), "utf-8")
    shipped = parameters(days[-1], own_files(settings)).movement
    is_in_force = all(getattr(shipped, name) == getattr(law, name) for name in OF_LAW)
    return path, None if is_in_force else settings.params


def save(view: LawCalibrationView, folder: Path) -> None:
    """Keeps a calibration as the newest of a folder."""
    with written_whole(folder / LATEST) as aside:
        aside.write_text(view.model_dump_json(), "utf-8")


def latest(folder: Path) -> LawCalibrationView | None:
    """The newest calibration of a folder; None where there is none."""
    path = folder / LATEST
    return LawCalibrationView.model_validate_json(path.read_text("utf-8")) if path.exists() else None


def held_share(view: LawCalibrationView) -> float | None:
    """Share of forecasts of fixed contents that the law in force held; None where there are none.

    One that was just adopted is measured by laws like it on days that they had not seen, where there are any.
    """
    rows = view.before if view.adopted is None else view.walk_forward or view.after
    return next((row.held for row in rows if row.group == "fixed contents"), None)


def history_sample(
    settings: Settings,
    days: dict[str, list[date]],
    progress: Callable[[str, date, int, int], None],
) -> tuple[pl.DataFrame, int]:
    """The sample of `movement_fit` over the days of each game, and how many rows were left out of it."""
    # Half a second of engines and contracts, and `arb doctor` only reads what was calibrated.
    from arb_pipeline.core.backtest.movement_sample import movement_sample
    from arb_pipeline.services.backtest import Game

    total, done, left_out = sum(map(len, days.values())), 0, 0
    samples = []
    for category, of_game in days.items():
        game, kept, pairs = Game(settings, Lake(settings.lake), category), None, {}
        for day in of_game:
            values, kept = game.movement_day(day, kept)
            game.forget()
            pairs[day] = values
            done += 1
            progress(category, day, done, total)
        sample, lost = movement_sample(pairs, category=category, horizons=HORIZONS)
        left_out += lost
        if sample.height:
            samples.append(sample)
    return (pl.concat(samples) if samples else pl.DataFrame()), left_out


def walked_forward(
    sample: pl.DataFrame, before: MovementLaw
) -> tuple[tuple[CoverageView, ...], tuple[float, ...]]:
    """Out-of-sample coverage over the reference days, by laws estimated before each forecast."""
    ahead = sample.filter(pl.col("horizon_days") == before.reference_days)
    rows = []
    for (day,), forecasts in sorted(ahead.group_by("day")):
        known = known_on(sample, day)
        if known.is_empty() or known["product_id"].n_unique() < FEW:
            continue
        rows.append((fitted(known, before), forecasts))
    if not rows:
        return (), ()
    forecasts_of_all = pl.concat(forecasts.with_columns(bands(forecasts, law)) for law, forecasts in rows)
    fixed = forecasts_of_all.filter(~pl.col("is_random"))
    pit = tuple(pit_histogram(fixed)) if fixed.height else ()
    views = tuple(
        CoverageView.model_validate(coverage, from_attributes=True)
        for coverage in coverages(forecasts_of_all)
    )
    return views, pit


def _as_parameters(
    law: MovementLaw,
    sample: pl.DataFrame,
    days: Sequence[date],
    before: Mapping[str, Mapping[date, Any]] | None = None,
) -> str:
    """The law as a parameter file, dated by its last day, with its sample. `before`: earlier values."""
    source = f"arb calibrate: {sample['product_id'].n_unique()} products, {days[0]} to {days[-1]}"
    figures = law.model_dump()
    entries = {
        name: {
            "values": {**(before or {}).get(name, {}), days[-1]: figures[name]},
            "source": source,
            "checked_on": days[-1],
        }
        for name in OF_LAW
    }
    return yaml.safe_dump({"movement": entries}, sort_keys=False)


def _views(sample: pl.DataFrame, law: MovementLaw) -> tuple[CoverageView, ...]:
    rows = coverages(sample.with_columns(bands(sample, law)))
    return tuple(CoverageView.model_validate(coverage, from_attributes=True) for coverage in rows)
