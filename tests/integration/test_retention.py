"""A month goes to the lake and comes back, row by row the same, whatever crashes on the way."""

import json
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres import exports, retention, tables
from arb_pipeline.storage.postgres.partitions import (
    RetiredMonthError,
    attached_months,
    default_rows,
    ensure_months,
)
from arb_pipeline.storage.postgres.retention import RetentionError, restore, retire, unfinished

AUGUST, SEPTEMBER, OCTOBER = (date(2025, month, 1) for month in (8, 9, 10))
HOSTILE = "https://x/\\N?a=\\\\t&b=\t\n\r\b\f\v\"',Pokémon 😀\\.\\"
BOX = uuid.UUID(int=1)


def price(day: date, **overrides: object) -> dict[str, Any]:
    moment = datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=UTC)
    return {"product_id": BOX, "price": "5.10", "source": "tcgplayer", "recorded_at": moment} | overrides


@pytest.fixture(autouse=True)
def three_months(engine: sa.Engine) -> None:
    """August: 1 row; September: 4, with each column's odd values; October: 1."""
    rows = [
        price(date(2025, 8, 31)),
        price(date(2025, 9, 1), source_url=HOSTILE, price="0.00", is_foil=True),
        price(date(2025, 9, 2), source_url="", seller_count=2**31 - 1, shipping_cost="9999999999.99"),
        price(date(2025, 9, 3), source_url="\\N", fetched_at=datetime(2025, 9, 3, 1, tzinfo=UTC)),
        price(date(2025, 9, 30), available_quantity=0, data_source_quality="0.55"),
        price(date(2025, 10, 1)),
    ]
    with engine.begin() as connection:
        box = {"id": BOX, "name": "Box", "product_type": "sealed", "category": "mtg"}
        connection.execute(sa.insert(tables.products), box)
        ensure_months(connection, [AUGUST, SEPTEMBER, OCTOBER])
        for row in rows:
            connection.execute(sa.insert(tables.price_history), row)


def all_rows(engine: sa.Engine) -> list[sa.Row[Any]]:
    with engine.connect() as connection:
        table = tables.price_history
        return list(connection.execute(sa.select(table).order_by(table.c.recorded_at)))


def retired(engine: sa.Engine, lake: Path, before: date = OCTOBER) -> list[tuple[date, int]]:
    with engine.connect() as connection:
        return [(r.month, r.rows) for r in retire(connection, lake, before)]


def restored(engine: sa.Engine, lake: Path, month: date) -> int:
    with engine.connect() as connection:
        return restore(connection, lake, month)


def months(engine: sa.Engine) -> list[date]:
    with engine.connect() as connection:
        return attached_months(connection)


def tables_of_months(engine: sa.Engine) -> list[str]:
    query = sa.text(r"SELECT relname FROM pg_class WHERE relname ~ '^price_history_\d{4}_\d\d$' ORDER BY 1")
    with engine.connect() as connection:
        return list(connection.scalars(query))


def file_of(lake: Path, month: str) -> Path:
    return lake / f"price_history/year=2025/month={month}/part.parquet"


def test_months_go_to_the_lake_and_come_back_as_they_were(engine: sa.Engine, tmp_path: Path) -> None:
    before = all_rows(engine)
    assert retired(engine, tmp_path) == [(AUGUST, 1), (SEPTEMBER, 4)]
    assert retired(engine, tmp_path) == []
    assert (months(engine), tables_of_months(engine)) == ([OCTOBER], ["price_history_2025_10"])
    assert all_rows(engine) == before[-1:]
    held = pl.read_parquet(file_of(tmp_path, "09"))
    assert held["source_url"].to_list() == [HOSTILE, "", "\\N", None]
    assert held.schema["price"] == pl.Decimal(12, 2)
    assert held["recorded_at"][3] == datetime(2025, 9, 30, 23, 59, 59, 999999, tzinfo=UTC)

    assert restored(engine, tmp_path, date(2025, 9, 17)) == 4
    assert restored(engine, tmp_path, AUGUST) == 1
    assert all_rows(engine) == before
    assert months(engine) == [AUGUST, SEPTEMBER, OCTOBER]
    with pytest.raises(RetentionError, match="2025-08 is not retired"):
        restored(engine, tmp_path, AUGUST)


