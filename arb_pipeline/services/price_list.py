"""Valuation of a buyer's price list: each row with its result, or the reason that it has none."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from arb_pipeline.core.export import for_csv
from arb_pipeline.core.matching.product_finder import Found, ProductFinder
from arb_pipeline.core.pricing.channel_params import DOLLAR
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.core.valuation.what_if import EVEN, Purchase
from arb_pipeline.services import what_if
from arb_pipeline.services.view import View
from arb_pipeline.services.what_if import Unvaluable, Valuation
from arb_pipeline.settings import Settings
from arb_pipeline.sources import buyer_price_list
from arb_pipeline.sources.buyer_price_list import ListRow
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.postgres.reference import corrected

COLLECTED_AT = gc.get_threshold()
"""Thresholds of the collector, as the process has them."""
PLAIN = ("p_profit", "chance", "confidence_score")
"""Figures without unit."""
RESULTS: dict[str, type[pl.DataType]] = {
    "line": pl.Int64,
    "result": pl.String,
    "reason": pl.String,
    "product_id": pl.String,
    "matched_name": pl.String,
    "matched_by": pl.String,
    "as_of": pl.Date,
    "pieces": pl.Int64,
    "cost": pl.Float64,
    "cost_per_piece": pl.Float64,
    "gross_value": pl.Float64,
    "net_value": pl.Float64,
    "profit": pl.Float64,
    "margin_percentage": pl.Float64,
    "outcome_mean": pl.Float64,
    "outcome_sd": pl.Float64,
    "p5": pl.Float64,
    "p50": pl.Float64,
    "p95": pl.Float64,
    "p_profit": pl.Float64,
    "break_even_50": pl.Float64,
    "chance": pl.Float64,
    "break_even_at_chance": pl.Float64,
    "market_price": pl.Float64,
    "cheapest_offer": pl.Float64,
    "cheapest_source": pl.String,
    "confidence_score": pl.Float64,
    "risk_level": pl.String,
    "flags": pl.String,
    "why": pl.String,
}
"""Columns of a row's result, after those of the list. Dollars of all pieces; break-evens per piece."""
IN_CENTS = [name for name, dtype in RESULTS.items() if dtype == pl.Float64 and name not in PLAIN]
"""Columns that the core gives x 100: amounts in cents, percentages in basis points."""
VALUED_AT_ONCE = 20_000
"""Purchases between two calls of `progress`."""
WORTH_BUYING, VALUED = "worth buying", "valued"


@dataclass(frozen=True, slots=True)
class PriceListRow:
    """A row of a price list with its result."""

    line: int
    cells: Mapping[str, str]
    """Header -> cell, as written."""
    given: Mapping[str, str]
    """The cells that name the product, by field."""
    result: str
    """`worth buying`, `valued`, or the kind of reason that the row has no value."""
    reason: str | None
    matched_by: str | None
    """Field by which the product was found; None where it was not."""
    candidates: tuple[str, ...] = ()
    """Ids of candidate products, where the row is ambiguous."""
    valuation: Valuation | None = None
    """None where no product was found or the row has no sound price."""

    @property
    def is_valued(self) -> bool:
        """The row has figures."""
        return self.valuation is not None and self.valuation.figures is not None

    @property
    def order(self) -> tuple[float, int]:
        """Sort key, best first: by P(profit) x profit, losses by their size; then by line."""
        figures = self.valuation.figures if self.valuation else None
        if figures is None:
            return (float("inf"), self.line)
        profit = figures.profit_cents / 100
        return (-profit * figures.p_profit if profit > 0 else -profit, self.line)


class PriceListSummary(View):
    """Rows of a price list by result."""

    rows: int
    valued: int
    worth_buying: int
    refused: Mapping[str, int]
    """Kind of reason -> rows, the most frequent first."""


@dataclass(frozen=True, slots=True)
class PriceListView:
    """A price list valued, in its order."""

    chance: float
    """P(profit) of the break-even price beside 0.5."""
    reading: tuple[str, ...]
    """A sentence per mapped column, for the buyer to check."""
    rows: tuple[PriceListRow, ...]
    summary: PriceListSummary


