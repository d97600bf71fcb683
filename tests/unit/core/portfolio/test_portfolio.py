"""Purchases: which sale is of which, results against forecasts, and sheets for selling."""

from dataclasses import replace
from datetime import date

import pytest

from arb_pipeline.core.money import whole_cents
from arb_pipeline.core.portfolio.allocation import OwnedCard, Sold, allocate
from arb_pipeline.core.portfolio.forecast import Band, band, p_profit_at, place
from arb_pipeline.core.portfolio.listing_sheet import (
    Listing,
    ask_price,
    best_first,
    buylist_rows,
    cardmarket_rows,
    ebay_rows,
    tcgplayer_rows,
)
from arb_pipeline.core.portfolio.performance import Purchase, performance, unsold_value
from arb_pipeline.core.portfolio.pulled import Candidate, match
from arb_pipeline.core.portfolio.sale_fees import OrderItem, order_nets, sale_net, shared
from arb_pipeline.storage.params import parameters

PARAMS = parameters(date(2025, 10, 10))
JAN, FEB, MAR = date(2026, 1, 5), date(2026, 2, 5), date(2026, 3, 5)
SETS = {"m10": "Magic 2010"}


def owned(
    purchase_id="p1", name="Lightning Bolt", number="146", copies=2.0, day=JAN, set_code="m10", card="c"
):
    return OwnedCard(purchase_id, day, name, number, set_code, copies, card)


def sold(title="Lightning Bolt M10 146 NM", number="", set_name="", quantity=1, day=MAR, key=2):
    return Sold(key, title, number, set_name, quantity, day)


def test_the_first_bought_copies_are_the_first_sold():
    (allocation,) = allocate([sold(quantity=3)], [owned("late", day=FEB), owned("early")], SETS)
    assert allocation.copies == {"early": 2, "late": 1}
    assert allocation.reason == ""


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
    assert [allocation.copies for allocation in allocate(items, [owned()], SETS)] == [{"p1": 1}, {"p1": 1}]


def test_a_title_without_a_number_leaves_the_printing_open():
    cards = [owned(number="146", card="plain"), owned(number="301", card="showcase")]
    (allocation,) = allocate([sold("Lightning Bolt NM")], cards, SETS)
    assert (allocation.copies, allocation.card_ids) == ({"p1": 1}, {"plain", "showcase"})
    (allocation,) = allocate([sold("Lightning Bolt 301 NM")], cards, SETS)
    assert (allocation.copies, allocation.card_ids) == ({"p1": 1}, {"showcase"})


def test_a_closed_product_is_sold_by_its_own_name():
    box = OwnedCard("p1", JAN, "Magic 2010 Booster Box", "", "m10", 1)
    first, second = allocate(
        [sold("Magic 2010 Booster Box sealed"), sold("Magic 2010 Booster Box", key=3)], [box, owned()], SETS
    )
    assert (first.copies, first.card_ids) == ({"p1": 1}, {""})
    assert second.reason == "all copies of it are sold already"


def test_the_longest_name_in_a_title_is_meant():
    cards = [owned("a", "Bolt"), owned("b", "Lightning Bolt")]
    assert allocate([sold()], cards, SETS)[0].copies == {"b": 1}


def test_a_title_with_two_cards_is_ambiguous():
    cards = [owned("a", "Shock", "1"), owned("b", "Lightning Bolt")]
    allocation = allocate([sold("Lightning Bolt and Shock")], cards, SETS)[0]
    assert allocation.copies == {}
    assert allocation.reason == "it may be 'Lightning Bolt', 'Shock': name the card in the title"


# Two final purchases: 100 -> 130 (forecast 120, band 90..140), 50 -> 40 (forecast 60, band 45..70). Realised
# 30 - 10 = 20 of 150. One of two in its band; Brier ((0.8 - 1)^2 + (0.6 - 0)^2) / 2 = (0.04 + 0.36) / 2 = 0.2.
WON = Purchase("a", JAN, 10_000, 13_000, True, 12_000, Band(9_000, 12_000, 14_000), 0.8, 12_500)
LOST = Purchase("b", JAN, 5_000, 4_000, True, 6_000, Band(4_500, 6_000, 7_000), 0.6, 5_500)
# Open: cost 80, of forecast 100 cards of 40 were sold for 50; worth 120 today, so 60 % of it is left: 72.
OPEN = Purchase("c", FEB, 8_000, 5_000, False, 10_000, Band(8_000, 10_000, 13_000), 0.9, 12_000, 4_000)


