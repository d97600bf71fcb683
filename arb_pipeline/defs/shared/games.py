"""Keys of what there is once per game, and of what unites the games."""

import dagster as dg

from arb_pipeline.games.adapter import Wanted

PULLS = dg.AssetKey(["contents", "pack_pulls"])
REFUSED = dg.AssetKey(["contents", "refused_packs"])
PACKS = dg.AssetKey(["contents", "packs"])
PACK_SHEETS = dg.AssetKey(["contents", "pack_sheets"])
LINES = dg.AssetKey(["contents", "lines"])
DRAWS = dg.AssetKey(["contents", "draws"])
COMPLETENESS = dg.AssetKey(["contents", "completeness"])
PARTS = dg.AssetKey(["contents", "parts"])
SINGLES = dg.AssetKey(["contents", "singles"])


def of(key: dg.AssetKey, category: str) -> dg.AssetKey:
    """The same of one game: `contents/pokemon/lines`."""
    stage, *rest = key.path
    return dg.AssetKey([stage, category, *rest])


def read_from(*wanted: Wanted) -> list[dg.AssetKey]:
    """The landing of each source, once."""
    sources = dict.fromkeys(source for groups in wanted for group in groups for source in group)
    return [dg.AssetKey(["landing", source]) for source in sources]
