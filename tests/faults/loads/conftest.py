"""A few days of a simulated market, unpacked, and a cluster of our own that tests may crash."""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "pipeline"))

from load_bench import Bench, Kept

from arb_pipeline.simulator.build import build_market
from arb_pipeline.sources.unpack import unpack
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres
from arb_pipeline.storage.postgres.migrate import migrate
from arb_pipeline.storage.postgres.reference import save_products

DAYS = 8


@pytest.fixture(scope="session")
def market(open_folder: Path) -> Path:
    """The smallest market there is, as a folder of dumps."""
    build_market(open_folder / "market", days=10)
    return open_folder / "market"


@pytest.fixture(scope="session")
def data(open_folder: Path, market: Path) -> Path:
    """Some days of it, each a folder of price files: no time goes to unpacking."""
    for archive in sorted((market / "tcgcsv/archive").iterdir())[-DAYS:]:
        unpack(archive, open_folder / "days", r".*/\d+/\d+/prices")
    return open_folder / "days"


@pytest.fixture(scope="session")
def cluster(open_folder: Path, data: Path) -> Iterator[tuple[EmbeddedPostgres, str]]:
    """A server with a migrated database whose catalogue knows every product of the market but each tenth."""
    cluster = EmbeddedPostgres(open_folder / "cluster")
    try:
        url = cluster.start()
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        migrate(engine)
        with engine.begin() as connection:
            save_products(connection, _catalogue(data))
        yield cluster, url
    finally:
        cluster.stop()


def _catalogue(data: Path) -> pl.DataFrame:
    prices = (json.loads(path.read_bytes())["results"] for path in data.rglob("prices"))
    ids = sorted({record["productId"] for records in prices for record in records})
    known = [n for n in ids if n % 10]
    return pl.DataFrame(
        {
            "id": [str(uuid.UUID(int=n)) for n in known],
            "name": [f"Product {n}" for n in known],
            "tcg_product_id": [str(n) for n in known],
            "product_type": "single",
            "category": "mtg",
        }
    )


@pytest.fixture
def bench(
    open_folder: Path,
    data: Path,
    cluster: tuple[EmbeddedPostgres, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    """An empty price history and an empty landing, on a server that runs; workers read no setting of ours."""
    for name in [name for name in os.environ if name.startswith("ARB_")]:
        monkeypatch.delenv(name)
    server, _ = cluster
    bench = Bench(data, open_folder / "home", server, server.start())
    bench.empty()
    yield bench
    bench.start()


@pytest.fixture(scope="session")
def _undisturbed() -> dict[str, Kept]:
    return {}


@pytest.fixture
def undisturbed(bench: Bench, _undisturbed: dict[str, Kept]) -> Kept:
    """Result of an undisturbed load of all days; made once."""
    if not _undisturbed:
        assert bench.load() == DAYS
        _undisturbed["kept"] = bench.kept()
        bench.empty()
    return _undisturbed["kept"]
