"""Rows that API tests read: three sealed products, two cards, prices, valuations and opportunities."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.storage.postgres import tables
from arb_pipeline.storage.postgres.buyer_tables import purchases, sales
from arb_pipeline.storage.postgres.partitions import ensure_months

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = NOW.date()
BOX, DECK, TIN, CARD, LAND = (UUID(int=n) for n in range(1, 6))
OPEN_BOX, OPEN_DECK, BOUGHT_TIN = (UUID(int=n) for n in range(101, 104))


def product(id_: UUID, name: str, **more: object) -> dict[str, Any]:
    row: dict[str, Any] = {"id": id_, "name": name, "product_type": "sealed", "category": "mtg"}
    return row | {"set_code": "BLB", "set_name": "Bloomburrow", "kind": None, "tcg_product_id": None} | more


def valuation(product_id: UUID, **more: object) -> dict[str, Any]:
    row: dict[str, Any] = {"product_id": product_id, "as_of": TODAY, "sealed_price": "100.00"}
    row |= {"sealed_list_price": "95.00", "sealed_source": "tcgplayer", "market_price": "110.00"}
    row |= {"gross_singles_value": "180.00", "singles_value": "150.00", "profit": "50.00"}
    row |= {"margin_percentage": "50.00", "priced_share": "0.99", "contents_complete": True}
    row |= {"unknown_parts": [], "extras": 0, "confidence_score": "0.80", "price_stability": "0.9"}
    row |= {"seller_count_factor": "0.7", "volume_history": "0.5", "margin_size": "0.9"}
    row |= {"missing_factors": ["volume_history"], "seller_count": 7, "risk_level": "low"}
    row |= {"competition_level": "medium", "rank_score": 10.0, "outcome_mean": "150.00"}
    row |= {"outcome_sd": "20.00", "contents_sd": "16.00", "price_sd": "12.00"}
    row |= {"p5": "120.00", "p50": "149.00", "p95": "185.00", "p_profit": "0.98000"}
    return row | {"published": True, "flags": ["presale"], "why": "singles net $150.00"} | more


OF_OPPORTUNITY = (
    *("sealed_price", "sealed_list_price", "sealed_source", "gross_singles_value", "singles_value", "profit"),
    *("margin_percentage", "confidence_score", "risk_level", "seller_count", "competition_level"),
    *("rank_score", "outcome_mean", "outcome_sd", "contents_sd", "price_sd"),
    *("p5", "p50", "p95", "p_profit", "priced_share", "flags", "why"),
)


def opportunity(id_: UUID, row: dict[str, Any], **more: object) -> dict[str, Any]:
    taken = {name: row[name] for name in OF_OPPORTUNITY}
    life = {"id": id_, "sealed_product_id": row["product_id"], "opened_on": TODAY, "as_of": TODAY}
    return taken | life | {"status": "active", "expires_at": NOW + timedelta(hours=20)} | more


def price(product_id: UUID, days: int, amount: str, **more: object) -> dict[str, Any]:
    row = {"product_id": product_id, "price": amount, "source": "tcgplayer", "price_type": "market"}
    return row | {"recorded_at": NOW - timedelta(days=days), "source_url": None} | more


def purchase(connection: sa.Connection, opportunity_id: UUID, product_id: UUID) -> None:
    """Two pieces at $40.00 with a forecast of $150.00 each, sold for $100.00 in all; of no user."""
    figures = {"singles_value": 15000, "outcome_mean": 15000, "outcome_sd": 2000, "contents_sd": 1600}
    figures |= {"price_sd": 1200, "p5": 12000, "p50": 14900, "p95": 18500, "sealed_price": 10000}
    figures |= {"profit": 5000}
    row = {
        "opportunity_id": opportunity_id, "product_id": product_id, "quantity": 2, "price": "40.00",
        "purchased_at": NOW - timedelta(days=9), "is_final": True,
        "forecast": {f"{name}_cents": cents for name, cents in figures.items()}
        | {"as_of": TODAY.isoformat(), "margin_bps": 5000, "p_profit": 0.98},
    }  # fmt: skip
    made = connection.scalar(sa.insert(purchases).values(row).returning(purchases.c.id))
    sold = {"purchase_id": made, "kind": "singles", "proceeds": "100.00", "sold_on": TODAY}
    connection.execute(sa.insert(sales).values(sold))


def seed(connection: sa.Connection) -> None:
    """Writes all of it."""
    products = [
        product(BOX, "Bloomburrow - Play Booster Box", kind="booster_box", tcg_product_id="541186"),
        product(DECK, "=HYPERLINK Commander Deck: Urza's Might", kind="deck", set_code="XYZ"),
        product(TIN, "Pokémon Tin", kind="tin", category="pokemon", set_code="SVI", set_name="Scarlet"),
        product(CARD, "Lumra, Bellow of the Woods", product_type="single", kind="card", tcg_product_id="7"),
        product(LAND, "Island", product_type="single", kind="card"),
    ]
    connection.execute(sa.insert(tables.products), products)
    box = valuation(BOX)
    deck = valuation(
        DECK, profit="20.00", margin_percentage="25.00", sealed_price="80.00", singles_value="100.00",
        rank_score=5.0, sealed_source="cardkingdom", p_profit="0.90000", risk_level="medium", flags=[],
    )  # fmt: skip
    tin = valuation(
        TIN, profit="-5.00", margin_percentage="-10.00", sealed_price="50.00", singles_value="45.00",
        rank_score=None, published=False, p_profit=None, outcome_mean=None, outcome_sd=None, p5=None,
        p50=None, p95=None, why="margin under 10 %", flags=[],
    )  # fmt: skip
    connection.execute(sa.insert(tables.sealed_valuations), [box, deck, tin])
    singles = {
        "product_id": BOX, "as_of": TODAY, "rank": 1, "single_product_id": CARD, "printing": "normal",
        "is_foil": False, "expected_copies": 2.5, "price": "20.00", "net": "16.00", "channel": "tcgplayer",
        "value": "40.00", "value_share": "0.266667",
    }  # fmt: skip
    connection.execute(sa.insert(tables.valuation_singles), [singles])
    opportunities = [opportunity(OPEN_BOX, box), opportunity(OPEN_DECK, deck)]
    bought = opportunity(
        BOUGHT_TIN, valuation(TIN), status="executed", execution_quantity=2, execution_price="40.00",
        executed_at=NOW - timedelta(days=9), realised_value="100.00", realised_at=NOW,
    )  # fmt: skip
    for row in (*opportunities, bought):
        connection.execute(sa.insert(tables.arbitrage_opportunities), row)
    purchase(connection, BOUGHT_TIN, TIN)
    events = [
        {"opportunity_id": id_, "event": "opened", "as_of": TODAY, "details": {"why": "found"}}
        for id_ in (OPEN_BOX, OPEN_DECK, BOUGHT_TIN)
    ]
    connection.execute(sa.insert(tables.opportunity_events), events)
    days = sorted({(NOW - timedelta(days=n)).date() for n in (0, 1, 2, 40, 120)})
    ensure_months(connection, days)
    prices = [
        price(BOX, 1, "99.00"),
        price(BOX, 2, "98.50"),
        price(BOX, 40, "90.00"),
        price(BOX, 120, "70.00"),
        price(BOX, 1, "101.00", source="ebay", price_type="low"),
        price(DECK, 0, "80.00", source="cardkingdom", price_type="low", source_url="https://ck.example/deck"),
    ]
    for row in prices:
        connection.execute(sa.insert(tables.price_history), row)
    load = {
        "source": "tcgplayer", "category": "mtg", "day": TODAY - timedelta(days=1), "package_id": "a" * 64,
        "parser_version": "1", "rows_raw": 5, "rows_accepted": 5, "rows_duplicate": 0,
        "rows_quarantined": 0, "rows_written": 5,
    }  # fmt: skip
    connection.execute(sa.insert(tables.load_ledger), load)
