"""A frame that breaks its contract: its check fails in the run, and nothing after it is made or published."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from arb_command import Arb, home_of
from folder import DAY, Folder

pytestmark = pytest.mark.slow  # a mart is built

NETS = "valuation/card_nets"
CHECK = "contract"


@pytest.fixture(scope="module")
def arb(place: Path) -> Iterator[Arb]:
    """A day that was analysed."""
    with home_of(place, "contracts_home") as arb:
        folder = Folder(place / "contracts").write()
        folder.archive(DAY)
        arb.run(folder.root, "--date", DAY)
        yield arb


def analysed(arb: Arb, day: date) -> tuple[dict[str, dg.AssetCheckEvaluation], set[str], list[str]]:
    """The day analysed again, mart included: checks of contracts, what was made, and why a step failed."""
    with arb._as_process():
        from arb_pipeline.definitions import defs
        from arb_pipeline.settings import settings
        from arb_pipeline.storage.dagster_home import prepare

        scope = {"config": {"categories": ["mtg"]}}
        config = {"resources": {"workspace": scope, "io_manager": scope}}
        job = defs().resolve_job_def("analyze_all_products")
        with dg.DagsterInstance.from_config(str(prepare(settings()))) as instance:
            done = job.execute_in_process(config, instance, str(day), raise_on_error=False)
    evaluations = [
        evaluation for evaluation in done.get_asset_check_evaluations() if evaluation.check_name == CHECK
    ]
    made = {event.asset_key.to_user_string() for event in done.get_asset_materialization_events()}
    failed = [e.step_failure_data.user_failure_data for e in done.all_events if e.is_step_failure]
    return (
        {evaluation.asset_key.to_user_string(): evaluation for evaluation in evaluations},
        made,
        [data.description for data in failed],
    )


def mart_of(arb: Arb) -> tuple[object, ...]:
    """The published mart: which build it is, and what it says."""
    (schema,) = arb.rows("SELECT oid FROM pg_namespace WHERE nspname = 'mart'")
    message = arb.rows("SELECT * FROM mart.opportunities ORDER BY 1")
    assert message
    return schema["oid"], message


def test_a_contract_that_holds_is_reported_and_a_broken_one_stops_what_rests_on_it(arb: Arb) -> None:
    """A single listed twice is a card with two nets: each of its copies would count twice."""
    (path,) = (arb.home / "lake/contents/singles").rglob("*.parquet")
    singles = pl.read_parquet(path)
    checks, made, failed = analysed(arb, DAY)
    assert failed == []
    assert checks[NETS].passed
    assert checks[NETS].metadata["rows"].value == singles.height
    assert {"opportunities/arbitrage_opportunities", "mart/published"} <= made
    mart, hashes = mart_of(arb), arb.hashes()

    pl.concat([singles, singles.head(1)]).write_parquet(path)
    checks, made, failed = analysed(arb, DAY)

    nets, card = checks.pop(NETS), singles["card_id"][0]
    assert (nets.passed, nets.severity, nets.blocking) == (False, dg.AssetCheckSeverity.ERROR, True)
    assert f"| card_id | field_uniqueness | 2 | {card} |" in nets.metadata["faults"].value
    output = f"CardNets: card_id: field_uniqueness does not hold in 2 rows: {card}"
    assert failed == [f"{NETS} breaks its contract {output}. Nothing of it is handed on."]
    assert all(check.passed for check in checks.values())
    assert made == {"valuation/features", "valuation/channel_prices", "valuation/offers"} == set(checks)
    assert (mart_of(arb), arb.hashes()) == (mart, hashes)
