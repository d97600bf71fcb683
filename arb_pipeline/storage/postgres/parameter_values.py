"""The dated values of parameters that administrators entered."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from arb_pipeline.storage.params import Layer
from arb_pipeline.storage.postgres.buyer_tables import parameter_values

TABLE = parameter_values


def dated_values(connection: sa.Connection) -> Layer:
    """Group -> key -> first day -> value; empty for a database that is not migrated yet."""
    if connection.scalar(sa.text("SELECT to_regclass('parameter_values')")) is None:
        return {}
    query = sa.select(TABLE.c.group_name, TABLE.c.key, TABLE.c.valid_from, TABLE.c.value)
    values: dict[str, dict[str, dict[date, Any]]] = {}
    rows: Any = connection.execute(query.where(TABLE.c.withdrawn_at.is_(None)))
    for group, key, day, value in rows:
        values.setdefault(group, {}).setdefault(key, {})[day] = value
    return values


def sources(connection: sa.Connection) -> dict[tuple[str, str, date], str]:
    """(group, key, first day) -> source of the value."""
    query = sa.select(TABLE.c.group_name, TABLE.c.key, TABLE.c.valid_from, TABLE.c.source)
    rows: Any = connection.execute(query.where(TABLE.c.withdrawn_at.is_(None)))
    return {(group, key, day): source for group, key, day, source in rows}
