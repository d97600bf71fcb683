"""Estimation of the law of movement from pairs of days of a project's own history.

A sample has one row per product, day and horizon: product_id, category, is_random, day, horizon_days, the
traits of the day (level, concentration, trading) and `moved`, ln(net value later / net value on the day),
where a card that lost its price keeps its last. What is known only after a forecast is not in its sample.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from arb_pipeline.core.outcome.distribution import Floats
from arb_pipeline.core.outcome.movement_law import TRAITS, KindLaw, MovementLaw, Trait

_TAIL = ["0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.25", "0.3", "0.4"]
PROBABILITIES = (*map(float, _TAIL), 1 / 2, *(round(1 - float(p), 3) for p in reversed(_TAIL)))
"""Probabilities of the table's quantiles, cut at 0.5 and 99.5 %: a Student t in logs has no finite mean."""
BAND = (1 / 20, 19 / 20)
STILL = 0.0032
"""Log movement added to every one before its log is taken: half of a robust standard deviation of a day."""
CONTRAST = 1.3
"""Tails differ more between products than usual moves do. Of 1, 1.3 and 1.5 times the slopes of usual moves,
1.3 has the narrowest mean band of 14 days, with 84 % or more inside for each third of products."""
SHRINK = 50
"""Products whose weight the pooled estimate has against that of a group."""
FEW = 50
"""Number of products below which a kind of contents keeps its law."""
HORIZONS = (3, 5, 7, 10, 14, 17, 21)
"""Days; those near the reference are fitted on, shorter ones only where there is nothing longer."""
MOST_LOST = 1 / 50
"""Share of a net value in cards without a price later, above which a row is left out."""


LEAST_EXPONENT = 0.3
STEADY = 10
"""Pairs of horizons of one day whose weight the law's own exponent has against what a sample shows."""


def fitted(sample: pl.DataFrame, before: MovementLaw) -> MovementLaw:
    """The law fitted to the sample; parts that the sample cannot determine keep the values of `before`."""
    before = before.model_copy(
        update={
            "fixed": _with_exponent(sample.filter(~pl.col("is_random")), before, before.fixed),
            "random": _with_exponent(sample.filter("is_random"), before, before.random),
        }
    )
    sample = near_reference(sample, before)
    kinds: dict[str, KindLaw] = {
        "fixed": _kind(sample.filter(~pl.col("is_random")), before, before.fixed),
        "random": _kind(sample.filter("is_random"), before, before.random),
    }
    law = before.model_copy(update={**kinds, "games": {}})
    games = _games(sample, law)
    with_games = law.model_copy(update={"games": games})
    return with_games if _is_better(sample, with_games, law) else law


def near_reference(sample: pl.DataFrame, law: MovementLaw) -> pl.DataFrame:
    """The rows of horizons within a third of the reference days; else of the longest horizon there is.

    Tails grow more slowly with time than usual moves: what is scaled from a few days is too wide at 1 %.
    """
    off = (pl.col("horizon_days") - law.reference_days).abs()
    near = sample.filter(off * 3 <= law.reference_days)
    return near if near.height else sample.filter(off == off.min())


def known_on(sample: pl.DataFrame, day: date) -> pl.DataFrame:
    """Rows whose later day is not after a day: those that were known on it."""
    return sample.filter(pl.col("day") + pl.duration(days="horizon_days") <= pl.lit(day))


def pinball(actual: Floats, forecast: Floats, share: float) -> float:
    """Mean loss of a forecast of the quantile `share`; lower is better."""
    off = actual - forecast
    return float(np.maximum(share * off, (share - 1) * off).mean())


def scaled(sample: pl.DataFrame, law: MovementLaw) -> Floats:
    """Log movements over the reference days."""
    days, is_random = sample["horizon_days"].to_numpy(), sample["is_random"].to_numpy()
    fixed, drawn = (kind.exponent or law.exponent for kind in (law.fixed, law.random))
    return np.asarray(
        sample["moved"].to_numpy() * (law.reference_days / days) ** np.where(is_random, drawn, fixed)
    )


