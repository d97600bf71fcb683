"""The marketplaces: each module of `sources/cleaning` that declares one. A new source needs no entry."""

from importlib import import_module
from pkgutil import iter_modules

from arb_pipeline.contracts.sources import SOURCES
from arb_pipeline.sources import cleaning
from arb_pipeline.sources.marketplace import Marketplace


def _declared() -> dict[str, Marketplace]:
    """The declarations by source, in the order of `SOURCES`."""
    modules = (
        import_module(f"{cleaning.__name__}.{module.name}") for module in iter_modules(cleaning.__path__)
    )
    declared = {
        module.MARKETPLACE.source: module.MARKETPLACE for module in modules if hasattr(module, "MARKETPLACE")
    }
    return {source: declared[source] for source in SOURCES if source in declared}


MARKETPLACES = _declared()
"""Source of packages -> its declaration."""
PRICED_AS = {source: marketplace.priced_as for source, marketplace in MARKETPLACES.items()}
"""Source of packages -> source of prices. TCGplayer's reference prices are those of its daily archive."""
LANDED_AS = {
    "tcgplayer": "tcgcsv",
    **{priced: landed for landed, priced in PRICED_AS.items() if priced != landed},
}
"""Source of prices -> source of packages, where the two differ."""
PRICE_SOURCES = ("tcgplayer", *PRICED_AS.values())
"""Sources of prices, as tables and the quarantine name them."""
