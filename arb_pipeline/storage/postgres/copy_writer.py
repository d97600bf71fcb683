r"""A polars frame as the text that PostgreSQL's COPY reads, and the COPY itself.

The text format, not CSV: before version 18 a CSV line of `\.` inside a quoted value ended the data silently.
Here NULL is `\N`, and a backslash, tab or line end inside a value is always escaped. Each value is parsed by
the type of its target column, so a mismatch is an error and never another number.
"""

import io
from collections.abc import Iterator
from typing import cast

import polars as pl
import sqlalchemy as sa
from psycopg import Connection, sql

ROWS_AT_ONCE = 100_000  # bounds the memory of the text: some 20 MB
ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


def normalised(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame in types that have one text form: strings, numbers, days, and UTC microseconds."""
    return frame.with_columns(_plain(name, kind) for name, kind in frame.schema.items())


def driver_of(connection: sa.Connection) -> Connection:
    """Connection of psycopg below one of SQLAlchemy, in the same transaction."""
    return cast("Connection", connection.connection.driver_connection)


def copy(connection: sa.Connection, table: str, frame: pl.DataFrame) -> int:
    """Copy a normalised frame into a table; return the number of rows that arrived."""
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with driver_of(connection).cursor() as cursor:
        with cursor.copy(statement) as stream:
            for text in text_of(frame):
                stream.write(text)
        return cursor.rowcount


def text_of(frame: pl.DataFrame) -> Iterator[memoryview]:
    """Yield the text of a normalised frame, so many rows at once."""
    escaped = frame.lazy().with_columns(_escaped(pl.col(pl.String)))
    for start in range(0, frame.height, ROWS_AT_ONCE):
        yield _text(escaped.slice(start, ROWS_AT_ONCE).collect())


def _text(rows: pl.DataFrame) -> memoryview:
    buffer = io.BytesIO()
    rows.write_csv(
        buffer,
        include_header=False,
        separator="\t",
        quote_style="never",
        null_value="\\N",
        datetime_format="%Y-%m-%d %H:%M:%S%.6f+00",
    )
    return buffer.getbuffer()


def _plain(name: str, kind: pl.DataType) -> pl.Expr:
    """Return the column in a type that `write_csv` writes as PostgreSQL reads it."""
    column = pl.col(name)
    if isinstance(kind, pl.List | pl.Array):
        return _array(column.cast(pl.List(kind.inner)))
    if isinstance(kind, pl.Struct):
        return column.struct.json_encode()
    if isinstance(kind, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if isinstance(kind, pl.Datetime):
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if kind.time_zone else column
        return utc.dt.cast_time_unit("us")
    return column


def _array(column: pl.Expr) -> pl.Expr:
    r"""Return lists as array literals, `{"a","b \"c\"",NULL}`: elements quoted, so none is taken for NULL."""
    text = pl.element().cast(pl.String)
    for plain, written in (("\\", "\\\\"), ('"', '\\"')):
        text = text.str.replace_all(plain, written, literal=True)
    quoted = pl.lit('"') + text + pl.lit('"')
    element = pl.when(pl.element().is_null()).then(pl.lit("NULL")).otherwise(quoted)
    inside = column.list.eval(element).list.join(",")
    return (pl.lit("{") + inside + pl.lit("}")).alias(column.meta.output_name())


def _escaped(text: pl.Expr) -> pl.Expr:
    for plain, written in ESCAPES:
        text = text.str.replace_all(plain, written, literal=True)
    return text
