"""Offers of sealed products: TCGplayer's asks and quotes of the other marketplaces."""

import dagster as dg
import polars as pl

from arb_pipeline.contracts.valuation import Offers
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.defs.catalog.assets import SEALED
from arb_pipeline.defs.prices.quotes import quotes_key
from arb_pipeline.defs.shared.contracts import contracted_asset
from arb_pipeline.defs.shared.lake_io import BY_CATEGORY
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import counts, described
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.defs.valuation.assets import FEATURES, OFFERS, WINDOW
from arb_pipeline.sources.registry import PRICED_AS
from arb_pipeline.storage.quotes import quotes_of_sealed


@contracted_asset(
    Offers,
    key=OFFERS,
    group_name="valuation",
    partitions_def=DAYS,
    ins={"sealed": dg.AssetIn(SEALED), "features": dg.AssetIn(FEATURES)},
    deps=[dg.AssetDep(quotes_key(source), partition_mapping=WINDOW) for source in PRICED_AS],
    metadata={BY_CATEGORY: True},
    kinds={"polars"},
)
def offers(
    context: dg.AssetExecutionContext, workspace: Workspace, sealed: pl.DataFrame, features: pl.DataFrame
) -> dg.MaterializeResult:
    """Offers of sealed products in the last 72 hours, with landed cost and exclusion reason."""
    day = day_of(context)
    params = workspace.params(day)
    ours = sealed.filter(pl.col("category").is_in(workspace.categories))
    quotes = quotes_of_sealed(workspace.lake, PRICED_AS.values(), ours, day, params.prices.window_days)
    frame = sealed_offers(ours, features, quotes, params=params, as_of=day)
    elsewhere = frame.filter(pl.col("source") != "tcgplayer")
    return dg.MaterializeResult(
        value=frame,
        metadata=described(
            frame,
            contract=Offers,
            show=elsewhere,
            by_source=counts(frame, "source"),
            exclusion_reasons=counts(frame.drop_nulls("objection"), "objection"),
        ),
    )
