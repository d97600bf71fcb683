"""Publication after a person's transition: one run for transitions that the mart lacks."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from lives import NOW, analyse, only, save

from arb_pipeline.defs.automation import sensors
from arb_pipeline.mart import publication
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres import opportunities as store

Tick = Callable[[], dg.RunRequest | dg.SkipReason]


@pytest.fixture
def instance() -> dg.DagsterInstance:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def tick(
    engine: sa.Engine, instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Tick:
    """The sensor on a home where the box is an opportunity."""
    url = engine.url.render_as_string(hide_password=False)
    given = Settings(home=tmp_path, database_url=url)  # type: ignore[arg-type] # pydantic wraps it
    monkeypatch.setattr(sensors, "settings", lambda: given)
    with engine.begin() as connection:
        save(connection)
        analyse(connection, 0, box=8000)

    def look() -> dg.RunRequest | dg.SkipReason:
        with dg.build_sensor_context(instance=instance) as context:
            return sensors.acts_to_publish(context)

    return look


def published(engine: sa.Engine, run: str) -> None:
    with publication.building(engine, run) as schema, engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {schema}.opportunities (n int)")
    publication.publish(engine, run)


def act(engine: sa.Engine, name: str) -> None:
    with engine.begin() as connection:
        if name == "execute":
            store.execute(connection, only(connection), quantity=1, now=NOW)
        elif name == "cancel":
            store.cancel(connection, only(connection), now=NOW)
        elif name == "note":
            store.note(connection, only(connection), "asked", now=NOW)
        else:
            store.record_result(connection, only(connection), 9000, now=NOW)


def ran(instance: dg.DagsterInstance, key: str, status: dg.DagsterRunStatus) -> None:
    instance.add_run(dg.DagsterRun("mart", status=status, tags={"dagster/run_key": key}))


@pytest.mark.parametrize("name", ["execute", "cancel", "note"])
def test_an_act_newer_than_the_mart_asks_for_it_and_a_publication_ends_that(
    tick: Tick, engine: sa.Engine, name: str
) -> None:
    published(engine, "run-1")
    assert isinstance(tick(), dg.SkipReason)  # what the analysis opened is in it
    act(engine, name)
    assert isinstance(tick(), dg.RunRequest)
    published(engine, "run-2")
    result = tick()
    assert isinstance(result, dg.SkipReason)
    assert "shows all transitions" in str(result.skip_message)


def test_one_act_is_one_run_and_the_next_another(
    tick: Tick, engine: sa.Engine, instance: dg.DagsterInstance
) -> None:
    published(engine, "run-1")
    act(engine, "execute")
    first = tick()
    assert isinstance(first, dg.RunRequest)
    ran(instance, str(first.run_key), dg.DagsterRunStatus.STARTED)
    assert isinstance(tick(), dg.SkipReason)

    act(engine, "result")
    second = tick()
    assert isinstance(second, dg.RunRequest)
    assert second.run_key != first.run_key


def test_a_publication_that_failed_is_requested_again(
    tick: Tick, engine: sa.Engine, instance: dg.DagsterInstance
) -> None:
    published(engine, "run-1")
    act(engine, "cancel")
    first = tick()
    assert isinstance(first, dg.RunRequest)
    ran(instance, str(first.run_key), dg.DagsterRunStatus.FAILURE)
    again = tick()
    assert isinstance(again, dg.RunRequest)
    assert again.run_key != first.run_key


def test_what_ran_out_and_a_home_without_a_mart_ask_for_nothing(tick: Tick, engine: sa.Engine) -> None:
    act(engine, "note")
    assert "no mart is published yet" in str(tick().skip_message)
    published(engine, "run-1")
    with engine.begin() as connection:
        assert store.expire_overdue(connection, now=NOW.replace(year=2100)).height == 1
    assert isinstance(tick(), dg.SkipReason)


def test_an_act_during_a_build_is_newer_than_the_mart(tick: Tick, engine: sa.Engine) -> None:
    """The build may have read the tables before it."""
    with publication.building(engine, "run-1") as schema, engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE {schema}.opportunities (n int)")
        act(engine, "cancel")
    publication.publish(engine, "run-1")
    assert isinstance(tick(), dg.RunRequest)
