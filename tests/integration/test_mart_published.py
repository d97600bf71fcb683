"""Publication of a mart, and the permissions of the role of BI tools."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from psycopg import OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import OperationalError as Refused

from arb_pipeline.mart import publication
from arb_pipeline.mart.publication import MartError
from arb_pipeline.storage.postgres import roles

pytestmark = pytest.mark.slow

PASSWORD = "pass'word %s \\ öß"


def build(engine: sa.Engine, run: str, number: int) -> None:
    """A mart of one table with one number in it."""
    with publication.building(engine, run) as schema, engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {schema}.opportunities AS SELECT {number} AS n")


def number(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.text("SELECT n FROM mart.opportunities")) or 0)


def schemas(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return publication._names(connection, "mart%")


@pytest.fixture
def reader(engine: sa.Engine) -> Iterator[sa.Engine]:
    """The role of BI tools, on a server where it may be left from another test."""
    with engine.begin() as connection:
        roles.ensure_bi_role(connection, PASSWORD, statement_seconds=1)
    url = engine.url.set(username=roles.ROLE, password=PASSWORD)
    reader = sa.create_engine(url, poolclass=sa.NullPool)
    yield reader
    reader.dispose()


def test_a_build_takes_the_place_of_the_last_one(engine: sa.Engine) -> None:
    build(engine, "run-1", 1)
    assert publication.publish(engine, "run-1").tables == {"opportunities": 1}
    build(engine, "run-2", 2)
    assert publication.publish(engine, "run-2").left == []

    with engine.connect() as connection:
        assert number(connection) == 2
    assert schemas(engine) == ["mart"]


def test_a_build_that_is_not_published_leaves_the_last_mart(engine: sa.Engine) -> None:
    build(engine, "run-1", 1)
    publication.publish(engine, "run-1")
    build(engine, "run-2", 2)

    with engine.connect() as connection:
        assert number(connection) == 1
    with pytest.raises(MartError, match="built no mart"):
        publication.publish(engine, "run-3")


def test_an_earlier_build_does_not_replace_a_later_one(engine: sa.Engine) -> None:
    build(engine, "run-1", 1)
    build(engine, "run-2", 2)
    publication.publish(engine, "run-2")

    with pytest.raises(MartError, match="built later"):
        publication.publish(engine, "run-1")
    with engine.connect() as connection:
        assert number(connection) == 2


def test_a_schema_of_somebody_else_is_not_replaced(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA mart")
    build(engine, "run-1", 1)

    with pytest.raises(MartError, match="not made"):
        publication.publish(engine, "run-1")


def test_an_old_build_is_cleared_away_and_a_new_one_is_not(engine: sa.Engine) -> None:
    build(engine, "run-1", 1)
    build(engine, "run-2", 2)
    with engine.begin() as connection:
        long_ago = '{"run": "run-1", "built_at": "2020-01-01T00:00:00+00:00"}'
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {publication.schema_of('run-1')} IS '{long_ago}'")
    build(engine, "run-3", 3)

    assert schemas(engine) == [publication.schema_of("run-2"), publication.schema_of("run-3")]


def test_no_analysis_writes_while_a_mart_is_built(engine: sa.Engine) -> None:
    """The mart's tables come from one state: an analysis waits for the build, and a build for an analysis."""
    take = sa.text("SELECT pg_try_advisory_xact_lock(hashtext('publish_analysis'))")
    with publication.building(engine, "run-1"), engine.begin() as connection:
        assert not connection.scalar(take)
    with engine.begin() as connection:
        assert connection.scalar(take)


def test_a_reader_in_the_middle_of_a_query_is_not_waited_for_nor_cut_off(engine: sa.Engine) -> None:
    build(engine, "run-1", 1)
    publication.publish(engine, "run-1")
    build(engine, "run-2", 2)
    with engine.connect() as reading:
        assert number(reading) == 1  # the transaction stays open, with its lock on the table
        done = publication.publish(engine, "run-2")
        assert [name[: len(publication.REPLACED)] for name in done.left] == [publication.REPLACED]
        assert number(reading) == 2
    build(engine, "run-3", 3)
    assert publication.publish(engine, "run-3").left == []
    assert schemas(engine) == ["mart"]


