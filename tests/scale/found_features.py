"""Features of the seeded month in a lake, by an engine, to a file: a process of its own for each engine.

Usage: python found_features.py ENGINE LAKE OUTPUT
"""

import sys
import warnings
from datetime import timedelta
from pathlib import Path

warnings.simplefilter("ignore")  # of Spark's way from and to pandas

from arb_pipeline.features.history import history_features  # noqa: E402
from arb_pipeline.storage.lake import Lake  # noqa: E402
from arb_pipeline.storage.params import parameters  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[1]))
from price_days import DAY, DAYS  # noqa: E402


def main(engine: str, lake: str, output: str) -> None:
    """Computes and writes them."""
    params = parameters(DAY)
    days = [DAY - timedelta(days=age) for age in range(DAYS)]
    history_features(
        Lake(lake).paths("prices/daily", "mtg", days),
        category="mtg",
        as_of=DAY,
        prices=params.prices,
        outliers=params.outliers,
        engine="spark" if engine == "spark" else "duckdb",
        scratch=Lake(lake).scratch,
    ).write_parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
