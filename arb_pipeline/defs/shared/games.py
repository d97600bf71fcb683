"""Asset keys per game, and of assets over all games."""

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
    """Asset key of one game: `contents/pokemon/lines`."""
    stage, *rest = key.path
    return dg.AssetKey([stage, category, *rest])


def read_from(*wanted: Wanted) -> list[dg.AssetKey]:
    """Asset keys of the landing of each source, without repeats."""
    sources = dict.fromkeys(source for groups in wanted for group in groups for source in group)
    return [dg.AssetKey(["landing", source]) for source in sources]
