"""One day end to end: every number of the tiny market worked by hand (prices in `folder.QUOTES`).

A card's net at TCGplayer = price x (1 - 10.75 % - 2.5 %) - (0.30 + postage) / 3 cards, postage 0.82 to $20,
5.50 above:

    Alpha 30.00 -> 26.025   - 1.933333 = 24.091667      Alpha foil 60.00 -> 52.05 - 1.933333 = 50.116667
    Beta  10.00 ->  8.675   - 0.373333 =  8.301667      Delta foil  2.00 ->  1.735 - 0.373333 = 1.361667
    Gamma  4.00 ->  3.47    - 0.373333 =  3.096667      Kappa     100.00 -> 86.75 - 1.933333 = 84.816667
    Iota   7.50 ->  6.50625 - 0.373333 =  6.132917      (no market price: the lower of low 8.00 and mid 7.50)
    bulk, under 0.50: Epsilon 0.10 and Zeta 0.30, commons -> 0; Eta 0.20, a rare -> 0.05
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sale
from folder import (
    BOX,
    COLLECTION,
    DAY,
    DECK,
    FORMULA,
    GHOST,
    MIXTURE,
    NO_OFFER,
    PACK,
    RING,
    SUSPECT,
    UNSOLD,
    before,
    name_of,
)

if TYPE_CHECKING:
    from conftest import Market


def figures(row: dict[str, Any]) -> tuple[str | None, ...]:
    """Landed price, gross, net, profit, margin."""
    names = ("sealed_price", "gross_singles_value", "singles_value", "profit", "margin_percentage")
    return tuple(None if row[name] is None else str(row[name]) for name in names)


def test_the_run_tells_what_it_did(market: "Market") -> None:
    # 23 quotes a day, all sound. 11 products valued; deck, collection and formula are published.
    last = market.runs[-1]
    assert (last["day"], last["success"]) == (DAY.isoformat(), True)
    assert (last["prices"], last["refused"], last["valued"], last["published"]) == (23, 0, 11, 3)
    assert [run["job"] for run in market.runs] == ["reference_data", *["day_prices"] * 7, "daily_analysis"]
    assert [run["failures"] for run in market.runs] == [[]] * 9


def test_a_deck_of_guaranteed_cards(market: "Market") -> None:
    """Landed 25 + 5.50 = 30.50. Net 24.091667 + 2 x 8.301667 + 3.096667 + 20 x 0 + 0.05 = 43.841667.

    Gross 30 + 20 + 4 + 20 x 0.10 + 0.20 = 56.20. Profit 13.34 / 30.50 = 43.7377 %.
    """
    row = market.arb.valuation(name_of(DECK), DAY)
    assert figures(row) == ("30.50", "56.20", "43.84", "13.34", "43.74")
    assert (row["sealed_list_price"], row["market_price"]) == (Decimal("25.00"), Decimal("28.00"))
    assert row["sealed_source"] == "tcgplayer"
    assert (row["priced_share"], row["contents_complete"], row["extras"]) == (1, True, 1)
    assert (row["flags"], row["published"]) == ([], True)


def test_what_carries_a_deck(market: "Market") -> None:
    """Of 43.841667: Alpha 24.091667, two Betas 16.603333, Gamma 3.096667, Eta 0.05; twenty Epsilons nothing."""
    rows = market.arb.rows(
        "SELECT c.name, s.rank, s.expected_copies, s.net, s.value, s.value_share, s.channel"
        " FROM valuation_singles s JOIN products p ON p.id = s.product_id"
        " JOIN products c ON c.id = s.single_product_id WHERE p.name = 'Test Deck' ORDER BY s.rank"
    )
    result = [
        (r["name"], r["expected_copies"], str(r["net"]), str(r["value"]), str(r["value_share"])) for r in rows
    ]
    assert result == [
        ("Alpha Dragon", 1.0, "24.09", "24.09", "0.549515"),
        ("Beta Angel", 2.0, "8.30", "16.60", "0.378711"),
        ("Gamma Golem", 1.0, "3.10", "3.10", "0.070633"),
        ("Eta Relic", 1.0, "0.05", "0.05", "0.001140"),
    ]
    assert [r["channel"] for r in rows] == ["tcgplayer", "tcgplayer", "tcgplayer", "bulk"]


def test_the_confidence_of_a_deck_whose_price_moves(market: "Market") -> None:
    """Its singles never move, so nobody trades them: that is no stability, it is no data (0.5).

    The deck's own price moved on 3 of 7 days. Margin 43.7 % lies between 15 and 60 %: 1. Sellers unknown: 0.5.
    0.3 x 0.5 + 0.2 x 0.5 + 0.2 x 0.42857 + 0.3 x 1 = 0.63571. Medium: >= 0.6 and margin >= 30 %.
    """
    row = market.arb.valuation(name_of(DECK), DAY)
    assert row["price_stability"] == Decimal("0.5")
    assert row["volume_history"] == Decimal("0.4286")
    assert (row["seller_count_factor"], row["margin_size"]) == (Decimal("0.5"), 1)
    assert row["missing_factors"] == ["price_stability", "seller_count"]
    assert row["confidence_score"] == Decimal("0.64")
    assert (row["risk_level"], row["competition_level"]) == ("medium", "unknown")
    # Expected log growth of money of which half buys at 30.50.
    assert row["rank_score"] == pytest.approx(sale.DECK.log_growth(30.50), abs=2e-4)


def test_a_pack_by_its_odds(market: "Market") -> None:
    """Common: 0.75 x 10 + 0.25 x 9 = 9.75 cards; rare 1; foil 0.25. Eleven cards in all.

    Gross 5.85 x 0.10 + 3.9 x 0.30 + 0.125 x 30 + 0.25 x 10 + 0.25 x 4 + 0.375 x 0.20 + 0.025 x 60 + 0.225 x 2
    = 0.585 + 1.17 + 3.75 + 2.5 + 1 + 0.075 + 1.5 + 0.45 = 11.03.
    Net 0.125 x 24.091667 + 0.25 x 8.301667 + 0.25 x 3.096667 + 0.375 x 0.05 + 0.025 x 50.116667
    + 0.225 x 1.361667 = 3.011458 + 2.075417 + 0.774167 + 0.01875 + 1.252917 + 0.306375 = 7.439083.
    Landed 8 + 0.82 = 8.82. Profit -1.38 / 8.82 = -15.6463 %.
    """
    row = market.arb.valuation(name_of(PACK), DAY)
    assert figures(row) == ("8.82", "11.03", "7.44", "-1.38", "-15.65")
    assert (row["published"], row["margin_size"], row["priced_share"]) == (False, 0, 1)


def test_the_outcomes_of_a_pack(market: "Market") -> None:
    """Rare: 24.091667 (1/8), 8.301667 (1/4), 3.096667 (1/4), 0.05 (3/8); commons net 0. One pack in four has a
    foil besides: 50.116667 (1/10), 1.361667 (9/10).

    At most 8.82 at the prices of today: without foil all but the dearest rare, 3/4 x 7/8; with the cheap foil the
    two cheap rares, 1/4 x 9/10 x 5/8. Together 0.796875; prices that rise by 6 % until the sale lift 8.301667 above.
    Variance: rare 92.178746 - 5.879792^2 = 57.606794; foil 63.209189 - 1.559292^2 = 60.777798; sd 10.8805.
    Quantiles of today: 0.05 in 0.28125 of the packs, up to 3.096667 in 0.553125, up to 24.091667 in 0.946875.
    """
    row = market.arb.valuation(name_of(PACK), DAY)
    assert float(row["p_profit"]) == pytest.approx(sale.PACK.p_profit(8.82), abs=1e-4)
    assert 0.203125 < row["p_profit"] < 0.22
    assert (row["outcome_mean"], row["contents_sd"]) == (Decimal("7.44"), Decimal("10.88"))
    assert float(row["outcome_sd"]) == pytest.approx(sale.PACK.sd, abs=0.01)
    shares = {"p5": 0.05, "p50": 0.5, "p95": 0.95}
    assert {name: float(row[name]) for name in shares} == pytest.approx(
        {name: sale.PACK.quantile(p) for name, p in shares.items()}, abs=0.01
    )


def test_the_outcomes_of_a_box_of_36_packs(market: "Market") -> None:
    """Packs are independent: sd 6 x 10.8805 = 65.283 of the contents. Prices move all 36 alike: 36 x a pack's.

    Of the product of both, squares add: (65.283^2 + 267.807^2) x (1 + v) - 267.807^2, v = (price sd / 267.807)^2.
    """
    row = market.arb.valuation(name_of(BOX), DAY)
    assert (row["outcome_mean"], row["contents_sd"]) == (row["singles_value"], Decimal("65.28"))
    moved = 36 * sale.PACK.price_sd
    assert float(row["price_sd"]) == pytest.approx(moved, abs=0.01)
    both = ((65.283**2 + 267.807**2) * (1 + (moved / 267.807) ** 2) - 267.807**2) ** 0.5
    assert float(row["outcome_sd"]) == pytest.approx(both, abs=0.02)
    assert row["p5"] < row["p50"] < row["outcome_mean"] < row["p95"]
    assert Decimal("0.4") < row["p_profit"] < Decimal("0.6")  # 255.50 is 0.19 sd under the mean, median lower


def test_the_outcomes_of_a_deck_are_the_movement_of_its_prices(market: "Market") -> None:
    """Its contents are one, and its expected value is that of today. Nothing is certain: 30.50 is 30 % lower."""
    row = market.arb.valuation(name_of(DECK), DAY)
    assert (row["outcome_mean"], row["contents_sd"], row["horizon_days"]) == (Decimal("43.84"), 0, 14)
    assert row["outcome_sd"] == row["price_sd"]
    assert float(row["price_sd"]) == pytest.approx(sale.DECK.price_sd, abs=0.01)
    shares = {"p5": 0.05, "p50": 0.5, "p95": 0.95}
    assert {name: float(row[name]) for name in shares} == pytest.approx(
        {name: sale.DECK.quantile(p) for name, p in shares.items()}, abs=0.01
    )
    assert float(row["p_profit"]) == pytest.approx(sale.DECK.p_profit(30.50), abs=1e-4)
    assert row["p_profit"] < 1


def test_the_outcomes_of_a_mixture_are_its_alternatives(market: "Market") -> None:
    """27.188333 three times in four, else 84.816667: sd of the contents 57.628333 x sqrt(3/16) = 24.954.

    No movement lifts 27.19 to 35.50 (the table ends at e^0.19), and none lowers 84.82 to it: P(profit) is 1/4.
    """
    row = market.arb.valuation(name_of(MIXTURE), DAY)
    assert (row["outcome_mean"], row["contents_sd"]) == (Decimal("41.60"), Decimal("24.95"))
    assert float(row["outcome_sd"]) == pytest.approx(sale.MIXTURE.sd, abs=0.01)
    shares = {"p5": 0.05, "p50": 0.5, "p95": 0.95}
    assert {name: float(row[name]) for name in shares} == pytest.approx(
        {name: sale.MIXTURE.quantile(p) for name, p in shares.items()}, abs=0.01
    )
    assert row["p_profit"] == Decimal("0.25")
    assert row["rank_score"] == pytest.approx(sale.MIXTURE.log_growth(35.50), abs=2e-4)


def test_a_box_is_36_packs_and_its_sum_is_rounded_once(market: "Market") -> None:
    """Net 36 x 7.439083 = 267.807 (rounded packs would make 267.84). Landed 250 + 5.50 = 255.50.

    Gross 36 x 11.03 = 397.08. Profit 12.31 / 255.50 = 4.818 %: above $5, under 10 %: not published.
    Margin factor 0.0482 / 0.15 = 0.3213; 0.3 x 0.5 + 0.2 x 0.5 + 0.2 x 0 + 0.3 x 0.32133 = 0.3464.
    """
    row = market.arb.valuation(name_of(BOX), DAY)
    assert figures(row) == ("255.50", "397.08", "267.81", "12.31", "4.82")
    assert (row["margin_size"], row["confidence_score"]) == (Decimal("0.3213"), Decimal("0.35"))
    assert row["missing_factors"] == ["price_stability", "seller_count"]  # it never moved: no data
    assert row["volume_history"] == 0  # compared on 7 days, moved on none
    assert not row["published"]
    assert "under 10" in row["why"]


def test_the_lines_of_a_box(market: "Market") -> None:
    """Alpha Dragon in a box: 36 packs x 1/8 = 4.5 copies; in foil 36 x 0.25 x 1/10 = 0.9."""
    rows = market.arb.rows(
        "SELECT s.is_foil, s.quantity, s.pull_probability, s.expected_copies, s.guaranteed, s.pack, s.sheet"
        " FROM product_singles s JOIN products b ON b.id = s.sealed_product_id"
        " JOIN products c ON c.id = s.single_product_id"
        " WHERE b.name = 'Test Booster Box' AND c.name = 'Alpha Dragon' ORDER BY s.is_foil"
    )
    assert [(r["is_foil"], r["quantity"], r["guaranteed"], r["pack"], r["sheet"]) for r in rows] == [
        (False, 36, False, "tst-play", "rare"),
        (True, 36, False, "tst-play", "foil"),
    ]
    assert [float(r["pull_probability"]) for r in rows] == [0.125, 0.025]
    assert [r["expected_copies"] for r in rows] == pytest.approx([4.5, 0.9])


def test_a_mixture_weighs_its_alternatives(market: "Market") -> None:
    """3/4 x (24.091667 + 3.096667) + 1/4 x 84.816667 = 20.39125 + 21.204167 = 41.595417.

    Gross 0.75 x 34 + 0.25 x 100 = 50.50. Landed 35.50. Profit 6.10 / 35.50 = 17.183 %. It loses three times in
    four, so it is not published.
    """
    row = market.arb.valuation(name_of(MIXTURE), DAY)
    assert figures(row) == ("35.50", "50.50", "41.60", "6.10", "17.18")
    assert (row["published"], row["margin_size"], row["flags"]) == (False, 1, [])
    assert "P(profit) 25% is under 50%" in row["why"]
    # 0.3 x 0.5 + 0.2 x 0.5 + 0.2 x 0 + 0.3 x 1 = 0.55
    assert (row["confidence_score"], row["risk_level"]) == (Decimal("0.55"), "high")


def test_an_unpriced_card_lowers_the_priced_share_and_caps_confidence(market: "Market") -> None:
    """Nine Betas and a Theta that has no price: 9 x 8.301667 = 74.715, half a cent goes up: 74.72. Share 9/10.

    Landed 55.50, profit 19.22 / 55.50 = 34.631 %. 0.3 x 0.5 + 0.2 x 0.5 + 0.2 x 3 / 7 + 0.3 = 0.636, capped at
    0.59: so high risk.
    """
    row = market.arb.valuation(name_of(COLLECTION), DAY)
    assert figures(row) == ("55.50", "90.00", "74.72", "19.22", "34.63")
    assert row["priced_share"] == Decimal("0.9")
    assert row["contents_complete"]
    assert row["flags"] == ["incomplete_contents"]
    assert (row["confidence_score"], row["risk_level"], row["published"]) == (Decimal("0.59"), "high", True)


def test_a_margin_too_good_to_be_true_costs_confidence(market: "Market") -> None:
    """2.00 + 0.82 = 2.82 for a net of 8.30: 194.33 %. (2 - 1.9433) / 1.4 = 0.0405."""
    row = market.arb.valuation(name_of(FORMULA), DAY)
    assert figures(row) == ("2.82", "10.00", "8.30", "5.48", "194.33")
    # 0.3 x 0.5 + 0.2 x 0.5 + 0.2 x 0 + 0.3 x 0.0405 = 0.26215
    assert (row["margin_size"], row["confidence_score"]) == (Decimal("0.0405"), Decimal("0.26"))


def test_a_suspect_offer_is_shown_and_never_the_price(market: "Market") -> None:
    """$1.00 is under 60 % of the market's $26.00."""
    row = market.arb.valuation(name_of(SUSPECT), DAY)
    assert figures(row) == (None, "56.20", "43.84", None, None)
    assert row["sealed_list_price"] == Decimal("1.00")
    assert (row["flags"], row["published"]) == (["suspect_offer"], False)


