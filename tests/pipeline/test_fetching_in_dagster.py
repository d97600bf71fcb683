"""Landing assets and sensors in Dagster: sources fetched inside runs, from the replay server."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from arb_pipeline.definitions import defs
from arb_pipeline.defs.landing.sensors import new_distributor_file, new_tcgcsv_day
from arb_pipeline.settings import settings
from arb_pipeline.simulator.build import build_market
from arb_pipeline.simulator.replay import ReplayServer
from arb_pipeline.simulator.replay.faults import Fault
from arb_pipeline.storage.lake import Lake

ASKED = ("mtg_boosters", "ecb", "cardkingdom", "ebay", "tcgcsv", "distributor")
KEYS = [f"landing/{name}" for name in ("mtg_boosters", "ecb", "cardkingdom", "ebay")]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("market")
    build_market(folder, seed=20260101, days=12)
    return folder


@pytest.fixture
def server(market: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReplayServer]:
    with ReplayServer(market, sources=ASKED) as replay:
        urls = {name: value for name, value in replay.environment().items() if name.endswith("_URL")}
        quick = {"ARB_LOOPBACK_DELAY_SECONDS": "0", "ARB_RETRIES": "1", "ARB_TIMEOUT_SECONDS": "5"}
        for name, value in {**urls, **quick, "ARB_HOME": str(tmp_path / "home")}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        yield replay
    settings.cache_clear()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def fetch(instance: dg.DagsterInstance, *keys: str, day: str | None = None) -> dg.ExecuteInProcessResult:
    names = [dg.AssetKey(key.split("/")) for key in keys]
    job = defs().resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=instance, asset_selection=names, raise_on_error=False, partition_key=day
    )


def outcomes(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """The check `fetched` of each source: `fresh` is asked of the landing, whatever this run did."""
    checks = result.get_asset_check_evaluations()
    return {check.asset_key.path[1]: check for check in checks if check.check_name == "fetched"}


def statuses(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {name: check.metadata["status"].value for name, check in outcomes(result).items()}


def landed(result: dg.ExecuteInProcessResult) -> set[str]:
    events = result.get_asset_materialization_events()
    return {
        event.asset_key.path[1]
        for event in events
        if event.materialization.metadata["status"].value in {"landed", "unchanged"}
    }


def test_a_source_without_its_key_is_skipped_and_the_others_land(server, instance) -> None:
    result = fetch(instance, *KEYS)
    assert result.success
    assert landed(result) == {"mtg_boosters", "ecb", "cardkingdom"}
    assert statuses(result)["ebay"] == "not configured"
    assert "ARB_SOURCE_EBAY_CLIENT_ID" in (outcomes(result)["ebay"].description or "")
    assert "ebay" not in {e.asset_key.path[1] for e in result.get_asset_materialization_events()}


def test_a_run_tells_its_counts_its_log_and_its_progress(server, instance) -> None:
    result = fetch(instance, "landing/cardkingdom")
    metadata = outcomes(result)["cardkingdom"].metadata
    records = metadata["records"].value
    assert set(records) == {"single", "sealed"}
    assert min(records.values()) > 0
    assert "Spider closed (finished)" in metadata["log"].value
    message = [event.message for event in result.all_events] + [
        record.user_message for record in instance.all_logs(result.run_id)
    ]
    assert any("cardkingdom: 1 answers" in str(line) for line in message)


def test_what_has_not_changed_lands_once(server, instance) -> None:
    fetch(instance, "landing/ecb")
    again = fetch(instance, "landing/ecb")
    assert statuses(again) == {"ecb": "unchanged"}


def test_a_source_that_fails_leaves_its_last_good_data_in_use_and_says_so(server, instance) -> None:
    first = fetch(instance, *KEYS[:3])
    (package,) = [
        event.materialization.metadata["package_id"].value
        for event in first.get_asset_materialization_events()
        if event.asset_key.path[1] == "ecb"
    ]
    server.faults = (Fault("ecb", "login", times=-1),)
    second = fetch(instance, *KEYS[:3])
    assert second.success
    check = outcomes(second)["ecb"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "HTML" in (check.description or "") or "XML" in (check.description or "")
    assert "age_hours" in check.metadata
    in_use = {
        e.asset_key.path[1]: e.materialization.metadata["package_id"].value
        for e in second.get_asset_materialization_events()
    }
    assert in_use["ecb"] == package
    assert outcomes(second)["cardkingdom"].passed


def test_a_source_that_fails_and_never_landed_is_an_error_of_its_own(server, instance) -> None:
    server.faults = (Fault("ecb", "404", times=-1),)
    result = fetch(instance, "landing/ecb", "landing/mtg_boosters")
    check = outcomes(result)["ecb"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert landed(result) == {"mtg_boosters"}


def test_a_day_of_prices_is_fetched_for_its_partition(server, instance) -> None:
    result = fetch(instance, "landing/tcgcsv/prices", day="2026-01-30")
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.metadata["part"].value == "2026-01-30"


def test_a_day_that_the_source_lacks_fails_its_run_by_name(server, instance) -> None:
    result = fetch(instance, "landing/tcgcsv/prices", day="2025-01-01")
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "no archive of 2025-01-01" in str(failure.step_failure_data.user_failure_data)


@pytest.fixture
def catalogue(server: ReplayServer) -> None:
    Lake(settings().lake).write(pl.DataFrame({"product_id": ["a"]}), "catalog/sealed_products")


def test_without_a_catalogue_there_is_nothing_to_load_prices_for(server, instance) -> None:
    with dg.build_sensor_context(instance=instance, definitions=defs()) as context:
        skipped = new_tcgcsv_day(context)
    assert isinstance(skipped, dg.SkipReason)
    assert "no catalogue" in str(skipped.skip_message)
    assert server.arrivals == []


def test_a_new_day_at_the_source_starts_its_run_once(server, catalogue, instance) -> None:
    with dg.build_sensor_context(instance=instance, definitions=defs()) as context:
        request = new_tcgcsv_day(context)
        assert isinstance(request, dg.RunRequest)
        assert request.partition_key == "2026-01-31"
        instance.create_run_for_job(
            defs().resolve_job_def("daily_analysis"), tags={"dagster/run_key": str(request.run_key)}
        )
        assert isinstance(new_tcgcsv_day(context), dg.SkipReason)
    assert [a.path for a in server.arrivals if a.path != "/robots.txt"] == ["/last-updated.txt"] * 2
    assert [a.status for a in server.arrivals if a.path != "/robots.txt"] == [200, 304]


def test_a_run_that_failed_is_requested_again_under_another_key(server, catalogue, instance) -> None:
    with dg.build_sensor_context(instance=instance, definitions=defs()) as context:
        first = new_tcgcsv_day(context)
        assert isinstance(first, dg.RunRequest)
        instance.create_run_for_job(
            defs().resolve_job_def("daily_analysis"),
            tags={"dagster/run_key": str(first.run_key)},
            status=dg.DagsterRunStatus.FAILURE,
        )
        second = new_tcgcsv_day(context)
        assert isinstance(second, dg.RunRequest)
        assert second.run_key == f"{first.run_key}, attempt 2"


def test_a_file_dropped_by_a_distributor_starts_a_fetch(
    server, instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path.parent))
    monkeypatch.setenv("ARB_SOURCE_DISTRIBUTOR_MAPPINGS", f"~/{tmp_path.name}")
    mapping = 'file: "drop/alpha-*.csv"\ncurrency: USD\ncolumns: {sku: SKU, price: Price}\n'
    (tmp_path / "alpha.yaml").write_text(mapping, "utf-8")
    (tmp_path / "drop").mkdir()
    with dg.build_sensor_context(instance=instance, definitions=defs()) as context:
        assert isinstance(new_distributor_file(context), dg.SkipReason)
        (tmp_path / "drop/alpha-1.csv").write_text("SKU,Price\nA1,12.50\n", "utf-8")
        first = new_distributor_file(context)
        assert isinstance(first, dg.RunRequest)
        (tmp_path / "drop/alpha-2.csv").write_text("SKU,Price\nA1,11.50\n", "utf-8")
        second = new_distributor_file(context)
        assert isinstance(second, dg.RunRequest)
        assert second.run_key != first.run_key
    result = fetch(instance, "landing/distributor")
    assert landed(result) == {"distributor"}
