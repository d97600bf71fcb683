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
        key=lambda each: (
            each.net_cents is None,
            -(each.net_cents or 0) * each.copies,
            each.name,
            each.number,
        ),
    )


def tcgplayer_rows(listings: Sequence[Listing], set_names: dict[str, str]) -> list[dict[str, str]]:
    """Rows of TCGplayer's pricing file: its columns, with quantity to add and marketplace price."""
    return [
        {
            "TCGplayer Id": "",
            "Product Line": "",
            "Set Name": set_names.get(each.set_code, each.set_code),
            "Product Name": each.name,
            "Title": "",
            "Number": each.number,
            "Rarity": "",
            "Condition": f"{each.condition}{' Foil' if each.is_foil else ''}",
            "TCG Market Price": _dollars(each.market_cents),
            "TCG Direct Low": "",
            "TCG Low Price With Shipping": "",
            "TCG Low Price": _dollars(each.low_cents),
            "Total Quantity": "",
            "Add to Quantity": str(each.copies),
            "TCG Marketplace Price": _dollars(each.ask_cents),
            "Photo URL": "",
        }
        for each in listings
        if each.channel != BULK and each.ask_cents
    ]


def ebay_rows(listings: Sequence[Listing], set_names: dict[str, str]) -> list[dict[str, str]]:
    """Rows of eBay's listing template (Seller Hub, category 183454, ungraded singles)."""
    return [
        {
            "*Action(SiteID=US|Country=US|Currency=USD|Version=1193)": "Add",
            "Custom label (SKU)": f"{each.set_code}-{each.number}{'-F' if each.is_foil else ''}".upper(),
            "*Category": "183454",
            "*Title": _title(each, set_names),
            "*ConditionID": "4000",
            "CD:Card Condition - (ID: 40001)": "400010",
            "*Quantity": str(each.copies),
            "*StartPrice": _dollars(each.ask_cents),
            "*Format": "FixedPrice",
            "*Duration": "GTC",
        }
        for each in listings
        if each.channel != BULK and each.ask_cents
    ]


def buylist_rows(listings: Sequence[Listing], set_names: dict[str, str]) -> list[dict[str, str]]:
    """Rows of a buylist's import (title, edition, foil, quantity), as Card Kingdom's takes them."""
    return [
        {
            "title": each.name,
            "edition": set_names.get(each.set_code, each.set_code),
            "foil": "1" if each.is_foil else "0",
            "quantity": str(each.copies),
        }
        for each in listings
    ]


def cardmarket_rows(
    listings: Sequence[Listing], set_names: dict[str, str], euro_cents: Sequence[int | None]
) -> list[dict[str, str]]:
    """Rows of a stock list as TCG PowerTools exports them from Cardmarket, which itself takes no file.

    `euro_cents`: the price to ask of each listing, in euro cents.
    """
    return [
        {
            "cardmarketId": "",
            "quantity": str(each.copies),
            "name": each.name,
            "set": set_names.get(each.set_code, each.set_code),
            "setCode": each.set_code.upper(),
            "cn": each.number,
            "condition": "NM",
            "language": "English",
            "isFoil": "true" if each.is_foil else "",
            "isPlayset": "",
            "isSigned": "",
            "price": _dollars(cents),
            "comment": "",
            "location": "",
        }
        for each, cents in zip(listings, euro_cents, strict=True)
        if each.channel != BULK and cents
    ]


EBAY_TITLE = 80
"""Characters that eBay takes."""


def _title(each: Listing, set_names: dict[str, str]) -> str:
    foil = " Foil" if each.is_foil else ""
    whole = f"{each.name} {each.number}{foil} {set_names.get(each.set_code, each.set_code.upper())} NM"
    return whole if len(whole) <= EBAY_TITLE else f"{each.name[:50]} {each.number}{foil} NM"[:EBAY_TITLE]


def _dollars(cents: int | None) -> str:
    return "" if cents is None else f"{Decimal(cents) / 100:.2f}"
