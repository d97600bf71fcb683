"""Rows for tests: each builder gives one sound row, and takes overrides for what a test is about."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from arb_pipeline.contracts.base import Contract, empty
from arb_pipeline.contracts.contents import CARDS, SEALED, Lines
from arb_pipeline.contracts.valuation import CardNets
from arb_pipeline.core.params import Parameters

DAY = date(2025, 10, 10)
Row = dict[str, Any]

CHANNELS: Mapping[str, Mapping[str, Any]] = {
    "tcgplayer": {
        "commission": 1075,
        "commission_cap": 7500,
        "payment": 250,
        "per_order": 30,
        "postage": "us",
    },
    "tcgplayer_pro": {"commission": 925, "payment": 500, "per_order": 30, "postage": "us"},
    "tcgplayer_direct": {
        "threshold": 250,
        "per_item": 112,
        "commission": 895,
        "commission_cap": 7500,
        "payment": 250,
        "below_threshold": 5000,
    },
    "ebay": {
        "commission": 1325,
        "tier": 750_000,
        "commission_above": 235,
        "small_order": 1000,
        "per_small_order": 30,
        "per_order": 40,
        "postage": "us",
    },
    "cardmarket": {
        "price_source": "cardmarket",
        "price_type": "trend",
        "currency": "EUR",
        "commission": 500,
        "commission_cap": 10_000,
        "postage": "eu",
    },
    "cardkingdom_buylist": {"price_source": "cardkingdom", "price_type": "buylist"},
    "cardkingdom_credit": {"price_source": "cardkingdom", "price_type": "buylist", "bonus": 3000},
    "amazon": {"commission": 1500, "commission_min": 30, "per_item": 99, "postage": "us"},
    "whatnot": {"commission": 800, "payment": 290, "per_order": 30, "postage": "us"},
    "manapool": {"commission": 500, "payment": 290, "per_order": 30, "postage": "us"},
}
MOVEMENT: dict[str, Any] = {
    "logs": {0.005: -1e-12, 0.995: 1e-12},
    "typical": {"level": 0.0, "concentration": 0.0, "trading": 0.0},
    "slopes": {"level": 0.0, "concentration": 0.0, "trading": 0.0},
    "products": 10**9,
}
"""Prices that stand still, known from a thousand million products: outcomes are those of the contents."""
PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "selling": {
        "channels": ["tcgplayer"],
        "cards_per_order": 3,
        "bulk_floor": 50,
        "bulk_value": {"rare": 5, "mythic": 5},
        "quote_limit": 15_000,
    },
    "postage": {"letter": 82, "letter_limit": 2000, "tracked": 550},
    "postage_eu": {"letter": 110, "letter_limit": 2500, "tracked": 345},
    "handling": {
        "per_order": 0,
        "per_card": 0,
        "minutes_per_order": 0,
        "minutes_per_card": 0,
        "hourly_rate": 0,
    },
    "quick_sale": {"condition_floor": 0.7},
    "resale": {
        "channels": ["tcgplayer", "ebay"],
        "postage": 733,
        "spread": 0.08,
        "low_ask": 0.0,
        "low_ask_fall": 0.5,
        "low_ask_mean": 0.9,
    },
    "buying": {
        "sources": [
            *("tcgplayer", "tcgplayer_api", "cardkingdom", "ebay", "amazon", "amazon_sp", "distributor"),
        ],
        "min_quality": 0.5,
        "shipping_small": 82,
        "shipping_limit": 2000,
        "shipping_large": 550,
        "tax": 0,
    },
    "prices": {"stale_days": 3, "window_days": 30, "asks_quality": 0.6, "max_refused_share": 0.2},
    "outliers": {"z": 3.5, "min_days": 7, "confirmations": 2, "min_spread": 0.05, "gap_exponent": 0.86},
    "guards": {
        "suspect_offer": 0.6,
        "presale_days": 7,
        "untraded_share": 0.5,
        "untraded_days": 7,
        "held_back_share": 0.02,
        "many_copies": 100,
        "promo_share": 0.5,
    },
    "publish": {
        "min_margin": 1000,
        "min_profit": 500,
        "min_priced_share": 0.8,
        "min_p_profit": 0.5,
        "min_expected_profit": 500,
        "valued_share": 0.5,
        "full_priced_share": 0.95,
        "expires_hours": 24,
    },
    "confidence": {
        "weights": {"price_stability": 0.3, "seller_count": 0.2, "volume_history": 0.2, "margin_size": 0.3},
        "neutral": 0.5,
        "cap": 0.59,
        "stable_cv": 0.10,
        "min_days": 7,
        "min_moves": 2,
        "many_sellers": 50,
        "margin_full": 0.15,
        "margin_fading": 0.60,
        "margin_unbelievable": 2.0,
    },
    "risk": {
        "low": {"confidence": 0.8, "margin": 5000},
        "medium": {"confidence": 0.6, "margin": 3000},
        "rank_weight": {"low": 1.0, "medium": 0.7, "high": 0.4},
        "few_sellers": 5,
        "some_sellers": 20,
        "stake": 0.5,
    },
    "movement": {
        "horizon_days": 14,
        "reference_days": 14,
        "exponent": 0.86,
        "least_scale": 0.25,
        "most_scale": 3,
        "fixed": MOVEMENT,
        "random": MOVEMENT,
        "games": {},
    },
}
"""The defaults of valuation.md, written out: a test's expected number must not move with a shipped file.

