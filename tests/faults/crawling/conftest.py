"""A small simulated market, a replay of it, and crawls of it into homes of a test's own."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crawl_bench import Bench, Lure, Undisturbed

from arb_pipeline.simulator.build import build_market
from arb_pipeline.simulator.replay import ReplayServer

MAPPING = """\
url: /alpha.csv
currency: USD
columns: {sku: SKU, upc: UPC, name: Product Name, price: Wholesale Price, moq: MOQ, case_size: Case Size}
"""


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest market there is."""
    folder = tmp_path_factory.mktemp("market")
    build_market(folder, days=10)
    return folder


@pytest.fixture(scope="session")
def replayed(market: Path) -> Iterator[ReplayServer]:
    """One server for the session: answers name its ports, so package ids hold for one server only."""
    with ReplayServer(market) as server:
        yield server


@pytest.fixture
def bench(replayed: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A home of the test's own and a server without faults; no delays, and little patience."""
    for name in [name for name in os.environ if name.startswith("ARB_")]:
        monkeypatch.delenv(name)
    mappings = tmp_path / "mappings"
    mappings.mkdir()
    (mappings / "alpha.yaml").write_text(MAPPING)
    quick = {"ARB_LOOPBACK_DELAY_SECONDS": "0", "ARB_TIMEOUT_SECONDS": "1", "ARB_RETRIES": "2"}
    given = {"ARB_HOME": str(tmp_path / "home"), "ARB_SOURCE_DISTRIBUTOR_MAPPINGS": str(mappings)}
    for name, value in (replayed.environment() | quick | given).items():
        monkeypatch.setenv(name, value)
    bench = Bench(replayed, tmp_path / "home")
    bench.forget()
    yield bench
    bench.forget()


@pytest.fixture
def lure() -> Iterator[Lure]:
    """A server of another address of this machine, which nobody may come to."""
    with Lure() as lure:
        yield lure


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Undisturbed]:
    """Source -> its undisturbed crawl, done once, within the bench of the first test that asks."""
    homes = tmp_path_factory.mktemp("undisturbed")
    known: dict[tuple[str, str], Undisturbed] = {}

    def crawl(bench: Bench, source: str, **given: Any) -> Undisturbed:
        key = (source, repr(given))
        if key not in known:
            bench.forget()
            home = homes / f"{len(known)}"
            result = bench.fetch(source, home, **given)
            assert result.status == "landed", result
            assert result.package is not None
            known[key] = Undisturbed(home, result.package.package_id)
            bench.figures.clear()
        bench.forget()
        return known[key]

    return crawl
