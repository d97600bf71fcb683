"""Valuation: features of the history, nets per card, valued sealed products."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.valuation import CardNets, Features, Valuations
from arb_pipeline.core.card_nets import card_nets
from arb_pipeline.core.valuation import value_sealed
from arb_pipeline.defs.catalog.assets import SEALED
from arb_pipeline.defs.contents.assets import COMPLETENESS, LINES, SINGLES
from arb_pipeline.defs.prices.assets import DAILY
from arb_pipeline.defs.shared.charts import histogram
from arb_pipeline.defs.shared.lake_io import BY_CATEGORY
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.settings import settings
from arb_pipeline.stores.history import history_features

FEATURES = dg.AssetKey(["valuation", "features"])
NETS = dg.AssetKey(["valuation", "card_nets"])
VALUATIONS = dg.AssetKey(["valuation", "sealed_valuations"])
MANY_PUBLISHED = 0.2
"""Share of products with a margin; on a real day one in a hundred is an opportunity."""
WELL_PRICED = 0.95
FEW_COVERED = 0.5
LAST_MONTH = dg.TimeWindowPartitionMapping(start_offset=-30, allow_nonexistent_upstream_partitions=True)


@dg.asset(
    key=FEATURES,
    group_name="valuation",
    partitions_def=DAYS,
    deps=[dg.AssetDep(DAILY, partition_mapping=LAST_MONTH)],
    metadata={BY_CATEGORY: True},
    kinds={"duckdb", "ibis"},
)
def features(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """Latest trusted price, stability and trading of every product, from the last 30 days of the rollup."""
    day = day_of(context)
    params = workspace.params(day)
    window = [day - timedelta(days=n) for n in range(params.prices.window_days + 1)]
    files = {c: workspace.lake.paths("prices/daily", c, window) for c in workspace.categories}
    frame = pl.concat(
        history_features(
            paths,
            category=c,
            as_of=day,
            prices=params.prices,
            outliers=params.outliers,
            engine=settings().engine,
            window=workspace.lake.path("prices/window", category=c),
        )
        for c, paths in files.items()
    )
    held_back = frame.filter(pl.col("refused_cents").is_not_null()).sort("refused_cents", descending=True)
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame,
            contract=Features,
            show=held_back,
            days_of_history=max(map(len, files.values())),
            held_back=held_back.height,
        ),
    )


@dg.asset(
    key=NETS,
    group_name="valuation",
    partitions_def=DAYS,
    ins={"singles": dg.AssetIn(SINGLES), "features": dg.AssetIn(FEATURES)},
    metadata={BY_CATEGORY: True},
    kinds={"polars"},
)
def nets(
    context: dg.AssetExecutionContext, workspace: Workspace, singles: pl.DataFrame, features: pl.DataFrame
) -> dg.MaterializeResult:
    """What each single nets at its best exit channel."""
    frame = card_nets(singles, features, workspace.params(day_of(context)))
    priced = frame["reference_cents"].is_not_null().mean() or 0.0
    dearest = frame.sort("reference_cents", descending=True, nulls_last=True).drop("card_id")
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame, contract=CardNets, show=dearest, priced_share=priced, by_channel=counts(frame, "channel")
        ),
    )


@dg.asset(
    key=VALUATIONS,
    group_name="valuation",
    partitions_def=DAYS,
    ins={
        "sealed": dg.AssetIn(SEALED),
        "completeness": dg.AssetIn(COMPLETENESS),
        "lines": dg.AssetIn(LINES),
        "nets": dg.AssetIn(NETS),
        "features": dg.AssetIn(FEATURES),
    },
    check_specs=[
        dg.AssetCheckSpec(
            "sums_hold",
            asset=VALUATIONS,
            blocking=True,
            description="profit = value - price, margin = profit / price.",
        ),
        dg.AssetCheckSpec(
            "few_fat_margins", asset=VALUATIONS, description="A tool that reports many fat margins is wrong."
        ),
        dg.AssetCheckSpec(
            "prices_cover",
            asset=VALUATIONS,
            description="Share of complete products with 95 % of cards priced.",
        ),
    ],
    kinds={"polars"},
)
def sealed_valuations(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    sealed: pl.DataFrame,
    completeness: pl.DataFrame,
    lines: pl.DataFrame,
    nets: pl.DataFrame,
    features: pl.DataFrame,
) -> Iterator[dg.Output[pl.DataFrame] | dg.AssetCheckResult]:
    """Every sealed product with a price or contents: gross and net value, margin, confidence, flags, why."""
    day = day_of(context)
    params = workspace.params(day)
    ours = sealed.filter(pl.col("category").is_in(workspace.categories))
    valued = value_sealed(ours, completeness, lines, nets, features, params=params, as_of=day)
    valued = conform(valued, Valuations)
    named = valued.join(sealed.select("product_id", "name"), on="product_id").sort(
        "rank_score", descending=True, nulls_last=True
    )
    shown = named.select(
        "name",
        "sealed_price_cents",
        "singles_value_cents",
        "profit_cents",
        "margin_bps",
        "confidence_score",
        "published",
        "why",
    )
    margins = valued["margin_bps"] / 100
    chart = histogram(
        margins,
        title=f"Margins after costs, {day}",
        label="margin, %",
        low=-100,
        high=100,
        mark=params.publish.min_margin / 100,
    )
    flags = counts(valued.explode("flags").drop_nulls("flags"), "flags")
    metadata = described(
        valued,
        contract=Valuations,
        show=shown,
        published=int(valued["published"].sum()),
        with_margin=int(margins.count()),
        flags=flags,
        margins=chart,
    )
    # Not one MaterializeResult: with check results Dagster compares its value, which a frame refuses.
    yield dg.Output(valued, metadata=metadata)
    yield from _checks(valued)


def _checks(valued: pl.DataFrame) -> Iterator[dg.AssetCheckResult]:
    profit = pl.col("singles_value_cents") - pl.col("sealed_price_cents")
    margin = 10_000 * pl.col("profit_cents") / pl.col("sealed_price_cents")
    broken = valued.filter((pl.col("profit_cents") != profit) | ((pl.col("margin_bps") - margin).abs() > 1))
    yield dg.AssetCheckResult(
        check_name="sums_hold", passed=broken.is_empty(), metadata={"broken": broken.height}
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
