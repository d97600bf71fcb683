"""Records of every source of quotes, as their parsers hand them on, and what came of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from arb_pipeline.core.pricing.currency import Rates
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
from arb_pipeline.sources.raw_frames import Batch

AT = datetime(2025, 10, 10, 6, 30, tzinfo=UTC)
TODAY = date(2025, 10, 10)
RATES = Rates.from_records(
    [
        {"time": "2025-10-09", "currency": "USD", "rate": "1.1611"},
        {"time": "2025-10-09", "currency": "GBP", "rate": "0.8694"},
        {"time": "2025-09-01", "currency": "CHF", "rate": "0.9368"},
    ]
)
Cleaner = Callable[..., Quoted]
RECORDS: dict[str, dict[str, Any]] = {
    "cardmarket": {
        "idProduct": 1,
        "idCategory": 1,
        "avg": 0.05,
        "low": 0.02,
        "trend": 0.07,
        "avg1": 0.14,
        "avg7": 0.05,
        "avg30": 0.06,
        "avg-foil": 0.16,
        "low-foil": 0.04,
        "trend-foil": 0.31,
        "avg1-foil": 0.16,
        "avg7-foil": 0.28,
        "avg30-foil": 0.33,
    },
    "cardkingdom": {
        "id": 10000,
        "sku": "4ED-117",
        "scryfall_id": "a363bc91-8278-448e-9d5c-564e4b51eb62",
        "url": "mtg/4th-edition/abomination",
        "name": "Abomination",
        "variation": "",
        "is_foil": "false",
        "edition": "4th Edition",
        "price_retail": "0.35",
        "qty_retail": 10,
        "price_buy": "0.02",
        "qty_buying": 12,
        "nm_price": "0.35",
        "nm_qty": 10,
        "ex_price": "0.28",
        "ex_qty": 3,
        "vg_price": "0.00",
        "vg_qty": 0,
        "g_price": "0.00",
        "g_qty": 0,
    },
    "ebay": {
        "item_id": "v1|256|0",
        "title": "MTG Bloomburrow Play Booster Box",
        "price": "120.00",
        "currency": "USD",
        "converted_from_currency": None,
        "shipping": "9.50",
        "landed": "129.50",
        "shipping_type": "FIXED",
        "condition": "New",
        "condition_id": "1000",
        "seller": 3,
        "buying_options": "FIXED_PRICE|BEST_OFFER",
        "item_group_type": None,
        "feedback_score": 500,
        "available_quantity": None,
        "country": "US",
        "url": "https://www.ebay.com/itm/256",
        "query": "q",
    },
    "amazon": {
        "asin": "B0D3XKZ1ZL",
        "title": "Bloomburrow Play Booster Box",
        "url": "https://www.amazon.com/x",
        "amount": 129.99,
        "currency": "USD",
        "availability": "IN_STOCK",
        "condition": "New",
        "is_buy_box_winner": True,
        "min_order_quantity": 1,
        "max_order_quantity": 5,
        "deal_access": None,
        "query": None,
    },
    "amazon_sp": {
        "kind": "offer",
        "asin": "B0D3XKZ1ZL",
        "condition": "new",
        "landed": 134.98,
        "listing": 129.99,
        "shipping": 4.99,
        "currency": "USD",
        "fulfillment": "Merchant",
        "is_buy_box_winner": False,
        "offer_count": 14,
        "buy_box_eligible_count": 9,
    },
    "tcgplayer_api": {
        "productId": 541226,
        "lowPrice": 4.5,
        "midPrice": 6.0,
        "highPrice": 999.0,
        "marketPrice": 5.25,
        "directLowPrice": None,
        "subTypeName": "Normal",
    },
    "distributor": {
        "kind": "offer",
        "distributor": "alpha",
        "category": "mtg",
        "currency": "EUR",
        "row": 7,
        "sku": "WOC-1",
        "upc": "195166253725",
        "name": "Bloomburrow Play Booster Display",
        "price": "88.50",
        "moq": 2,
        "case_size": 6,
        "quantity": 40,
        "available_on": None,
        "problem": "",
    },
}
CLEANERS: dict[str, Cleaner] = {
    "cardmarket": cardmarket.clean,
    "cardkingdom": cardkingdom.clean,
    "ebay": ebay.clean,
    "amazon": amazon.clean,
    "amazon_sp": amazon_sp.clean,
    "tcgplayer_api": tcgplayer_api.clean,
    "distributor": distributor.clean,
}
PRICE = {
    "cardmarket": "trend",
    "cardkingdom": "price_retail",
    "ebay": "price",
    "amazon": "amount",
    "amazon_sp": "listing",
    "tcgplayer_api": "marketPrice",
    "distributor": "price",
}
IDS = {
    "cardmarket": "idProduct",
    "cardkingdom": "sku",
    "ebay": "item_id",
    "amazon": "asin",
    "amazon_sp": "asin",
    "tcgplayer_api": "productId",
    "distributor": "sku",
}
KINDS = {"cardkingdom": "single"}


def record(source: str, **changes: Any) -> dict[str, Any]:
    """A sound record of a source, changed."""
    return {**RECORDS[source], **{name.replace("__", "-"): value for name, value in changes.items()}}


def batch(source: str, *records: Any, path: str = "file", at: datetime = AT, kind: str = "") -> Batch:
    """Records as a landed file."""
    category = "mtg" if source in {"cardmarket", "cardkingdom"} else None
    return Batch(path, at, records, category, kind or KINDS.get(source, ""))


def cleaned(source: str, *records: Any, kind: str = "", **options: Any) -> Quoted:
    """Cleaned records of one file; the balance holds."""
    return of_batches(source, batch(source, *records, kind=kind), **options)


def of_batches(source: str, *batches: Batch, **options: Any) -> Quoted:
    """Cleaned records of these files; the balance holds."""
    result = CLEANERS[source](batches, rates=RATES, now=AT, **options)
    assert result.balances
    return result


def prices(quoted: Quoted) -> dict[tuple[str, str], int]:
    """(printing, price type) -> cents."""
    rows = quoted.quotes.select("printing", "price_type", "price_cents").rows()
    return {(printing, price_type): cents for printing, price_type, cents in rows}


def only(quoted: Quoted) -> dict[str, Any]:
    """The one quote."""
    assert quoted.quotes.height == 1
    return quoted.quotes.row(0, named=True)


def slugs(quoted: Quoted) -> list[str]:
    """Reasons of rejected records, by slug."""
    return [reason.partition(":")[0] for reason in quoted.rejected["reason"]]
