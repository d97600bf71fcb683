"""The check of the asset that outcomes agree with the sums is shown to be able to fail, and to pass."""

import polars as pl
import pytest

from arb_pipeline.defs.valuation.checks import checks

COLUMNS = {
    "singles_value_cents": pl.Int64,
    "sealed_price_cents": pl.Int64,
    "profit_cents": pl.Int64,
    "margin_bps": pl.Int64,
    "outcome_mean_cents": pl.Int64,
    "published": pl.Boolean,
    "contents_complete": pl.Boolean,
    "priced_share": pl.Float64,
}


def passed(singles: int | None, mean: int | None) -> bool:
    row = (singles, None, None, None, mean, False, True, 1.0)
    frame = pl.DataFrame([row], schema=COLUMNS, orient="row")
    (result,) = [check for check in checks(frame) if check.check_name == "outcomes_agree"]
    return result.passed


@pytest.mark.parametrize(("singles", "mean"), [(1000, 1000), (1000, 1001), (1000, 999), (None, None)])
def test_a_mean_within_a_cent_of_the_sum_passes(singles, mean):
    assert passed(singles, mean)


@pytest.mark.parametrize(("singles", "mean"), [(1000, 1002), (1000, 998), (1000, None)])
def test_a_mean_off_the_sum_or_none_at_all_fails(singles, mean):
    assert not passed(singles, mean)
