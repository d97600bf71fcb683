"""Every guard of a valuation: it fires, just beside it does not, and what it does when it fires.

The guards that are flags are all here in one table. Their further cases, and those that are no flags, are
tested where they are built: `ELSEWHERE` says where, and that it is still so.
"""

import ast
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from builders import (
    DAY,
    completeness_row,
    frame,
    line_row,
    net_row,
    offer_row,
    parameters,
    sealed_row,
)

from arb_pipeline.contracts.catalog import SealedProducts
from arb_pipeline.contracts.contents import Completeness, Lines
from arb_pipeline.contracts.enums import BLOCKING_FLAGS, CAPPING_FLAGS, FLAGS
from arb_pipeline.contracts.valuation import CardNets, Features
from arb_pipeline.core.money import to_decimal
from arb_pipeline.core.valuation.flags import rules
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.storage.postgres.tables import arbitrage_opportunities, sealed_valuations

Row = dict[str, Any]
UNIT = Path(__file__).parents[2]


def copies(**counts: float) -> list[Row]:
    """A line per card, of so many copies."""
    return [
        line_row(single_product_id=card, quantity=int(count) or 1, expected_copies=float(count))
        for card, count in counts.items()
    ]


def two_cards(**second: Any) -> list[Row]:
    """Both net $8.00."""
    return [net_row(), net_row(single_product_id="b", **second)]


def doubted(*flags: str) -> Row:
    """Contents with doubts."""
    return {"completeness": {"doubt_flags": list(flags), "doubts": [f"why {flag}" for flag in flags]}}


LONE_ASK = {"reference_cents": None, "net_cents": None, "channel": None, "quality": 0.2}
UNPRICED = {"reference_cents": None, "net_cents": None, "channel": None, "quality": None}


@dataclass(frozen=True)
class Guard:
    """A case that raises it, one just beside that, and its effect."""

    flag: str
    does: Literal["blocks", "caps", "shows"]
    fires: Row
    rests: Row


