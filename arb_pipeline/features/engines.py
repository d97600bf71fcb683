"""Engines that run the feature expressions: DuckDB in this process, or Spark, local or a cluster."""

import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import duckdb
import ibis
import ibis.expr.types as ir

from arb_pipeline.contracts.errors import UnavailableError
from arb_pipeline.core.pricing.price_window import Step
from arb_pipeline.settings import spark_remote
from arb_pipeline.storage.lake import Where
from arb_pipeline.storage.scratch import own_folder

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
CONNECT_PORT = 15002
"""Spark Connect's port where SPARK_REMOTE names none."""
CONNECT_SECONDS = 10
RETRIES = 5
"""Attempts of a call to a Spark Connect server, at 0.05, 0.2, 0.8, 3.2 and 12.8 s."""
EXCLUDED = ("CollapseProject", "PushDownPredicates", "PushPredicateThroughNonJoin")


class EngineMissingError(UnavailableError, RuntimeError):
    """An engine cannot run on this machine; the message states what it needs."""


class EngineLostError(UnavailableError, RuntimeError):
    """A Spark Connect server ended or cannot be reached; the message names it."""


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
    """An Ibis connection. Raises `EngineMissingError`, `EngineLostError`.

    Spark uses its own configuration (spark-defaults.conf, spark-submit), else in this process.
    """
    lack = missing(engine)
    if lack:
        raise EngineMissingError(lack)
    if engine == "duckdb":
        connection = ibis.duckdb.connect()
        try:
            yield connection
        finally:
            connection.disconnect()
        return
    if is_remote() and not _accepts(spark_remote()):
        raise _lost()
    try:  # a Spark session is shared, and slow to start: it stays open
        yield ibis.pyspark.connect(_spark_session())
    except Exception as error:
        if not (is_remote() and _is_lost(error)):
            raise
        raise _lost() from error


def _lost() -> EngineLostError:
    address = spark_remote().partition(";")[0].rstrip("/")  # a token may follow
    thing = f"The Spark Connect server of SPARK_REMOTE={address} does not answer"
    return EngineLostError(
        thing, next_step="Start it, then run the day again: its features were not written."
    )


def _accepts(remote: str) -> bool:
    """True if the server accepts connections: the client's own first call tries for ten minutes."""
    address = urlsplit(remote.partition(";")[0])
    try:
        socket.create_connection(
            (address.hostname or "", address.port or CONNECT_PORT), CONNECT_SECONDS
        ).close()
    except (OSError, ValueError):
        return False
    return True


def _is_lost(error: BaseException | None) -> bool:
    """True if an error, or one that it came from, is the end of the connection to a Spark Connect server."""
    from grpc import RpcError, StatusCode

    while error is not None:
        if isinstance(error, RpcError) and getattr(error, "code", lambda: None)() is StatusCode.UNAVAILABLE:
            return True
        if type(error).__name__ == "RetriesExceeded":
            return True
        error = error.__cause__ or error.__context__
    return False


def is_remote() -> bool:
    """True if SPARK_REMOTE (sc://host:port) names a Spark Connect server: Spark or Sail."""
    return bool(spark_remote())


def _spark_session() -> Any:
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        builder = SparkSession.builder.appName("arb_pipeline")
        builder = builder.remote(spark_remote()) if is_remote() else builder
        for name, value in QUIET_SPARK.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        if is_remote():
            _give_up_early(session)
        if not is_remote() and str(session.conf.get("spark.master", "")).startswith("local"):
            session.conf.set(PARTITIONS, FEW)
    rules = (f"org.apache.spark.sql.catalyst.optimizer.{rule}" for rule in EXCLUDED)
    session.conf.set(OPTIMIZER, ",".join(rules))
    return session


def _give_up_early(session: Any) -> None:
    """Five attempts of 17 s in all: the client's own fifteen leave a run waiting ten minutes."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])


@contextmanager
def kept_tables(connection: Any, scratch: Where | None = None) -> Iterator[Step]:
    """Keeps tables in an engine for the time of the block.

    As one plan a month of days is 440 kB of SQL, each step written out where the next ones read it: for that
    Spark's optimiser needs gigabytes and many minutes, and Sail's fails on names in nested lambdas.
    `scratch`: folder for a server of Spark Connect, where each table is a Parquet file, as Sail answers
    `cache()` and keeps nothing. Without it Spark caches, and recomputes what a lost machine held.
    """
    if scratch is None or not is_remote():
        with ExitStack() as tables:
            yield lambda table: tables.enter_context(table.cache())
        return
    with own_folder(scratch) as folder:
        yield lambda table: _written(connection, table, folder / ibis.util.gen_name("step"))


def _written(connection: Any, table: ir.Table, path: Where) -> ir.Table:
    connection._session.sql(connection.compile(table)).write.parquet(str(path))  # noqa: SLF001
    return rollup_table(connection, "spark", [path])


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