def test_an_unknown_part_leaves_a_product_without_a_value(market: "Market") -> None:
    row = market.arb.valuation(name_of(GHOST), DAY)
    assert figures(row) == ("10.82", None, None, None, None)
    assert (row["contents_complete"], row["published"]) == (False, False)
    assert "A Deck In No List" in row["unknown_parts"][0]
    assert "A Deck In No List" in row["why"]


def test_what_nobody_offers_or_buys_is_not_published(market: "Market") -> None:
    sold_out = market.arb.valuation(name_of(NO_OFFER), DAY)
    assert (sold_out["flags"], sold_out["sealed_price"], sold_out["published"]) == (["no_offer"], None, False)
    unsold = market.arb.valuation(name_of(UNSOLD), DAY)
    # 84.82 - 45.50 = 39.32, 86.42 %: fat, and no sale behind it.
    assert figures(unsold) == ("45.50", "100.00", "84.82", "39.32", "86.42")
    assert (unsold["flags"], unsold["published"]) == (["no_market_price"], False)
    ring = market.arb.valuation(name_of(RING), DAY)
    # 6.132917 -> 6.13; 0.10 + 0.82 = 0.92: only asks stand behind the card.
    assert figures(ring) == ("0.92", "7.50", "6.13", "5.21", "566.30")
    # Sold sealed for $0.12: neither its gross nor its margin is one of a real product.
    doubts = ["untraded_singles", "gross_out_of_bounds", "margin_out_of_bounds"]
    assert (ring["flags"], ring["published"]) == (doubts, False)


