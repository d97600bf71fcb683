"""The job `mart` in Dagster: publication, refusal, and results of its checks."""

import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent))

from mart_market import DECK, fill

from arb_pipeline.defs.jobs import mart as mart_job
from arb_pipeline.defs.mart.assets import MANIFEST, model_key, models, published
from arb_pipeline.defs.mart.checks import expectations
from arb_pipeline.defs.mart.expected import EXPECTED
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.mart import publication as marts
from arb_pipeline.settings import settings

PASSWORD = "canary-5f0c"
pytestmark = [
    pytest.mark.slow,  # three builds, and the import of Great Expectations
    pytest.mark.filterwarnings("default"),  # which warns of its own parts
]


@dataclass
class Place:
    """A database, a home, and the job."""

    engine: sa.Engine
    home: Path
    job: dg.JobDefinition

    def run(self) -> dg.ExecuteInProcessResult:
        return self.job.execute_in_process(raise_on_error=False)

    def scalar(self, query: str) -> object:
        with self.engine.connect() as connection:
            return connection.scalar(sa.text(query))

    def execute(self, statement: str) -> None:
        with self.engine.begin() as connection:
            assert connection.execute(sa.text(statement)).rowcount


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """(model.name) -> what was found."""
    results = result.get_asset_check_evaluations()
    return {f"{e.asset_key.path[-1]}.{e.check_name}": e for e in results}


@pytest.fixture(scope="module")
def place(
    server: sa.URL, administrator: sa.Engine, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    name, home = f"arb_test_{uuid.uuid4().hex}", tmp_path_factory.mktemp("home")
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    url = server.set(database=name)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    fill(engine)
    environment = {
        "ARB_HOME": str(home),
        "ARB_DATABASE_URL": url.render_as_string(hide_password=False),
        "ARB_BI_PASSWORD": PASSWORD,
    }
    with patch.dict(os.environ, environment):
        settings.cache_clear()
        definitions = dg.Definitions(
            assets=[models, published],
            asset_checks=[expectations],
            jobs=[mart_job],
            resources={"workspace": Workspace()},
            executor=dg.in_process_executor,
        )
        yield Place(engine, home, definitions.resolve_job_def("mart"))
    settings.cache_clear()
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def first(place: Place) -> dg.ExecuteInProcessResult:
    return place.run()


def test_a_sound_mart_is_published_with_every_check_reported(
    place: Place, first: dg.ExecuteInProcessResult
) -> None:
    assert first.success
    assert place.scalar("SELECT profit FROM mart.opportunities") is not None
    output = checks(first)
    tests = [n for n in MANIFEST["nodes"].values() if n["resource_type"] == "test"]
    assert len(output) == len(tests) + len(EXPECTED)
    failed = {name: e.severity.value for name, e in output.items() if not e.passed}
    # Of the newest day one of two margins is published, more than a fifth; of 43.74, 33.61 and -20.00 the
    # median is above 10 %: two warnings, and no reason to stop.
    assert failed == {
        "sealed_valuations.sealed_valuations_few_are_published": "WARN",
        "sealed_valuations.expect_most_margins_to_be_losses": "WARN",
    }


def test_the_report_is_linked_and_holds_no_password(place: Place, first: dg.ExecuteInProcessResult) -> None:
    evaluation = checks(first)["sealed_valuations.expect_rows"]
    report = Path(str(evaluation.metadata["report"].value))
    assert report == place.home / "mart" / "data_docs" / first.run_id / "index.html"
    assert "sealed_valuations" in report.read_text("utf-8")
    password = str(place.engine.url.password).encode()
    for path in (place.home / "mart").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert password not in content, path
            assert PASSWORD.encode() not in content, path


def test_the_role_logs_in_and_reads(place: Place, first: dg.ExecuteInProcessResult) -> None:
    reader = sa.create_engine(
        place.engine.url.set(username="bi_ro", password=PASSWORD), poolclass=sa.NullPool
    )
    with reader.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM daily_summary")) == 2


def test_a_failing_test_of_dbt_stops_publication_and_the_last_mart_stays(
    place: Place, first: dg.ExecuteInProcessResult
) -> None:
    place.execute(f"UPDATE sealed_valuations SET profit = profit + 1 WHERE product_id = '{DECK}'")
    try:
        second = place.run()
    finally:
        place.execute(f"UPDATE sealed_valuations SET profit = profit - 1 WHERE product_id = '{DECK}'")

    assert not second.success
    assert not checks(second)["sealed_valuations.sealed_valuations_profit_is_value_less_price"].passed
    assert [
        e for e in second.all_events if e.is_step_failure and "not published" in str(e.event_specific_data)
    ]
    assert (
        place.scalar(f"SELECT max(profit) FROM mart.sealed_valuations WHERE product_id = '{DECK}'")
        is not None
    )
    assert (
        place.scalar(
            "SELECT count(*) FROM mart.sealed_valuations WHERE profit <> singles_value - sealed_price"
        )
        == 0
    )
    assert marts.exists(place.engine, marts.schema_of(second.run_id))  # to be looked into


def test_a_failing_expectation_stops_publication_and_the_last_mart_stays(
    place: Place, first: dg.ExecuteInProcessResult
) -> None:
    """A reason too short to be one: dbt's tests let it pass."""
    place.execute("UPDATE arbitrage_opportunities SET why = 'so'")
    try:
        third = place.run()
    finally:
        place.execute("UPDATE arbitrage_opportunities SET why = 'singles net $40.75 against $30.50 landed'")

    assert not third.success
    evaluation = checks(third)["opportunities.expect_reasons"]
    assert (evaluation.passed, evaluation.severity.value) == (False, "ERROR")
    assert "'so'" in str(evaluation.metadata["observed"].value)
    assert [key.path[-1] for key in (e.asset_key for e in third.get_asset_materialization_events())].count(
        "published"
    ) == 0
    assert place.scalar("SELECT why FROM mart.opportunities") != "so"


def test_every_expectation_is_about_a_model_and_a_column_that_there_are() -> None:
    columns = {
        node["name"]: set(node["columns"])
        for node in MANIFEST["nodes"].values()
        if node["resource_type"] == "model"
    }
    for expectation in EXPECTED:
        assert (
            expectation.arguments.get("column", next(iter(columns[expectation.table])))
            in columns[expectation.table]
        ), expectation
        assert model_key(expectation.table).path[-1] == expectation.table
