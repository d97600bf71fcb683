"""Past one machine: the lake on an S3 server, features on a Sail cluster, both broken on purpose.

`make test-scale` (docs/scaling.md). Budget: six minutes on two cores.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from arb_command import CLOCK, home_of
from folder import DAY, DECK, Folder, before
from polars.testing import assert_frame_equal
from price_days import written_days
from servers import BUCKET, FaultProxy, Server, free_ports, s3_environment, sail_cluster

from arb_pipeline.storage.lake import Lake

pytestmark = pytest.mark.scale
LAKE = f"s3://{BUCKET}/lake"
SECONDS = 120
"""Longest wait for features of the month: 16 s on two idle cores, and more where the machine is shared."""
GIVES_UP_SECONDS = 90
"""Longest time to learn that a cluster is gone: five attempts in 17 s, and the start of Python."""


@pytest.fixture(scope="module")
def month(proxy: FaultProxy, open_folder: Path) -> pl.DataFrame:
    """Features of the seeded month by DuckDB from a folder; the same month is in the lake on S3."""
    folder = open_folder / "month"
    written_days(Lake(folder))
    with pytest.MonkeyPatch.context() as patched:
        for name, value in s3_environment(proxy.port).items():
            patched.setenv(name, value)
        written_days(Lake(LAKE))
    return features("duckdb", str(folder), open_folder / "month.parquet")


@pytest.fixture
def cluster(environment: dict[str, str], open_folder: Path) -> Iterator[tuple[Server, int]]:
    """A Sail cluster that reads the lake through the proxy, and its port."""
    (port,) = free_ports(1)
    server = sail_cluster(open_folder, port, environment)
    try:
        yield server, port
    finally:
        server.kill()


def started(engine: str, lake: str, output: Path, **more: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("found_features.py")
    command = [sys.executable, str(script), engine, lake, str(output)]
    return subprocess.Popen(command, env=dict(os.environ) | more, stderr=subprocess.PIPE, text=True)


def features(engine: str, lake: str, output: Path, **more: str) -> pl.DataFrame:
    process = started(engine, lake, output, **more)
    try:
        _, errors = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, errors[-3000:]
    return pl.read_parquet(output)


def equal(output: pl.DataFrame, expected: pl.DataFrame) -> None:
    assert expected["refused_cents"].count() > 0
    assert_frame_equal(output, expected, rel_tol=0, abs_tol=1e-9)


def test_a_sail_cluster_finds_what_duckdb_finds(
    month: pl.DataFrame, cluster: tuple[Server, int], tmp_path: Path
) -> None:
    remote = f"sc://127.0.0.1:{cluster[1]}"
    equal(features("spark", LAKE, tmp_path / "found.parquet", SPARK_REMOTE=remote), month)
    assert Lake(LAKE).below("scratch") == []


def test_faults_of_the_store_change_no_feature(
    month: pl.DataFrame, cluster: tuple[Server, int], proxy: FaultProxy, tmp_path: Path
) -> None:
    """Every fifth request of 31 files fails in one of three ways, for Sail and for DuckDB."""
    before_faults = dict(proxy.given)
    proxy.every = 5
    remote = f"sc://127.0.0.1:{cluster[1]}"
    equal(features("spark", LAKE, tmp_path / "sail.parquet", SPARK_REMOTE=remote), month)
    of_sail = {kind: proxy.given[kind] - before_faults[kind] for kind in proxy.KINDS}
    equal(features("duckdb", LAKE, tmp_path / "duckdb.parquet"), month)
    of_duckdb = {kind: proxy.given[kind] - before_faults[kind] - of_sail[kind] for kind in proxy.KINDS}
    assert all(of_sail.values()), of_sail
    assert all(of_duckdb.values()), of_duckdb


def test_a_killed_cluster_ends_the_features_and_its_successor_finds_them(
    month: pl.DataFrame,
    cluster: tuple[Server, int],
    environment: dict[str, str],
    proxy: FaultProxy,
    open_folder: Path,
    tmp_path: Path,
) -> None:
    server, port = cluster
    remote, output, requested = f"sc://127.0.0.1:{port}", tmp_path / "found.parquet", proxy.requests
    process = started("spark", LAKE, output, SPARK_REMOTE=remote)
    deadline = time.monotonic() + SECONDS
    while proxy.requests < requested + 40:  # 31 files are looked up, then the cluster reads them
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            pytest.fail(f"the features ended before the cluster read: {process.communicate()[1][-2000:]}")
        time.sleep(0.01)
    server.kill()
    try:
        _, errors = process.communicate(timeout=GIVES_UP_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 1
    assert "SPARK_REMOTE" in errors.splitlines()[-1], errors[-2000:]
    assert not output.exists()
    assert Lake(LAKE).below("scratch") == []
    successor = sail_cluster(open_folder, port, environment)
    try:
        equal(features("spark", LAKE, output, SPARK_REMOTE=remote), month)
    finally:
        successor.kill()


def test_a_run_on_s3_equals_one_on_a_folder_without_the_internet(
    environment: dict[str, str], proxy: FaultProxy, open_folder: Path
) -> None:
    """The tiny market of tests/pipeline, three days; the store fails at every ninth request."""
    folder = Folder(open_folder / "market").write()
    folder.archive(before(2))
    folder.archive(before(1))
    folder.archive(DAY, {(DECK, "Normal"): (26.00, 28.00, 27.00)})
    command = ("run", "--data", folder.root, "--date", DAY, "--history", 2, "--json")
    unused = open_folder / "unused"  # DuckDB keeps what it downloads in the user's home
    unused.mkdir()
    with home_of(open_folder, "on_folder") as here, home_of(open_folder, "on_s3") as there:
        there.environment |= environment | {"ARB_LAKE": f"s3://{BUCKET}/run", "HOME": str(unused)}
        output = json.loads(here(*command).stdout)
        proxy.every = 9
        given = dict(proxy.given)
        told_there = json.loads(there(*command).stdout)
        assert all(proxy.given[kind] > given[kind] for kind in proxy.KINDS), (given, proxy.given)
        assert [run["failures"] for run in told_there] == [[]] * len(output)
        assert there.hashes(without=CLOCK) == here.hashes(without=CLOCK)
        repeated = json.loads(there(*command).stdout)
        assert [run["rows_written"] for run in repeated] == [0] * len(repeated)
        here_lake, there_lake = Lake(here.home / "lake"), Lake(f"s3://{BUCKET}/run")
        for table in ("prices/daily", "valuation/features"):
            result = there_lake.read(table, category="mtg", day=DAY)
            assert_frame_equal(result, here_lake.read(table, category="mtg", day=DAY))
    assert not list(unused.rglob("*.duckdb_extension*"))
