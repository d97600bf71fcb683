"""Lists as SQL: filters, sorting and keyset pages; rows come back as one JSON text built by PostgreSQL.

Every name in the SQL is from the declarations here; values are bound. The caller runs the query.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from arb_pipeline.storage.postgres.columns import is_money

MEMBER = re.compile(r"^([\w.]+) -> ('\w+')$", re.ASCII)
"""Member of a JSON object; one with a default, `coalesce(...)`, is a list and stays JSON."""


@dataclass(frozen=True, slots=True)
class Sort:
    """Sort order: an expression that is never null, and its type."""

    sql: str
    kind: str
    """PostgreSQL type to which a cursor's text is cast."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One list: its FROM clause, fields, filters and orders. Declared once, and equal to itself alone."""

    name: str
    tables: str
    """FROM clause with aliases."""
    key: str
    """Column that identifies a row, last in every order."""
    key_kind: str
    columns: Mapping[str, str]
    """Field of the answer -> expression."""
    filters: Mapping[str, str | Mapping[str, str]]
    """Parameter -> condition with `%(parameter)s`, or value -> condition, which the planner sees as it is."""
    sorts: Mapping[str, Sort]
    where: str = "true"
    scopes: tuple[str, ...] = ()
    """Kinds of data that it shows, by their names in `data_changes`."""
    texts: frozenset[str] = field(default_factory=frozenset)
    """Fields with external text: guarded against formulas in CSV."""
    export_where: str = "true"
    """Rows that may be exported."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its parameters."""

    sql: str
    parameters: dict[str, Any]


def columns_of(
    table: sa.Table, alias: str, *, without: Collection[str] = (), only: Collection[str] = ()
) -> dict[str, str]:
    """Field -> expression of a table's columns: amounts of money become decimal strings."""
    return {
        column.name: f"{alias}.{column.name}::text" if is_money(column) else f"{alias}.{column.name}"
        for column in table.c
        if column.name not in without and (not only or column.name in only)
    }


def texts_of(*tables: sa.Table) -> frozenset[str]:
    """Columns of text."""
    return frozenset(c.name for table in tables for c in table.c if isinstance(c.type, sa.String))


def page(
    listing: Listing,
    *,
    given: Mapping[str, Any],
    sort: str,
    limit: int,
    after: tuple[str, str] | None = None,
    fields: Sequence[str] = (),
    include_total: bool = False,
) -> Statement:
    """One page. Its one row: items (JSON text), rows found (up to limit + 1), sort key, row key, total.

    `after`: sort key and row key of the last row before. The two keys are null on the last page.
    """
    order = listing.sorts[sort.removeprefix("-")]
    direction, beyond = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    conditions, parameters = _conditions(listing, given)
    filtered = " AND ".join([listing.where, *conditions])
    keyset = ""
    if after is not None:
        keyset = (
            f" AND ({order.sql}, {listing.key}) {beyond} "
            f"(%(after_sort)s::{order.kind}, %(after_key)s::{listing.key_kind})"
        )
        parameters |= {"after_sort": after[0], "after_key": after[1]}
    names = fields or list(listing.columns)
    shown = ", ".join(f"{listing.columns[name]} AS {name}" for name in names)
    total = "NULL::bigint"
    if include_total:
        total = f"(SELECT count(*) FROM {listing.tables} WHERE {filtered})"  # noqa: S608 - declared
    sql = f"""
        SELECT coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= %(limit)s), '[]')::text,
            count(*),
            max(sort_key) FILTER (WHERE place = %(limit)s),
            max(row_key) FILTER (WHERE place = %(limit)s),
            {total}
        FROM (
            SELECT picked.place, picked.sort_key, picked.row_key, row_to_json(shown) AS item
            FROM (
                SELECT row_number() OVER (ORDER BY sort_value {direction}, key_value {direction}) AS place,
                    sort_value::text AS sort_key, key_value::text AS row_key, key_value
                FROM (
                    SELECT {order.sql} AS sort_value, {listing.key} AS key_value
                    FROM {listing.tables}
                    WHERE {filtered}{keyset}
                    ORDER BY {order.sql} {direction}, {listing.key} {direction}
                    LIMIT %(limit)s + 1
                ) AS keys
            ) AS picked
            CROSS JOIN LATERAL (
                SELECT {shown} FROM {listing.tables}
                WHERE {listing.key} = picked.key_value AND {listing.where}
            ) AS shown
        ) AS items
    """  # noqa: S608 - names are declared above
    return Statement(sql, parameters | {"limit": limit})


def export(
    listing: Listing, *, given: Mapping[str, Any], sort: str, fields: Sequence[str] = (), guard: bool
) -> Statement:
    """All rows that may be exported, in order. `guard`: texts that look like formulas get a leading `'`."""
    order = listing.sorts[sort.removeprefix("-")]
    direction = "DESC" if sort.startswith("-") else "ASC"
    conditions, parameters = _conditions(listing, given)
    names = fields or list(listing.columns)
    # A JSON value is a text in a file: without its quotes.
    columns = {name: MEMBER.sub(r"\1 ->> \2", listing.columns[name]) for name in names}
    shown = ", ".join(
        f"{_guarded(sql) if guard and name in listing.texts else sql} AS {name}"
        for name, sql in columns.items()
    )
    where = " AND ".join([listing.where, listing.export_where, *conditions])
    sql = (
        f"SELECT {shown} FROM {listing.tables} WHERE {where} "  # noqa: S608 - names are declared above
        f"ORDER BY {order.sql} {direction}, {listing.key} {direction}"
    )
    return Statement(sql, parameters)


def _conditions(listing: Listing, given: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    wanted = {name: value for name, value in given.items() if value is not None}
    conditions = [
        f"({condition if isinstance(condition := listing.filters[name], str) else condition[value]})"
        for name, value in wanted.items()
    ]
    return conditions, wanted


def _guarded(sql: str) -> str:
    return rf"CASE WHEN ({sql})::text ~ '^[-=+@\t\r\n]' THEN '''' || ({sql})::text ELSE ({sql})::text END"
