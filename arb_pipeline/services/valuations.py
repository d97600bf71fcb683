"""Valuations of a day, published or not."""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from arb_pipeline.contracts.categories import Category
from arb_pipeline.contracts.choices import ValuationSort
from arb_pipeline.contracts.columns import exported
from arb_pipeline.contracts.errors import NotEnoughDataError
from arb_pipeline.services.view import View, row_view
from arb_pipeline.storage.postgres import queries

WORTH_CLOSED = "worth_closed"


class ValuationView(row_view(exported("valuations"))):  # type: ignore[misc]
    """A valued product of a day: the columns of `sealed_valuations`, and its product's."""


class ValuationList(View):
    """Valuations of one day."""

    as_of: date | None
    """The day; None: no day is analysed."""
    sort: ValuationSort
    valuations: tuple[ValuationView, ...]


def analysed_day(
    connection: sa.Connection, day: date | None, category: Category | str | None = None
) -> date | None:
    """The day, by default the newest analysed of the game or of any; None: no day is.

    Raises `NotEnoughDataError` for a day that was not analysed.
    """
    newest = queries.latest_day(connection, category)
    if day is None or queries.is_analysed(connection, day, category):
        return day or newest
    last = f"the newest analysed day is {newest}" if newest else "no day is"
    msg = f"{category or 'nothing'} was{' not' if category else ''} analysed on {day}; {last}."
    raise NotEnoughDataError(msg, next_step="`arb run` does it.")


def closed(
    connection: sa.Connection, *, day: date | None = None, category: Category | None = None
) -> tuple[ValuationView, ...]:
    """Products worth buying to resell unopened, by return, best first; ties by profit, then id.

    By the formula of the rank: the log growth of a value that is taken as certain rises with the return.
    """
    query = queries.valuations(connection, day=day, category=category, flag=WORTH_CLOSED)
    rows = [ValuationView.model_validate(row) for row in queries.rows_of(connection, query)]
    return tuple(sorted(rows, key=_closed_order))


def _closed_order(row: ValuationView) -> tuple[Decimal, Decimal, str]:
    return -row.resale_value / row.sealed_price, row.sealed_price - row.resale_value, row.product_id


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
    """Valuations of a day, by default the newest analysed. `min_margin`: in percent.

    Raises `NotEnoughDataError` for a day that was not analysed.
    """
    of_day = analysed_day(connection, day, category)
    query = queries.valuations(
        connection,
        day=of_day,
        category=category,
        set_code=set_code,
        min_margin=min_margin,
        sort=sort,
        limit=limit,
    )
    rows = tuple(ValuationView.model_validate(row) for row in queries.rows_of(connection, query))
    return ValuationList(as_of=of_day, sort=sort, valuations=rows)
