"""All findings of a backtest, from its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from arb_pipeline.core.backtest.calibration import Bin, Brier, bins, brier, is_rising
from arb_pipeline.core.backtest.coverage import Coverage, by_day, coverages, thirds
from arb_pipeline.core.backtest.drift import Drift, drifts, histogram
from arb_pipeline.core.backtest.estimates import Estimate, estimated, mean_of
from arb_pipeline.core.backtest.factor_scores import SCORE, Factor, judged
from arb_pipeline.core.backtest.ranks import Choice, choices

NEAR = pl.col("margin_bps").abs() <= 1000  # noqa: PLR2004
"""Forecast margin within 10 %, where a small drift decides between profit and loss."""
NEAR_THIRDS = {
    "price": "sealed_price_cents",
    "price of the cards": "level",
    "concentration": "concentration",
    "trading": "trading",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Scope of a backtest."""

    first: date
    last: date
    horizon: int
    """Days from a forecast to its result."""
    within: float
    """A valuation held if its value later is within this share of the forecast."""
    is_published_only: bool
    days: Mapping[str, Sequence[date]]
    """Category -> days of forecasts."""
    skipped: Mapping[str, Sequence[date]]
    """Category -> days with prices that have none a horizon later."""
    history: tuple[int, int]
    """Days of prices behind the first and the last day of forecasts: few make factors lack data."""
    walk_forward: Sequence[date] = ()
    """Days whose forecasts used a law of movement that was estimated on what was known then."""
    in_force: Sequence[date] = ()
    """Days whose forecasts used the law in force, which may have seen what came after them."""
    left_out: int = 0
    """Forecasts of the bands with over 2 % of their value in cards without a price."""

    @property
    def law(self) -> str:
        """Law of the bands and chances; where days have both, those of the first alone count."""
        return "walk-forward" if self.walk_forward else "in force"


@dataclass(frozen=True, slots=True)
class Group:
    """Forecasts of one kind, and their results. Margins in basis points."""

    name: str
    rows: int
    products: int
    forecast_median: float
    realised_median: float
    change: Estimate
    """Mean of realised less forecast margin."""
    in_profit: float
    """Share whose expected profit was above 0 later."""
    held: float | None
    """Share whose value was within `within` of the forecast; null where all forecasts were of 0."""
    lost_share: float | None
    """Mean share of the forecast value in cards without a price later, which then net 0."""
    kept_change: float
    """Mean change of the margin had those cards kept their price."""
    profit_cents: int
    """Forecast, one of each row bought."""
    realised_profit_cents: int


@dataclass(frozen=True, slots=True)
class Published:
    """One product over the days on which it was published. Margins in basis points, means over these days."""

    name: str
    category: str
    days: int
    first: date
    last: date
    confidence: float
    p_profit: float | None
    margin: float
    realised: float
    worst: int
    days_in_profit: int
    flags: list[str]


@dataclass(frozen=True, slots=True)
class Findings:
    """A backtest. Every share and correlation states its number of rows and products."""

    scope: Scope
    rows: int
    products: int
    groups: list[Group]
    confidence_held: list[Bin]
    confidence_stayed: list[Bin]
    held_rises: bool | None
    stayed_rises: bool | None
    factors: dict[str, list[Factor]]
    brier: dict[str, Brier]
    reliability: dict[str, list[Bin]]
    coverage: list[Coverage]
    """Coverage of p5 to p95 of the net value; of its expected value where contents are random."""
    coverage_by_day: list[Coverage]
    """Coverage of fixed contents, by day of the forecast."""
    opened_held: dict[str, float]
    """Random contents, by game: expected share of openings within p5 to p95, of products with a price."""
    near: dict[str, Brier]
    """P(profit) of fixed contents near break-even: all, per game, per third of each trait of movement."""
    choices: list[Choice]
    """Results of the ten best products, by rank formula."""
    drift: list[Drift]
    moves: dict[str, list[tuple[float, float]]] = field(repr=False)
    published: list[Published]


def findings(
    rows: pl.DataFrame,
    moves: pl.DataFrame,
    bands: pl.DataFrame,
    names: pl.DataFrame,
    scope: Scope,
    weights: Mapping[str, float],
) -> Findings:
    """Findings over all rows.

    `rows`: of `compared` with the traits of the day, `moves`: of `drift.moves`, `bands`: a sample with the
    columns of `coverage.bands`, all days; `names`: product_id and name; `weights`: of the confidence.
    """
    judged_rows = _with_outcome(rows, scope)
    hopeful = judged_rows.filter(pl.col("profit_cents") > 0)
    held, stayed = bins(judged_rows, SCORE, "held"), bins(hopeful, SCORE, "stayed")
    # Chances are of days whose law knew nothing of what came, where there are any.
    counted = pl.col("day").is_in(list(scope.walk_forward or scope.in_force))
    chanced = judged_rows.filter(counted)
    certain, drawn = chanced.filter(~pl.col("is_random")), chanced.filter("is_random")
    return Findings(
        scope=scope,
        rows=judged_rows.height,
        products=judged_rows["product_id"].n_unique(),
        groups=_groups(judged_rows),
        confidence_held=held,
        confidence_stayed=stayed,
        held_rises=is_rising(held),
        stayed_rises=is_rising(stayed),
        factors={
            "the value stays close, all products": judged(judged_rows, "closeness", weights),
            "the value stays close, forecast profits": judged(hopeful, "closeness", weights),
            "a forecast profit stays one": judged(hopeful, "stayed", weights),
        },
        brier=_briers(_kinds(chanced, certain, drawn)),
        reliability={
            "certain contents": bins(certain, "p_profit", "came_true"),
            "random contents": bins(drawn, "p_profit", "came_true"),
        },
        coverage=coverages(bands.filter(counted)) if bands.height else [],
        coverage_by_day=by_day(bands) if bands.height else [],
        opened_held=_opened_held(drawn),
        near=_briers(_near_groups(certain.filter(NEAR))),
        choices=choices(chanced),
        drift=drifts(moves),
        moves={kind: histogram(moves, kind) for kind in ("singles", "sealed")},
        published=_published(rows, names),
    )


