r"""Export of a table of prices to a Parquet file, and its import.

PostgreSQL's text goes to a scratch file, from which polars streams the Parquet: memory is bounded for any
size of month. In that text NULL is `\N`, and a backslash before a letter is an escape.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import BIT

from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.postgres.copy_writer import copy, driver_of, normalised
from arb_pipeline.storage.postgres.tables import price_history

ROWS_AT_ONCE = 250_000
MOMENT = "YYYY-MM-DD HH24:MI:SS.US"
ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\b": "\b", "\\f": "\f", "\\v": "\v"}
NUL = "\0"  # in no text of PostgreSQL: marks an escaped backslash while the others are resolved
COLUMNS = tuple(price_history.c.keys())
ORDER = ("product_id", "source", "price_type", "printing", "condition", "language", "recorded_at")


def write(connection: sa.Connection, table: str, file: Path) -> None:
    """Write all rows of a table with price_history's columns, in order of their key."""
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(_as_text(column) for column in price_history.c),
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, ORDER)),
    )
    with written_whole(file) as aside:
        text = aside.with_name(f"{aside.name}.text")
        try:
            with (
                text.open("wb") as out,
                driver_of(connection).cursor() as cursor,
                cursor.copy(statement) as rows,
            ):
                for row in rows:
                    out.write(row)
            _frame(text).sink_parquet(aside, compression="zstd", row_group_size=ROWS_AT_ONCE)
        finally:
            text.unlink(missing_ok=True)


def copy_in(connection: sa.Connection, file: Path, table: str) -> int:
    """Copy the rows of a file into a table; return how many."""
    rows = pl.scan_parquet(file, hive_partitioning=False)
    height = rows.select(pl.len()).collect().item()
    return sum(
        copy(connection, table, normalised(rows.slice(start, ROWS_AT_ONCE).collect()))
        for start in range(0, height, ROWS_AT_ONCE)
    )


def fingerprint(connection: sa.Connection, table: str, *, without: Sequence[str] = ()) -> tuple[int, str]:
    """Return the number of rows, and the sum of their hashes, independent of order."""
    rows = sa.table(table, *(sa.column(name) for name in COLUMNS if name not in without))
    whole = sa.func.row(*rows.c).cast(sa.Text)
    half = sa.func.left(sa.func.md5(whole), 16)
    number = sa.cast(sa.cast(sa.func.concat("x", half), BIT(64)), sa.BigInteger)
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(number), 0).cast(sa.Text))
    count, total = connection.execute(query.select_from(rows)).one()
    return count, total


def sha256(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _as_text(column: sa.Column[object]) -> sql.Composable:
    name = sql.Identifier(column.name)
    if isinstance(column.type, sa.DateTime):
        return sql.SQL("to_char({} AT TIME ZONE 'UTC', {})").format(name, sql.Literal(MOMENT))
    return name


def _frame(text: Path) -> pl.LazyFrame:
    rows = pl.scan_csv(
        text,
        has_header=False,
        separator="\t",
        quote_char=None,
        null_values="\\N",
        empty_string_is_null=False,
        raise_if_empty=False,
        schema=dict.fromkeys(COLUMNS, pl.String),
    )
    return rows.with_columns(_typed(column) for column in price_history.c)


def _typed(column: sa.Column[object]) -> pl.Expr:
    value, kind = pl.col(column.name), column.type
    if isinstance(kind, sa.DateTime):
        return value.str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", time_unit="us", time_zone="UTC", strict=True)
    if isinstance(kind, sa.Numeric):
        return value.cast(pl.Decimal(kind.precision, kind.scale or 0))
    if isinstance(kind, sa.Integer):
        return value.cast(pl.Int64)
    if isinstance(kind, sa.Boolean):
        return value == "t"
    value = value.str.replace_all("\\\\", NUL, literal=True)
    for written, meant in ESCAPES.items():
        value = value.str.replace_all(written, meant, literal=True)
    return value.str.replace_all(NUL, "\\", literal=True)
