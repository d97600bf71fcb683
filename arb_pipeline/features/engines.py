"""Engines that run the feature expressions: DuckDB in this process, or Spark, local or a cluster."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import duckdb
import ibis
import ibis.expr.types as ir

from arb_pipeline.contracts.errors import UnavailableError
from arb_pipeline.settings import spark_remote
from arb_pipeline.storage.lake import Where

Engine = Literal["duckdb", "spark"]
QUIET_SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
}
PARTITIONS = "spark.sql.shuffle.partitions"
FEW = "8"
"""Shuffle partitions in this process. Spark's 200 are for clusters: on two cores a month of Magic then spends
its time starting tasks."""
OPTIMIZER = "spark.sql.optimizer.excludedRules"
"""Optimiser rules that inline an expression wherever it is used. A median of a median is then computed for
each element of each array: over ten minutes for a month of Magic instead of one."""
EXCLUDED = ("CollapseProject", "PushDownPredicates", "PushPredicateThroughNonJoin")


class EngineMissingError(UnavailableError, RuntimeError):
    """An engine cannot run on this machine; the message states what it needs."""


def missing(engine: Engine) -> str | None:
    """Missing requirement of an engine; None where it can run."""
    if engine == "duckdb":
        return None
    if find_spec("pyspark") is None:
        return "ARB_ENGINE=spark needs pyspark: install it with pip install '.[spark]'"
    # With SPARK_REMOTE the work is done remotely, by Spark or Sail, without a local Java.
    if not is_remote() and not shutil.which("java"):
        return "ARB_ENGINE=spark needs Java 17 or newer: install it, and put its java on the PATH"
    return None


@contextmanager
def connected(engine: Engine) -> Iterator[Any]:
    """An Ibis connection. Raises `EngineMissingError`.

    Spark uses its own configuration (spark-defaults.conf, spark-submit), else in this process.
    """
    lack = missing(engine)
    if lack:
        raise EngineMissingError(lack)
    connection = ibis.duckdb.connect() if engine == "duckdb" else ibis.pyspark.connect(_spark_session())
    try:
        yield connection
    finally:
        if engine == "duckdb":  # a Spark session is shared, and slow to start
            connection.disconnect()


def is_remote() -> bool:
    """Whether SPARK_REMOTE (sc://host:port) names a Spark Connect server: Spark or Sail."""
    return bool(spark_remote())


def _spark_session() -> Any:
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        builder = SparkSession.builder.appName("arb_pipeline")
        if is_remote():
            builder = builder.remote(spark_remote())
        for name, value in QUIET_SPARK.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        if not is_remote() and str(session.conf.get("spark.master", "")).startswith("local"):
            session.conf.set(PARTITIONS, FEW)
    rules = (f"org.apache.spark.sql.catalyst.optimizer.{rule}" for rule in EXCLUDED)
    session.conf.set(OPTIMIZER, ",".join(rules))
    return session


def rollup_table(connection: Any, engine: Engine, files: Sequence[Where]) -> ir.Table:
    """The rollup files as one table. Spark opens URLs by its own connectors, DuckDB by fsspec."""
    names = [str(file) for file in files]
    if engine == "spark":
        # Files that are named one by one: Spark then makes no columns of the folders' category= and day=.
        view = ibis.util.gen_name("rollup")
        connection._session.read.parquet(*names).createOrReplaceTempView(view)  # noqa: SLF001
        return connection.table(view)
    store = next((file.fs for file in files if not isinstance(file, Path)), None)
    if store is None:
        return connection.read_parquet(names, hive_partitioning=False)
    # Ibis installs DuckDB's httpfs for URLs and needs the internet; a view on the registered store does not.
    with suppress(duckdb.InvalidInputException):  # registered by a call before
        connection.con.register_filesystem(store)
    view = ibis.util.gen_name("rollup")
    listed = ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}'" for name in names)
    connection.con.execute(
        f'CREATE VIEW "{view}" AS SELECT * FROM read_parquet([{listed}], hive_partitioning=false)'  # noqa: S608
    )
    return connection.table(view)
