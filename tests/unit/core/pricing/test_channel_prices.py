"""Prices of channels of their own: which quotes count, in which currency, how many copies."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from builders import DAY, frame, parameters

from arb_pipeline.contracts.quotes import Quotes
from arb_pipeline.core.pricing.channel_prices import channel_prices
from arb_pipeline.core.pricing.currency import Rates

RATES = Rates.from_records(
    [
        {"time": "2025-10-09", "currency": "USD", "rate": "1.1"},
        {"time": "2025-10-10", "currency": "USD", "rate": "1.2"},
    ]
)
Row = dict[str, Any]


def quote(**changes: Any) -> Row:
    """Card Kingdom pays $4.00 for a near mint copy of a, and wants 7."""
    day: date = changes.get("day", DAY)
    return {
        "category": "mtg",
        "source": "cardkingdom",
        "source_product_id": "SKU-1",
        "id_kind": "scryfall",
        "match_id": "x",
        "printing": "normal",
        "condition": "near_mint",
        "language": "English",
        "day": day,
        "recorded_at": datetime(day.year, day.month, day.day, 5, tzinfo=UTC),
        "price_type": "buylist",
        "price_cents": 400,
        "amount_text": "4.00",
        "currency": "USD",
        "available_quantity": 7,
        "quality": 1.0,
        "file": "f",
        "record": "r",
        "product_id": "a",
        "package_id": "p1",
    } | changes


def trend(**changes: Any) -> Row:
    """Cardmarket's trend of a is EUR 10.00, $12.00."""
    price = {"price_type": "trend", "price_cents": 1200, "currency": "EUR", "available_quantity": None}
    return quote(source="cardmarket", source_product_id="1", **price) | changes


def prices(
    *quotes: Row, channels: tuple[str, ...] = ("tcgplayer", "cardkingdom_buylist"), **groups: Any
) -> list[Row]:
    """Channel prices of these quotes on the day."""
    known = pl.DataFrame(
        {name: [row[name] for row in quotes] for name in ("product_id", "package_id")},
        schema={"product_id": pl.String, "package_id": pl.String},
    )
    rows = pl.concat([frame(quotes, Quotes), known], how="horizontal")
    params = parameters(selling={"channels": channels}, **groups)
    return channel_prices(rows, as_of=DAY, params=params, rates=RATES).to_dicts()


def test_a_buylist_is_a_price_and_a_quantity() -> None:
    assert prices(quote()) == [
        {
            "category": "mtg",
            "single_product_id": "a",
            "printing": "normal",
            "channel": "cardkingdom_buylist",
            "price_cents": 400,
            "quantity_wanted": 7,
            "dollars_per_unit": 1.0,
            "day": DAY,
            "package_id": "p1",
        }
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"condition": "lightly_played"},
        {"condition": "sealed"},
        {"language": "Japanese"},
        {"price_type": "retail"},
        {"product_id": None},
        {"available_quantity": 0},
        {"available_quantity": None},
        {"source": "elsewhere"},
        {"day": DAY - timedelta(days=4)},
        {"day": DAY + timedelta(days=1)},
    ],
)
def test_other_quotes_are_none(changes: Row) -> None:
    assert prices(quote(**changes)) == []


def test_a_price_counts_for_72_hours() -> None:
    assert len(prices(quote(day=DAY - timedelta(days=3)))) == 1


def test_a_list_replaces_the_one_before_it() -> None:
    # Yesterday 20 were wanted of b and 9 of a; today's list has a alone.
    earlier = DAY - timedelta(days=1)
    result = prices(
        quote(day=earlier, price_cents=500, available_quantity=9),
        quote(day=earlier, product_id="b", available_quantity=20),
        quote(),
    )
    assert [(row["single_product_id"], row["price_cents"], row["quantity_wanted"]) for row in result] == [
        ("a", 400, 7)
    ]


def test_a_list_on_which_nothing_is_wanted_any_more_replaces_the_one_before_it_too() -> None:
    assert prices(quote(day=DAY - timedelta(days=1)), quote(price_type="retail")) == []


def test_lists_of_two_games_do_not_replace_each_other() -> None:
    earlier = trend(category="pokemon", day=DAY - timedelta(days=1), product_id="p")
    result = prices(earlier, trend(), channels=("cardmarket",))
    assert sorted(row["single_product_id"] for row in result) == ["a", "p"]


def test_of_two_articles_of_a_printing_the_cheaper_counts_with_its_quantity() -> None:
    result = prices(quote(price_cents=900, available_quantity=99), quote(source_product_id="SKU-2"))
    assert [(row["price_cents"], row["quantity_wanted"]) for row in result] == [(400, 7)]


def test_printings_have_prices_of_their_own() -> None:
    result = prices(quote(), quote(printing="foil", price_cents=1500))
    assert {row["printing"]: row["price_cents"] for row in result} == {"normal": 400, "foil": 1500}


def test_only_enabled_channels_have_prices() -> None:
    assert prices(quote(), trend(), channels=("tcgplayer", "ebay")) == []
    assert {row["channel"] for row in prices(quote(), trend())} == {"cardkingdom_buylist"}
    both = prices(quote(), channels=("cardkingdom_buylist", "cardkingdom_credit"))
    assert {row["channel"] for row in both} == {"cardkingdom_buylist", "cardkingdom_credit"}


@pytest.mark.parametrize(("day", "rate"), [(DAY, 1.2), (DAY - timedelta(days=1), 1.1)])
def test_a_foreign_channel_counts_at_the_rate_of_its_price_s_day(day: date, rate: float) -> None:
    (row,) = prices(trend(day=day), channels=("cardmarket",))
    assert (row["dollars_per_unit"], row["quantity_wanted"]) == (rate, None)


def test_without_a_rate_there_is_no_foreign_channel() -> None:
    assert prices(trend(day=date(2025, 10, 8)), channels=("cardmarket",)) == []
