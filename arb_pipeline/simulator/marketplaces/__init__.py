"""The simulated market on other marketplaces and in other catalogues, in their own formats.

It follows from the files that are already there, so that every id agrees, and draws from a generator of its
own: nothing of the market itself changes. No place here asks less or pays more than TCGplayer does, and what
TCGplayer does not trade is not there either: `planted.json` stays the whole truth.
"""

from arb_pipeline.simulator.marketplaces import cardkingdom, cardmarket_ecb, catalogues, shops, wholesale
from arb_pipeline.simulator.marketplaces.market_view import Scene


def write_elsewhere(scene: Scene) -> None:
    """Everything that other sources say of the market."""
    for place in (catalogues, cardmarket_ecb, cardkingdom, shops, wholesale):
        place.write(scene)
