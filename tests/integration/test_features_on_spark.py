"""The feature expressions on Spark, in local mode: what DuckDB finds, to 1e-9."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from price_days import DAY, written_days

from arb_pipeline.features.engines import Engine, missing
from arb_pipeline.features.history import history_features
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import parameters

pytestmark = [
    pytest.mark.skipif(missing("spark") is not None, reason=str(missing("spark"))),
    # Spark's own, of its way from and to pandas.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]


def test_spark_finds_what_duckdb_finds(tmp_path: Path) -> None:
    params, files = parameters(DAY), written_days(Lake(tmp_path))

    def computed(engine: Engine) -> pl.DataFrame:
        return history_features(
            files, category="mtg", as_of=DAY, prices=params.prices, outliers=params.outliers, engine=engine
        )

    in_process, on_spark = computed("duckdb"), computed("spark")
    assert in_process["refused_cents"].count() > 0
    assert in_process["cv"].max() > 0.1  # type: ignore[operator]
    assert_frame_equal(on_spark, in_process, rel_tol=0, abs_tol=1e-9)
