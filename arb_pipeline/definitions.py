"""The Dagster code location: all definitions under `defs/`, each asset with its owner."""

import warnings
from pathlib import Path

import dagster as dg

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
    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    with warnings.catch_warnings():  # it says that it is new, at each load
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return loaded.map_resolved_asset_specs(func=owned)


def owned(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The asset with an owner. Raises `KeyError` for a group that is no stage."""
    return spec if spec.owners else spec.replace_attributes(owners=[OWNERS[spec.group_name or ""]])
