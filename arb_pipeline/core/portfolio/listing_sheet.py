"""Listing sheet of an opened product: each card with copies, best channel and asking price; upload files.

TCGplayer's mass upload needs its SKU, which no landed source states: `tcgplayer_rows` has the columns by
which its seller portal finds a product, and leaves the SKU empty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Listing:
    """A card to list, with money per copy in cents."""

    name: str
    set_code: str
    set_name: str
    number: str
    is_foil: bool
    copies: int
    channel: str
    """Channel with the highest net; `bulk` under the bulk floor."""
    market_cents: int | None
    low_cents: int | None
    ask_cents: int | None
    """Price to ask: market price, or the lowest ask where that is lower; None without a price."""
    net_cents: int | None
    tcg_product_id: str | None = None
    condition: str = "Near Mint"


def ask_price(market_cents: int | None, low_cents: int | None, *, floor_share: float) -> int | None:
    """Price to ask in cents: one cent under the lowest ask where that is below market, at least the floor.

    `floor_share`: of the market price; an ask below it is taken for another condition or an error.
    """
    if market_cents is None:
        return low_cents
    if low_cents is None or low_cents > market_cents:
        return market_cents
    return max(low_cents - 1, round(market_cents * floor_share), 1)


def best_first(listings: Iterable[Listing]) -> list[Listing]:
    """Highest net of all copies first; cards without a price at the end."""
    return sorted(
        listings,
        key=lambda listing: (
            listing.net_cents is None,
            -(listing.net_cents or 0) * listing.copies,
            listing.name,
            listing.number,
        ),
    )


def tcgplayer_rows(listings: Sequence[Listing]) -> list[dict[str, str]]:
    """Rows of TCGplayer's pricing file: its columns, with quantity to add and marketplace price."""
    return [
        {
            "TCGplayer Id": "",
            "Product Line": "",
            "Set Name": listing.set_name,
            "Product Name": listing.name,
            "Title": "",
            "Number": listing.number,
            "Rarity": "",
            "Condition": f"{listing.condition}{' Foil' if listing.is_foil else ''}",
            "TCG Market Price": _dollars(listing.market_cents),
            "TCG Direct Low": "",
            "TCG Low Price With Shipping": "",
            "TCG Low Price": _dollars(listing.low_cents),
            "Total Quantity": "",
            "Add to Quantity": str(listing.copies),
            "TCG Marketplace Price": _dollars(listing.ask_cents),
            "Photo URL": "",
        }
        for listing in listings
        if listing.channel != BULK and listing.ask_cents
    ]


def ebay_rows(listings: Sequence[Listing]) -> list[dict[str, str]]:
    """Rows of eBay's listing template (Seller Hub, category 183454, ungraded singles)."""
    return [
        {
            "*Action(SiteID=US|Country=US|Currency=USD|Version=1193)": "Add",
            "Custom label (SKU)": _label(listing),
            "*Category": "183454",
            "*Title": _title(listing),
            "*ConditionID": "4000",
            "CD:Card Condition - (ID: 40001)": "400010",
            "*Quantity": str(listing.copies),
            "*StartPrice": _dollars(listing.ask_cents),
            "*Format": "FixedPrice",
            "*Duration": "GTC",
        }
        for listing in listings
        if listing.channel != BULK and listing.ask_cents
    ]


def buylist_rows(listings: Sequence[Listing]) -> list[dict[str, str]]:
    """Rows of a buylist's import (title, edition, foil, quantity), as Card Kingdom's takes them."""
    return [
        {
            "title": listing.name,
            "edition": listing.set_name,
            "foil": "1" if listing.is_foil else "0",
            "quantity": str(listing.copies),
        }
        for listing in listings
    ]


def cardmarket_rows(listings: Sequence[Listing], euro_cents: Sequence[int | None]) -> list[dict[str, str]]:
    """Rows of a stock list as TCG PowerTools exports them from Cardmarket, which itself takes no file.

    `euro_cents`: the price to ask of each listing, in euro cents.
    """
    return [
        {
            "cardmarketId": "",
            "quantity": str(listing.copies),
            "name": listing.name,
            "set": listing.set_name,
            "setCode": listing.set_code.upper(),
            "cn": listing.number,
            "condition": "NM",
            "language": "English",
            "isFoil": "true" if listing.is_foil else "",
            "isPlayset": "",
            "isSigned": "",
            "price": _dollars(cents),
            "comment": "",
            "location": "",
        }
        for listing, cents in zip(listings, euro_cents, strict=True)
        if listing.channel != BULK and cents
    ]


EBAY_TITLE = 80
"""Characters that eBay takes."""


def _label(listing: Listing) -> str:
    return f"{listing.set_code}-{listing.number}{'-F' if listing.is_foil else ''}".upper()


def _title(listing: Listing) -> str:
    foil = " Foil" if listing.is_foil else ""
    whole = f"{listing.name} {listing.number}{foil} {listing.set_name} NM"
    if len(whole) <= EBAY_TITLE:
        return whole
    return f"{listing.name[:50]} {listing.number}{foil} NM"[:EBAY_TITLE]


def _dollars(cents: int | None) -> str:
    return "" if cents is None else f"{Decimal(cents) / 100:.2f}"
