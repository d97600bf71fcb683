"""Purchases: which sale is of which, results against forecasts, and sheets for selling."""

from datetime import date

import pytest

from arb_pipeline.core.portfolio.allocation import OwnedCard, Sold, allocate
from arb_pipeline.core.portfolio.listing_sheet import (
    Listing,
    ask_price,
    best_first,
    buylist_rows,
    ebay_rows,
    tcgplayer_rows,
)
from arb_pipeline.core.portfolio.performance import Purchase, performance, unsold_value

JAN, FEB, MAR = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5)
SETS = {"m10": "Magic 2010"}


def owned(purchase_id="p1", name="Lightning Bolt", number="146", copies=2.0, day=JAN, set_code="m10"):
    return OwnedCard(purchase_id, day, name, number, set_code, copies)


def sold(title="Lightning Bolt M10 146 NM", number="", set_name="", quantity=1, day=MAR, key=2):
    return Sold(key, title, number, set_name, quantity, day)


def test_the_first_bought_copies_are_the_first_sold():
    (found,) = allocate([sold(quantity=3)], [owned("late", day=FEB), owned("early")], SETS)
    assert found.copies == {"early": 2, "late": 1}
    assert found.reason == ""


def test_no_more_copies_are_sold_than_were_bought():
    first, second = allocate([sold(quantity=3), sold(key=3)], [owned()], SETS)
    assert (first.copies, first.reason) == ({"p1": 2}, "1 of 3 copies are more than were bought")
    assert (second.copies, second.reason) == ({}, "all copies of it are sold already")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (sold("Counterspell"), "no open purchase holds this card"),
        (sold(number="147"), "its number or set is another printing's"),
        (sold(set_name="Alpha"), "its number or set is another printing's"),
        (sold(day=date(2025, 12, 1)), "it was sold on 2025-12-01, before the card was bought"),
    ],
)
def test_an_item_of_no_purchase_says_why(item, reason):
    assert allocate([item], [owned()], SETS)[0].reason == reason


def test_number_and_set_may_be_written_as_marketplaces_do():
    items = [sold("Lightning Bolt", number="0146/249"), sold("Lightning Bolt", set_name="Magic 2010", key=3)]
    assert [found.copies for found in allocate(items, [owned()], SETS)] == [{"p1": 1}, {"p1": 1}]


def test_the_longest_name_in_a_title_is_meant():
    cards = [owned("a", "Bolt"), owned("b", "Lightning Bolt")]
    assert allocate([sold()], cards, SETS)[0].copies == {"b": 1}


def test_a_title_with_two_cards_is_ambiguous():
    cards = [owned("a", "Shock", "1"), owned("b", "Lightning Bolt")]
    found = allocate([sold("Lightning Bolt and Shock")], cards, SETS)[0]
    assert found.copies == {}
    assert found.reason == "it may be 'Lightning Bolt', 'Shock': name the card in the title"


# Two final purchases: 100 -> 130 (forecast 120, band 90..140), 50 -> 40 (forecast 60, band 45..70). Realised
# 30 - 10 = 20 of 150. One of two in its band; Brier ((0.8 - 1)^2 + (0.6 - 0)^2) / 2 = (0.04 + 0.36) / 2 = 0.2.
WON = Purchase("a", JAN, 10_000, 13_000, True, 12_000, 9_000, 14_000, 0.8, 12_500)
LOST = Purchase("b", JAN, 5_000, 4_000, True, 6_000, 4_500, 7_000, 0.6, 5_500)
# Open: cost 80, of forecast 100 cards of 40 were sold for 50; worth 120 today, so 60 % of it is left: 72.
OPEN = Purchase("c", FEB, 8_000, 5_000, False, 10_000, 8_000, 13_000, 0.9, 12_000, 4_000)


def test_realised_results_count_final_purchases_alone():
    found = performance([WON, LOST, OPEN])
    assert (found.purchases, found.final, found.cost_cents, found.proceeds_cents) == (3, 2, 23_000, 22_000)
    assert found.realised_profit_cents == 2_000
    assert found.realised_return == pytest.approx(2_000 / 15_000)
    assert found.forecast_profit_cents == 3_000
    assert (found.band.hits, found.band.n) == (1, 2)
    assert found.brier == pytest.approx(0.2)
    assert found.mean_p_profit == pytest.approx(0.7)


def test_open_purchases_are_marked_at_the_unsold_share_of_todays_value():
    assert unsold_value(OPEN) == 7_200
    found = performance([WON, OPEN])
    assert found.marked_value_cents == 7_200
    assert found.unrealised_profit_cents == 5_000 + 7_200 - 8_000


def test_an_open_purchase_without_a_value_is_counted_and_not_marked():
    blind = Purchase("d", FEB, 1_000, 0, False)
    found = performance([blind])
    assert (found.unmarked, found.marked_value_cents, found.unrealised_profit_cents) == (1, 0, 0)
    assert (found.band, found.brier, found.realised_return) == (None, None, None)


@pytest.mark.parametrize(
    ("market", "low", "ask"),
    [
        (1_000, 900, 899),
        (1_000, 1_100, 1_000),
        (1_000, None, 1_000),
        (1_000, 300, 700),
        (None, 500, 500),
        (None, None, None),
    ],
)
def test_the_ask_undercuts_the_lowest_but_not_the_floor(market, low, ask):
    assert ask_price(market, low, floor_share=0.7) == ask


BOLT = Listing("Lightning Bolt", "m10", "146", True, 2, "tcgplayer", 200, 180, 179, 120, "31852")
LAND = Listing("Forest", "m10", "246", False, 20, "bulk", 5, 1, 4, 0)


def test_upload_files_have_what_each_market_reads():
    (row,) = tcgplayer_rows([BOLT, LAND], SETS)
    assert (row["Product Name"], row["Set Name"], row["Condition"]) == (
        "Lightning Bolt",
        "Magic 2010",
        "Near Mint Foil",
    )
    assert (row["Add to Quantity"], row["TCG Marketplace Price"]) == ("2", "1.79")
    (row,) = ebay_rows([BOLT, LAND], SETS)
    assert (row["*Title"], row["*StartPrice"]) == ("Lightning Bolt 146 Foil Magic 2010 NM", "1.79")
    assert [row["quantity"] for row in buylist_rows([BOLT, LAND], SETS)] == ["2", "20"]


def test_the_sheet_begins_with_what_nets_most():
    assert [each.name for each in best_first([LAND, BOLT])] == ["Lightning Bolt", "Forest"]


def test_a_long_title_keeps_number_and_finish():
    (row,) = ebay_rows([Listing("A" * 90, "m10", "1", True, 1, "ebay", 100, None, 100, 50)], SETS)
    assert len(row["*Title"]) <= 80
    assert row["*Title"].endswith(" 1 Foil NM")
