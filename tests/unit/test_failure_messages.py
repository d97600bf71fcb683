"""Messages of a failed run on the command line."""

import dagster as dg
import pytest


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (dg.DagsterInvariantViolationError("two asset checks failed"), "breaks: two asset checks failed"),
        (ZeroDivisionError("no pieces"), "breaks: ZeroDivisionError: no pieces"),
        (dg.Failure("no disk"), "no disk"),
    ],
)
def test_a_class_of_dagsters_is_no_part_of_it(error: Exception, message: str) -> None:
    from arb_pipeline.runner.asset_graph import _failure

    @dg.op
    def breaks() -> None:
        raise error

    @dg.job
    def fragile() -> None:
        breaks()

    result = fragile.execute_in_process(raise_on_error=False)
    (event,) = (event for event in result.all_events if event.is_step_failure)
    assert _failure(event) == message
