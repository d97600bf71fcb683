"""Checks of the mart by Great Expectations, with its report linked from the run."""

from collections.abc import Iterator

import dagster as dg

from arb_pipeline.defs.mart.assets import RUNS_KEPT, model_key, run_of
from arb_pipeline.defs.mart.expected import EXPECTED
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.mart import publication
from arb_pipeline.mart.expectations import validate
from arb_pipeline.settings import settings
from arb_pipeline.storage.files import keep_newest


@dg.multi_asset_check(
    name="mart_expectations",
    specs=[
        dg.AssetCheckSpec(e.name, asset=model_key(e.table), description=e.description, blocking=e.blocking)
        for e in EXPECTED
    ],
)
def expectations(
    context: dg.AssetCheckExecutionContext, workspace: Workspace
) -> Iterator[dg.AssetCheckResult]:
    """Checks the mart that this run builds; run on its own, the one that is published."""
    schema = publication.schema_of(run_of(context))
    schema = schema if publication.exists(workspace.engine, schema) else publication.MART
    folder = settings().mart_folder / "data_docs"
    results = validate(workspace.engine.url, schema, EXPECTED, folder / run_of(context))
    keep_newest(folder, RUNS_KEPT)
    report = dg.MetadataValue.path(folder / run_of(context) / "index.html")
    for e in EXPECTED:
        result = results[e.table, e.name]
        severity = dg.AssetCheckSeverity.ERROR if e.blocking else dg.AssetCheckSeverity.WARN
        yield dg.AssetCheckResult(
            asset_key=model_key(e.table),
            check_name=e.name,
            passed=result.passed,
            severity=severity,
            metadata={"observed": result.observed, "schema": schema, "report": report},
        )
