"""Landing: source files into immutable packages, fetched from the sources or taken from a folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.defs.landing.fetching import fetched_metadata, fetched_now
from arb_pipeline.defs.shared.partitions import DAYS, day_of
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.fetching.crawls import Fetched
from arb_pipeline.games.registry import GAMES, REFERENCE, category_of
from arb_pipeline.services.ingestion import land_from_folder
from arb_pipeline.storage.data_folder import Layout
from arb_pipeline.storage.landing import CURRENT, Package

PRICES = dg.AssetKey(["landing", "tcgcsv", "prices"])
CHECK = "fetched"
Results = Iterator[dg.Output[Any] | dg.AssetCheckResult]


@dataclass(frozen=True, slots=True)
class Landed:
    """Package of a source in a run."""

    package: Package | None
    why: str
    """Reason where there is none, or an older one is in use; '' otherwise."""
    fetched: Fetched | None = None


def _landed(
    context: dg.AssetExecutionContext, workspace: Workspace, source: str, day: date | None = None
) -> Landed:
    """Lands a source: from the run's folder, else by a fetch, else the package that landed last."""
    part = day.isoformat() if day else CURRENT
    if workspace.data_folder is not None:
        landed = land_from_folder(workspace.landing, workspace.data_folder, source, day)
        return Landed(landed.package or workspace.last(source, day), landed.reason)
    if not workspace.fetch or source not in SOURCES:
        why = "" if not workspace.fetch else "it is not fetched, but taken from a folder (--data)"
        package = workspace.last(source, day)
        return Landed(package, why if package else why or f"nothing of {source} has landed: fetch it first")
    fetched = fetched_now(context, workspace, source, day)
    package = next((p for p in fetched.packages if not day or p.part == part), None)
    if fetched.is_good and package:
        return Landed(package, "", fetched)
    return Landed(workspace.last(source, day), fetched.reason, fetched)


def _results(landed: Landed, key: dg.AssetKey, *, is_required: bool) -> Results:
    """Materialisation of the package, and the check that it is current."""
    status = landed.fetched.status if landed.fetched else ("landed" if landed.package else "absent")
    if landed.package is None and is_required:
        raise dg.Failure(description=landed.why, allow_retries=False)
    if landed.package is not None:
        yield dg.Output(None, metadata=_metadata(landed, status))
    elif status != "not configured":  # what needs it does without; a source without its key is skipped
        yield dg.Output(None, metadata={"status": status, "why": landed.why})
    is_current = landed.fetched is None or landed.fetched.status != "failed"
    yield dg.AssetCheckResult(
        check_name=CHECK,
        asset_key=key,
        passed=is_current,
        severity=dg.AssetCheckSeverity.WARN if landed.package else dg.AssetCheckSeverity.ERROR,
        description=f"{status}: {landed.why}" if landed.why else status,
        metadata=fetched_metadata(landed.fetched, landed.package) if landed.fetched else {"status": status},
    )


def _metadata(landed: Landed, status: str) -> dict[str, Any]:
    package = landed.package
    assert package is not None  # noqa: S101 - checked by the caller
    manifest: dict[str, Any] = package.manifest
    return {
        "status": status,
        "package_id": package.package_id,
        "part": package.part,
        "new": package.is_new,
        "landed_at": manifest["landed_at"],
        "files": len(manifest["files"]),
        "bytes": sum(entry["bytes"] for entry in manifest["files"].values()),
        "records": dict(manifest.get("crawl", {}).get("counts", {})),
        "origin": str(manifest["origin"]),
        "path": dg.MetadataValue.path(str(package.root)),
    }


def _check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        CHECK, asset=key, description="Whether the landed package is current, or older data is in use."
    )


@dg.asset(
    key=PRICES,
    group_name="landing",
    partitions_def=DAYS,
    pool="source_tcgcsv",
    kinds={"scrapy"},
    output_required=False,
    check_specs=[_check(PRICES)],
)
def tcgcsv_prices(context: dg.AssetExecutionContext, workspace: Workspace) -> Results:
    """One day of TCGplayer prices, byte for byte as TCGCSV archives them."""
    yield from _results(_landed(context, workspace, "tcgcsv", day_of(context)), PRICES, is_required=True)


def _asset(source: str, description: str, layout: Layout | None) -> dg.AssetsDefinition:
    key = dg.AssetKey(["landing", source])
    categories = set(SOURCES[source].categories) if source in SOURCES else {category_of(source, GAMES)}

    @dg.asset(
        key=key,
        group_name="landing",
        pool=f"source_{source}",
        kinds={"scrapy" if source in SOURCES else "file"},
        description=description,
        output_required=False,
        check_specs=[_check(key)],
    )
    def landed(context: dg.AssetExecutionContext, workspace: Workspace) -> Results:
        if not categories & set(workspace.categories):
            yield from _results(Landed(None, "its game is not in this run"), key, is_required=False)
            return
        # Of a folder all that a game needs has to be there; over the network some of it has other sources.
        is_required = layout is not None and layout.is_required
        is_required &= workspace.data_folder is not None or source in SOURCES
        yield from _results(_landed(context, workspace, source), key, is_required=is_required)

    return landed


source_assets = [
    _asset(name, f"{source.title}, as fetched.", REFERENCE.get(name))
    for name, source in SOURCES.items()
    if not source.is_archived
] + [_asset(name, layout.description, layout) for name, layout in REFERENCE.items() if name not in SOURCES]
