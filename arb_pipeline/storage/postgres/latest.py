"""Queries of the newest prices, from the view `latest_prices` and from price_history.

The view has no table behind it, so late data, corrections and retired months are in it at once. For one
product it reads one stretch of an index per month. For all products it would read the whole history: there
`since` bounds it to the months that matter.
"""

from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from arb_pipeline.storage.postgres.queries import frame_of
from arb_pipeline.storage.postgres.tables import price_history

VIEW = "latest_prices"
ONE_OF = ("product_id", "source", "price_type", "printing", "condition", "language")
"""Key of a newest price."""
SHOWN = (*ONE_OF, "recorded_at", "price", "currency", "shipping_cost", "seller_count", "available_quantity")


def of_product(connection: sa.Connection, product_id: str) -> pl.DataFrame:
    """The newest prices of one product, however old."""
    view = sa.table(VIEW, *(sa.column(name, price_history.c[name].type) for name in SHOWN))
    query = sa.select(*(_readable(view.c[name]) for name in SHOWN)).where(view.c.product_id == product_id)
    return frame_of(connection, query.order_by(*(view.c[name] for name in ONE_OF)))


def of_all(connection: sa.Connection, *, since: datetime | None = None) -> pl.DataFrame:
    """Newest prices of all products, of those recorded since `since` (UTC) if given."""
    table = price_history.c
    keys = [table[name] for name in ONE_OF]
    query = sa.select(*(_readable(table[name]) for name in SHOWN)).ext(distinct_on(*keys))
    query = query.order_by(*keys, table.recorded_at.desc())
    return frame_of(connection, query if since is None else query.where(table.recorded_at >= since))


def history(connection: sa.Connection, product_id: str, *, since: datetime | None = None) -> pl.DataFrame:
    """All prices of one product in order of time."""
    table = price_history.c
    query = sa.select(*(_readable(table[name]) for name in SHOWN)).where(table.product_id == product_id)
    query = query if since is None else query.where(table.recorded_at >= since)
    return frame_of(connection, query.order_by(table.recorded_at, *(table[name] for name in ONE_OF[1:])))


def _readable(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return column.cast(sa.Text).label("product_id") if isinstance(column.type, sa.Uuid) else column
