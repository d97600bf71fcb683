"""Opportunities: one analysis published in one transaction."""

from datetime import UTC, datetime

import dagster as dg
import polars as pl

from arb_pipeline.core.opportunities.lifecycle import FIGURES
from arb_pipeline.defs.catalog.assets import SEALED
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.preview import described, markdown
from arb_pipeline.defs.shared.product_selection import named_products
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.defs.valuation.assets import VALUATIONS
from arb_pipeline.defs.valuation.top_cards import SINGLES
from arb_pipeline.settings import settings
from arb_pipeline.storage.postgres.analysis import publish_analysis
from arb_pipeline.storage.postgres.opportunities import counts


@dg.asset(
    key=["opportunities", "arbitrage_opportunities"],
    group_name="opportunities",
    partitions_def=DAYS,
    ins={
        "valuations": dg.AssetIn(VALUATIONS),
        "singles": dg.AssetIn(SINGLES),
        "sealed": dg.AssetIn(SEALED),
    },
    deps=[["catalog", "products"]],
    kinds={"postgres"},
    owners=["team:arbitrage"],
)
def arbitrage_opportunities(
    context: dg.AssetExecutionContext,
    workspace: Workspace,
    valuations: pl.DataFrame,
    singles: pl.DataFrame,
    sealed: pl.DataFrame,
) -> dg.MaterializeResult:
    """Writes valuations, their highest-value cards, opportunities and events: all four tables or none.

    A published product opens an opportunity, or confirms its active one; unconfirmed ones expire. An executed
    or cancelled opportunity is never reopened. A day before the newest analysed one stores its valuations and
    does not change opportunities.
    """
    day = day_of(context)
    publish = workspace.params(day).publish
    named = named_products(context, workspace, sealed)
    with workspace.engine.begin() as connection:
        done = publish_analysis(
            connection,
            valuations,
            singles,
            as_of=day,
            categories=workspace.categories,
            publish=publish,
            product_ids=None if named is None else named["product_id"].to_list(),
            now=datetime.now(UTC) if settings().expire_from == "analysis" else None,
        )
        by_status = counts(connection, workspace.categories)
    changed = done.changes.join(sealed.select("product_id", "name"), on="product_id", how="left")
    events = changed.sort("event", "name", "opportunity_id").select("event", "name", *FIGURES, "why")
    best = valuations.filter("published").join(sealed.select("product_id", "name"), on="product_id")
    best = best.sort("rank_score", "profit_cents", "product_id", descending=[True, True, False])
    shown = best.select(
        "name",
        "sealed_price_cents",
        "singles_value_cents",
        "profit_cents",
        "confidence_score",
        "risk_level",
        "why",
    )
    metadata = described(
        best,
        show=shown,
        rows_written=done.rows,
        valuations_written=done.valuations.total,
        singles_written=done.singles.total,
        opportunities_written=done.opportunities,
        expired=done.expired,
        events=done.events,
        is_newest_day=done.is_latest,
        events_of_this_run=dg.MetadataValue.md(markdown(events)),
        by_status=dg.MetadataValue.json(by_status),
    )
    return dg.MaterializeResult(metadata=metadata)