def test_realised_results_count_final_purchases_alone():
    sums = performance([WON, LOST, OPEN])
    assert (sums.purchases, sums.final, sums.cost_cents, sums.proceeds_cents) == (3, 2, 23_000, 22_000)
    assert sums.realised_profit_cents == 2_000
    assert sums.realised_return == pytest.approx(2_000 / 15_000)
    assert sums.forecast_profit_cents == 3_000
    assert (sums.band.hits, sums.band.n) == (1, 2)
    assert sums.pit == (1, 0, 1, 0)
    assert sums.brier == pytest.approx(0.2)
    assert sums.mean_p_profit == pytest.approx(0.7)


def test_a_purchase_sold_on_closed_in_part_is_no_test_of_its_forecast():
    sums = performance([WON, replace(LOST, is_opened=False)])
    assert (sums.final, sums.realised_profit_cents, sums.not_comparable) == (2, 2_000, 1)
    assert (sums.band.hits, sums.band.n, sums.profits.n) == (1, 1, 1)


def test_open_purchases_are_marked_at_the_unsold_share_of_todays_value():
    assert unsold_value(OPEN) == 7_200
    sums = performance([WON, OPEN])
    assert sums.marked_value_cents == 7_200
    assert sums.unrealised_profit_cents == 5_000 + 7_200 - 8_000


def test_sales_whose_part_of_the_forecast_is_unknown_take_their_proceeds_off():
    # 60 % of 120 = 72, less the 10 of unknown cards; never below nothing.
    assert unsold_value(replace(OPEN, unplaced_cents=1_000)) == 6_200
    assert unsold_value(replace(OPEN, unplaced_cents=9_000)) == 0
    assert unsold_value(replace(OPEN, forecast_value_cents=None)) == 7_000  # 120 - 50


def test_an_open_purchase_without_a_value_is_counted_and_not_marked():
    blind = Purchase("d", FEB, 1_000, 0, False)
    sums = performance([blind])
    assert (sums.unmarked, sums.marked_value_cents, sums.unrealised_profit_cents) == (1, 0, 0)
    assert (sums.band, sums.brier, sums.realised_return) == (None, None, None)


# One piece: mean 100, p5 75, p50 98, p95 140.
ONE = (7_500, 9_800, 14_000)


@pytest.mark.parametrize(
    ("pieces", "contents", "price", "expected"),
    [
        (1, 1_200, 1_600, (7_500, 9_800, 14_000)),
        # Contents alone: 4 x 100 -+ 1.644854 x 20 x 2 = 334.21 and 465.79.
        (4, 2_000, 0, (33_421, 40_000, 46_579)),
        # Prices alone: 4 times one.
        (4, 0, 2_000, (30_000, 39_200, 56_000)),
        # sqrt(4 x 12^2 + 4^2 x 16^2) = 68.352: 400 -+ 112.43.
        (4, 1_200, 1_600, (28_757, 40_000, 51_243)),
        (4, None, None, (33_421, 40_000, 46_579)),
        # 100 pieces that may be worth nothing: 100 x 100 - 1.645 x 100 x 90 is below it.
        (100, 1, 9_000, (0, 1_000_000, 2_480_368)),
    ],
)
def test_the_band_of_all_pieces(pieces, contents, price, expected):
    result = band(pieces, 10_000, ONE, sd=2_000, contents_sd=contents, price_sd=price)
    assert (result.p5, result.p50, result.p95) == pytest.approx(expected, abs=1)


def test_a_forecast_without_a_quantile_or_a_spread_has_no_band():
    assert band(1, 10_000, (7_500, None, 14_000), sd=2_000) is None
    assert band(1, None, ONE, sd=2_000) is None
    assert band(1, 10_000, ONE, sd=0) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [(9_000, 0.05), (12_000, 0.5), (14_000, 0.95), (0, 0.005), (99_999, 0.995)],
)
def test_the_place_of_a_result_in_its_forecast(value, expected):
    assert place(value, Band(9_000, 12_000, 14_000)) == pytest.approx(expected)


def test_p_profit_at_a_price_is_the_chance_of_more():
    assert p_profit_at(9_000, Band(9_000, 12_000, 14_000)) == pytest.approx(0.95)
    assert p_profit_at(9_000, Band(9_000, 9_000, 9_000)) is None


@pytest.mark.parametrize(
    ("cents", "whole"), [(0.5, 1), (-0.5, -1), (2.4999, 2), (244.5, 245), (1.0049999999, 1)]
)
def test_half_a_cent_is_rounded_away_from_zero(cents, whole):
    assert whole_cents(cents) == whole


