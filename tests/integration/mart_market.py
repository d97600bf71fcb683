"""Rows of the pipeline's tables for tests of the mart, small enough to work every number by hand."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from arb_pipeline.storage.postgres import tables
from arb_pipeline.storage.postgres.buyer_tables import purchases, sales
from arb_pipeline.storage.postgres.partitions import ensure_months

BEFORE, DAY = date(2025, 10, 9), date(2025, 10, 10)
DECK, BOX, GHOST, ALPHA, BETA, GAMMA = (uuid.UUID(int=n) for n in range(1, 7))
ACTIVE, EXPIRED, EXECUTED = (uuid.UUID(int=n) for n in range(101, 104))
SOLD, OPENED = (uuid.UUID(int=n) for n in range(201, 203))
FORECAST = {"as_of": "2025-10-10", "singles_value_cents": 4075, "outcome_mean_cents": 4100}
FORECAST |= {"outcome_sd_cents": 500, "contents_sd_cents": 300, "price_sd_cents": 400}
FORECAST |= {"p5_cents": 3300, "p50_cents": 4000, "p95_cents": 5200, "sealed_price_cents": 3050}
FORECAST |= {"profit_cents": 1025, "margin_bps": 3361, "p_profit": 0.97}
NAMES = {DECK: "Test Deck", BOX: "Test Box", GHOST: "Ghost Box", ALPHA: "Alpha", BETA: "Beta", GAMMA: "Gamma"}
Row = dict[str, Any]


def product(key: uuid.UUID) -> Row:
    kind = "sealed" if key.int <= GHOST.int else "single"
    return {"id": key, "name": NAMES[key], "category": "mtg", "product_type": kind, "set_code": "TST"}


def valuation(key: uuid.UUID, day: date, price: str | None, value: str | None, **more: Any) -> Row:
    row: Row = {"product_id": key, "as_of": day, "sealed_price": price, "singles_value": value}
    row |= {"contents_complete": True, "published": False, "confidence_score": 0.6, "risk_level": "medium"}
    row |= {
        "profit": None,
        "margin_percentage": None,
        "priced_share": 1,
        "why": "margin is under 10%",
        "flags": [],
    }
    return row | more


def opportunity(key: uuid.UUID, of: uuid.UUID, **more: Any) -> Row:
    row: Row = {"id": key, "sealed_product_id": of, "sealed_price": "30.50", "singles_value": "40.75"}
    row |= {"profit": "10.25", "margin_percentage": "33.61", "confidence_score": 0.6, "risk_level": "medium"}
    row |= {"opened_on": BEFORE, "as_of": DAY, "status": "active", "rank_score": 0.3, "flags": ["presale"]}
    return row | {"why": "singles net $40.75 against $30.50 landed"} | more


def event(of: uuid.UUID, name: str, day: date, hour: int, **details: Any) -> Row:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return {"opportunity_id": of, "event": name, "as_of": day, "details": details, "created_at": at}


def card(
    rank: int, single: uuid.UUID, day: date, copies: float, price: str, net: str, value: str, share: str
) -> Row:
    row: Row = {
        "product_id": DECK,
        "as_of": day,
        "rank": rank,
        "single_product_id": single,
        "printing": "normal",
    }
    row |= {"is_foil": False, "expected_copies": copies, "price": price, "net": net, "channel": "tcgplayer"}
    return row | {"value": value, "value_share": share}


def price(key: uuid.UUID, day: int, amount: str, *, hour: int = 20, month: int = 10) -> Row:
    at = datetime(2025, month, day, hour, tzinfo=UTC)
    return {
        "product_id": key,
        "price": amount,
        "source": "tcgplayer",
        "price_type": "market",
        "recorded_at": at,
    }


def load(source: str, day: date, raw: int, accepted: int, duplicate: int, quarantined: int) -> Row:
    row: Row = {
        "source": source,
        "category": "mtg",
        "day": day,
        "package_id": source[0] * 64,
        "parser_version": "1",
    }
    row |= {"rows_raw": raw, "rows_accepted": accepted, "rows_duplicate": duplicate}
    return row | {
        "rows_quarantined": quarantined,
        "rows_written": accepted,
        "loaded_at": datetime(2025, 10, 11, tzinfo=UTC),
    }


def bought(key: uuid.UUID, **more: Any) -> Row:
    """Three ghost boxes at $31.00, of an opportunity before forecasts were kept."""
    row: Row = {"id": key, "opportunity_id": EXECUTED, "product_id": GHOST, "quantity": 3, "price": "31.00"}
    return row | {"forecast": {}, "purchased_at": datetime(2025, 10, 10, 12, tzinfo=UTC)} | more


def sale(of: uuid.UUID, proceeds: str, **more: Any) -> Row:
    return {"purchase_id": of, "proceeds": proceeds, "sold_on": DAY} | more


def fill(engine: sa.Engine) -> None:
    """A deck worth buying, a box that is not, a box whose contents are not known, and three cards."""
    singles = {"quantity": 1, "guaranteed": True, "pull_probability": 1, "expected_copies": 1}
    rows = {
        tables.products: [product(key) for key in NAMES],
        tables.product_singles: [
            {"sealed_product_id": DECK, "single_product_id": ALPHA, **singles},
            {"sealed_product_id": DECK, "single_product_id": BETA, **singles, "pack": "p", "guaranteed": False},
        ],
        tables.sealed_valuations: [
            valuation(DECK, BEFORE, "30.50", "43.84", profit="13.34", margin_percentage="43.74", published=True),
            valuation(DECK, DAY, "30.50", "40.75", profit="10.25", margin_percentage="33.61", published=True),
            valuation(BOX, DAY, "100.00", "80.00", profit="-20.00", margin_percentage="-20.00"),
            valuation(GHOST, DAY, "10.82", None, contents_complete=False, priced_share=None, unknown_parts=["a", "b"]),
        ],
        tables.valuation_singles: [
            card(1, BETA, BEFORE, 2.0, "20.00", "16.90", "33.80", "0.770985"),
            card(1, ALPHA, DAY, 1.0, "30.00", "24.09", "24.09", "0.591166"),
            card(2, BETA, DAY, 2.0, "10.00", "8.30", "16.60", "0.407362"),
        ],
        tables.arbitrage_opportunities: [
            opportunity(ACTIVE, DECK),
            opportunity(EXPIRED, BOX, status="expired", as_of=BEFORE),
            opportunity(
                *(EXECUTED, GHOST), status="executed", execution_quantity=3, execution_price="31.00",
                executed_at=datetime(2025, 10, 10, 12, tzinfo=UTC), realised_value="120.00",
            ),
        ],
        purchases: [
            bought(SOLD, is_final=True),
            bought(OPENED, purchased_at=datetime(2025, 10, 10, 12, tzinfo=UTC), quantity=2, price="30.00",
                   opportunity_id=ACTIVE, product_id=DECK, forecast=FORECAST),
        ],
        sales: [
            sale(SOLD, "120.00"),
            sale(OPENED, "20.00", forecast_value="24.09", single_product_id=ALPHA, quantity=1),
            sale(OPENED, "5.00"),
        ],
        tables.opportunity_events: [
            event(ACTIVE, "opened", BEFORE, 20, sealed_price_cents=3050, singles_value_cents=4384, profit_cents=1334),
            event(ACTIVE, "confirmed", DAY, 20, sealed_price_cents=3050, singles_value_cents=4075, profit_cents=1025),
            event(EXPIRED, "opened", BEFORE, 20, sealed_price_cents=3050, singles_value_cents=4075, profit_cents=1025),
            event(EXPIRED, "expired", DAY, 20, why="margin -20.00% is under 10.00%"),
            event(EXECUTED, "opened", BEFORE, 20, sealed_price_cents=3050, singles_value_cents=4075, profit_cents=1025),
            event(EXECUTED, "executed", DAY, 21),
        ],
        tables.price_history: [
            price(DECK, 9, "28.00"),
            price(DECK, 10, "27.00", hour=3),
            price(DECK, 10, "26.00"),
            price(DECK, 10, "24.00", month=9),  # 31 days and more before DAY
            price(ALPHA, 10, "30.00"),
            price(GAMMA, 10, "99.00"),  # a card that carries nothing
        ],
        tables.load_ledger: [
            load("tcgplayer", BEFORE, 9, 9, 0, 0),
            load("tcgplayer", DAY, 10, 7, 1, 2),
            load("cardkingdom", BEFORE, 0, 0, 0, 0),
        ],
    }  # fmt: skip
    with engine.begin() as connection:
        ensure_months(connection, [date(2025, 9, 1), DAY])
        for table, given in rows.items():
            for row in given:
                connection.execute(sa.insert(table), row)