def test_price_history_holds_market_and_low_and_mid_where_nothing_sold(market: "Market") -> None:
    """23 quotes, 8 days. Market 21 (not Iota, not the unsold); low 22 (not the sold out); mid 2. 45 a day."""
    counted = market.arb.rows("SELECT price_type, count(*) AS n FROM price_history GROUP BY price_type")
    assert {r["price_type"]: r["n"] for r in counted} == {"market": 21 * 8, "low": 22 * 8, "mid": 2 * 8}
    (foil,) = market.arb.rows(
        "SELECT h.price, h.printing, h.currency, h.recorded_at FROM price_history h"
        " JOIN products p ON p.id = h.product_id"
        " WHERE p.name = 'Alpha Dragon' AND h.is_foil AND h.price_type = 'market' AND h.recorded_at::date = :day",
        day=DAY,
    )
    assert (foil["price"], foil["printing"], foil["currency"]) == (Decimal("60.00"), "foil", "USD")
    assert foil["recorded_at"].isoformat() == f"{DAY}T20:00:00+00:00"


def test_every_load_balances(market: "Market") -> None:
    ledger = market.arb.rows("SELECT * FROM load_ledger WHERE category = 'mtg' ORDER BY day")
    assert [r["day"] for r in ledger] == [before(n) for n in range(7, -1, -1)]
    for row in ledger:
        assert (row["rows_raw"], row["rows_accepted"], row["rows_duplicate"]) == (23, 23, 0)
        assert (row["rows_quarantined"], row["rows_written"]) == (0, 45)


