"""Valuation: highest-value cards of each product."""

import dagster as dg
import polars as pl

from arb_pipeline.contracts.valuation import ValuationSingles
from arb_pipeline.core.valuation.top_cards import breakdown
from arb_pipeline.defs.contents.assets import LINES
from arb_pipeline.defs.shared.contracts import contracted_asset
from arb_pipeline.defs.shared.partitions import DAYS
from arb_pipeline.defs.shared.preview import described
from arb_pipeline.defs.valuation.assets import NETS, VALUATIONS

SINGLES = dg.AssetKey(["valuation", "valuation_singles"])


@contracted_asset(
    ValuationSingles,
    key=SINGLES,
    group_name="valuation",
    partitions_def=DAYS,
    ins={
        "lines": dg.AssetIn(LINES),
        "nets": dg.AssetIn(NETS),
        "valuations": dg.AssetIn(VALUATIONS),
    },
    kinds={"polars"},
)
def valuation_singles(
    lines: pl.DataFrame, nets: pl.DataFrame, valuations: pl.DataFrame
) -> dg.MaterializeResult:
    """The cards that net most in each product with a value, with their share of it."""
    frame = breakdown(lines, nets, valuations)
    shown = frame.sort("value_cents", descending=True)
    return dg.MaterializeResult(value=frame, metadata=described(frame, contract=ValuationSingles, show=shown))
