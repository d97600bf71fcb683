"""Valued products of a day, published or not."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.choices import ValuationSort
from arb_pipeline.contracts.enums import CompetitionLevel, RiskLevel
from arb_pipeline.services.view import Dollars, Percent, Share, View
from arb_pipeline.storage.postgres import queries


class ValuationView(View):
    """A valued product of a day: the columns of `sealed_valuations`, and its product's."""

    product_id: str
    category: Category
    set_code: str | None
    name: str
    tcg_product_id: str | None
    as_of: date
    sealed_price: Dollars | None
    sealed_list_price: Dollars | None
    sealed_source: str | None
    market_price: Dollars | None
    gross_singles_value: Dollars | None
    singles_value: Dollars | None
    profit: Dollars | None
    margin_percentage: Percent | None
    priced_share: Share | None
    contents_complete: bool
    unknown_parts: tuple[str, ...]
    extras: int
    confidence_score: Decimal | None
    price_stability: Share | None
    seller_count_factor: Share | None
    volume_history: Share | None
    margin_size: Share | None
    missing_factors: tuple[str, ...]
    seller_count: int | None
    risk_level: RiskLevel | None
    competition_level: CompetitionLevel | None
    rank_score: float | None
    outcome_mean: Dollars | None
    outcome_sd: Dollars | None
    p5: Dollars | None
    p50: Dollars | None
    p95: Dollars | None
    p_profit: Share | None
    published: bool
    flags: tuple[str, ...]
    why: str | None


class ValuationList(View):
    """Valuations of one day."""

    as_of: date | None
    """The day; None: no day is analysed."""
    sort: ValuationSort
    valuations: tuple[ValuationView, ...]


def listed(
    connection: sa.Connection,
    *,
    day: date | None = None,
    category: Category | None = None,
    set_code: str | None = None,
    min_margin: float | None = None,
    sort: ValuationSort = ValuationSort.RANK,
    limit: int | None = None,
) -> ValuationList:
    """Valuations of a day, by default the newest analysed. `min_margin`: in percent."""
    of_day = day or queries.latest_day(connection)
    frame = queries.valuations(
        connection,
        day=of_day,
        category=category,
        set_code=set_code,
        min_margin=min_margin,
        sort=sort,
        limit=limit,
    )
    rows = tuple(ValuationView.model_validate(row) for row in frame.iter_rows(named=True))
    return ValuationList(as_of=of_day, sort=sort, valuations=rows)