def log_scales(sample: pl.DataFrame, kind: KindLaw) -> Floats:
    """Log of the scale of each row, by its traits; not yet within bounds."""
    slopes = np.array([kind.slopes.get(name, 0.0) for name in TRAITS])
    return np.asarray(_traits(sample, kind.typical) @ slopes)


def scales(sample: pl.DataFrame, law: MovementLaw) -> Floats:
    """The scale of each row: of its kind, traits and game, within bounds."""
    is_random = sample["is_random"].to_numpy()
    logs = np.where(is_random, log_scales(sample, law.random), log_scales(sample, law.fixed))
    games = sample["category"].replace_strict(dict(law.games), default=1.0, return_dtype=pl.Float64)
    return np.asarray(np.clip(np.exp(logs) * games.to_numpy(), law.least_scale, law.most_scale))


def _with_exponent(sample: pl.DataFrame, law: MovementLaw, kind: KindLaw) -> KindLaw:
    """The power of time by which bands of a kind grow, shrunk to that of the law.

    From the 90 % quantile of what products move, over horizons from one day: days differ, and their level is
    left out. Usual moves grow faster than these tails, which the band is of.
    """
    if sample.is_empty() or sample["product_id"].n_unique() < FEW:
        return kind
    spread = pl.col("moved").abs().quantile(BAND[1] - BAND[0], "linear")
    cells = sample.group_by("day", "horizon_days").agg(spread=spread).filter(pl.col("spread") > 0)
    logs = cells.select("day", x=pl.col("horizon_days").log(), y=pl.col("spread").log())
    off = logs.select(*((pl.col(name) - pl.col(name).mean().over("day")) for name in ("x", "y")))
    squares = float((off["x"] ** 2).sum())
    pairs = cells.height - cells["day"].n_unique()
    if not pairs or not squares:
        return kind
    slope, weight = float((off["x"] * off["y"]).sum()) / squares, pairs / (pairs + STEADY)
    exponent = law.exponent + weight * (slope - law.exponent)
    return kind.model_copy(update={"exponent": round(min(max(exponent, LEAST_EXPONENT), 1.0), 4)})


def _kind(sample: pl.DataFrame, law: MovementLaw, before: KindLaw) -> KindLaw:
    if sample["product_id"].n_unique() < FEW:
        return before
    chosen = _chosen(sample, law)
    return _table(sample, law, chosen)


