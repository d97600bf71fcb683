"""PostgreSQL stopped while it loads: none of a package's rows or all, and the next load completes."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from load_bench import Bench, Kept

from arb_pipeline.storage.postgres import copy_writer, merge

pytestmark = pytest.mark.faults

LOST = (sa.exc.DBAPIError, psycopg.Error)
SEED = 20260405
MODES = ("immediate", "fast")
SLOW = """
CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END';
CREATE TRIGGER slowly BEFORE INSERT ON price_history FOR EACH ROW EXECUTE FUNCTION slowly();
"""
"""The merge of a day then takes some 15 s: it is at work when the server stops."""


@pytest.fixture
def merged(bench: Bench, undisturbed: Kept) -> None:
    """A ledger that knows of every day, and none of their rows: all of them are staged and merged."""
    entry = (
        "INSERT INTO load_ledger (source, category, day, package_id, parser_version, rows_raw, rows_accepted,"
        " rows_duplicate, rows_quarantined, rows_written) VALUES ('tcgplayer', :category, :day, repeat('0', 64),"
        " '1', 0, 0, 0, 0, 0)"
    )
    days = [
        {"day": f.name, "category": c} for f in bench.data.iterdir() for c in ("mtg", "pokemon", "yugioh")
    ]
    with bench.engine.begin() as connection:
        connection.execute(sa.text(entry), days)


def forget_the_entries(bench: Bench) -> None:
    with bench.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM load_ledger WHERE package_id = repeat('0', 64)")


def cut_off_in_the_copy(bench: Bench, mode: str, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """A load whose second piece of a COPY meets a server that has gone; what was there before it."""
    before, texts = bench.kept(), copy_writer.text_of

    def stopped_after_the_first(frame: pl.DataFrame) -> Iterator[memoryview]:
        for number, text in enumerate(texts(frame)):
            if number == 1 and bench.cluster.status().running:
                bench.stop(mode)
            yield text

    with bench.stopping(), monkeypatch.context() as patch:
        patch.setattr(copy_writer, "ROWS_AT_ONCE", 500)
        patch.setattr(copy_writer, "text_of", stopped_after_the_first)
        with pytest.raises(LOST):
            bench.load()
    return before


def assert_taken_up(bench: Bench, undisturbed: Kept, before: Kept) -> None:
    """Nothing of the load that was cut off is there; the next one completes."""
    assert bench.kept() == before
    assert bench.load() > 0
    forget_the_entries(bench)
    assert bench.kept() == undisturbed
    assert bench.load() == 0


@pytest.mark.parametrize("mode", MODES)
def test_stopped_in_the_copy_of_a_first_load(
    bench: Bench, undisturbed: Kept, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    before = cut_off_in_the_copy(bench, mode, monkeypatch)
    assert_taken_up(bench, undisturbed, before)


@pytest.mark.parametrize("mode", MODES)
def test_stopped_in_the_copy_to_staging(
    bench: Bench, merged: None, undisturbed: Kept, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    before = cut_off_in_the_copy(bench, mode, monkeypatch)
    assert_taken_up(bench, undisturbed, before)


@pytest.mark.parametrize("mode", MODES)
def test_stopped_in_the_merge(
    bench: Bench, merged: None, undisturbed: Kept, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    before, upsert, merging = bench.kept(), merge._upsert, threading.Event()

    def stop_in_the_merge(*arguments: Any) -> Any:
        merging.set()
        return upsert(*arguments)

    def stop() -> None:
        assert merging.wait(30)
        time.sleep(1)
        bench.stop(mode)

    with bench.engine.begin() as connection:
        connection.exec_driver_sql(SLOW)
    stopper = threading.Thread(target=stop)
    try:
        with bench.stopping(), monkeypatch.context() as patch:
            patch.setattr(merge, "_upsert", stop_in_the_merge)
            stopper.start()
            with pytest.raises(LOST):
                bench.load()
            stopper.join()
    finally:
        with bench.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER slowly ON price_history; DROP FUNCTION slowly()")
    assert_taken_up(bench, undisturbed, before)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("days", [0, 3])
def test_stopped_before_the_commit(bench: Bench, undisturbed: Kept, mode: str, days: int) -> None:
    """Of the first day, and of the fourth: three days stand."""
    committed: list[Kept] = [bench.kept()]

    def at(stage: str, stop: Callable[[], None]) -> None:
        if stage == "committing":
            if len(committed) == days + 1:
                committed[:] = [bench.kept()]
                stop()
            else:
                committed.append(bench.kept())

    with bench.stopping(mode) as stop, pytest.raises(LOST):
        bench.load(tell=lambda stage: at(stage, stop))
    (before,) = committed
    assert len(before[1]) == 3 * days
    assert_taken_up(bench, undisturbed, before)


def test_stopped_at_random_moments_while_a_worker_loads(bench: Bench, undisturbed: Kept) -> None:
    """The worker fails and is started again; after each stop the ledger counts the rows that are there."""
    draw, started = random.Random(SEED), time.monotonic()
    worker = bench.worker()
    worker.join()
    seconds = time.monotonic() - started
    bench.empty()
    cut = 0
    for _ in range(40):
        worker = bench.worker()
        worker.join(draw.uniform(0.2, 0.4) * seconds)
        with bench.stopping():
            if worker.is_alive():
                bench.stop(draw.choice(MODES))
            worker.join()
        assert bench.agrees()
        if worker.exitcode == 0:
            assert bench.kept() == undisturbed
            if cut >= 8:
                return
            bench.empty()
        cut += worker.exitcode != 0
    pytest.fail("no worker got to the end")