def _with_outcome(rows: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """Rows within the scope, with `closeness` of forecast and later value; `held`: 1 if close enough."""
    rows = rows.filter("published") if scope.is_published_only else rows
    change = pl.col("value_change").abs()
    return rows.with_columns(closeness=-change, held=(change <= scope.within).cast(pl.Float64))


def _kinds(chanced: pl.DataFrame, certain: pl.DataFrame, drawn: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {
        "all": chanced,
        "certain contents": certain,
        "certain contents, forecast margin within 10 %": certain.filter(NEAR),
        "random contents": drawn,
        "random contents, forecast margin within 10 %": drawn.filter(NEAR),
    }


def _briers(groups: Mapping[str, pl.DataFrame]) -> dict[str, Brier]:
    """Brier score per group; groups without a chance have none."""
    scores = {name: brier(frame) for name, frame in groups.items()}
    return {name: score for name, score in scores.items() if score}


def _near_groups(near: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """All, each game, and thirds by each trait of movement."""
    groups = {"all": near}
    groups |= {str(game): members for (game,), members in sorted(near.group_by("category"))}
    for trait, column in NEAR_THIRDS.items():
        groups |= {
            f"{trait}, third {n + 1}": members
            for n, members in enumerate(thirds(near, column))
            if members.height
        }
    return groups


def _opened_held(drawn: pl.DataFrame) -> dict[str, float]:
    """Per game and in all, products with a price: expected share of openings that p5 to p95 held."""
    known = drawn.drop_nulls("held_later")
    if known.is_empty():
        return {}
    by_game = known.group_by("category").agg(pl.mean("held_later")).sort("category")
    return {"all": float(known["held_later"].mean())} | dict(by_game.iter_rows())  # type: ignore[arg-type]


def _groups(rows: pl.DataFrame) -> list[Group]:
    profit, is_published = pl.col("profit_cents") > 0, pl.col("published")
    parts = {
        "published": is_published,
        "forecast profit, not published": profit & ~is_published,
        "forecast loss": ~profit,
        "all": pl.lit(value=True),
    }
    groups = ((name, rows.filter(part)) for name, part in parts.items())
    return [_group(name, part) for name, part in groups if part.height]


def _group(name: str, rows: pl.DataFrame) -> Group:
    change = pl.col("realised_margin_bps") - pl.col("margin_bps")
    figures = rows.select(
        products=pl.col("product_id").n_unique(),
        forecast_median=pl.median("margin_bps"),
        realised_median=pl.median("realised_margin_bps"),
        in_profit=pl.mean("stayed"),
        held=pl.mean("held"),
        lost_share=pl.mean("lost_share"),
        kept_change=(pl.col("kept_margin_bps") - pl.col("margin_bps")).mean(),
        profit_cents=pl.sum("profit_cents"),
        realised_profit_cents=pl.sum("realised_profit_cents"),
    ).row(0, named=True)
    mean = estimated(rows, [pl.lit(1.0) + 0 * change, change], mean_of)
    return Group(name=name, rows=rows.height, change=mean, **figures)


def _published(rows: pl.DataFrame, names: pl.DataFrame) -> list[Published]:
    """Products that were published on some day, the highest forecast margin first."""
    groups = (
        rows.filter("published")
        .sort("product_id", "day")
        .group_by("product_id", "category", maintain_order=True)
        .agg(
            days=pl.len(),
            first=pl.min("day"),
            last=pl.max("day"),
            confidence=pl.mean("confidence_score"),
            p_profit=pl.mean("p_profit"),
            margin=pl.mean("margin_bps"),
            realised=pl.mean("realised_margin_bps"),
            worst=pl.min("realised_margin_bps"),
            days_in_profit=pl.col("stayed").sum().cast(pl.Int64),
            flags=pl.col("flags").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
        )
        .join(names.select("product_id", "name"), on="product_id")
        .sort("margin", "product_id", descending=[True, False])
        .drop("product_id")
    )
    return [Published(**row) for row in groups.iter_rows(named=True)]
