"""Concurrent analysis, cleanup and transitions by persons: each is atomic."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa
from lives import NOW, analyse, events, lives, only, rows, save

from arb_pipeline.core.opportunities.transitions import ActRefusedError
from arb_pipeline.storage.postgres import opportunities as store

pytestmark = pytest.mark.slow

SECONDS = 20


@pytest.fixture
def box(engine: sa.Engine) -> str:
    """The box, opened on day 0 at $80.00."""
    with engine.begin() as connection:
        save(connection)
        analyse(connection, 0, box=8000)
        return only(connection)


@contextmanager
def meanwhile(engine: sa.Engine, act: Callable[[sa.Connection], object]) -> Iterator[Future[object]]:
    """Begins an act in a second transaction and goes on once it waits for a lock; it is over at the end."""

    def run() -> object:
        with engine.begin() as connection:
            return act(connection)

    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as pool, engine.connect() as watch:
        future = pool.submit(run)
        end = time.monotonic() + SECONDS
        while not watch.scalar(sa.text(waiting)) and not future.done():
            watch.rollback()
            assert time.monotonic() < end
            time.sleep(0.01)
        assert not future.done(), "it did not wait"
        yield future


def state(engine: sa.Engine, opportunity_id: str) -> tuple[list[tuple[str, str, int, int]], list[str]]:
    with engine.connect() as connection:
        return lives(connection), events(connection, opportunity_id)


def test_a_purchase_before_the_next_day_is_kept_and_the_day_opens_a_new_row(
    engine: sa.Engine, box: str
) -> None:
    with engine.connect() as person:
        store.execute(person, box, quantity=2, now=NOW)
        with meanwhile(engine, lambda c: analyse(c, 1, box=7500)) as analysis:
            person.commit()
        assert analysis.exception() is None
    assert state(engine, box) == (
        [("box", "executed", 0, 0), ("box", "active", 1, 1)],
        ["opened", "executed"],
    )
    with engine.connect() as connection:
        bought, new = rows(connection)
    assert (bought["sealed_price"], bought["execution_price"]) == (Decimal(80), Decimal(80))
    assert new["sealed_price"] == Decimal(75)


@pytest.mark.parametrize("price", [7500, None])
def test_a_purchase_before_the_same_day_again_is_kept(engine: sa.Engine, box: str, price: int | None) -> None:
    with engine.connect() as person:
        store.execute(person, box, quantity=2, now=NOW)
        with meanwhile(engine, lambda c: analyse(c, 0, box=price)) as analysis:
            person.commit()
        assert analysis.exception() is None
    assert state(engine, box) == ([("box", "executed", 0, 0)], ["opened", "executed"])


def test_a_note_before_a_day_that_expires_it(engine: sa.Engine, box: str) -> None:
    with engine.connect() as person:
        store.note(person, box, "asked", now=NOW)
        with meanwhile(engine, lambda c: analyse(c, 1, box=None)) as analysis:
            person.commit()
        assert analysis.exception() is None
    assert state(engine, box) == ([("box", "expired", 0, 0)], ["opened", "noted", "expired"])


def test_a_purchase_given_up_leaves_the_analysis_as_if_it_had_never_been(engine: sa.Engine, box: str) -> None:
    with engine.connect() as person:
        store.execute(person, box, quantity=2, now=NOW)
        with meanwhile(engine, lambda c: analyse(c, 1, box=7500)) as analysis:
            person.rollback()
        assert analysis.exception() is None
    assert state(engine, box) == ([("box", "active", 0, 1)], ["opened", "confirmed"])


def test_an_analysis_that_expires_it_first_refuses_the_purchase(engine: sa.Engine, box: str) -> None:
    with engine.connect() as analysis:
        analyse(analysis, 1, box=None)
        with meanwhile(engine, lambda c: store.execute(c, box, quantity=1, now=NOW)) as person:
            analysis.commit()
        with pytest.raises(ActRefusedError, match="is expired"):
            person.result()
    assert state(engine, box) == ([("box", "expired", 0, 0)], ["opened", "expired"])


def test_an_analysis_that_confirms_it_first_gives_the_purchase_its_price(engine: sa.Engine, box: str) -> None:
    with engine.connect() as analysis:
        analyse(analysis, 1, box=7500)
        with meanwhile(engine, lambda c: store.execute(c, box, quantity=1, now=NOW)) as person:
            analysis.commit()
        assert person.exception() is None
    assert state(engine, box) == ([("box", "executed", 0, 1)], ["opened", "confirmed", "executed"])
    with engine.connect() as connection:
        assert rows(connection)[0]["execution_price"] == Decimal(75)


def test_a_purchase_before_a_cleanup_is_kept(engine: sa.Engine, box: str) -> None:
    with engine.connect() as person:
        store.execute(person, box, quantity=1, now=NOW)
        with meanwhile(engine, lambda c: store.expire_overdue(c, now=NOW).height) as cleanup:
            person.commit()
        assert cleanup.result() == 0
    assert state(engine, box) == ([("box", "executed", 0, 0)], ["opened", "executed"])


def test_a_cleanup_waits_for_an_analysis_and_leaves_what_it_confirmed(engine: sa.Engine, box: str) -> None:
    with engine.connect() as analysis:
        analyse(analysis, 31, box=8000)  # 1 November, 20:00: until the 2nd
        with meanwhile(engine, lambda c: store.expire_overdue(c, now=NOW).height) as cleanup:
            analysis.commit()
        assert cleanup.result() == 0
    assert state(engine, box) == ([("box", "active", 0, 31)], ["opened", "confirmed"])


def test_of_many_who_record_a_purchase_at_once_one_does(engine: sa.Engine, box: str) -> None:
    start = threading.Barrier(6)

    def buy(quantity: int) -> bool:
        with engine.begin() as connection:
            start.wait()
            try:
                store.execute(connection, box, quantity=quantity, now=NOW)
            except ActRefusedError:
                return False
            return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(buy, range(1, 7)))
    assert sum(done) == 1
    assert state(engine, box) == ([("box", "executed", 0, 0)], ["opened", "executed"])
    with engine.connect() as connection:
        assert rows(connection)[0]["execution_quantity"] == done.index(True) + 1


def test_acts_among_analyses_and_cleanups_are_all_kept(engine: sa.Engine, box: str) -> None:
    """25 days while a person buys whatever is active, and cleanups run: nothing deadlocks, nothing is lost."""
    over = threading.Event()
    bought: list[str] = []

    def person() -> None:
        while not over.is_set():
            with engine.begin() as connection:
                active = [str(row["id"]) for row in rows(connection) if row["status"] == "active"]
            for opportunity_id in active:
                try:
                    with engine.begin() as connection:
                        store.execute(connection, opportunity_id, quantity=1, now=NOW)
                    bought.append(opportunity_id)
                except ActRefusedError:
                    pass

    def cleaner() -> None:
        while not over.is_set():
            with engine.begin() as connection:
                store.expire_overdue(connection, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        others = [pool.submit(person), pool.submit(cleaner)]
        try:
            for number in range(1, 26):
                with engine.begin() as connection:
                    analyse(
                        connection, number, box=8000 + number, deck=7000 if number % 3 else None, tin=6000
                    )
        finally:
            over.set()
        for future in others:
            future.result()
    with engine.connect() as connection:
        result = rows(connection)
        assert {str(row["id"]) for row in result if row["status"] == "executed"} == set(bought)
        for row in result:
            output = events(connection, row["id"])
            assert output[0] == "opened"
            assert output.count("executed") == (row["status"] == "executed")
            assert output.count("expired") == (row["status"] == "expired")
