"""Schedules: what they start, and why they start nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from arb_pipeline.defs.automation import schedules
from arb_pipeline.defs.automation.schedules import analysis, operations_alerts, prices
from arb_pipeline.defs.jobs import analyze_all_products
from arb_pipeline.defs.landing.sensors import Newest, UpdateUnknownError
from arb_pipeline.settings import settings
from arb_pipeline.storage.lake import Lake

AT = datetime(2025, 10, 11, 0, 30, tzinfo=UTC)
DAY = date(2025, 10, 10)
FRAME = pl.DataFrame({"a": [1]})


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    monkeypatch.setenv("ARB_HOME", str(tmp_path))
    settings.cache_clear()
    yield Lake(settings().lake)
    settings.cache_clear()


@pytest.fixture
def context(tmp_path: Path) -> Iterator[dg.ScheduleEvaluationContext]:
    (tmp_path / "dagster").mkdir()
    with (
        dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance,
        dg.build_schedule_context(instance=instance, scheduled_execution_time=AT) as context,
    ):
        yield context


def at_work(context: dg.ScheduleEvaluationContext, name: str) -> None:
    @dg.op
    def nothing() -> None:
        pass

    job = dg.GraphDefinition(name=name, node_defs=[nothing]).to_job(name=name)
    context.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)


def said(skip: object) -> str:
    assert isinstance(skip, dg.SkipReason)
    return str(skip.skip_message)


def test_without_prices_there_is_nothing_to_analyse(lake, context):
    assert said(analysis(context)) == "no prices are loaded yet"


def test_new_prices_are_analysed_once_a_tick(lake, context):
    lake.write(FRAME, "prices/daily", category="pokemon", day=DAY)
    result = analysis(context)
    assert isinstance(result, dg.RunRequest)
    assert (result.partition_key, result.run_key) == (
        "2025-10-10",
        "analyze_all_products 2025-10-11T00:30:00+00:00",
    )


def test_an_analysis_newer_than_its_prices_is_not_repeated(lake, context):
    lake.write(FRAME, "prices/daily", category="mtg", day=DAY)
    lake.write(FRAME, "valuation/sealed_valuations", day=DAY)
    assert said(analysis(context)) == "no prices have changed since 2025-10-10 was analysed"


def test_an_analysis_waits_for_prices_that_are_being_updated(lake, context):
    lake.write(FRAME, "prices/daily", category="mtg", day=DAY)
    at_work(context, "update_all_prices")
    assert "prices are being updated" in said(analysis(context))


def test_one_analysis_at_a_time(lake, context):
    lake.write(FRAME, "prices/daily", category="mtg", day=DAY)
    at_work(context, analyze_all_products.name)
    assert "of analyze_all_products is at work" in said(analysis(context))


def test_prices_need_a_catalogue(lake, context):
    assert "no catalogue" in said(prices(context))


def test_prices_are_of_the_sources_newest_day(lake, context, monkeypatch):
    lake.write(FRAME, "catalog/sealed_products")
    monkeypatch.setattr(schedules, "newest_prices", lambda: Newest("2025-10-10", "2025-10-10T20:05:31+0000"))
    result = prices(context)
    assert isinstance(result, dg.RunRequest)
    assert result.partition_key == "2025-10-10"


def test_a_source_that_does_not_tell_is_a_reason(lake, context, monkeypatch):
    def silent() -> Newest:
        raise UpdateUnknownError("TCGCSV did not report its last update: status 503")

    lake.write(FRAME, "catalog/sealed_products")
    monkeypatch.setattr(schedules, "newest_prices", silent)
    assert said(prices(context)) == "TCGCSV did not report its last update: status 503"


def test_without_rules_no_alert_is_sent(lake, context):
    assert "set ARB_ALERTS" in said(operations_alerts(context))
