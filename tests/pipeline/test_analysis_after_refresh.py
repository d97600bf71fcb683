"""A refresh of a product's prices through the API is followed by the product's analysis, once."""

import uuid

import dagster as dg
import pytest

from arb_pipeline.defs.automation.sensors import analysis_after_refresh

CONFIG = {"resources": {"workspace": {"config": {"products": ["one"]}}}}


def evaluated(tags: dict[str, str]):
    with dg.instance_for_test() as instance:
        run = dg.DagsterRun(
            job_name="update_product_prices", run_id=str(uuid.uuid4()), run_config=CONFIG,
            tags={"dagster/partition": "2026-01-31", **tags},
        )  # fmt: skip
        event = dg.DagsterEvent("PIPELINE_SUCCESS", "update_product_prices")
        context = dg.build_run_status_sensor_context("analysis_after_refresh", event, instance, run)
        return run, analysis_after_refresh(context)


def test_the_analysis_is_of_the_same_product_and_day():
    run, request = evaluated({"arb/then": "analyze_product_arbitrage", "arb/request_id": "r"})

    assert (request.partition_key, request.run_config) == ("2026-01-31", CONFIG)
    assert request.tags["arb/after"] == run.run_id
    assert request.tags["arb/request_id"] == "r"
    assert "arb/then" not in request.tags


@pytest.mark.parametrize("tags", [{}, {"arb/then": "another"}])
def test_a_refresh_that_asks_for_none_starts_none(tags):
    assert isinstance(evaluated(tags)[1], dg.SkipReason)
