"""Checks of a day's valuations: arithmetic invariants and plausible distributions."""

from collections.abc import Iterator

import dagster as dg
import polars as pl

from arb_pipeline.services.calibration import LEAST_HELD, MOST_HELD

VALUATIONS = dg.AssetKey(["valuation", "sealed_valuations"])
MANY_PUBLISHED = 0.2
"""Share of products with a margin; on a real day one in a hundred is an opportunity."""
WELL_PRICED = 0.95
FEW_COVERED = 0.5
SPECS = [
    dg.AssetCheckSpec(
        "sums_hold",
        asset=VALUATIONS,
        blocking=True,
        description="profit = value - price, margin = profit / price.",
    ),
    dg.AssetCheckSpec(
        "outcomes_agree",
        asset=VALUATIONS,
        blocking=True,
        description="Every valued product has an outcome distribution, and its mean is the sum.",
    ),
    dg.AssetCheckSpec(
        "few_fat_margins",
        asset=VALUATIONS,
        description="The published share is small: most sealed products cost more than their singles net.",
    ),
    dg.AssetCheckSpec(
        "prices_cover",
        asset=VALUATIONS,
        description="Share of complete products with 95 % of cards priced.",
    ),
    dg.AssetCheckSpec(
        "bands_hold",
        asset=VALUATIONS,
        description="At the last calibration p5 to p95 held 85 to 95 % of products with fixed contents.",
    ),
]


def checks(valued: pl.DataFrame, held: float | None = None) -> Iterator[dg.AssetCheckResult]:
    """Results of all of `SPECS`. `held`: share held at the last calibration; None: there was none."""
    profit = pl.col("singles_value_cents") - pl.col("sealed_price_cents")
    margin = 10_000 * pl.col("profit_cents") / pl.col("sealed_price_cents")
    broken = valued.filter((pl.col("profit_cents") != profit) | ((pl.col("margin_bps") - margin).abs() > 1))
    yield dg.AssetCheckResult(
        check_name="sums_hold", passed=broken.is_empty(), metadata={"broken": broken.height}
    )
    off = (pl.col("outcome_mean_cents") - pl.col("singles_value_cents")).abs() > 1
    apart = valued.filter(pl.col("singles_value_cents").is_not_null() & off.fill_null(value=True))
    yield dg.AssetCheckResult(
        check_name="outcomes_agree",
        passed=apart.is_empty(),
        metadata={"valued": valued["singles_value_cents"].count(), "apart": apart.height},
    )
    with_margin = valued.filter(pl.col("margin_bps").is_not_null())
    share = valued["published"].sum() / max(with_margin.height, 1)
    yield dg.AssetCheckResult(
        check_name="few_fat_margins",
        passed=share <= MANY_PUBLISHED,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "published": int(valued["published"].sum()),
            "of": with_margin.height,
            "share": float(share),
            "warns_above": MANY_PUBLISHED,
        },
    )
    complete = valued.filter(pl.col("contents_complete") & pl.col("priced_share").is_not_null())
    covered = (complete["priced_share"] >= WELL_PRICED).mean() if complete.height else 1.0
    yield dg.AssetCheckResult(
        check_name="prices_cover",
        passed=covered >= FEW_COVERED,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"share": float(covered), "complete_products": complete.height, "warns_below": FEW_COVERED},
    )
    yield dg.AssetCheckResult(
        check_name="bands_hold",
        passed=held is None or LEAST_HELD <= held <= MOST_HELD,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"held": "not calibrated yet: run the job calibrate_movement" if held is None else held},
    )
