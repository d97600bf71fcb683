"""Merge of a frame into a table: copied to a staging table, then merged by key in one statement.

Writing the same frame twice writes nothing the second time. The transaction is the caller's: nothing is
committed here, and a rollback leaves nothing. `copy_writer` turns frames into text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from arb_pipeline.storage.postgres.copy_writer import copy, normalised

TOUCHED = "updated_at"  # set by the merge, never compared


class MergeError(ValueError):
    """The frame cannot be merged; the message names the column or the key."""


@dataclass(frozen=True)
class Written:
    """Number of rows that a merge changed."""

    inserted: int
    updated: int
    deleted: int

    @property
    def total(self) -> int:
        """Rows written in all."""
        return self.inserted + self.updated + self.deleted


def merge(
    connection: sa.Connection,
    table: sa.Table,
    frame: pl.DataFrame,
    *,
    keys: Sequence[str],
    keep: Sequence[str] = (),
    later: str | None = None,
    delete_missing: sa.ColumnElement[bool] | None = None,
) -> Written:
    """Insert the frame's new rows and update those of its rows that differ from the table's.

    `keys` are the columns of a unique constraint of the table. Columns of the frame in `keep` are written
    when a row is inserted and left alone afterwards. `later` is a column that orders the versions of a row:
    a version earlier than the table's is not written, and where either is unknown the frame's is the later.
    Rows of the table that meet `delete_missing` (a condition on its columns) and whose key is not in the
    frame are deleted.
    """
    _check(table, frame, keys, (*keep, later) if later else keep)
    rows = normalised(frame)
    staging = _stage(connection, table, rows)
    deleted = 0
    if delete_missing is not None:
        absent = ~sa.exists().where(*_same_key(table, staging, keys))
        deleted = connection.execute(sa.delete(table).where(delete_missing, absent)).rowcount
    inserted, updated = _upsert(connection, table, staging, rows, keys, keep, later)
    connection.execute(sa.schema.DropTable(staging))  # a second merge into the table, same transaction
    return Written(inserted, updated, deleted)


def _check(table: sa.Table, frame: pl.DataFrame, keys: Sequence[str], keep: Sequence[str]) -> None:
    """Raise `MergeError` for columns or keys that do not fit the table."""
    unknown = [name for name in frame.columns if name not in table.c]
    if unknown:
        message = (
            f"{table.name} has no column {', '.join(unknown)}. Its columns: {', '.join(table.c.keys())}."
        )
        raise MergeError(message)
    absent = [name for name in (*keys, *keep) if name not in frame.columns]
    if absent or not keys:
        message = (
            f"The frame for {table.name} lacks {', '.join(absent) or 'a key'}, named in keys, keep or later."
        )
        raise MergeError(message)
    for name in keys:
        empty = frame[name].null_count()
        if empty:
            message = (
                f"{empty} rows for {table.name} have no {name}, which is part of the key. Fill or drop them."
            )
            raise MergeError(message)
    repeated = frame.select(keys).is_duplicated()
    if repeated.any():
        first = frame.select(keys).filter(repeated).row(0, named=True)
        message = f"{repeated.sum()} rows for {table.name} share a key; the first: {first}. Dedupe before."
        raise MergeError(message)


def _stage(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> sa.Table:
    """Copy the rows to a temporary table whose columns have the target's exact types."""
    columns = [sa.Column(name, table.c[name].type) for name in rows.columns]
    staging = sa.Table(f"staging_{table.name}", sa.MetaData(), *columns, prefixes=["TEMP"])
    staging.dialect_options["postgresql"]["on_commit"] = "DROP"
    connection.execute(sa.schema.CreateTable(staging))
    arrived = copy(connection, staging.name, rows)
    connection.execute(sa.text(f"ANALYZE {staging.name}"))
    if arrived != rows.height:
        message = (
            f"{arrived} of {rows.height} rows for {table.name} reached staging. Roll back and load again."
        )
        raise MergeError(message)
    return staging


def _upsert(
    connection: sa.Connection,
    table: sa.Table,
    staging: sa.Table,
    rows: pl.DataFrame,
    keys: Sequence[str],
    keep: Sequence[str],
    later: str | None,
) -> tuple[int, int]:
    """Write the rows that are new or differ; return how many of each.

    Equal rows are left out by a join beforehand: ON CONFLICT alone would lock each of them, which is a
    write. The conflict clause remains for a row that another transaction inserts meanwhile.
    """
    compared = [name for name in rows.columns if name not in {*keys, *keep, TOUCHED, later}]
    same_key = sa.and_(*_same_key(table, staging, keys), *_span(table, rows, keys))
    is_new = table.c[keys[0]].is_(None)
    todo = (
        sa.select(*staging.c, is_new.label("is_new"))
        .select_from(staging.outerjoin(table, same_key))
        .where(sa.or_(is_new, _changes(table, staging.c, compared, later)))
        .cte("todo")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    statement = insert(table).from_select(rows.columns, sa.select(*(todo.c[name] for name in rows.columns)))
    if compared or later:
        new = statement.excluded
        set_too = [later] if later else []
        values: dict[str, sa.ColumnElement[Any]] = {name: new[name] for name in [*compared, *set_too]}
        if TOUCHED in table.c:
            values[TOUCHED] = new[TOUCHED] if TOUCHED in rows.columns else sa.func.now()
        changes = _changes(table, new, compared, later)
        statement = statement.on_conflict_do_update(index_elements=list(keys), set_=values, where=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=list(keys))
    written = statement.returning(sa.literal(1).label("one")).cte("written")
    fresh = sa.select(sa.func.count()).select_from(todo).where(todo.c.is_new).scalar_subquery()
    both: sa.Result[Any] = connection.execute(
        sa.select(fresh, sa.select(sa.func.count()).select_from(written).scalar_subquery())
    )
    inserted, total = map(int, both.one())
    return inserted, total - inserted


def _changes(
    table: sa.Table, new: sa.ColumnCollection[str, Any], compared: Sequence[str], later: str | None
) -> sa.ColumnElement[bool]:
    """Condition under which the new version of a row replaces the table's."""
    differs = sa.or_(sa.false(), *(table.c[name].is_distinct_from(new[name]) for name in compared))
    if later is None:
        return differs
    # Equal values seen again update the row's time, else an intermediate version would replace them.
    is_earlier = (new[later] < table.c[later]).is_(sa.true())
    return sa.or_(sa.and_(differs, ~is_earlier), new[later] > table.c[later])


def _same_key(table: sa.Table, staging: sa.Table, keys: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == staging.c[name] for name in keys]


def _span(table: sa.Table, rows: pl.DataFrame, keys: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Return the bounds of the temporal keys: only partitions of the frame's own months are read."""
    bounds: list[sa.ColumnElement[bool]] = []
    for name in keys:
        kind = table.c[name].type
        if isinstance(kind, sa.Date | sa.DateTime) and rows[name].dtype.is_temporal() and rows.height:
            zone = "+00" if isinstance(rows[name].dtype, pl.Datetime) else ""  # as `copy_writer` writes it
            ends = (str(end) + zone for end in (rows[name].min(), rows[name].max()))
            lowest, highest = (sa.cast(sa.literal(end, sa.String), kind) for end in ends)
            bounds.append(table.c[name].between(lowest, highest))
    return bounds
