"""The report of an analysis, for a buyer."""

import dagster as dg

from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.services.reports import report_of
from arb_pipeline.settings import settings


@dg.asset(
    key=["opportunities", "report"],
    group_name="opportunities",
    partitions_def=DAYS,
    deps=[["opportunities", "arbitrage_opportunities"]],
    kinds={"html"},
    owners=["team:trading"],
)
def report(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """One HTML page per analysis: opportunities with reasons, near misses, changes, age of the sources."""
    with workspace.engine.connect() as connection:
        path = report_of(settings(), connection, day=day_of(context), is_new=True, run=context.run_id)
    return dg.MaterializeResult(
        metadata={"report": dg.MetadataValue.path(path), "bytes": path.stat().st_size}
    )
