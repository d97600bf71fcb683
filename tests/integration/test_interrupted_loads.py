"""Loads beside each other, and loads cut off: 0 or all rows, and the ledger agrees."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from price_loading import (
    CATALOGUE,
    NEXT,
    kept,
    ledger,
    observed,
    of,
    save,
    save_catalogue,
)

from arb_pipeline.storage.postgres import copy_writer, prices, retention
from arb_pipeline.storage.postgres.partitions import default_rows
from arb_pipeline.storage.postgres.prices import save_prices


@pytest.fixture(autouse=True)
def catalogue(engine: sa.Engine) -> None:
    save_catalogue(engine)


def test_two_loads_of_a_source_at_once_wait_for_each_other(engine: sa.Engine) -> None:
    def one(seed: int) -> int:
        numbers = random.Random(seed).sample(range(300), 300)
        return save(engine, observed(*numbers), "ab"[seed % 2])

    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(one, range(4)))
    assert sorted(written) == [0, 0, 0, 600]
    assert sorted(ledger(engine)) == [0, 600]


def test_a_second_load_begins_only_once_the_first_is_committed(engine: sa.Engine) -> None:
    observations = observed(1, 2)
    with ThreadPoolExecutor(1) as pool, engine.connect() as connection:
        save_prices(connection, [of(observations)], observations, CATALOGUE)
        second = pool.submit(save, engine, observations, "b")
        wait_for_a_waiter(engine)
        assert not second.done()
        connection.commit()
        assert second.result(timeout=30) == 0


def wait_for_a_waiter(engine: sa.Engine) -> None:
    query = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    for _ in range(500):
        with engine.connect() as connection:
            if connection.scalar(query):
                return
            connection.execute(sa.text("SELECT pg_sleep(0.02)"))
    pytest.fail("nobody waits for the lock")


@pytest.fixture
def kill(engine: sa.Engine, administrator: sa.Engine) -> Iterator[Callable[[int], None]]:
    """Ends a server process as an administrator does, or a server that goes down."""

    def killed(pid: int) -> None:
        with administrator.connect() as connection:
            assert connection.scalar(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    yield killed
    engine.dispose()


@pytest.mark.parametrize("known", [False, True], ids=["copied", "merged"])
def test_a_backend_killed_in_the_midst_of_a_copy_leaves_nothing(
    engine: sa.Engine, kill: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    if known:
        save(engine, observed(*range(200)), "b")
    before = kept(engine), ledger(engine)
    texts = copy_writer.text_of

    def killed_after_the_first(frame: pl.DataFrame) -> Iterator[memoryview]:
        for number, text in enumerate(texts(frame)):
            if number == 1:
                kill(pids[0])
            yield text

    pids: list[Any] = []
    observations = observed(*range(300))

    def load_and_be_killed() -> None:
        with engine.connect() as connection:
            pids.append(connection.scalar(sa.select(sa.func.pg_backend_pid())))
            save_prices(connection, [of(observations)], observations, CATALOGUE)

    monkeypatch.setattr(copy_writer, "ROWS_AT_ONCE", 100)
    monkeypatch.setattr(copy_writer, "text_of", killed_after_the_first)
    with pytest.raises(Exception, match=r"terminat|closed|lost"):
        load_and_be_killed()
    monkeypatch.undo()
    assert (kept(engine), ledger(engine)) == before
    assert save(engine, observed(*range(300))) == (200 if known else 600)


def test_a_backend_killed_before_the_commit_leaves_nothing(
    engine: sa.Engine, kill: Callable[[int], None]
) -> None:
    observations = observed(*range(300))
    with engine.connect() as connection:
        pid = connection.scalar(sa.select(sa.func.pg_backend_pid()))
        assert save_prices(connection, [of(observations)], observations, CATALOGUE) == {"mtg": 600}
        kill(pid)
        with pytest.raises(sa.exc.DBAPIError):
            connection.commit()
    assert (kept(engine)[0], ledger(engine)) == (0, [])
    assert save(engine, observations) == 600
    assert (kept(engine)[0], ledger(engine)) == (600, [600])


def test_the_process_gone_before_the_commit_leaves_nothing(engine: sa.Engine) -> None:
    observations = observed(1)
    with engine.connect() as connection:
        save_prices(connection, [of(observations)], observations, CATALOGUE)
        connection.connection.driver_connection.close()  # as kill -9 does
        connection.invalidate()
    assert (kept(engine)[0], ledger(engine)) == (0, [])


def test_a_month_cannot_be_retired_between_the_look_at_it_and_the_copy(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(engine, observed(1))
    refused = []

    def retired_meanwhile(*_: object) -> None:
        with engine.connect() as other, pytest.raises(retention.RetentionError, match="2025-09 is in use"):
            retention.retire(other, tmp_path, NEXT)
        refused.append(1)

    monkeypatch.setattr(retention, "WAIT", "100ms")
    monkeypatch.setattr(prices.ledger, "refuse_shrunk", retired_meanwhile)
    assert save(engine, observed(2), "b") == 2
    assert refused == [1]
    with engine.connect() as connection:
        assert default_rows(connection) == 0
