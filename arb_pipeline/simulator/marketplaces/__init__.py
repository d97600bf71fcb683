"""The simulated market on other marketplaces and in other catalogues, in their own formats.

Derived from the files already written, so that every id agrees, with a random generator of its own: the
market itself does not change. No marketplace has a lower ask or a higher bid than TCGplayer, and none lists
products that TCGplayer does not trade: `planted.json` stays complete.
"""

from arb_pipeline.simulator.marketplaces import cardkingdom, cardmarket_ecb, catalogues, shops, wholesale
from arb_pipeline.simulator.marketplaces.market_view import Scene


def write_elsewhere(scene: Scene) -> None:
    """Writes the files of all other sources."""
    for place in (catalogues, cardmarket_ecb, cardkingdom, shops, wholesale):
        place.write(scene)