def test_published_products_are_active_opportunities(market: "Market") -> None:
    day = DAY.isoformat()
    names = sorted(map(name_of, (DECK, COLLECTION, FORMULA)))
    assert market.arb.opportunities() == [(name, "active", day, day) for name in names]
    assert market.arb.events() == [(name, "opened", day) for name in names]
    (deck,) = market.arb.rows(
        "SELECT o.* FROM arbitrage_opportunities o JOIN products p ON p.id = o.sealed_product_id"
        " WHERE p.name = 'Test Deck'"
    )
    assert figures(deck) == ("30.50", "56.20", "43.84", "13.34", "43.74")
    assert deck["expires_at"].isoformat() == "2025-06-09T20:00:00+00:00"  # a day after the prices were out


def test_the_same_day_twice_writes_nothing(market: "Market") -> None:
    hashes = market.arb.hashes()
    again = market.arb.run(market.folder.root, "--date", DAY, "--history", 1)
    assert [run["rows_written"] for run in again] == [0, 0, 0]
    assert [run["job"] for run in again] == ["reference_data", "day_prices", "daily_analysis"]
    assert market.arb.hashes() == hashes
    assert {table: rows for table, (rows, _) in hashes.items()} == {
        "products": 21,  # 11 sealed, 10 cards
        "product_singles": 36,
        "price_history": 360,
        "sealed_valuations": 11,
        # cards that net something: box and pack 6 each, deck and suspect deck 4, mixture 3, five others 1
        "valuation_singles": 28,
        "arbitrage_opportunities": 3,
        "opportunity_events": 3,
        "load_ledger": 24,  # 8 days, 3 games
    }