GUARDS = (
    Guard(
        "incomplete_contents",
        "caps",
        {"lines": copies(a=94, b=6), "nets": two_cards(**UNPRICED), "low": 40_000},
        {"lines": copies(a=95, b=5), "nets": two_cards(**UNPRICED), "low": 40_000},
    ),
    Guard(
        "cards_not_listed",
        "shows",
        {"completeness": {"unlisted_copies": 0.1}},
        {"completeness": {"unlisted_copies": 0.0}},
    ),
    Guard("no_offer", "blocks", {"low": None}, {"low": 5000}),
    Guard("suspect_offer", "blocks", {"low": 3299}, {"low": 3300}),
    Guard("no_market_price", "blocks", {"offer": {"market_cents": None}}, {"offer": {"market_cents": 1}}),
    Guard(
        "untraded_singles",
        "blocks",
        {"lines": copies(a=4, b=6), "nets": two_cards(days_moved=0, days_compared=7)},
        {"lines": copies(a=5, b=5), "nets": two_cards(days_moved=0, days_compared=7)},
    ),
    # Ten copies net 80.00 against 55.50, a profit of 24.50. Six beyond four net 48.00; three beyond seven
    # 24.00, which leaves fifty cents of profit.
    Guard("many_copies", "blocks", {"guards": {"many_copies": 4}}, {"guards": {"many_copies": 7}}),
    Guard(
        "price_held_back",
        "shows",
        {"nets": [net_row(refused_cents=1021, accepted_cents=1000)]},
        {"nets": [net_row(refused_cents=1020, accepted_cents=1000)]},
    ),
    Guard(
        "presale",
        "caps",
        {"sealed": {"release_date": DAY - timedelta(days=7)}},
        {"sealed": {"release_date": DAY - timedelta(days=8)}},
    ),
    Guard(
        "estimated_rates",
        "blocks",
        {"completeness": {"estimated_parts": ["pull rates of Fusion Strike: as in Evolving Skies"]}},
        {"completeness": {"estimated_parts": []}},
    ),
    # Half of the list price of 50.00 is 25.00: three promo cards of 10.00 are worth more, two are not.
    Guard(
        "identity_doubt",
        "blocks",
        {"completeness": {"promo_card_ids": ["a:normal"] * 3, "dearer_card_ids": [None] * 3}},
        {"completeness": {"promo_card_ids": ["a:normal"] * 2, "dearer_card_ids": [None] * 2}},
    ),
    Guard(
        "unpriced_promo",
        "shows",
        {"completeness": {"promo_card_ids": ["unlisted:normal"], "dearer_card_ids": [None]}},
        {"completeness": {"promo_card_ids": ["a:normal"], "dearer_card_ids": [None]}},
    ),
    Guard(
        "foreign_language", "blocks", {"sealed": {"language": "German"}}, {"sealed": {"language": "English"}}
    ),
    Guard(
        "id_claimed_twice", "blocks", {"sealed": {"id_claims": "TCGplayer id 9001 is claimed by A, B"}}, {}
    ),
    Guard("contradiction", "blocks", doubted("contradiction"), doubted()),
    Guard("impossible_pack", "blocks", doubted("impossible_pack"), doubted()),
    Guard("cards_left_out", "blocks", doubted("cards_left_out"), doubted()),
    Guard("unidentified_cards", "shows", doubted("unidentified_cards"), doubted()),
    Guard("absurd_count", "blocks", {"guards": {"max_copies": 9}}, {"guards": {"max_copies": 10}}),
    # Ten copies are worth 100.00; half a copy of a card that one seller asks 4.09 for is 2.045 of 102.045.
    Guard(
        "price_without_market",
        "blocks",
        {"lines": copies(a=10, b=0.5), "nets": two_cards(**LONE_ASK, refused_cents=409)},
        {"lines": copies(a=10, b=0.5), "nets": two_cards(**LONE_ASK, refused_cents=408)},
    ),
    # Gross 100.00, sold sealed for 55.00.
    Guard("gross_out_of_bounds", "blocks", {"guards": {"max_gross": 1.81}}, {"guards": {"max_gross": 1.82}}),
    # 80.00 net against 55.50.
    Guard(
        "margin_out_of_bounds", "blocks", {"guards": {"max_margin": 4413}}, {"guards": {"max_margin": 4414}}
    ),
    # Closed at 75.00: less 10.75 % and 2.5 %, 0.30 and a parcel of 7.33 it nets 57.43. Landed 52.20 leaves 5.23,
    # 10.02 %; landed 52.21 leaves 9.998 %.
    Guard(
        "worth_closed",
        "shows",
        {"offer": {"market_cents": 7500, "low_cents": 4670}},
        {"offer": {"market_cents": 7500, "low_cents": 4671}},
    ),
)
ELSEWHERE = {
    "a price older than 72 hours is none": {
        "core/pricing/test_features.py": (
            "test_a_price_of_72_hours_ago_counts",
            "test_a_price_older_than_72_hours_does_not",
        ),
        "core/pricing/test_offers.py": ("test_an_offer_counts_for_72_hours_and_not_before_its_day",),
    },
    "an outlier waits for two confirmations": {
        "core/pricing/test_features.py": (
            "test_seven_other_observations_make_an_outlier_and_six_do_not",
            "test_a_still_price_may_move_by_the_least_spread",
            "test_one_confirmation_does_not_release_an_outlier",
            "test_two_confirmations_release_an_outlier",
        ),
    },
    "a suspect offer is shown and never the price": {
        "core/pricing/test_offers.py": (
            "test_a_suspect_offer_is_shown_and_the_sound_one_is_the_price",
            "test_without_a_sound_offer_nothing_is_published_and_the_cheapest_suspect_is_shown",
        ),
    },
    "an offer that is not for the buyer is not the price": {
        "core/pricing/test_offers.py": (
            "test_an_offer_that_is_not_for_the_buyer_says_why_and_is_not_the_price",
        ),
    },
    "the high price is never read": {
        "sources/cleaning/test_tcgplayer.py": ("test_the_high_price_is_never_read",)
    },
    "a retail price without stock is no offer": {
        "sources/cleaning/test_clean_cardkingdom.py": (
            "test_a_price_without_a_card_in_stock_is_no_offer",
            "test_it_is_not_buying_at_no_price_or_no_quantity",
        ),
    },
    "bulk nets next to nothing and stays in the sum": {
        "core/pricing/test_fees.py": (
            "test_a_card_under_the_bulk_floor_is_not_listed",
            "test_a_card_at_the_bulk_floor_is_listed",
        ),
        "core/valuation/test_sealed.py": ("test_a_bulk_card_stays_in_the_denominator",),
    },
    "margin, profit and priced share have limits": {
        "core/valuation/test_sealed.py": (
            "test_ten_percent_is_enough_and_less_is_not",
            "test_five_dollars_are_enough_and_less_is_not",
            "test_priced_share_publishes_from_80_and_is_whole_from_95_percent",
            "test_under_half_of_the_cards_priced_is_no_value_and_half_is_one",
        ),
    },
    "unknown contents have no value": {
        "core/valuation/test_sealed.py": ("test_incomplete_contents_have_no_value_and_name_what_is_unknown",)
    },
    "a price that hardly moves is not stable": {
        "core/valuation/test_confidence.py": (
            "test_a_factor_without_data_is_neutral_and_named",
            "test_the_least_history_is_enough",
            "test_a_card_tells_how_stable_it_is_after_a_week_and_two_moves",
        ),
    },
}
"""Guard -> the tests that show it fire and not fire."""


