"""Runs the feature expressions over the lake's rollup files."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from arb_pipeline.contracts.base import conform, empty
from arb_pipeline.contracts.valuation import Features
from arb_pipeline.core.params import Outliers, Prices
from arb_pipeline.core.pricing.features import features, window_features
from arb_pipeline.core.pricing.rollup import KEY
from arb_pipeline.features.engines import Engine, connected, kept_tables, rollup_table
from arb_pipeline.features.price_windows import Wanted, up_to_date
from arb_pipeline.storage.lake import Where


def history_features(
    files: Sequence[Where],
    *,
    category: str,
    as_of: date,
    prices: Prices,
    outliers: Outliers,
    engine: Engine = "duckdb",
    window: Where | None = None,
    scratch: Where | None = None,
) -> pl.DataFrame:
    """Features of every key in one category's rollup files of the window (contract `Features`).

    `window`: path of the category's price window that DuckDB keeps between runs. Spark, meant for markets
    that one machine cannot hold, reads the daily files. `scratch`: folder of the lake for the tables between
    the steps, where a server of Spark Connect computes.
    """
    wanted = Wanted.of(files, as_of, prices)
    if not wanted.files:
        return empty(Features)
    with connected(engine) as connection:
        if engine == "spark":
            rollup = rollup_table(connection, engine, list(wanted.files.values()))
            with kept_tables(connection, scratch) as kept:
                table = features(rollup, as_of=as_of, prices=prices, outliers=outliers, kept=kept)
                frame = table.to_polars()
        else:
            with up_to_date(connection, wanted, window) as table:
                frame = window_features(table, as_of=as_of, prices=prices, outliers=outliers).to_polars()
    return conform(frame.with_columns(category=pl.lit(category)).sort(KEY), Features)
