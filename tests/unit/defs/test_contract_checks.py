"""A contract as an asset check: passed with figures; broken it fails its step, and nothing after it is made."""

import dagster as dg
import polars as pl
import pytest

from arb_pipeline.contracts.base import BrokenContractError, Contract, Field, conform
from arb_pipeline.defs.shared.contracts import CHECK, contracted_asset, contracted_assets

LEFT, RIGHT, ONE, AFTER = map(dg.AssetKey, ("left", "right", "one", "after"))


class Sample(Contract):
    """One row per sample."""

    cents: pl.Int64 = Field(gt=0)


class Other(Contract):
    """One row per other thing."""

    name: str


def frame(*cents: int) -> pl.DataFrame:
    return pl.DataFrame({"cents": cents}, schema={"cents": pl.Int64})


def run(make, *, key=ONE):
    """Run of an asset and of one after it: checks by asset, materialised assets, failure."""

    @dg.asset(key=AFTER, deps=[key])
    def after() -> None: ...

    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize([make, after], instance=instance, raise_on_error=False)
    assert not any(event.is_step_up_for_retry for event in done.all_events)
    made = {event.asset_key for event in done.get_asset_materialization_events()}
    failed = [e.step_failure_data for e in done.all_events if e.is_step_failure]
    checks = {
        evaluation.asset_key: evaluation
        for evaluation in done.get_asset_check_evaluations()
        if evaluation.check_name == CHECK
    }
    return checks, made, failed


def single(*cents: int):
    @contracted_asset(
        Sample,
        key=ONE,
        check_specs=[dg.AssetCheckSpec("own", asset=ONE)],
        retry_policy=dg.RetryPolicy(max_retries=1),
    )
    def one() -> dg.MaterializeResult:
        result = conform(frame(*cents), Sample)
        return dg.MaterializeResult(
            value=result,
            metadata={"figure": 7},
            check_results=[dg.AssetCheckResult(check_name="own", passed=True)],
        )

    return one


def pair(left: pl.DataFrame, right: pl.DataFrame):
    @contracted_assets(
        {"left": Sample, "right": Other},
        outs={"left": dg.AssetOut(key=LEFT), "right": dg.AssetOut(key=RIGHT)},
        beside=["note"],
    )
    def both():
        yield dg.Output(left, "left")
        yield dg.Output(conform(right, Other), "right")

    return both


def figures(check: dg.AssetCheckEvaluation) -> dict:
    return {name: value.value for name, value in check.metadata.items()}


def test_a_contract_that_holds_passes_with_rows_and_columns():
    checks, made, failed = run(single(1, 2, 3))
    assert not failed
    assert made == {ONE, AFTER}
    assert checks[ONE].passed
    assert checks[ONE].blocking
    assert figures(checks[ONE]) == {"contract": "Sample", "rows": 3, "columns": 1}


def test_a_broken_one_fails_with_column_rule_rows_and_values_and_nothing_is_made():
    checks, made, (failed,) = run(single(1, 0, -5))
    assert made == set()
    assert (checks[ONE].passed, checks[ONE].severity) == (False, dg.AssetCheckSeverity.ERROR)
    output = figures(checks[ONE])
    assert (output["contract"], output["rules_broken"]) == ("Sample", 1)
    assert "| cents | greater_than(0) | 2 | 0, -5 |" in output["faults"]
    assert failed.user_failure_data.description == (
        "one breaks its contract Sample: cents: greater_than(0) does not hold in 2 rows: 0, -5."
        " Nothing of it is handed on."
    )


def test_of_several_frames_the_broken_one_is_named():
    names = pl.DataFrame({"name": ["a", None]})
    checks, made, failed = run(pair(frame(1), names), key=RIGHT)
    assert failed
    assert {key: check.passed for key, check in checks.items()} == {LEFT: True, RIGHT: False}
    assert made == {LEFT}


@pytest.mark.parametrize("column", ["note", "unknown"])
def test_a_column_added_after_the_rows_were_checked_is_noticed_unless_it_is_declared(column):
    left = frame(1).with_columns(pl.lit("x").alias(column))
    checks, made, _ = run(pair(left, pl.DataFrame({"name": ["a"]})), key=LEFT)
    assert checks[LEFT].passed == (column == "note")
    assert (LEFT in made) == (AFTER in made) == (column == "note")


def test_a_contract_that_the_asset_does_not_hand_on_is_no_check_of_it():
    @contracted_asset(Sample, key=ONE)
    def one() -> dg.MaterializeResult:
        conform(pl.DataFrame({"name": [None]}, schema={"name": pl.String}), Other)
        return dg.MaterializeResult(value=frame(1))

    checks, made, (failed,) = run(one)
    assert checks == {}
    assert made == set()
    assert BrokenContractError.__name__ in str(failed.error)


def test_an_asset_that_tells_nothing_of_its_frame_fails():
    @contracted_assets({"left": Sample}, outs={"left": dg.AssetOut(key=LEFT, is_required=False)})
    def silent():
        yield from ()

    checks, made, failed = run(silent, key=LEFT)
    assert (checks, made) == ({}, set())
    assert failed
