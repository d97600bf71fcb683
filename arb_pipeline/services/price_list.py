"""A buyer's whole price list, valued: every row comes back with its result or its reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from arb_pipeline.core.matching.product_finder import Found, ProductFinder
from arb_pipeline.core.pricing.channel_params import DOLLAR
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.core.valuation.what_if import EVEN, Asked
from arb_pipeline.services.what_if import ANALYSED, Valued, value_products
from arb_pipeline.settings import Settings
from arb_pipeline.sources import buyer_price_list
from arb_pipeline.sources.buyer_price_list import ListRow
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.landing import Landing

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
"""Columns that a row's answer has, after those of the list. Dollars of all pieces; break-evens per piece."""


@dataclass(frozen=True, slots=True)
class ListResult:
    """A row of the list with its answer."""

    row: ListRow
    slug: str
    """The kind of reason that there is no value; '' where there is one."""
    reason: str
    found_by: str = ""
    valued: Valued | None = None

    @property
    def is_valued(self) -> bool:
        """Has it figures?"""
        return not self.slug

    @property
    def is_worth_buying(self) -> bool:
        """Would the purchase be published as an opportunity?"""
        return bool(self.valued and self.valued.answer and self.valued.answer.is_worth_buying)

    @property
    def order(self) -> tuple[float, int]:
        """Best first: by P(profit) x profit, losses by how large they are; then as in the list."""
        figures = self.valued.answer.all if self.valued and self.valued.answer else None
        if figures is None:
            return (float("inf"), self.row.line)
        profit = figures.profit_cents
        return (-profit * figures.p_profit if profit > 0 else -float(profit), self.row.line)


def value_list(
    settings: Settings,
    path: Path,
    *,
    day: date | None = None,
    channels: Sequence[str] = (),
    chance: float,
) -> list[ListResult]:
    """Values a price list; results in its order. Raises `PriceListError`, and what `value_products` does."""
    rows = buyer_price_list.read_price_list(path).rows
    lake = Lake(settings.lake)
    sealed = lake.read(SEALED_PRODUCTS)
    finder = ProductFinder(sealed, lake.read("catalog/marketplace_ids"))
    categories = dict(sealed.select("product_id", "category").iter_rows())
    newest = {category: lake.days(ANALYSED, category)[-1:] for category in set(categories.values())}
    rates = Rates()
    if any(row.currency != DOLLAR and not row.slug for row in rows):
        rates = marketplace_files.rates(Landing(settings.landing))
    results: dict[int, ListResult] = {}
    asked: list[tuple[int, Found, Asked]] = []
    for at, row in enumerate(rows):
        if row.slug:
            results[at] = ListResult(row, row.slug, row.problem)
            continue
        found = finder.find(row.given)
        if found.product_id is None:
            results[at] = ListResult(row, found.by, found.reason)
            continue
        on = day or next(iter(newest[categories[found.product_id]]), None)
        purchase = _purchase(row, found.product_id, on, rates)
        if isinstance(purchase, Asked):
            asked.append((at, found, purchase))
        else:
            results[at] = ListResult(row, *purchase, found.by)
    valued = value_products(settings, [each for *_, each in asked], day=day, channels=channels, chance=chance)
    for (at, found, _), each in zip(asked, valued, strict=True):
        results[at] = ListResult(rows[at], each.slug, each.reason, found.by, each)
    return [results[at] for at in range(len(rows))]


def _purchase(row: ListRow, product_id: str, day: date | None, rates: Rates) -> Asked | tuple[str, str]:
    """The row in US cents at the rate of the analysed day; else kind of reason and reason."""
    if row.currency != DOLLAR and (day is None or not rates.converts(row.currency, day)):
        said = f"the ECB's rate of {row.currency} on {day or 'an analysed day'} is not there: `arb fetch ecb`"
        return "no_rate", said
    on = day or date.min  # dollars need no rate
    price, shipping = (rates.to_cents(each, row.currency, on) for each in (row.price, row.shipping))
    if not price or shipping is None:
        return "bad_price", f"price: {row.price} {row.currency} is less than half a cent"
    return Asked(product_id, price, row.quantity, shipping)


def summary(results: Sequence[ListResult]) -> dict[str, Any]:
    """rows, valued, worth_buying, and how many were refused by kind of reason."""
    refused = Counter(result.slug for result in results if not result.is_valued)
    return {
        "rows": len(results),
        "valued": sum(result.is_valued for result in results),
        "worth_buying": sum(result.is_worth_buying for result in results),
        "refused": dict(refused.most_common()),
    }


def as_frame(results: Sequence[ListResult], chance: float) -> pl.DataFrame:
    """The list's own columns as text, then `RESULTS`; an own column of such a name is `given_<name>`."""
    headers = list(dict.fromkeys(name for result in results for name in result.row.cells))
    own = {name: f"given_{name}" if name in RESULTS else name for name in headers}
    rows = [
        {own[name]: text for name, text in result.row.cells.items()} | _told(result, chance)
        for result in results
    ]
    return pl.DataFrame(rows, schema={**dict.fromkeys(own.values(), pl.String), **RESULTS})


def _told(result: ListResult, chance: float) -> dict[str, Any]:
    valued = result.valued
    told: dict[str, Any] = {
        "line": result.row.line,
        "result": "worth buying" if result.is_worth_buying else result.slug or "valued",
        "reason": result.reason or None,
        "matched_by": result.found_by or None,
    }
    if valued is None:
        return told
    told |= {
        "product_id": valued.product["product_id"],
        "matched_name": valued.product["name"],
        "as_of": valued.as_of,
        "pieces": valued.asked.quantity,
        "cost": valued.asked.cost_cents / 100,
        "cost_per_piece": valued.asked.piece_cents / 100,
    }
    every = valued.as_dict()
    if "all" not in every:
        return told
    figures, figures_of = every["all"], valued.answer.all  # type: ignore[union-attr]
    names = {"gross_value": "gross", "net_value": "net", "outcome_mean": "mean", "outcome_sd": "sd"}
    same = ("profit", "margin_percentage", "p5", "p50", "p95", "p_profit")
    market = ("market_price", "cheapest_offer", "cheapest_source", "confidence_score", "risk_level", "why")
    even, chosen = (figures_of.per_piece(each) for each in (EVEN, chance))
    return (
        told
        | {name: figures[of] for name, of in names.items()}
        | {name: figures[name] for name in same}
        | {name: every[name] for name in market}
        | {
            "flags": "; ".join(every["flags"]),
            "chance": chance,
            "break_even_50": None if even is None else even / 100,
            "break_even_at_chance": None if chosen is None else chosen / 100,
        }
    )
