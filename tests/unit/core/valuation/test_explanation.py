"""One sentence per valuation."""

from typing import Any

import polars as pl
import pytest
from builders import parameters, value

from arb_pipeline.core.money import dollars
from arb_pipeline.core.valuation.explanation import why

SCHEMA = {
    "published": pl.Boolean,
    "contents_complete": pl.Boolean,
    "unknown_parts": pl.List(pl.String),
    "flags": pl.List(pl.String),
    "priced_share": pl.Float64,
    "margin_bps": pl.Int64,
    "profit_cents": pl.Int64,
    "singles_value_cents": pl.Int64,
    "sealed_price_cents": pl.Int64,
    "sealed_list_price_cents": pl.Int64,
    "market_price_cents": pl.Int64,
    "top_card_names": pl.String,
    "sealed_source": pl.String,
    "sealed_moq": pl.Int32,
    "suspect_cents": pl.Int64,
    "suspect_source": pl.String,
    "estimated_parts": pl.List(pl.String),
    "p_profit": pl.Float64,
    "resale_value_cents": pl.Int64,
    "resale_p5_cents": pl.Int64,
    "resale_p95_cents": pl.Int64,
}


def said(**changes: Any) -> str:
    """The sentence for one valuation."""
    row = {
        "published": False,
        "contents_complete": True,
        "unknown_parts": [],
        "estimated_parts": [],
        "flags": [],
        "priced_share": 1.0,
        "margin_bps": 4414,
        "profit_cents": 2450,
        "singles_value_cents": 8000,
        "sealed_price_cents": 5550,
        "sealed_list_price_cents": 5000,
        "market_price_cents": 5500,
        "top_card_names": None,
        "sealed_source": "tcgplayer",
        "sealed_moq": None,
        "suspect_cents": None,
        "suspect_source": None,
    } | changes
    sentence: str = pl.DataFrame([row], schema=SCHEMA, orient="row").select(why(parameters())).item()
    return sentence


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "$0.00"), (5, "$0.05"), (1999, "$19.99"), (123_456, "$1234.56")]
)
def test_cents_are_stated_in_dollars(cents: int, text: str) -> None:
    assert value(dollars(pl.col("c")), c=cents) == text


def test_an_opportunity_says_its_sum_and_what_carries_it() -> None:
    assert said(published=True, top_card_names="Card A x10 $80.00") == (
        "singles net $80.00 against $55.50 landed, led by Card A x10 $80.00"
    )


def test_an_opportunity_with_a_note_says_both() -> None:
    assert said(published=True, top_card_names="Card A", flags=["presale"]) == (
        "singles net $80.00 against $55.50 landed, led by Card A; presale: prices are still falling into place"
    )


def test_an_opportunity_says_where_it_is_bought_and_from_how_many_on() -> None:
    assert said(published=True, top_card_names="Card A", sealed_source="distributor", sealed_moq=6) == (
        "singles net $80.00 against $55.50 landed at distributor from 6 pieces on, led by Card A"
    )
    one = said(published=True, top_card_names="Card A", sealed_source="amazon", sealed_moq=1)
    assert one == "singles net $80.00 against $55.50 landed at amazon, led by Card A"


def test_a_suspect_offer_is_the_reason_only_where_it_is_the_only_one() -> None:
    suspect = {"flags": ["suspect_offer"], "suspect_cents": 100, "suspect_source": "ebay"}
    left_out = "an offer of $1.00 at ebay is too far under the market price to be used"
    assert said(**suspect, published=True, top_card_names="Card A").endswith(f"led by Card A; {left_out}")
    assert said(**suspect) == left_out
    nothing_else = {"sealed_price_cents": None, "sealed_list_price_cents": 100, "sealed_source": "ebay"}
    assert said(**suspect, **nothing_else) == (
        "the offer of $1.00 at ebay is far under the market price of $55.00"
    )


def test_a_profit_that_rests_on_many_copies_is_stated() -> None:
    assert said(flags=["many_copies"]) == "its profit rests on selling more than 100 of a card"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"contents_complete": False, "unknown_parts": ["deck X", "deck Y"]}, "not enough data: deck X"),
        ({"flags": ["no_offer"]}, "nobody offers it today"),
        ({"flags": ["no_market_price"]}, "no sale stands behind the offer"),
        ({"priced_share": 0.7999}, "only 79% of its cards have a price"),
        ({"flags": ["untraded_singles"]}, "most of its value is in cards that nobody trades"),
        ({"flags": ["foreign_language"]}, "its cards are not English, the prices are"),
        ({"margin_bps": 950}, "margin 9.50% is under 10.00%"),
        ({"margin_bps": -2550}, "margin -25.50% is under 10.00%"),
        ({"profit_cents": 499}, "profit $4.99 is under $5.00"),
    ],
)
def test_what_kept_a_product_from_being_published_is_stated(changes: dict[str, Any], text: str) -> None:
    assert said(**changes) == text


def test_a_margin_just_under_the_limit_is_not_rounded_up_to_it() -> None:
    assert said(margin_bps=999) == "margin 9.99% is under 10.00%"


def test_reasons_are_joined_and_the_deciding_one_comes_first() -> None:
    assert (
        said(flags=["no_market_price"], margin_bps=500)
        == "no sale stands behind the offer; margin 5.00% is under 10.00%"
    )


def test_a_loss_is_stated_with_its_sign_before_the_dollar() -> None:
    assert "profit -$12.00 is under $5.00" in said(margin_bps=-6000, profit_cents=-1200)
