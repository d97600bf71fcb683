"""Mart: dbt's models with their tests, and the publication of a mart that passed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import orjson

from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.mart import dbt, publication
from arb_pipeline.settings import settings
from arb_pipeline.storage.files import keep_newest
from arb_pipeline.storage.postgres import roles

GROUP = "mart"
PUBLISHED = dg.AssetKey([GROUP, "published"])
RUNS_KEPT = 20
"""Number of runs whose dbt artifacts and check reports are kept."""
MANIFEST: Mapping[str, Any] = orjson.loads(dbt.manifest().read_bytes())


def model_key(name: str) -> dg.AssetKey:
    """The asset of a model."""
    return dg.AssetKey([GROUP, name])


def _models() -> dict[dg.AssetKey, dg.AssetSpec]:
    """Each dbt model as an asset (ADR 14 says why without dagster-dbt)."""
    nodes = [node for node in MANIFEST["nodes"].values() if node["resource_type"] == "model"]
    return {model_key(node["name"]): _spec(node) for node in nodes}


def _spec(node: Mapping[str, Any]) -> dg.AssetSpec:
    columns = [
        dg.TableColumn(name, column["data_type"], description=column["description"])
        for name, column in node["columns"].items()
    ]
    return dg.AssetSpec(
        model_key(node["name"]),
        deps=[_read(unique_id) for unique_id in node["depends_on"]["nodes"]],
        description=f"{node['description']}\n\n```sql\n{node['raw_code']}\n```",
        group_name=GROUP,
        kinds={"dbt", "postgres"},
        code_version=node["checksum"]["checksum"],
        metadata={"dagster/table_name": node["name"], "dagster/column_schema": dg.TableSchema(columns)},
    )


def _read(unique_id: str) -> dg.AssetKey:
    """Asset of what a model reads: a model, or the asset that the `meta` of a source names."""
    if source := MANIFEST["sources"].get(unique_id):
        return dg.AssetKey(source["meta"]["dagster"]["asset_key"])
    return model_key(MANIFEST["nodes"][unique_id]["name"])


def _tests() -> dict[str, dg.AssetCheckSpec]:
    """Each dbt test as a check of the model that it is about."""
    nodes = {k: n for k, n in MANIFEST["nodes"].items() if n["resource_type"] == "test"}
    return {test: _check(node) for test, node in nodes.items()}


def _check(node: Mapping[str, Any]) -> dg.AssetCheckSpec:
    model = node["config"]["meta"].get("on") or node["attached_node"].rpartition(".")[2]
    description = node["description"]
    if not description:
        about = node["test_metadata"]["name"].replace("_", " ")
        description = f"dbt: {about}, of {node['column_name']}."
    blocking = node["config"]["severity"].lower() == "error"
    return dg.AssetCheckSpec(node["name"], asset=model_key(model), description=description, blocking=blocking)


MODELS = _models()
TESTS = _tests()


def run_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> str:
    """Id of the run that built the mart to read; a run resumed after a failure reads the first run's."""
    return context.run.root_run_id or context.run.run_id


@dg.multi_asset(
    name="mart_models", specs=list(MODELS.values()), check_specs=list(TESTS.values()), can_subset=False
)
def models(
    context: dg.AssetExecutionContext, workspace: Workspace
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Builds all models beside the mart in use, and tests them there."""
    run = run_of(context)
    folder = settings().mart_folder / "dbt"
    with publication.building(workspace.engine, run) as schema:
        done = dbt.build(workspace.engine.url, schema, folder / run)
    keep_newest(folder, RUNS_KEPT)
    for result in done.results:
        yield from _events(result)
    if done.bad:
        raise dg.Failure(
            description=_failure(done.bad, folder / run),
            metadata={"dbt": str(folder / run)},
            allow_retries=False,
        )


def _events(result: dbt.Result) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    kind, _, name = result.unique_id.partition(".")
    if kind == "model" and result.status == "success":
        metadata: dict[str, Any] = {"seconds": result.seconds, "dagster/row_count": result.rows or 0}
        yield dg.MaterializeResult(asset_key=model_key(name.rpartition(".")[2]), metadata=metadata)
    elif kind == "test" and result.status != "skipped":
        spec = TESTS[result.unique_id]
        severity = dg.AssetCheckSeverity.ERROR if spec.blocking else dg.AssetCheckSeverity.WARN
        yield dg.AssetCheckResult(
            asset_key=spec.asset_key,
            check_name=spec.name,
            passed=result.status == "pass",
            severity=severity,
            metadata={"rows_found": result.failures, "seconds": result.seconds, "message": result.message},
        )


def _failure(bad: list[dbt.Result], folder: Path) -> str:
    names = ", ".join(r.unique_id.split(".")[2] for r in bad[:5])
    more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""  # noqa: PLR2004 - as above
    message = bad[0].message.splitlines()[0] if bad[0].message else ""
    return f"The new mart is not published, the last one stays. dbt: {names}{more} ({message}). See {folder}."


@dg.asset(key=PUBLISHED, group_name=GROUP, deps=list(MODELS), kinds={"postgres"})
def published(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """Publishes the new mart once every blocking check has passed."""
    engine, given = workspace.engine, settings()
    password = given.bi_password.get_secret_value() if given.bi_password else None
    try:
        with engine.begin() as connection:
            roles.ensure_bi_role(connection, password, statement_seconds=given.bi_timeout_seconds)
    except roles.RoleError as error:
        context.log.warning(str(error))
    done = publication.publish(engine, run_of(context))
    if done.left:
        context.log.info(f"Still read, dropped by a later publication: {', '.join(done.left)}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(done.tables.values()),
            "tables": done.tables,
            "read_by": roles.ROLE if done.role else "its owner alone",
            "checks": dg.MetadataValue.path(given.mart_folder / "data_docs" / run_of(context) / "index.html"),
        }
    )
