"""The simulated market on other marketplaces and in other catalogues, in their own formats.

It follows from the files that are already there, so that every id agrees, and draws from a generator of its
own: nothing of the market itself changes. No place here asks less or pays more than TCGplayer does, and what
TCGplayer does not trade is not there either: `planted.json` stays the whole truth.
"""

from arb_pipeline.demo.elsewhere import catalogues, europe, kingdom, shops, wholesale
from arb_pipeline.demo.elsewhere.scene import Scene


def write_elsewhere(scene: Scene) -> None:
    """Everything that other sources say of the market."""
    for place in (catalogues, europe, kingdom, shops, wholesale):
        place.write(scene)