def _chosen(sample: pl.DataFrame, law: MovementLaw) -> Sequence[Trait]:
    """The traits, less those without which the pinball loss on later days is lower.

    Later: on days after those that the law was fitted on. A sample too short to be split keeps them all.
    """
    days = sample["day"].unique().sort()
    middle = days[len(days) // 2]
    earlier, later = known_on(sample, middle), sample.filter(pl.col("day") >= middle)
    if earlier["product_id"].n_unique() < FEW or later.is_empty():
        return TRAITS
    kept = list(TRAITS)
    for name in TRAITS:
        without = [trait for trait in kept if trait != name]
        if _loss(later, law, _table(earlier, law, without)) < _loss(later, law, _table(earlier, law, kept)):
            kept = without
    return kept


def _loss(rows: pl.DataFrame, law: MovementLaw, kind: KindLaw) -> float:
    actual, scale = scaled(rows, law), np.exp(log_scales(rows, kind))
    scale = np.clip(scale, law.least_scale, law.most_scale)
    table = sorted(kind.logs.items())
    at = np.interp(BAND, [p for p, _ in table], [value for _, value in table])
    return sum(pinball(actual, scale * value, share) for share, value in zip(BAND, at, strict=True))


def _table(sample: pl.DataFrame, law: MovementLaw, names: Sequence[Trait]) -> KindLaw:
    products = sample["product_id"].n_unique()
    typical = _typical(sample)
    traits, moved = _traits(sample, typical), scaled(sample, law)
    slopes = dict.fromkeys(TRAITS, 0.0)
    if names:
        at = [TRAITS.index(name) for name in names]
        columns = np.column_stack([np.ones(len(moved)), traits[:, at]])
        coefficients = np.linalg.lstsq(columns, np.log(np.abs(moved) + STILL), rcond=None)[0][1:]
        shrunk = CONTRAST * products / (products + SHRINK)
        slopes |= {name: float(shrunk * slope) for name, slope in zip(names, coefficients, strict=True)}
    scale = np.clip(
        np.exp(traits @ np.array([slopes[name] for name in TRAITS])), law.least_scale, law.most_scale
    )
    kind = law.random if sample["is_random"][0] else law.fixed
    return KindLaw(
        exponent=kind.exponent,
        logs=mirrored(moved / scale),
        typical={name: round(value, 4) for name, value in typical.items()},
        slopes={name: round(value, 4) for name, value in slopes.items()},
        products=products,
    )


def mirrored(moved: Floats) -> dict[float, float]:
    """Quantiles of log movements and their negatives.

    The direction of a market over a few weeks is one observation and no forecast: both tails are pooled.
    """
    both = np.quantile(np.concatenate([moved, -moved]), PROBABILITIES)
    # Ranks of a still price tie at 0: a table that can be inverted rises, by less than it is read to.
    return {
        p: round(float(value), 5) + 1e-6 * (place - len(PROBABILITIES) // 2)
        for place, (p, value) in enumerate(zip(PROBABILITIES, both, strict=True))
    }


def _games(sample: pl.DataFrame, law: MovementLaw) -> dict[str, float]:
    """Factor per game of its products' movement relative to the law, shrunk to 1 by their number."""
    fixed, drawn = (float(np.log(kind.table.quantile(BAND[1]))) for kind in (law.fixed, law.random))
    usual = np.where(sample["is_random"].to_numpy(), drawn, fixed)
    spread = np.abs(scaled(sample, law)) / scales(sample, law) / usual
    rows = sample.select("category", "product_id").with_columns(spread=pl.Series(spread))
    overall = float(np.quantile(spread, BAND[1] - BAND[0]))
    games = rows.group_by("category").agg(
        pl.col("spread").quantile(BAND[1] - BAND[0], "linear"), products=pl.col("product_id").n_unique()
    )
    return {
        category: round(float(np.exp(np.log(spread / overall) * products / (products + SHRINK))), 4)
        for category, spread, products in games.sort("category").iter_rows()
        if spread > 0 and overall > 0
    }


def _is_better(sample: pl.DataFrame, law: MovementLaw, rival: MovementLaw) -> bool:
    """True if a law's pinball loss on the later half of the days is lower than a rival's."""
    days = sample["day"].unique().sort()
    later = sample.filter(pl.col("day") >= days[len(days) // 2])
    return band_loss(later, law) < band_loss(later, rival)


def band_loss(sample: pl.DataFrame, law: MovementLaw) -> float:
    """Pinball loss of the 5 and 95 % quantiles over the reference days."""
    scale, actual = scales(sample, law), scaled(sample, law)
    is_random = sample["is_random"].to_numpy()
    total = 0.0
    for share in BAND:
        fixed, drawn = (np.log(kind.table.quantile(share)) for kind in (law.fixed, law.random))
        total += pinball(actual, scale * np.where(is_random, drawn, fixed), share)
    return total


def _typical(sample: pl.DataFrame) -> dict[Trait, float]:
    rows = _known(sample)
    return {name: float(np.nanmean(rows[name])) if np.isfinite(rows[name]).any() else 0.0 for name in TRAITS}


def _traits(sample: pl.DataFrame, typical: Mapping[Trait, float]) -> Floats:
    """Distance of each trait from its mean, a column each; 0 where it is not known."""
    rows = _known(sample)
    return np.column_stack([np.nan_to_num(rows[name] - typical[name], nan=0.0) for name in TRAITS])


def _known(sample: pl.DataFrame) -> dict[str, Floats]:
    frame = sample.select(
        level=pl.when(pl.col("level") > 0).then(pl.col("level").log()),
        concentration=pl.when(pl.col("concentration") > 0).then(pl.col("concentration").log()),
        trading="trading",
    ).cast(pl.Float64)
    return {name: frame[name].fill_null(float("nan")).to_numpy() for name in TRAITS}


def later_days(days: Sequence[date], horizons: Sequence[int]) -> list[tuple[date, date]]:
    """Pairs of days that are a horizon apart."""
    there = set(days)
    return [
        (day, later)
        for day in sorted(days)
        for horizon in horizons
        if (later := day + timedelta(days=horizon)) in there
    ]