def valued(changes: Row) -> Row:
    """Sure of itself but for the guard: one seller, a price that moves daily, margin of 44 %."""
    low = {"low_cents": changes["low"]} if "low" in changes else {}
    low |= {"market_cents": low["low_cents"]} if (changes.get("low") or 0) > 5500 else {}
    offer = {"seller_count": 1, "days_moved": 29} | low | changes.get("offer", {})
    (row,) = value_sealed(
        frame([sealed_row(**changes.get("sealed", {}))], SealedProducts),
        frame([completeness_row(**changes.get("completeness", {}))], Completeness),
        frame(changes.get("lines", [line_row()]), Lines),
        frame(changes.get("nets", [net_row()]), CardNets),
        frame([offer_row(**offer)], Features),
        drawn=None,
        params=parameters(guards=changes.get("guards", {})),
        as_of=DAY,
    ).to_dicts()
    return row


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.flag)
def test_a_guard_fires_and_just_beside_it_rests(guard: Guard) -> None:
    assert guard.flag in valued(guard.fires)["flags"]
    assert guard.flag not in valued(guard.rests)["flags"]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.flag)
def test_a_guard_blocks_or_caps_or_only_shows(guard: Guard) -> None:
    fired, rested = valued(guard.fires), valued(guard.rests)
    assert fired["published"] is (guard.does != "blocks")
    assert rested["published"]
    assert (fired["confidence_score"] <= 0.59) is (guard.does == "caps") or guard.does == "blocks"
    assert rested["confidence_score"] > 0.59


def test_every_flag_has_its_row_and_does_what_the_code_says() -> None:
    flags = list(rules(parameters(), DAY))
    assert flags == list(FLAGS)
    assert {guard.flag for guard in GUARDS} == set(flags)
    does = {kind: {g.flag for g in GUARDS if g.does == kind} for kind in ("blocks", "caps")}
    # A suspect offer blocks by being no price.
    assert does == {"blocks": {*BLOCKING_FLAGS, "suspect_offer"}, "caps": set(CAPPING_FLAGS)}


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("id_claimed_twice", "TCGplayer id 9001 is claimed by A, B"),
        ("contradiction", "why contradiction"),
        ("impossible_pack", "why impossible_pack"),
        ("cards_left_out", "why cards_left_out"),
        ("unidentified_cards", "cards in it that are not identified count as 0"),
        ("absurd_count", "it would hold 10 copies of one card; no product does"),
        ("price_without_market", "3% of its value would rest on prices without a market"),
        ("gross_out_of_bounds", "worth $100.00, more than 1.81 times the $55.00 that it sells for sealed"),
        ("margin_out_of_bounds", "margin 44.14% is beyond 44.13%"),
    ],
)
def test_a_doubt_is_reported_in_why(flag: str, message: str) -> None:
    guard = next(guard for guard in GUARDS if guard.flag == flag)
    assert message in valued(guard.fires)["why"]
    assert message not in valued(guard.rests)["why"]


def test_more_cards_than_any_product_holds_are_no_value() -> None:
    # A case of a million packs at $40 came to $120,440,000.
    row = valued({"guards": {"max_pieces": 9}})
    assert row["flags"] == ["absurd_count"]
    assert (row["gross_singles_value_cents"], row["singles_value_cents"], row["margin_bps"]) == (None,) * 3
    assert not row["published"]
    assert row["why"] == "it would hold 10 cards; no product does"


@pytest.mark.parametrize("guard", ELSEWHERE)
def test_the_tests_of_other_guards_are_still_there(guard: str) -> None:
    for file, names in ELSEWHERE[guard].items():
        tree = ast.parse((UNIT / file).read_text("utf-8"))
        there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert set(names) <= there, file


def test_copies_of_one_card_in_several_packs_and_sheets_count_together() -> None:
    lines = [
        line_row(pack=pack, sheet=pack, quantity=1, expected_copies=5.0, guaranteed=False) for pack in "xy"
    ]
    assert "many_copies" in valued({"lines": lines, "guards": {"many_copies": 4}})["flags"]


def test_many_copies_of_many_cards_are_no_many_copies() -> None:
    few = {"lines": copies(a=4, b=4, c=2), "guards": {"many_copies": 4}}
    nets = [net_row(single_product_id=card) for card in "abc"]
    assert valued(few | {"nets": nets})["flags"] == []


def test_a_loss_rests_on_nothing() -> None:
    assert valued({"low": 19_450, "guards": {"many_copies": 4}})["flags"] == []


def test_a_margin_of_fourteen_thousand_percent_fits_its_column() -> None:
    # valuation.md 5: DECIMAL(5,2) ends at 999.99 and would abort the load.
    margin = valued({"nets": [net_row(reference_cents=100_000, net_cents=80_000.0)]})["margin_bps"]
    written = pl.select(to_decimal(pl.lit(margin))).item()
    assert written == Decimal("14314.41")
    for table in (sealed_valuations, arbitrage_opportunities):
        kind = table.c.margin_percentage.type
        assert written < Decimal(10) ** (kind.precision - kind.scale)
        assert kind.scale == 2
