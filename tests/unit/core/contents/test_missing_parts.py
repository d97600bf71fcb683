"""Missing parts of contents, by what knowing them is worth."""

from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.contents.missing_parts import missing_parts

SCHEMA = {
    "category": pl.String,
    "set_code": pl.String,
    "name": pl.String,
    "market_price": pl.Decimal(12, 2),
    "sealed_price": pl.Decimal(12, 2),
    "profit": pl.Decimal(12, 2),
    "contents_complete": pl.Boolean,
    "published": pl.Boolean,
    "unknown_parts": pl.List(pl.String),
}


def row(name: str, *unknown: str, **changes: Any) -> dict[str, Any]:
    """A product of $100.00; complete where nothing is unknown."""
    return {
        "category": "mtg",
        "set_code": "tst",
        "name": name,
        "market_price": "100.00",
        "sealed_price": "105.50",
        "profit": None,
        "contents_complete": not unknown,
        "published": False,
        "unknown_parts": list(unknown),
    } | changes


def missing(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    frame = pl.DataFrame(
        rows, schema=SCHEMA | dict.fromkeys(("market_price", "sealed_price", "profit"), pl.String)
    )
    return missing_parts(
        frame.with_columns(pl.col("market_price", "sealed_price", "profit").cast(pl.Decimal(12, 2)))
    ).to_dicts()


def test_a_part_is_worth_the_products_that_it_alone_keeps_unknown() -> None:
    parts = missing(
        row("Box", "cards of TST", market_price="250.00"),
        row("Pack", "cards of TST", market_price="7.00"),
        row("Bundle", "cards of TST", "promo card", market_price="60.00"),
    )
    (cards, promo) = parts
    # The box and the pack lack nothing else: 250 + 7. The bundle lacks its promo card too.
    assert (cards["part"], cards["products"], cards["completes"], cards["market_price"]) == (
        "cards of TST",
        3,
        2,
        257.0,
    )
    assert cards["example"] == "Box"
    assert (promo["part"], promo["products"], promo["completes"], promo["market_price"]) == (
        "promo card",
        1,
        0,
        0.0,
    )


def test_the_expected_profit_is_that_of_the_known_products_of_the_game() -> None:
    known = [
        row("A", sealed_price="100.00", profit="20.00", published=True),
        # Not published: nothing that a buyer earns, whatever its margin.
        row("B", sealed_price="100.00", profit="90.00"),
        row("C", sealed_price="50.00", profit="-10.00"),
        row("D", sealed_price="50.00", profit=None),
    ]
    (part,) = missing(*known, row("Box", "a deck", market_price="200.00"))
    # 20 % on one product of four: 5 % of 200.
    assert part["expected_profit"] == pytest.approx(10.0)


def test_a_game_without_a_known_product_expects_nothing() -> None:
    known = row("A", sealed_price="100.00", profit="20.00", published=True)
    (part,) = missing(known, row("Box", "rates", category="pokemon"))
    assert part["expected_profit"] == 0.0


def test_more_expected_profit_goes_first_then_more_money() -> None:
    good = row("A", sealed_price="100.00", profit="20.00", published=True)
    parts = missing(
        good,
        row("Cheap", "a deck", market_price="10.00"),
        row("Dear", "rates", category="pokemon", market_price="900.00"),
        row("Less dear", "text", category="pokemon", market_price="90.00"),
    )
    assert [part["part"] for part in parts] == ["a deck", "rates", "text"]


def test_the_landed_price_stands_in_where_nobody_sold_one() -> None:
    (part,) = missing(row("Box", "a deck", market_price=None))
    assert part["market_price"] == 105.5


def test_where_all_is_known_nothing_is_missing() -> None:
    assert missing(row("Box")) == []
