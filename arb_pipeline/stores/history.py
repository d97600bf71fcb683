"""Runs the feature expressions over the lake's rollup files, in DuckDB."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import polars as pl

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.valuation import Features
from arb_pipeline.core.features import features
from arb_pipeline.core.params import Outliers, Prices


def history_features(
    files: Sequence[Path], *, category: str, as_of: date, prices: Prices, outliers: Outliers
) -> pl.DataFrame:
    """Features of every key in one category's rollup files of the window (contract `Features`)."""
    if not files:
        return empty(Features)
    connection = ibis.duckdb.connect()
    try:
        rollup = connection.read_parquet([str(path) for path in files], hive_partitioning=False)
        frame = features(rollup, as_of=as_of, prices=prices, outliers=outliers).to_polars()
    finally:
        connection.disconnect()
    frame = frame.with_columns(category=pl.lit(category)).sort("source", "source_product_id", "printing")
    return conform(frame, Features)
