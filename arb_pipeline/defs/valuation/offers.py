"""What sealed products can be bought for: TCGplayer's asks and the quotes of the other marketplaces."""

from datetime import date, timedelta

import dagster as dg
import polars as pl

from arb_pipeline.contracts.valuation import Offers
from arb_pipeline.core.offers import buyable, sealed_offers
from arb_pipeline.defs.catalog.assets import SEALED
from arb_pipeline.defs.prices.quotes import PRICED_AS, quotes_key
from arb_pipeline.defs.shared.lake_io import BY_CATEGORY
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.defs.valuation.assets import FEATURES, LAST_MONTH, OFFERS
from arb_pipeline.stores.lake import Lake


@dg.asset(
    key=OFFERS,
    group_name="valuation",
    partitions_def=DAYS,
    ins={"sealed": dg.AssetIn(SEALED), "features": dg.AssetIn(FEATURES)},
    deps=[dg.AssetDep(quotes_key(source), partition_mapping=LAST_MONTH) for source in PRICED_AS],
    metadata={BY_CATEGORY: True},
    kinds={"polars"},
)
def offers(
    context: dg.AssetExecutionContext, workspace: Workspace, sealed: pl.DataFrame, features: pl.DataFrame
) -> dg.MaterializeResult:
    """Every offer of a sealed product in the last 72 hours, landed, and why one is not the price."""
    day = day_of(context)
    params = workspace.params(day)
    ours = sealed.filter(pl.col("category").is_in(workspace.categories))
    quotes = quotes_of(workspace.lake, ours, day, params.prices.window_days)
    frame = sealed_offers(ours, features, quotes, params=params, as_of=day)
    elsewhere = frame.filter(pl.col("source") != "tcgplayer")
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame,
            contract=Offers,
            show=elsewhere,
            by_source=counts(frame, "source"),
            objections=counts(frame.drop_nulls("objection"), "objection"),
        ),
    )


def quotes_of(lake: Lake, sealed: pl.DataFrame, day: date, window_days: int) -> pl.DataFrame | None:
    """The quotes of sealed products in the window. A day on which a source was not asked has none."""
    window = [day - timedelta(days=age) for age in range(window_days, -1, -1)]
    tables = [f"prices/{name}/quotes" for name in PRICED_AS.values()]
    frames = [
        buyable(lake.scan(table, day=each)).filter(pl.col("product_id").is_in(sealed["product_id"].implode()))
        for table in tables
        for each in window
        if lake.path(table, day=each).exists()
    ]
    return pl.concat(pl.collect_all(frames)) if frames else None