@dataclass(frozen=True, slots=True)
class _Match:
    """A valid row with its product."""

    row: ListRow
    lookup: Found
    purchase: Purchase


@contextmanager
def _few_collections() -> Iterator[None]:
    """Makes collections of cycles rare: rows are many, live to the end, and form no cycles.

    Otherwise the collector walks all rows again and again: a quarter of the time of 100,000.
    """
    gc.set_threshold(1_000_000)
    try:
        yield
    finally:  # the process's own: of two lists at once, the later would restore the other's
        gc.set_threshold(*COLLECTED_AT)


@_few_collections()
def value_list(
    settings: Settings,
    engine: sa.Engine,
    path: Path,
    *,
    day: date | None = None,
    channels: Sequence[str] = (),
    chance: float,
    columns: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> PriceListView:
    """A price list in a file, valued.

    `columns`: field -> header, for columns with names of their own. `progress`: purchases valued so far, of
    how many.

    Raises `PriceListError` for a file that is no price list, and `InvalidInputError` for an unknown channel.
    """
    given = buyer_price_list.read_price_list(path, columns)
    rows = given.rows
    matches, results = _match(settings, engine, rows, day)
    ids = {match.purchase.product_id for match in matches}
    snapshot = what_if.load(settings, ids, day=day, channels=channels)
    # Purchases of one product at several prices share a distribution: keep them in one batch.
    matches.sort(key=lambda match: match.purchase.product_id)
    for start in range(0, len(matches), VALUED_AT_ONCE):
        batch = matches[start : start + VALUED_AT_ONCE]
        purchases = list(dict.fromkeys(match.purchase for match in batch))
        valued = what_if.value(snapshot, purchases, chance=chance, is_brief=True)
        valuations = dict(zip(purchases, valued, strict=True))
        for match in batch:
            results[match.row.line] = _valued(match, valuations[match.purchase])
        progress(start + len(batch), len(matches))
    ordered = tuple(results[row.line] for row in rows)
    return PriceListView(chance=chance, reading=given.reading, rows=ordered, summary=_summary(ordered))


def as_frame(view: PriceListView) -> pl.DataFrame:
    """The list's own columns as text, then `RESULTS`; an own column of such a name is `given_<name>`."""
    headers = list(dict.fromkeys(name for row in view.rows for name in row.cells))
    own = {
        f"given_{name}" if name in RESULTS else name: pl.Series(
            [row.cells.get(name) for row in view.rows], dtype=pl.String
        )
        for name in headers
    }
    cents = dict.fromkeys(IN_CENTS, pl.Int64)
    results = pl.DataFrame(
        [_results(row, view.chance) for row in view.rows], schema={**RESULTS, **cents}, orient="row"
    ).with_columns(pl.col(*IN_CENTS) / 100)
    return pl.DataFrame(own).hstack(results) if own else results


@_few_collections()
def write_csv(view: PriceListView, path: Path) -> None:
    """Writes `as_frame` to a CSV file, atomically; texts that look like a formula are quoted."""
    with written_whole(path) as aside:
        for_csv(as_frame(view)).write_csv(aside)


def _match(
    settings: Settings, engine: sa.Engine, rows: Sequence[ListRow], day: date | None
) -> tuple[list[_Match], dict[int, PriceListRow]]:
    """Rows with their products, and results by line of those without a product or a valid price."""
    lake = Lake(settings.lake)
    with engine.connect() as connection:  # ids corrected since the catalogue was built
        sealed = corrected(connection, lake.read(SEALED_PRODUCTS), key="product_id")
    draws = lake.read("contents/draws") if lake.has("contents/draws") else None
    finder = ProductFinder(sealed, lake.read("catalog/marketplace_ids"), draws)
    categories = dict(sealed.select("product_id", "category").iter_rows())
    newest = {category: lake.days(what_if.ANALYSED, category)[-1:] for category in set(categories.values())}
    is_foreign = any(row.currency != DOLLAR and not row.slug for row in rows)
    rates = marketplace_files.rates(Landing(settings.landing)) if is_foreign else Rates()
    matches: list[_Match] = []
    results: dict[int, PriceListRow] = {}
    known: dict[tuple[tuple[str, str], ...], Found] = {}  # lists name a product on many rows
    for row in rows:
        if row.slug:
            results[row.line] = _refused(row, row.slug, row.problem)
            continue
        named = tuple(row.given.items())
        lookup = known.get(named) or known.setdefault(named, finder.find(row.given))
        if lookup.product_id is None:
            results[row.line] = _refused(row, lookup.by, lookup.reason, candidates=lookup.candidates)
            continue
        on = day or next(iter(newest[categories[lookup.product_id]]), None)
        purchase = _purchase(row, lookup.product_id, on, rates)
        if isinstance(purchase, Purchase):
            matches.append(_Match(row, lookup, purchase))
        else:
            results[row.line] = _refused(row, *purchase, matched_by=lookup.by)
    return matches, results


def _purchase(row: ListRow, product_id: str, day: date | None, rates: Rates) -> Purchase | tuple[str, str]:
    """The row in US cents at the rate of the analysed day; else kind of reason and reason."""
    if row.currency != DOLLAR and (day is None or not rates.converts(row.currency, day)):
        when = day or "an analysed day"
        return "no_rate", f"the ECB's rate of {row.currency} on {when} is not there: `arb fetch ecb`"
    on = day or date.min  # dollars need no rate
    price, shipping = (rates.to_cents(amount, row.currency, on) for amount in (row.price, row.shipping))
    if not price or shipping is None:
        return "bad_price", f"price: {row.price} {row.currency} is less than half a cent"
    return Purchase(product_id, price, row.quantity, shipping)


def _refused(
    row: ListRow, kind: str, reason: str, *, matched_by: str | None = None, candidates: Sequence[str] = ()
) -> PriceListRow:
    return PriceListRow(
        line=row.line,
        cells=row.cells,
        given=row.given,
        result=kind,
        reason=reason,
        matched_by=matched_by,
        candidates=tuple(candidates),
    )


def _valued(match: _Match, valuation: Valuation) -> PriceListRow:
    result = WORTH_BUYING if valuation.is_worth_buying else valuation.refusal or VALUED
    return PriceListRow(
        line=match.row.line,
        cells=match.row.cells,
        given=match.row.given,
        result=result,
        reason=valuation.reason,
        matched_by=match.lookup.by,
        valuation=valuation,
    )


def _summary(rows: Sequence[PriceListRow]) -> PriceListSummary:
    refused = Counter(row.result for row in rows if not row.is_valued)
    return PriceListSummary(
        rows=len(rows),
        valued=sum(row.is_valued for row in rows),
        worth_buying=sum(row.result == WORTH_BUYING for row in rows),
        refused=dict(refused.most_common()),
    )


def _results(row: PriceListRow, chance: float) -> tuple[Any, ...]:
    """The `RESULTS` of a row, None for those that are not known; amounts and percentages x 100."""
    valuation = row.valuation
    known: tuple[Any, ...] = (row.line, row.result, row.reason)
    if valuation is None:
        return (*known, None, None, row.matched_by, *[None] * (len(RESULTS) - 6))
    purchase, product = valuation.purchase, valuation.product
    known += (product.product_id, product.name, row.matched_by, valuation.as_of)
    known += (purchase.quantity, purchase.cost_cents, purchase.piece_cents)
    if isinstance(valuation.answer, Unvaluable) or valuation.answer.all is None:
        return (*known, *[None] * (len(RESULTS) - len(known)))
    figures, assessed, market = valuation.answer.all, valuation.answer.assessment, valuation.answer.market
    return (
        *known,
        *(figures.gross_cents, figures.net_cents, figures.profit_cents, figures.margin_bps),
        *(figures.mean_cents, figures.sd_cents, figures.p5_cents, figures.p50_cents, figures.p95_cents),
        *(figures.p_profit, figures.per_piece(EVEN), chance, figures.per_piece(chance)),
        *(assessed.market_price_cents, market.landed_cents, market.source),
        *(assessed.confidence_score, assessed.risk_level, "; ".join(assessed.flags), assessed.why),
    )
