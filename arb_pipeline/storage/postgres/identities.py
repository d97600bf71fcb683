"""Identities of tables: what changes when any row is inserted, updated or deleted, by whomever.

Each row version names the transaction that wrote it (`xmin`). The rows per transaction are counted: a scan
without sorting and without reading a value, a second per ten million rows. A restored or emptied table has
other transactions, and so another identity.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from arb_pipeline.storage.postgres.tables import (
    load_ledger,
    price_history,
    sealed_valuations,
    valuation_singles,
)
from arb_pipeline.storage.stage_records import Identities, digest

TCGPLAYER = "tcgplayer"


def of_database(connection: sa.Connection) -> str:
    """Identity of the database on its server."""
    query = "SELECT oid::text, datname::text FROM pg_database WHERE datname = current_database()"
    ours = list(connection.execute(sa.text(query)).one())
    if connection.scalar(sa.text("SELECT has_function_privilege('pg_control_system()', 'execute')")):
        ours.append(connection.scalar(sa.text("SELECT system_identifier::text FROM pg_control_system()")))
    return digest(*ours)


def of_tables(connection: sa.Connection, names: Iterable[str]) -> Identities:
    """Identity of each of some tables, over all rows."""
    return {f"table {name}": _identity(connection, sa.table(name)) for name in names}


def of_prices(connection: sa.Connection, day: date) -> Identities:
    """Identity of TCGplayer's prices of a day, and of their rows in the ledger."""
    at = price_history.c.recorded_at
    of_day = (price_history.c.source == TCGPLAYER, at >= _start(day), at < _start(day + timedelta(days=1)))
    in_ledger = (load_ledger.c.source == TCGPLAYER, load_ledger.c.day == day)
    return {
        f"table price_history of {day}": _identity(connection, price_history, *of_day),
        f"table load_ledger of {day}": _identity(connection, load_ledger, *in_ledger),
    }


def of_valuations(connection: sa.Connection, day: date) -> Identities:
    """Identity of a day's valuations and of their highest-value cards."""
    singles, valued = valuation_singles.c, sealed_valuations.c
    # By product: its key begins with it, and there is no index on the day.
    ids = sa.select(valued.product_id).where(valued.as_of == day)
    of_day = (singles.as_of == day, singles.product_id.in_(ids))
    return {
        f"table sealed_valuations of {day}": _identity(connection, sealed_valuations, valued.as_of == day),
        f"table valuation_singles of {day}": _identity(connection, valuation_singles, *of_day),
    }


def of_priced_window(connection: sa.Connection, days: int) -> Identities:
    """Identity of the prices of some days up to the newest valuation, and of all later ones."""
    newest = connection.scalar(sa.select(sa.func.max(sealed_valuations.c.as_of)))
    if newest is None:
        return {}
    start = _start(newest - timedelta(days=days))
    return {"table price_history": _identity(connection, price_history, price_history.c.recorded_at >= start)}


def of_schema(connection: sa.Connection, schema: str) -> Identities:
    """Identity of each table of a schema."""
    names = sorted(sa.inspect(connection).get_table_names(schema=schema))
    return {f"table {schema}.{name}": _identity(connection, sa.table(name, schema=schema)) for name in names}


def _identity(connection: sa.Connection, table: sa.FromClause, *where: sa.ColumnElement[bool]) -> str:
    writer: sa.ColumnClause[str] = sa.literal_column("xmin", sa.Text)
    counted = sa.select(sa.cast(writer, sa.Text), sa.func.count()).select_from(table)
    rows = connection.execute(counted.where(*where).group_by(writer)).all()
    return digest(sorted((str(by), int(count)) for by, count in rows))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
