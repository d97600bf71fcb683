"""Whole lists as streams of CSV or Parquet: memory stays bounded whatever their size."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql as composing
from psycopg.rows import tuple_row

from arb_pipeline.api.context import Context
from arb_pipeline.api.database import FAILURES, unavailable
from arb_pipeline.storage.postgres.listings import Listing, export

ROWS = 5_000
SECONDS = 300
"""Longest export."""


async def stream(
    context: Context,
    listing: Listing,
    *,
    given: Mapping[str, Any],
    fixed: Mapping[str, Any],
    sort: str,
    fields: Sequence[str],
    media: str,
) -> AsyncIterator[bytes]:
    """The rows of a list that may be exported."""
    is_csv = media == "text/csv"
    statement = export(listing, given=given, sort=sort, fields=fields, guard=is_csv)
    parameters = statement.parameters | dict(fixed)
    try:
        await context.read.check()  # a stream that has begun cannot be repeated
        async with context.read.connection() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
            pieces = _csv if is_csv else _parquet
            async for piece in pieces(connection, statement.sql, parameters):
                yield piece
    except FAILURES as error:
        raise unavailable(error) from None


async def _csv(
    connection: psycopg.AsyncConnection[Any], sql: str, parameters: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """By PostgreSQL's own COPY, which takes no parameters: they are quoted into it by the driver."""
    async with psycopg.AsyncClientCursor(connection) as binding:
        bound = binding.mogrify(sql, parameters)
    copying = composing.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(composing.SQL(bound))
    async with connection.cursor() as cursor, cursor.copy(copying) as rows:
        async for row in rows:
            yield bytes(row)


async def _parquet(
    connection: psycopg.AsyncConnection[Any], sql: str, parameters: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = _Sink()
    writer: pq.ParquetWriter | None = None
    async with connection.cursor(name="export", row_factory=tuple_row) as cursor:
        await cursor.execute(sql, parameters)
        schema = _schema(cursor.description or [])
        writer = pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd")
        while rows := await cursor.fetchmany(ROWS):
            columns = [
                pa.array([_plain(value, is_list=pa.types.is_list(kind)) for value in column], type=kind)
                for column, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            if piece := sink.taken():
                yield piece
        writer.close()
    yield sink.taken()


def _schema(description: Sequence[Any]) -> Any:
    import pyarrow as pa

    known = {
        16: pa.bool_(),
        20: pa.int64(),
        23: pa.int64(),
        701: pa.float64(),
        1700: pa.float64(),
        1082: pa.date32(),
        1184: pa.timestamp("us", "UTC"),
        1009: pa.list_(pa.string()),
    }
    """PostgreSQL's type numbers."""
    return pa.schema([(column.name, known.get(column.type_code, pa.string())) for column in description])


def _plain(value: Any, *, is_list: bool) -> Any:
    if value is None or isinstance(value, bool | int | float | str | datetime):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict | list) and not is_list:
        import orjson

        return orjson.dumps(value).decode()
    return value


class _Sink:
    """File object that receives Parquet and hands written bytes to the stream."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        content, self._pieces = b"".join(self._pieces), []
        return content

    def flush(self) -> None:
        """Does nothing: pieces are available as soon as they are written."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True
