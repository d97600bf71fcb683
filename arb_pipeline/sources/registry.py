"""The marketplaces: which cleaner reads the records of a source, and under which name its prices are kept."""

from collections.abc import Callable

from arb_pipeline.sources.cleaning import (
    Quoted,
    amazon,
    amazon_sp,
    cardkingdom,
    cardmarket,
    distributor,
    ebay,
    tcgplayer_api,
)

Cleaner = Callable[..., Quoted]
CLEANERS: dict[str, Cleaner] = {
    "cardmarket": cardmarket.clean,
    "cardkingdom": cardkingdom.clean,
    "ebay": ebay.clean,
    "amazon": amazon.clean,
    "amazon_sp": amazon_sp.clean,
    "tcgplayer": tcgplayer_api.clean,
    "distributor": distributor.clean,
}
"""Source of packages -> its cleaner."""
