"""Deterministic product ids: a rebuild from raw data gives the same ids."""

from uuid import UUID, uuid5

import polars as pl

NAMESPACE = UUID("5d0f8e9a-3a1c-5a5e-9c57-6f0a4c1b7e21")
"""Namespace of this program's UUIDs, drawn once; another would change every id."""


def stable_id(kind: str, *parts: str) -> str:
    """UUIDv5 of a kind (`sealed`, `single`, `opportunity` ...) and its natural key."""
    return str(uuid5(NAMESPACE, "\x1f".join((kind, *parts))))


def card_id(single_product_id: pl.Expr, printing: pl.Expr) -> pl.Expr:
    """A single and its printing in one key."""
    from arb_pipeline.contracts.frame_models import CARD_IDS

    return (single_product_id + ":" + printing).cast(CARD_IDS)


def row_ids(frame: pl.DataFrame, *columns: str) -> pl.Series:
    """A UUID per row from its natural key, for tables of millions: MD5 of the columns, by DuckDB."""
    import duckdb  # 30 MB, for tables alone

    key = "concat_ws(chr(31), " + ", ".join(f'"{column}"::VARCHAR' for column in columns) + ")"
    with duckdb.default_connection().cursor() as connection:  # a database of its own costs 30 ms
        connection.register("frame", frame.select(columns).with_row_index("row_of_key").to_arrow())
        query = f"SELECT md5({key})::UUID::VARCHAR AS id FROM frame ORDER BY row_of_key"  # noqa: S608 - names of ours
        return pl.Series("id", connection.sql(query).to_arrow_table()["id"])
