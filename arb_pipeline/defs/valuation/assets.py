"""Valuation: features of the history, nets per card, valued sealed products."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import dagster as dg
import polars as pl

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.valuation import CardNets, ChannelPrices, Features, Valuations
from arb_pipeline.core.outcome.frames import Drawn, outcome_of
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.card_nets import card_nets
from arb_pipeline.core.valuation.edition_fallback import with_any_edition
from arb_pipeline.core.valuation.sealed import movements_of, value_sealed
from arb_pipeline.defs.catalog.assets import SEALED
from arb_pipeline.defs.prices.assets import DAILY
from arb_pipeline.defs.prices.quotes import quotes_key
from arb_pipeline.defs.shared.charts import histogram, outcome_chart
from arb_pipeline.defs.shared.contracts import contracted_asset
from arb_pipeline.defs.shared.games import COMPLETENESS, DRAWS, LINES, PACK_SHEETS, SINGLES
from arb_pipeline.defs.shared.lake_io import BY_CATEGORY
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.product_selection import named_products
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.defs.valuation.checks import SPECS, VALUATIONS, checks
from arb_pipeline.features.history import history_features
from arb_pipeline.services.calibration import held_share, latest
from arb_pipeline.settings import settings
from arb_pipeline.sources.registry import MARKETPLACES
from arb_pipeline.storage.lake import DAILY_PRICES, SEALED_VALUATIONS, Lake
from arb_pipeline.storage.params import CALIBRATION, ParameterError, longest, own_files
from arb_pipeline.storage.quotes import prices_of_channels, quotes_of_channels

FEATURES = dg.AssetKey(["valuation", "features"])
CHANNEL_PRICES = dg.AssetKey(["valuation", "channel_prices"])
OFFERS = dg.AssetKey(["valuation", "offers"])
NETS = dg.AssetKey(["valuation", "card_nets"])


def _last_days(key: str) -> dg.TimeWindowPartitionMapping:
    """Maximum number of days that a parameter of `prices` looks back, over all dates."""
    try:
        days = longest("prices", key, own_files(settings()))
    except ParameterError:  # the run that reads the file reports what is wrong with it
        days = longest("prices", key)
    return dg.TimeWindowPartitionMapping(start_offset=-days, allow_nonexistent_upstream_partitions=True)


WINDOW = _last_days("window_days")
STATED = _last_days("stale_days")


@contracted_asset(
    Features,
    key=FEATURES,
    group_name="valuation",
    partitions_def=DAYS,
    deps=[dg.AssetDep(DAILY, partition_mapping=WINDOW)],
    metadata={BY_CATEGORY: True},
    kinds={"duckdb", "ibis"},
)
def features(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """Latest trusted price, stability and trading of every product, from the price window of the rollup."""
    day = day_of(context)
    params = workspace.params(day)
    window = [day - timedelta(days=n) for n in range(params.prices.window_days + 1)]
    files = {c: workspace.lake.paths(DAILY_PRICES, c, window) for c in workspace.categories}
    frame = pl.concat(
        with_any_edition(
            history_features(
                paths,
                category=c,
                as_of=day,
                prices=params.prices,
                outliers=params.outliers,
                engine=settings().engine,
                window=workspace.lake.path("prices/window", category=c),
                scratch=workspace.lake.scratch,
            )
        )
        for c, paths in files.items()
    )
    outliers = frame.filter(pl.col("refused_cents").is_not_null()).sort("refused_cents", descending=True)
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame,
            contract=Features,
            show=outliers,
            days_of_history=max(map(len, files.values())),
            outliers=outliers.height,
        ),
    )


@contracted_asset(
    ChannelPrices,
    key=CHANNEL_PRICES,
    group_name="valuation",
    partitions_def=DAYS,
    deps=[dg.AssetDep(quotes_key(source), partition_mapping=STATED) for source in MARKETPLACES],
    metadata={BY_CATEGORY: True},
    kinds={"polars"},
)
def own_prices(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """Prices that exit channels state themselves: buylist prices and foreign average prices.

    Their sources are optional: a day without them has no such channel.
    """
    day = day_of(context)
    params = workspace.params(day)
    quotes = quotes_of_channels(workspace.lake, params, day)
    frame = prices_of_channels(quotes, workspace.landing, params, day)
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame, contract=ChannelPrices, files_of_quotes=len(quotes), by_channel=counts(frame, "channel")
        ),
    )


@contracted_asset(
    CardNets,
    key=NETS,
    group_name="valuation",
    partitions_def=DAYS,
    ins={
        "singles": dg.AssetIn(SINGLES),
        "features": dg.AssetIn(FEATURES),
        "own_prices": dg.AssetIn(CHANNEL_PRICES),
    },
    metadata={BY_CATEGORY: True},
    kinds={"polars"},
)
def nets(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    singles: pl.DataFrame,
    features: pl.DataFrame,
    own_prices: pl.DataFrame,
) -> dg.MaterializeResult:
    """Net proceeds of each single at its best exit channel, in cents."""
    frame = card_nets(singles, features, workspace.params(day_of(context)), own_prices)
    priced = frame["reference_cents"].is_not_null().mean() or 0.0
    dearest = frame.sort("reference_cents", descending=True, nulls_last=True).drop("card_id")
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame, contract=CardNets, show=dearest, priced_share=priced, by_channel=counts(frame, "channel")
        ),
    )


@contracted_asset(
    Valuations,
    key=VALUATIONS,
    group_name="valuation",
    partitions_def=DAYS,
    ins={
        "sealed": dg.AssetIn(SEALED),
        "completeness": dg.AssetIn(COMPLETENESS),
        "lines": dg.AssetIn(LINES),
        "pack_sheets": dg.AssetIn(PACK_SHEETS),
        "draws": dg.AssetIn(DRAWS),
        "nets": dg.AssetIn(NETS),
        "features": dg.AssetIn(FEATURES),
        "offers": dg.AssetIn(OFFERS),
    },
    check_specs=SPECS,
    kinds={"polars"},
)
def sealed_valuations(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    sealed: pl.DataFrame,
    completeness: pl.DataFrame,
    lines: pl.DataFrame,
    pack_sheets: pl.DataFrame,
    draws: pl.DataFrame,
    nets: pl.DataFrame,
    features: pl.DataFrame,
    offers: pl.DataFrame,
) -> Iterator[dg.Output[pl.DataFrame] | dg.AssetCheckResult]:
    """Every sealed product with a price or contents: gross and net value, margin, confidence, flags, why."""
    day = day_of(context)
    params = workspace.params(day)
    ours = sealed.filter(pl.col("category").is_in(workspace.categories))
    drawn, frames = Drawn(pack_sheets, draws), (ours, completeness, lines, nets, features)
    valued = value_sealed(*frames, drawn=drawn, params=params, as_of=day, offers=offers)
    valued = conform(valued, Valuations)
    if (selected := named_products(context, workspace, ours)) is not None:
        valued = _among_others(valued, selected["product_id"], workspace.lake, day)
    named = valued.join(sealed.select("product_id", "name", "category"), on="product_id").sort(
        "rank_score", "profit_cents", "product_id", descending=[True, True, False], nulls_last=True
    )
    metadata = _preview(valued, named, params, day) | _outcome_chart(named, lines, nets, drawn, params)
    # Not one MaterializeResult: with check results Dagster compares its value, which a frame refuses.
    yield dg.Output(valued, metadata=metadata)
    calibrated = latest(settings().home.expanduser() / CALIBRATION)
    yield from checks(valued, calibrated and held_share(calibrated))


def _preview(valued: pl.DataFrame, named: pl.DataFrame, params: Parameters, day: date) -> dict[str, Any]:
    """Metadata of a day's valuations: the best rows, numbers of rows and flags, the margins as a chart."""
    shown = named.select(
        "name",
        "sealed_price_cents",
        "singles_value_cents",
        "profit_cents",
        "margin_bps",
        "p5_cents",
        "p95_cents",
        "p_profit",
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
    return described(
        valued,
        contract=Valuations,
        show=shown,
        published=int(valued["published"].sum()),
        with_margin=int(margins.count()),
        flags=flags,
        margins=chart,
    )


def _among_others(valued: pl.DataFrame, named: pl.Series, lake: Lake, day: date) -> pl.DataFrame:
    """The day's valuations with the named products replaced and the others unchanged."""
    replaced = valued.filter(pl.col("product_id").is_in(named.implode()))
    if day not in lake.days(SEALED_VALUATIONS):
        return replaced
    before = lake.read(SEALED_VALUATIONS, day=day)
    others = before.filter(~pl.col("product_id").is_in(named.implode()))
    return conform(pl.concat([others, replaced]).sort("product_id"), Valuations)


def _outcome_chart(
    named: pl.DataFrame, lines: pl.DataFrame, nets: pl.DataFrame, drawn: Drawn, params: Parameters
) -> dict[str, dg.MarkdownMetadataValue]:
    """Chart of the best-ranked product's net value and price; none where no product has a rank."""
    best = named.filter(pl.col("rank_score").is_not_null()).head(1)
    if best.is_empty():
        return {}
    row = best.row(0, named=True)
    id_ = row["product_id"]
    product_lines = lines.filter(pl.col("sealed_product_id").cast(pl.String) == id_)
    moved = movements_of(best.select("product_id", "category"), product_lines, nets, params)
    outcome = outcome_of(id_, product_lines, nets, drawn, moved.get(id_))
    if outcome is None:
        return {}
    return {"best_outcome": outcome_chart(outcome, title=row["name"], price=row["sealed_price_cents"])}
