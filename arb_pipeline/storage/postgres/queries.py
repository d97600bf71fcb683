"""Queries of results for the command line and the API.

Polars is imported where a frame is made: a list of rows does without it.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from arb_pipeline.contracts.columns import EXPORTS
from arb_pipeline.contracts.schema import Shown
from arb_pipeline.storage.postgres.tables import (
    arbitrage_opportunities,
    load_ledger,
    opportunity_events,
    products,
    sealed_valuations,
)

if TYPE_CHECKING:
    import polars as pl


def latest_day(connection: sa.Connection, category: str | None = None) -> date | None:
    """The newest analysed day, of a game or of any."""
    newest = sa.select(sa.func.max(sealed_valuations.c.as_of))
    if category is not None:
        newest = newest.join(products, products.c.id == sealed_valuations.c.product_id)
        newest = newest.where(products.c.category == category)
    day: date | None = connection.scalar(newest)
    return day


def is_analysed(connection: sa.Connection, day: date, category: str | None = None) -> bool:
    """True if a game, or any, was valued for a day."""
    query = sa.select(sealed_valuations.c.as_of).where(sealed_valuations.c.as_of == day).limit(1)
    if category is not None:
        query = query.join(products, products.c.id == sealed_valuations.c.product_id)
        query = query.where(products.c.category == category)
    return connection.scalar(query) is not None


def opportunities(*, category: str | None = None, status: str = "active") -> sa.Select[Any]:
    """Opportunities of one status, best first."""
    table = arbitrage_opportunities
    query = (
        sa.select(*_product_columns(), *_exported(table, "opportunities"))
        .join(products, products.c.id == table.c.sealed_product_id)
        .where(table.c.status == status)
        .order_by(table.c.rank_score.desc().nulls_last(), table.c.profit.desc(), table.c.id)
    )
    return query.where(products.c.category == category) if category else query


def valuations(
    connection: sa.Connection,
    *,
    day: date | None = None,
    category: str | None = None,
    set_code: str | None = None,
    min_margin: float | None = None,
    product_id: str | None = None,
    flag: str | None = None,
    sort: str = "rank",
    limit: int | None = None,
) -> sa.Select[Any]:
    """Valued products of one day (the newest by default), published or not. `flag`: those that carry it."""
    table = sealed_valuations
    order = {
        "rank": table.c.rank_score.desc().nulls_last(),
        "margin": table.c.margin_percentage.desc().nulls_last(),
        "profit": table.c.profit.desc().nulls_last(),
        "confidence": table.c.confidence_score.desc().nulls_last(),
        "name": products.c.name,
    }[sort]
    ties = [table.c.profit.desc().nulls_last(), products.c.id] if sort == "rank" else []
    query = (
        sa.select(*_product_columns(), *_exported(table, "valuations"))
        .join(products, products.c.id == table.c.product_id)
        .where(table.c.as_of == (day or latest_day(connection)))
        .order_by(order, *ties, products.c.name, products.c.id)
    )
    if category:
        query = query.where(products.c.category == category)
    if set_code:
        query = query.where(sa.func.lower(products.c.set_code) == set_code.lower())
    if min_margin is not None:
        query = query.where(table.c.margin_percentage >= min_margin)
    if product_id:
        query = query.where(table.c.product_id == product_id)
    if flag:
        query = query.where(sa.literal(flag) == sa.any_(table.c.flags))
    return query.limit(limit) if limit else query


def has_catalogue(connection: sa.Connection) -> bool:
    """True if any sealed product is known."""
    return bool(connection.scalar(sa.select(sa.exists().where(products.c.product_type == "sealed"))))


def find_sealed(connection: sa.Connection, text: str) -> "pl.DataFrame":
    """Sealed products by id, TCGplayer id or name; an exact match alone if there is one.

    A name matches if it contains the text; else if name and set code contain each of its words:
    `blb play box`. The shortest name comes first.
    """
    import polars as pl

    p = products.c
    query = sa.select(*_product_columns()).where(p.product_type == "sealed")
    query = query.order_by(sa.func.length(p.name), p.name)
    whole = p.name.icontains(text, autoescape=True)
    same = (p.id.cast(sa.Text) == text.lower()) | (p.tcg_product_id == text)
    products_ = frame_of(connection, query.where(whole | same))
    words = text.split()
    if products_.is_empty() and len(words) > 1:
        set_code = sa.func.lower(p.set_code)
        has = [p.name.icontains(word, autoescape=True) | (set_code == word.lower()) for word in words]
        products_ = frame_of(connection, query.where(*has))
    exact = products_.filter(
        (pl.col("name").str.to_lowercase() == text.lower())
        | (pl.col("product_id") == text.lower())
        | (pl.col("tcg_product_id") == text)
    )
    return exact if exact.height else products_


def events(connection: sa.Connection, product_id: str) -> "pl.DataFrame":
    """Events of a product's opportunities, oldest first."""
    table = opportunity_events
    query = (
        sa.select(table.c.as_of, table.c.event, table.c.details["why"].astext.label("why"))
        .join(arbitrage_opportunities, arbitrage_opportunities.c.id == table.c.opportunity_id)
        .where(arbitrage_opportunities.c.sealed_product_id == product_id)
        .order_by(table.c.as_of, table.c.created_at)
    )
    return frame_of(connection, query)


