"""The Dagster code location: all definitions under `defs/`, each asset with its owner and code version."""

import warnings
from functools import partial
from pathlib import Path

import dagster as dg

from arb_pipeline import defs as arb_defs
from arb_pipeline.mart import dbt
from arb_pipeline.storage.stage_records import code_version

OWNERS = {
    "landing": "team:data",
    "catalog": "team:data",
    "contents": "team:data",
    "prices": "team:data",
    "valuation": "team:arbitrage",
    "opportunities": "team:arbitrage",
    "mart": "team:arbitrage",
}
"""By stage. An asset that names its owners itself keeps them."""


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, jobs and resources."""
    # By module: load_from_defs_folder asks for the checkout's pyproject.toml, which no installation has.
    tree = dg.ComponentTree.from_module(defs_module=arb_defs, project_root=Path(__file__).parents[1])
    with warnings.catch_warnings():  # they say that they are new, at each load
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        return tree.build_defs().map_resolved_asset_specs(
            func=partial(attributed, code=code_version(dbt.PROJECT))
        )


def attributed(spec: dg.AssetSpec, *, code: str) -> dg.AssetSpec:
    """The asset with an owner and a code version; those that it has stay.

    The version is that by which `arb run` finds a stage unchanged: Dagster shows what an older one made.
    Raises `KeyError` for a group that is no stage.
    """
    return spec.replace_attributes(
        owners=spec.owners or [OWNERS[spec.group_name or ""]], code_version=spec.code_version or code
    )