`many_copies` is beside it: sound rows have ten copies of one card.
"""


def parameters(**groups: Mapping[str, Any]) -> Parameters:
    """The defaults, with single values of a group replaced: `parameters(selling={"bulk_floor": 0})`.

    A channel is a group, as in the files.
    """
    plain, channels = (
        {name: {**values, **groups.get(name, {})} for name, values in defaults.items()}
        for defaults in (PARAMETERS, CHANNELS)
    )
    return Parameters.model_validate({**plain, "channels": channels})


def frame(rows: Iterable[Mapping[str, Any]], contract: type[Contract]) -> pl.DataFrame:
    """Rows with the columns and types of a contract."""
    keys = {"sealed_product_id": SEALED, "card_id": CARDS} if contract in (Lines, CardNets) else {}
    schema = {name: keys.get(name, dtype) for name, dtype in empty(contract).schema.items()}
    return pl.DataFrame(
        [{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row"
    )


def value(expression: pl.Expr, **columns: Any) -> Any:
    """Value of an expression for one row."""
    return pl.DataFrame({name: [cell] for name, cell in columns.items()}).select(expression).item()


def booster(**changes: Any) -> Row:
    """A pack of 3 of 4 equal commons, and one rare of two."""
    return {
        "code": "tst-draft",
        "boosters": [{"sheets": {"common": 3, "rare": 1}, "weight": 1}],
        "sheets": {
            "common": sheet({"tst:1": 1, "tst:2": 1, "tst:3": 1, "tst:4": 1}),
            "rare": sheet({"tst:5": 1, "tst:6": 1}),
        },
    } | changes


def sheet(cards: Mapping[str, Any], **changes: Any) -> Row:
    """A sheet whose declared total is right."""
    return {"cards": dict(cards), "total_weight": sum(cards.values())} | changes


def price_record(**changes: Any) -> Row:
    """A record of a TCGCSV price file."""
    return {
        "productId": 1001,
        "lowPrice": 4.5,
        "midPrice": 6.0,
        "highPrice": 900.0,
        "marketPrice": 5.25,
        "directLowPrice": None,
        "subTypeName": "Normal",
    } | changes


def rollup_row(**changes: Any) -> Row:
    """One day of one product, as the daily rollup hands it on."""
    return {
        "category": "mtg",
        "source": "tcgplayer",
        "source_product_id": "1001",
        "printing": "normal",
        "day": DAY,
        "reference_cents": 1000,
        "quality": 1.0,
        "market_cents": 1000,
        "low_cents": 900,
        "seller_count": None,
    } | changes


def days_before(n: int) -> date:
    """The day `n` days before the day of analysis."""
    return DAY - timedelta(days=n)


def sealed_row(**changes: Any) -> Row:
    """A sealed product, long released."""
    return {
        "product_id": "box",
        "category": "mtg",
        "set_code": "tst",
        "name": "Test Booster Box",
        "kind": "booster_box",
        "subtype": "draft",
        "language": "English",
        "release_date": date(2020, 1, 1),
        "tcg_product_id": "9001",
    } | changes


def completeness_row(**changes: Any) -> Row:
    """All of the product is known."""
    return {
        "sealed_product_id": "box",
        "contents_complete": True,
        "unknown_parts": [],
        "extras": 0,
        "unlisted_copies": 0.0,
        "estimated_parts": [],
        "promo_card_ids": [],
        "dearer_card_ids": [],
        "doubt_flags": [],
        "doubts": [],
    } | changes


def line_row(**changes: Any) -> Row:
    """Ten guaranteed copies of a card."""
    row = {
        "sealed_product_id": "box",
        "single_product_id": "a",
        "is_foil": False,
        "pack": "",
        "sheet": "",
        "quantity": 10,
        "guaranteed": True,
        "pull_probability": 1.0,
        "expected_copies": 10.0,
        "rarity": "rare",
    } | changes
    row = {"printing": "foil" if row["is_foil"] else "normal"} | row
    return row | {"card_id": f"{row['single_product_id']}:{row['printing']}"}


def net_row(**changes: Any) -> Row:
    """A $10.00 card that nets $8.00 and trades."""
    row = {
        "category": "mtg",
        "single_product_id": "a",
        "is_foil": False,
        "name": "Card A",
        "reference_cents": 1000,
        "quality": 1.0,
        "price_day": DAY,
        "refused_cents": None,
        "accepted_cents": None,
        "quick_net_cents": 600.0,
        "cash_net_cents": None,
        "cash_wanted": None,
        "net_cents": 800.0,
        "channel": "tcgplayer",
        "wanted": None,
        "uncapped_net_cents": None,
        "uncapped_channel": None,
        "cv": 0.02,
        "days_moved": 5,
        "days_compared": 29,
    } | changes
    return row | {"card_id": f"{row['single_product_id']}:{'foil' if row['is_foil'] else 'normal'}"}


def offer_row(**changes: Any) -> Row:
    """The features of the sealed product: $50.00 asked, $55.00 paid by others."""
    return {
        "category": "mtg",
        "source": "tcgplayer",
        "source_product_id": "9001",
        "printing": "normal",
        "reference_cents": 5500,
        "quality": 1.0,
        "market_cents": 5500,
        "low_cents": 5000,
        "price_day": DAY,
        "asked_day": DAY,
        "refused_cents": None,
        "accepted_cents": None,
        "days_priced": 30,
        "days_moved": 10,
        "days_compared": 29,
        "cv": 0.02,
        "seller_count": 5,
    } | changes


def quote_row(**changes: Any) -> Row:
    """Card Kingdom asks $45.00 for the sealed product, of which it has eight; shipping is not told."""
    row = {
        "product_id": "box",
        "source": "cardkingdom",
        "source_product_id": "700",
        "printing": "normal",
        "condition": "sealed",
        "language": "English",
        "price_type": "retail",
        "price_cents": 4500,
        "shipping_cents": None,
        "seller": None,
        "seller_count": None,
        "available_quantity": 8,
        "moq": None,
        "quality": 0.8,
        "available_on": None,
        "is_presale": None,
        "recorded_at": datetime(2025, 10, 10, 6, tzinfo=UTC),
        "source_url": None,
    } | changes
    return {"package_id": f"{row['source']} {row['recorded_at']}"} | row


def listing_row(**changes: Any) -> Row:
    """An eBay listing of it for $49.00 with free shipping."""
    facts = {"source": "ebay", "source_product_id": "v1|1|0", "price_type": "offer", "price_cents": 4900}
    facts |= {"shipping_cents": 0, "seller": 1, "available_quantity": None, "quality": 0.6}
    return quote_row(**facts | changes)


def wholesale_row(**changes: Any) -> Row:
    """A distributor's price of it: $40.00 each, from six on."""
    facts = {"source": "distributor", "source_product_id": "alpha:A-1", "price_type": "wholesale"}
    facts |= {"price_cents": 4000, "moq": 6, "available_quantity": None, "quality": 1.0, "is_presale": False}
    return quote_row(**facts | changes)
