"""The feature expressions on Spark, in local mode: what DuckDB finds, to 1e-9."""

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from arb_pipeline.features.engines import Engine, missing
from arb_pipeline.features.history import history_features
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.params import parameters

DAY = date(2025, 10, 10)
PRODUCTS, DAYS, SEED = 300, 31, 20260101

pytestmark = [
    pytest.mark.skipif(missing("spark") is not None, reason=str(missing("spark"))),
    # Spark's own, of its way from and to pandas.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]


def prices_of(day: date, seeded: random.Random) -> pl.DataFrame:
    """A day of calm, lively, spiking and missing prices, some of them only asked."""
    rows = []
    for product in range(PRODUCTS):
        spread = (0.0, 0.01, 0.3)[product % 3]
        cents = round((50 + 7 * product) * (1 + spread * seeded.uniform(-1, 1)))
        cents *= 3 if product % 5 == 0 and seeded.random() < 0.1 else 1
        market = cents if seeded.random() < 0.9 else None
        if seeded.random() < 0.95:
            asked = cents if seeded.random() < 0.9 else None
            quality, sellers = (1.0 if market else 0.6), seeded.choice([None, 0, 12])
            rows.append(("tcgplayer", str(product), "foil", day, cents, quality, market, asked, sellers))
    names = ("source", "source_product_id", "printing", "day", "reference_cents", "quality")
    types = {"market_cents": pl.Int64, "low_cents": pl.Int64, "seller_count": pl.Int32}
    schema = [*names, *types]
    frame = pl.DataFrame(rows, schema=schema, schema_overrides=types, orient="row")
    return frame.select(pl.lit("mtg").alias("category"), pl.all())


def test_spark_finds_what_duckdb_finds(tmp_path: Path) -> None:
    lake, seeded, params = Lake(tmp_path), random.Random(SEED), parameters(DAY)
    days = [DAY - timedelta(days=age) for age in range(DAYS)]
    for day in days:
        lake.write(prices_of(day, seeded), "prices/daily", category="mtg", day=day)
    files = lake.paths("prices/daily", "mtg", days)

    def found(engine: Engine) -> pl.DataFrame:
        return history_features(
            files, category="mtg", as_of=DAY, prices=params.prices, outliers=params.outliers, engine=engine
        )

    in_process, on_spark = found("duckdb"), found("spark")
    assert in_process["refused_cents"].count() > 0
    assert in_process["cv"].max() > 0.1  # type: ignore[operator]
    assert_frame_equal(on_spark, in_process, rel_tol=0, abs_tol=1e-9)
