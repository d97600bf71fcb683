"""Declarations of sources: name, default URL, and hosts that its answers may lead to.

A source's name is the name of its spider, of its landing folder, and (in capitals) of its settings:
`ARB_SOURCE_<NAME>_URL` and `ARB_SOURCE_<NAME>_<KEY>`.
"""

from dataclasses import dataclass
from typing import Literal

from arb_pipeline.contracts.categories import CATEGORIES

ALL = tuple(CATEGORIES)
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """One source of bytes from outside."""

    name: str
    title: str
    url: str
    """Base URL, without a trailing slash; '' where the operator has to set it."""
    holds: Literal["prices", "contents", "rates"]
    categories: tuple[str, ...] = ALL
    """Games that it covers."""
    hosts: tuple[str, ...] = ()
    """Hosts beside the base URL's that its answers may lead to; `*.` stands for any subdomain."""
    keys: tuple[str, ...] = ()
    """Settings without which it is not configured."""
    optional_keys: tuple[str, ...] = ()
    token_url: str = ""
    """Host of its OAuth tokens; '' is the base URL's own."""
    asks_for: tuple[str, ...] = ()
    """Required options of a source that answers queries and has no dump."""
    is_daily: bool = False
    """True if its packages are kept by day. Otherwise one package is current."""
    is_archived: bool = False
    """True if past days can be requested; otherwise only the newest."""
    closed_days: int = 0
    """Maximum number of days in a row on which it publishes nothing: weekends, holidays."""
    max_bytes: int = 32 * MEBIBYTE
    """Maximum size of a response, as sent."""

    @property
    def stale_hours(self) -> float:
        """Age from which its data counts as stale, unless the rule file says otherwise."""
        return (STALE_HOURS_DAILY if self.is_daily else STALE_HOURS_OTHER) + 24 * self.closed_days


STALE_HOURS_DAILY, STALE_HOURS_OTHER = 48.0, 336.0
"""A daily source misses a day; any other is fetched weekly and misses one fetch."""
_GITHUB = ("github.com", "codeload.github.com", "objects.githubusercontent.com")
_RELEASES = (*_GITHUB, "release-assets.githubusercontent.com")

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            "tcgcsv",
            "TCGplayer's prices, as TCGCSV archives them daily",
            "https://tcgcsv.com",
            "prices",
            is_daily=True,
            is_archived=True,
            max_bytes=64 * MEBIBYTE,
        ),
        Source(
            "tcgcsv_products",
            "TCGplayer's groups and products, through TCGCSV",
            "https://tcgcsv.com",
            "contents",
        ),
        Source(
            "tcgplayer",
            "TCGplayer's own API",
            "https://api.tcgplayer.com",
            "prices",
            keys=("client_id", "client_secret"),
            is_daily=True,
        ),
        Source(
            "ebay",
            "eBay's Browse API: offers, one by one",
            "https://api.ebay.com",
            "prices",
            asks_for=("query", "item"),
            keys=("client_id", "client_secret"),
            is_daily=True,
        ),
        Source(
            "amazon",
            "Amazon's Creators API: offers by title and ASIN",
            "https://creatorsapi.amazon",
            "prices",
            asks_for=("query", "asin"),
            keys=("client_id", "client_secret", "partner_tag"),
            token_url="https://api.amazon.com",  # noqa: S106 - an address
            is_daily=True,
        ),
        Source(
            "amazon_sp",
            "Amazon's Selling Partner API: offers of an ASIN",
            "https://sellingpartnerapi-na.amazon.com",
            "prices",
            asks_for=("asin",),
            keys=("client_id", "client_secret", "refresh_token"),
            token_url="https://api.amazon.com",  # noqa: S106 - an address
            is_daily=True,
        ),
        Source(
            "cardmarket",
            "Cardmarket's price guide and product lists, in EUR",
            "https://downloads.s3.cardmarket.com",
            "prices",
            is_daily=True,
            max_bytes=128 * MEBIBYTE,
        ),
        Source(
            "cardkingdom",
            "Card Kingdom's price lists: retail, buylist, quantities",
            "https://api.cardkingdom.com",
            "prices",
            ("mtg",),
            is_daily=True,
            max_bytes=128 * MEBIBYTE,
        ),
        Source(
            "distributor",
            "Distributors' price lists, from a folder or a URL",
            "",
            "prices",
            keys=("mappings",),
            is_daily=True,
        ),
        Source(
            "ecb",
            "Reference exchange rates of the European Central Bank",
            "https://www.ecb.europa.eu",
            "rates",
            is_daily=True,
            closed_days=4,  # Good Friday to Easter Monday
        ),
        Source(
            "mtgjson",
            "MTGJSON's set files and deck lists",
            "https://mtgjson.com",
            "contents",
            ("mtg",),
            max_bytes=512 * MEBIBYTE,
        ),
        Source(
            "mtg_sealed_content",
            "Magic's sealed products and what is in them (mtgjson/mtg-sealed-content)",
            "https://codeload.github.com",
            "contents",
            ("mtg",),
            hosts=_GITHUB,
            max_bytes=64 * MEBIBYTE,
        ),
        Source(
            "mtg_boosters",
            "Magic's booster sheets (taw/magic-sealed-data)",
            "https://raw.githubusercontent.com",
            "contents",
            ("mtg",),
            max_bytes=128 * MEBIBYTE,
        ),
        Source(
            "mtg_decks",
            "Card lists of Magic's preconstructed decks (taw/magic-preconstructed-decks-data)",
            "https://raw.githubusercontent.com",
            "contents",
            ("mtg",),
            max_bytes=64 * MEBIBYTE,
        ),
        Source(
            "scryfall",
            "Scryfall's bulk file of Magic printings and their marketplace ids",
            "https://api.scryfall.com",
            "contents",
            ("mtg",),
            hosts=("*.scryfall.io",),
            max_bytes=512 * MEBIBYTE,
        ),
        Source(
            "ygoprodeck",
            "YGOPRODeck's cards and sets",
            "https://db.ygoprodeck.com",
            "contents",
            ("yugioh",),
            max_bytes=128 * MEBIBYTE,
        ),
        Source(
            "ygojson",
            "YGOJSON's sets, pack distributions and sealed products",
            "https://github.com",
            "contents",
            ("yugioh",),
            hosts=_RELEASES,
            max_bytes=256 * MEBIBYTE,
        ),
        Source(
            "tcgdex", "TCGdex's Pokemon sets and cards", "https://api.tcgdex.net", "contents", ("pokemon",)
        ),
        Source(
            "pokemontcg",
            "The Pokemon TCG API's cards and prices",
            "https://api.pokemontcg.io",
            "contents",
            ("pokemon",),
            optional_keys=("api_key",),
        ),
    )
}


def spider_class(source: str) -> str:
    """The name of a source's spider class: `mtg_boosters` -> `MtgBoostersSpider`."""
    return "".join(part.capitalize() for part in source.split("_")) + "Spider"
