"""The Dagster code location: all definitions under `defs/`, each asset with its owner."""

import warnings
from pathlib import Path

import dagster as dg

from arb_pipeline import defs as arb_defs

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
        return tree.build_defs().map_resolved_asset_specs(func=owned)


def owned(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The asset with an owner. Raises `KeyError` for a group that is no stage."""
    return spec if spec.owners else spec.replace_attributes(owners=[OWNERS[spec.group_name or ""]])