def test_no_scratch_file_is_left(engine: sa.Engine, tmp_path: Path) -> None:
    retired(engine, tmp_path)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["part.parquet"] * 2


def test_a_restored_month_has_its_indices_and_its_key(engine: sa.Engine, tmp_path: Path) -> None:
    retired(engine, tmp_path)
    restored(engine, tmp_path, SEPTEMBER)
    again = price(date(2025, 9, 1))
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="product_id_source"):
        connection.execute(sa.insert(tables.price_history), again)
    stranger = price(date(2025, 9, 4), product_id=uuid.UUID(int=9))
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError, match="products"):
        connection.execute(sa.insert(tables.price_history), stranger)


def test_an_empty_month_is_retired_and_restored(engine: sa.Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        ensure_months(connection, [date(2025, 7, 1)])
    assert retired(engine, tmp_path, AUGUST) == [(date(2025, 7, 1), 0)]
    assert restored(engine, tmp_path, date(2025, 7, 1)) == 0


def test_a_load_into_a_retired_month_is_refused_until_it_is_restored(
    engine: sa.Engine, tmp_path: Path
) -> None:
    retired(engine, tmp_path, SEPTEMBER)
    with engine.begin() as connection:
        with pytest.raises(RetiredMonthError, match="arb db restore 2025-08"):
            ensure_months(connection, [date(2025, 8, 3), OCTOBER])
        assert default_rows(connection) == 0
    restored(engine, tmp_path, AUGUST)
    with engine.begin() as connection:
        assert ensure_months(connection, [date(2025, 8, 3)]) == []


class CrashError(Exception):
    """The process is gone here."""


def crash(*_: object, **__: object) -> None:
    raise CrashError


@pytest.mark.parametrize("step", ["write", "copy_in", "fingerprint", "sha256"])
def test_a_crash_at_any_step_loses_nothing_and_the_next_run_finishes(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = all_rows(engine)
    monkeypatch.setattr(exports, step, crash)
    with pytest.raises(CrashError):
        retired(engine, tmp_path)
    monkeypatch.undo()
    with engine.connect() as connection:
        assert unfinished(connection) == [AUGUST, SEPTEMBER]
    assert len(tables_of_months(engine)) == 3, "detached, none dropped"
    assert retired(engine, tmp_path, before=AUGUST) == [(AUGUST, 1), (SEPTEMBER, 4)]
    for month in (AUGUST, SEPTEMBER):
        restored(engine, tmp_path, month)
    assert all_rows(engine) == before


def test_a_crash_between_two_months_is_finished_too(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detach = retention._detach
    monkeypatch.setattr(retention, "_detach", lambda c, m: detach(c, m) if m == AUGUST else crash())
    with pytest.raises(CrashError):
        retired(engine, tmp_path)
    monkeypatch.undo()
    assert months(engine) == [SEPTEMBER, OCTOBER]
    assert retired(engine, tmp_path) == [(AUGUST, 1), (SEPTEMBER, 4)]


def test_a_crash_before_the_drop_is_committed_leaves_the_table_to_the_next_run(
    engine: sa.Engine, administrator: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = exports.sha256

    def killed(file: Path) -> str:
        with administrator.connect() as connection:
            query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name AND pid != pg_backend_pid()"
            connection.execute(sa.text(query), {"name": engine.url.database})
        return digest(file)

    monkeypatch.setattr(exports, "sha256", killed)
    with pytest.raises(sa.exc.DBAPIError):
        retired(engine, tmp_path, SEPTEMBER)
    monkeypatch.undo()
    engine.dispose()
    assert file_of(tmp_path, "08").exists()
    assert "price_history_2025_08" in tables_of_months(engine)
    assert retired(engine, tmp_path, SEPTEMBER) == [(AUGUST, 1)]


def test_a_detached_month_that_is_not_exported_yet_can_be_brought_back(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = all_rows(engine)
    monkeypatch.setattr(exports, "write", crash)
    with pytest.raises(CrashError):
        retired(engine, tmp_path, SEPTEMBER)
    monkeypatch.undo()
    assert restored(engine, tmp_path, AUGUST) == 1
    assert all_rows(engine) == before


def test_a_file_that_does_not_hold_the_rows_stops_the_drop(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = exports.write

    def spoiled(connection: sa.Connection, table: str, file: Path) -> None:
        write(connection, table, file)
        frame = pl.read_parquet(file, hive_partitioning=False)
        frame.with_columns(pl.lit(7, pl.Int64).alias("seller_count")).write_parquet(file)

    monkeypatch.setattr(exports, "write", spoiled)
    with pytest.raises(RetentionError, match="differ from the 1 of price_history_2025_08, which stays"):
        retired(engine, tmp_path, SEPTEMBER)
    assert "price_history_2025_08" in tables_of_months(engine)


def test_a_file_that_was_changed_or_lost_is_not_restored(engine: sa.Engine, tmp_path: Path) -> None:
    retired(engine, tmp_path, SEPTEMBER)
    file = file_of(tmp_path, "08")
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(RetentionError, match="SHA-256 differs"):
        restored(engine, tmp_path, AUGUST)
    file.unlink()
    with pytest.raises(RetentionError, match="is not there"):
        restored(engine, tmp_path, AUGUST)
    assert "price_history_2025_08" not in tables_of_months(engine), "nothing half-made"
    file.write_bytes(content)
    assert restored(engine, tmp_path, AUGUST) == 1


def test_a_month_that_a_load_is_writing_is_left_for_later(
    engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "WAIT", "100ms")
    with engine.begin() as load:
        load.exec_driver_sql("LOCK TABLE price_history IN ROW EXCLUSIVE MODE")  # as save_prices does first
        with pytest.raises(RetentionError, match="2025-08 is in use"):
            retired(engine, tmp_path)
    assert retired(engine, tmp_path) == [(AUGUST, 1), (SEPTEMBER, 4)]


@pytest.fixture
def arb(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """The command line on the test's database, with a lake of its own."""
    monkeypatch.setenv("ARB_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ARB_HOME", str(tmp_path))
    settings.cache_clear()
    with warnings.catch_warnings(action="ignore"):  # typer's own, of click's next version
        from typer.testing import CliRunner

        from arb_pipeline.cli import db

        yield lambda *arguments: CliRunner().invoke(db.app, arguments)
    settings.cache_clear()


def test_the_command_retires_lists_and_restores(
    engine: sa.Engine, arb: Callable[..., Any], tmp_path: Path
) -> None:
    done = arb("retire", "--before", "2025-10")
    assert done.output.splitlines() == [
        f"2025-08: 1 rows in {file_of(tmp_path / 'lake', '08')}",
        f"2025-09: 4 rows in {file_of(tmp_path / 'lake', '09')}",
    ]
    listed = json.loads(arb("partitions", "--json").stdout)
    assert [(m["month"], m["where"]) for m in listed] == [
        *[("2025-08", "lake"), ("2025-09", "lake"), ("2025-10", "table"), ("default", "table")]
    ]
    assert "2025-08" in arb("partitions").output
    assert arb("restore", "2025-08").output == "2025-08: 1 rows are back\n"
    failed = arb("restore", "2025-08")
    assert (failed.exit_code, str(failed.exception)) == (
        *(1, "2025-08 is not retired: there is nothing to bring back."),
    )
    assert arb("retire", "--before", "2025-13").exit_code == 2
    assert arb("retire", "--before", "2999-01").exit_code == 2


def test_the_command_makes_months_ahead_and_those_of_prices_without_one(
    engine: sa.Engine, arb: Callable[..., Any]
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(tables.price_history), price(date(2030, 1, 31)))
    output = arb("partitions")
    assert (output.exit_code, "1 prices are in no month" in output.output) == (1, True)
    assert arb("partitions", "--adopt", "--ahead", "1").exit_code == 0
    assert len(months(engine)) == 6