def loads(connection: sa.Connection) -> "pl.DataFrame":
    """Newest day, loads and rows per source and category."""
    table = load_ledger
    query = (
        sa.select(
            table.c.source,
            table.c.category,
            sa.func.max(table.c.day).label("newest_day"),
            sa.func.count().label("loads"),
            sa.func.sum(table.c.rows_accepted).cast(sa.BigInteger).label("accepted"),
            sa.func.sum(table.c.rows_quarantined).cast(sa.BigInteger).label("quarantined"),
        )
        .group_by(table.c.source, table.c.category)
        .order_by(table.c.source, table.c.category)
    )
    return frame_of(connection, query)


def loaded_packages(connection: sa.Connection) -> set[tuple[str, str, date, str]]:
    """(source, category, day, package id) of all loads."""
    table = load_ledger.c
    query = sa.select(table.source, table.category, table.day, table.package_id)
    return {(row.source, row.category, row.day, row.package_id) for row in connection.execute(query)}


def _product_columns() -> list[sa.ColumnElement[Any]]:
    p = products.c
    return [p.id.cast(sa.Text).label("product_id"), p.category, p.set_code, p.name, p.tcg_product_id]


def _exported(table: sa.Table, what: str) -> list[sa.ColumnElement[Any]]:
    """Exported columns of a table, in order; identifiers as text."""
    columns = [table.c[column.name] for column in EXPORTS[what].shown(Shown.EXPORT)]
    return [c.cast(sa.Text).label(c.name) if isinstance(c.type, sa.Uuid) else c for c in columns]


def rows_of(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    """Rows of a query by column; times in UTC, whatever the time zone of the session."""
    return [
        {name: _in_utc(value) for name, value in row.items()} for row in connection.execute(query).mappings()
    ]


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def frame_of(connection: sa.Connection, query: sa.Select[Any]) -> "pl.DataFrame":
    """Frame of a query's rows, in the types of its columns."""
    import polars as pl

    result = connection.execute(query)
    schema = {column.name: _dtype(column.type) for column in query.selected_columns}
    return pl.DataFrame(result.all(), schema=schema, orient="row", strict=False)


def _dtype(kind: sa.types.TypeEngine[Any]) -> "pl.DataType":
    """Exact types: NUMERIC stays decimal."""
    import polars as pl

    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Double):
        return pl.Decimal(kind.precision or 38, kind.scale or 0)
    if isinstance(kind, sa.ARRAY):
        return pl.List(pl.String)
    types: dict[type[sa.types.TypeEngine[Any]], pl.DataType] = {
        sa.Double: pl.Float64(),
        sa.BigInteger: pl.Int64(),
        sa.Integer: pl.Int64(),
        sa.Boolean: pl.Boolean(),
        sa.DateTime: pl.Datetime("us", "UTC"),
        sa.Date: pl.Date(),
    }
    return next((dtype for sql, dtype in types.items() if isinstance(kind, sql)), pl.String())
