"""Drift of reference prices over the horizon, and share of prices that are gone (valuation.md 2)."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from arb_pipeline.core.backtest.estimates import Estimate, estimated, sd_of
from arb_pipeline.core.pricing.offers import SEALED_PRINTING

FLOOR = 200
"""Lowest price that counts, in cents: valuation.md 2 measures singles over $2."""
BANDS = (FLOOR, 500, 2000, 10_000)
MAD_TO_SD = 1.4826
MARKET = 1.0
"""Quality of a price that rests on sales."""
TAIL = 1 / 20
WIDE, STEP = 0.30, 0.02
"""Range and width of the histogram's bars, as shares."""


def moves(
    then: pl.DataFrame, later: pl.DataFrame, *, singles: pl.DataFrame, sealed: pl.DataFrame, day: date
) -> pl.DataFrame:
    """One row per price over $2 on a day: kind, key, cents, and `moved` = ln(later / then), null where gone.

    `then`, `later`: contract `Features` of one category. Singles are those that some contents hold, at their
    reference price, apart by whether it rests on sales; sealed products are at their market price.
    """
    key = ["source_product_id", "printing"]
    held = singles.select(source_product_id="tcg_product_id", printing="printing").drop_nulls().unique()
    boxes = (
        sealed.select(source_product_id="tcg_product_id", printing=pl.lit(SEALED_PRINTING))
        .drop_nulls()
        .unique()
    )
    rests_on = (
        pl.when(pl.col("quality") == MARKET).then(pl.lit("singles")).otherwise(pl.lit("singles, asks alone"))
    )
    pairs = [
        _moved(then.join(held, on=key, how="semi"), later, key, "reference_cents", rests_on),
        _moved(then.join(boxes, on=key, how="semi"), later, key, "market_cents", pl.lit("sealed")),
    ]
    return pl.concat(pairs).with_columns(day=pl.lit(day))


def _moved(
    then: pl.DataFrame, later: pl.DataFrame, key: list[str], price: str, kind: pl.Expr
) -> pl.DataFrame:
    known = then.filter(pl.col(price) > FLOOR)
    after = later.select(*key, after=price)
    return known.join(after, on=key, how="left").select(
        kind=kind,
        product_id=pl.concat_str("category", *key, separator=":"),
        cents=price,
        moved=(pl.col("after") / pl.col(price)).log(),
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """Prices of one kind and band. Figures of natural logarithms: 0.07 is about 7 %."""

    kind: str
    over: int
    """Cents."""
    up_to: int | None
    """Cents; null: no limit."""
    rows: int
    products: int
    gone: float
    """Share of rows without a price later."""
    unmoved: float
    """Share of the rows with a later price whose price is unchanged."""
    mean: float
    median: float
    sd: Estimate
    robust_sd: float
    """1.4826 x the median distance from the median: the usual movement, robust against outliers."""
    p5: float
    p95: float


def drifts(price_moves: pl.DataFrame) -> list[Drift]:
    """Drift per kind: over all prices, then per band that has prices."""
    spans: list[tuple[int, int | None]] = [(FLOOR, None), *zip(BANDS, (*BANDS[1:], None), strict=True)]
    made = [
        _drift(rows, kind, over, up_to)
        for kind in ("singles", "singles, asks alone", "sealed")
        for over, up_to in spans
        if (rows := price_moves.filter(kind=kind).filter(_between(over, up_to))).height
    ]
    return [drift for drift in made if drift is not None]


def _between(over: int, up_to: int | None) -> pl.Expr:
    above = pl.col("cents") > over
    return above if up_to is None else above & (pl.col("cents") <= up_to)


def _drift(rows: pl.DataFrame, kind: str, over: int, up_to: int | None) -> Drift | None:
    """Drift of some rows; None for fewer than two prices, which have no deviation."""
    moved = rows["moved"].drop_nulls()
    if moved.len() < 2:  # noqa: PLR2004 - a standard deviation takes two
        return None
    x, median = pl.col("moved"), float(moved.median())  # type: ignore[arg-type]
    sums = [pl.lit(1.0) + 0 * x, x, x * x]
    return Drift(
        kind=kind,
        over=over,
        up_to=up_to,
        rows=rows.height,
        products=rows["product_id"].n_unique(),
        gone=1 - moved.len() / rows.height,
        unmoved=float((moved == 0).mean()),  # type: ignore[arg-type]
        mean=float(moved.mean()),  # type: ignore[arg-type]
        median=median,
        sd=estimated(rows.drop_nulls("moved"), sums, sd_of),
        robust_sd=MAD_TO_SD * float((moved - median).abs().median()),  # type: ignore[arg-type]
        p5=float(moved.quantile(TAIL, "linear")),  # type: ignore[arg-type]
        p95=float(moved.quantile(1 - TAIL, "linear")),  # type: ignore[arg-type]
    )


def histogram(price_moves: pl.DataFrame, kind: str) -> list[tuple[float, float]]:
    """(from, share) of moves from -0.30 to 0.30 in steps of 0.02; moves outside are in the end bars."""
    moved = price_moves.filter(kind=kind)["moved"].drop_nulls()
    if moved.is_empty():
        return []
    last = round(2 * WIDE / STEP) - 1
    # A price that did not move is in the bar that starts at 0, whatever the last digit of the division.
    place = ((moved + WIDE) / STEP + 1e-9).floor().clip(0, last).cast(pl.Int32)
    counted = dict(place.value_counts().iter_rows())
    return [(i * STEP - WIDE, counted.get(i, 0) / moved.len()) for i in range(last + 1)]
