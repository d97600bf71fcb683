"""Landing: takes source files from a folder into immutable packages."""

import dagster as dg

from arb_pipeline.defs.shared.partitions import DAYS
from arb_pipeline.defs.shared.workspace import Workspace
from arb_pipeline.stores.data_folder import REFERENCE, DataFolder, Layout
from arb_pipeline.stores.landing import CURRENT, NotLandedError, Package

PRICES = dg.AssetKey(["landing", "tcgcsv", "prices"])


def _landed(workspace: Workspace, source: str, *, part: str = CURRENT) -> Package:
    """Lands a source from the run's folder; without one, or without the source in it, what landed last."""
    if workspace.data_folder is None:
        return workspace.landing.latest(source, part=part)
    folder = DataFolder(workspace.data_folder)
    files = folder.prices(part) if part != CURRENT else folder.reference(source)
    if files:
        return workspace.landing.land(source, files, part=part, origin=str(folder.root))
    try:
        return workspace.landing.latest(source, part=part)
    except NotLandedError:
        raise dg.Failure(description=folder.missing(source, part), allow_retries=False) from None


def _metadata(package: Package) -> dict[str, object]:
    files = package.manifest["files"]
    size = sum(entry["bytes"] for entry in files.values())  # type: ignore[attr-defined]
    return {
        "package_id": package.package_id,
        "new": package.is_new,
        "files": len(files),  # type: ignore[arg-type]
        "bytes": size,
        "origin": str(package.manifest["origin"]),
        "path": dg.MetadataValue.path(str(package.root)),
    }


@dg.asset(key=PRICES, group_name="landing", partitions_def=DAYS, kinds={"file"}, io_manager_key="io_manager")
def tcgcsv_prices(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
    """One day of TCGplayer prices as TCGCSV archives them: the bytes, untouched."""
    return dg.MaterializeResult(metadata=_metadata(_landed(workspace, "tcgcsv", part=context.partition_key)))


def _reference(source: str, layout: Layout) -> dg.AssetsDefinition:
    @dg.asset(key=["landing", source], group_name="landing", kinds={"file"}, description=layout.description)
    def landed(workspace: Workspace) -> dg.MaterializeResult:
        if layout.category not in workspace.categories:
            return dg.MaterializeResult(metadata={"landed": False, "why": "its game is not in this run"})
        try:
            return dg.MaterializeResult(metadata=_metadata(_landed(workspace, source)))
        except (NotLandedError, dg.Failure):
            if layout.is_required:
                raise
            return dg.MaterializeResult(metadata={"landed": False})

    return landed


reference_assets = [_reference(source, layout) for source, layout in REFERENCE.items()]