def test_readers_see_one_mart_or_the_other_and_never_none(engine: sa.Engine, reader: sa.Engine) -> None:
    build(engine, "run-0", 0)
    publication.publish(engine, "run-0")
    over, seen = threading.Event(), []

    def read() -> None:
        while not over.is_set():
            with reader.connect() as connection:
                seen.append(number(connection))

    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for n in range(1, 6):
            build(engine, f"run-{n}", n)
            publication.publish(engine, f"run-{n}")
        over.set()
        for future in reading:
            future.result()
    assert set(seen) <= set(range(6))
    assert len(seen) > 5


def test_the_role_reads_the_mart_before_and_after_it_is_replaced(
    engine: sa.Engine, reader: sa.Engine
) -> None:
    build(engine, "run-1", 1)
    assert publication.publish(engine, "run-1").role
    with reader.connect() as connection:
        assert number(connection) == 1
        connection.rollback()
        build(engine, "run-2", 2)
        publication.publish(engine, "run-2")
        assert number(connection) == 2
        assert connection.scalar(sa.text("SELECT n FROM opportunities")) == 2  # mart is its search path


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM public.products",
        "SELECT * FROM public.latest_prices",
        "SELECT * FROM mart_next_build.opportunities",
        "INSERT INTO mart.opportunities VALUES (2)",
        "UPDATE mart.opportunities SET n = 2",
        "DELETE FROM mart.opportunities",
        "TRUNCATE mart.opportunities",
        "CREATE TABLE mart.mine (n int)",
        "CREATE TABLE public.mine (n int)",
        "CREATE TEMPORARY TABLE mine (n int)",
        "CREATE SCHEMA mine",
        "DROP TABLE mart.opportunities",
        "COPY mart.opportunities TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SET ROLE arb",
    ],
)
@pytest.mark.parametrize("read_only", [True, False], ids=["as it logs in", "after lifting read only"])
def test_the_role_may_do_nothing_else(
    engine: sa.Engine, reader: sa.Engine, statement: str, read_only: bool
) -> None:
    build(engine, "build", 1)  # mart_next_build, not published
    build(engine, "run-1", 1)
    publication.publish(engine, "run-1")
    with reader.connect() as connection:
        connection.exec_driver_sql(
            "SET default_transaction_read_only = 'off'" if not read_only else "SELECT 1"
        )
        connection.commit()
        with pytest.raises(DBAPIError) as caught:
            connection.exec_driver_sql(statement)
        assert caught.value.orig is not None
        # 42501 no privilege; 25006 read-only transaction, which comes first where it is on
        allowed = {"42501", "25006"} if read_only else {"42501"}
        assert getattr(caught.value.orig, "sqlstate", None) in allowed


def test_a_long_statement_is_ended(engine: sa.Engine, reader: sa.Engine) -> None:
    with reader.connect() as connection, pytest.raises(DBAPIError, match="statement timeout"):
        connection.exec_driver_sql("SELECT pg_sleep(5)")


def test_the_role_needs_its_password_and_it_is_kept_as_scram(engine: sa.Engine, reader: sa.Engine) -> None:
    with engine.connect() as connection:
        kept = connection.scalar(sa.text("SELECT rolpassword FROM pg_authid WHERE rolname = 'bi_ro'"))
    assert str(kept).startswith("SCRAM-SHA-256$")
    wrong = sa.create_engine(reader.url.set(password="wrong"), poolclass=sa.NullPool)
    with pytest.raises(Refused) as caught:
        wrong.connect()
    assert isinstance(caught.value.orig, OperationalError)
    assert "password authentication failed" in str(caught.value.orig)


def test_a_role_that_there_is_keeps_its_password_when_none_is_given(
    engine: sa.Engine, reader: sa.Engine
) -> None:
    with engine.begin() as connection:
        assert roles.ensure_bi_role(connection, None, statement_seconds=7).can_login
    with reader.connect() as connection:
        assert connection.scalar(sa.text("SHOW statement_timeout")) == "7s"


def test_a_user_without_the_right_to_make_roles_gets_the_next_step(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL ROLE pg_monitor")
        with pytest.raises(roles.RoleError, match="arb db role"):
            roles.ensure_bi_role(connection, PASSWORD, statement_seconds=30)
        connection.rollback()