class TestFees:
    """TCGplayer on 2025-10-10: 10.75 % + 2.5 % + $0.30, a letter of $0.82 up to $20.00, tracked $5.50 above."""

    def test_of_an_order_of_singles(self):
        # 10.00 - 1.075 - 0.25 - 0.30 - 0.82 = 7.555.
        assert sale_net(1_000, 1, "tcgplayer", PARAMS, is_sealed=False) == 756

    def test_of_a_closed_box_at_ebay(self):
        # 120.00 - 15.90 (13.25 %) - 0.40 - 7.33 of postage = 96.37.
        assert sale_net(12_000, 1, "ebay", PARAMS, is_sealed=True) == 9_637

    def test_a_loss_stays_one(self):
        # 0.50 - 0.05375 - 0.0125 - 0.30 - 0.82 = -0.68625.
        assert sale_net(50, 1, "tcgplayer", PARAMS, is_sealed=False) == -69

    def test_items_of_one_order_share_its_costs(self):
        items = [OrderItem("A", 600, 1), OrderItem("B", 1_000, 1), OrderItem("A", 400, 2)]
        # Order A: 10.00 nets 7.56 as above, 6 : 4 = 4.536 and 3.024: 4.53 + 3.02 = 7.55, the cent to .536's .6.
        assert order_nets(items, "tcgplayer", PARAMS) == [454, 756, 302]

    def test_items_without_an_order_are_orders_of_their_own(self):
        items = [OrderItem("", 1_000, 1), OrderItem("", 1_000, 1)]
        assert order_nets(items, "tcgplayer", PARAMS) == [756, 756]

    @pytest.mark.parametrize(
        ("total", "weights", "parts"),
        [(10, [1, 1, 1], [4, 3, 3]), (-10, [1, 1], [-5, -5]), (7, [0, 0], [4, 3]), (5, [3, 0], [5, 0])],
    )
    def test_parts_sum_to_the_total(self, total, weights, parts):
        assert shared(total, weights) == parts


class TestPulled:
    """Card of the contents that a user's words denote."""

    CARDS = (
        Candidate("1", "Lightning Bolt", "146", False),
        Candidate("2", "Lightning Bolt", "146", True),
        Candidate("3", "Lightning Bolt (Showcase)", "301", False),
        Candidate("4", "Forest", "246", False),
        Candidate("5", "Forest", "247", False),
    )

    @pytest.mark.parametrize(
        ("name", "number", "foil", "card"),
        [
            ("lightning bolt", "", False, "1"),
            ("Lightning Bolt", "", True, "2"),
            ("Lightning Bolt", "0146/249", False, "1"),
            ("Lightning Bolt Showcase", "", False, "3"),
            ("Forest", "247", False, "5"),
        ],
    )
    def test_by_name_number_and_finish(self, name, number, foil, card):
        assert match(name, number, self.CARDS, is_foil=foil) == (card, "")

    @pytest.mark.parametrize(
        ("name", "number", "foil", "reason"),
        [
            ("Shock", "", False, "holds no card of this name"),
            ("Forest", "999", False, "none of number 999"),
            ("Forest", "246", True, "plain only"),
            ("Forest", "", False, "may be number 246, 247"),
        ],
    )
    def test_of_none_it_says_why(self, name, number, foil, reason):
        card, said = match(name, number, self.CARDS, is_foil=foil)
        assert card is None
        assert reason in said


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


BOLT = Listing(
    "Lightning Bolt", "m10", "Magic 2010", "146", True, 2, "tcgplayer", 200, 180, 179, 120, "31852"
)
LAND = Listing("Forest", "m10", "Magic 2010", "246", False, 20, "bulk", 5, 1, 4, 0)


def test_upload_files_have_what_each_market_reads():
    (row,) = tcgplayer_rows([BOLT, LAND])
    assert (row["Product Name"], row["Set Name"], row["Condition"]) == (
        "Lightning Bolt",
        "Magic 2010",
        "Near Mint Foil",
    )
    assert (row["Add to Quantity"], row["TCG Marketplace Price"]) == ("2", "1.79")
    (row,) = cardmarket_rows([BOLT, LAND], [155, 3])
    assert (row["name"], row["set"], row["quantity"], row["price"]) == (
        "Lightning Bolt",
        "Magic 2010",
        "2",
        "1.55",
    )
    (row,) = ebay_rows([BOLT, LAND])
    assert (row["*Title"], row["*StartPrice"]) == ("Lightning Bolt 146 Foil Magic 2010 NM", "1.79")
    assert [row["quantity"] for row in buylist_rows([BOLT, LAND])] == ["2", "20"]


def test_the_sheet_begins_with_what_nets_most():
    assert [listing.name for listing in best_first([LAND, BOLT])] == ["Lightning Bolt", "Forest"]


def test_a_long_title_keeps_number_and_finish():
    (row,) = ebay_rows([replace(BOLT, name="A" * 90, number="1")])
    assert len(row["*Title"]) <= 80
    assert row["*Title"].endswith(" 1 Foil NM")
