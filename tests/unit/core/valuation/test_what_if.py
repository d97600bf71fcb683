"""Offers in hand, worked by hand: a guaranteed pair of cards, coin flips, caps, errors of measured rates."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from builders import DAY, completeness_row, frame, line_row, net_row, offer_row, parameters, sealed_row

from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.catalog import SealedProducts
from arb_pipeline.contracts.contents import Completeness, Draws, Lines, PackSheets
from arb_pipeline.contracts.valuation import CardNets, Features
from arb_pipeline.core.outcome.frames import FIGURES, Drawn
from arb_pipeline.core.pricing.offers import sealed_offers
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.core.valuation.what_if import (
    SUMS,
    Answer,
    Assessment,
    Frames,
    MarketOffer,
    Purchase,
    what_if,
)

Row = dict[str, Any]
PAIR = [
    line_row(single_product_id="a", quantity=1, expected_copies=1.0),
    line_row(single_product_id="b", quantity=1, expected_copies=1.0),
]
PAIR_NETS = [net_row(), net_row(single_product_id="b", reference_cents=700, net_cents=500.0)]
"""Cards of $10.00 and $7.00 that net $8.00 and $5.00."""
IN_PACK = {"pack": "tst-coin", "sheet": "coin", "quantity": 1, "guaranteed": False}
COIN = [
    line_row(single_product_id="a", pull_probability=0.5, expected_copies=0.5, rarity="mythic", **IN_PACK),
    line_row(single_product_id="b", pull_probability=0.5, expected_copies=0.5, rarity="common", **IN_PACK),
]
COIN_NETS = [net_row(reference_cents=1200, net_cents=1000.0), net_row(single_product_id="b", net_cents=0.0)]
"""One card of two, as likely: it nets $10.00 or nothing."""
SHEET = {"pack": "tst-coin", "configuration": 0, "chance": 1.0, "sheet": "coin", "taken": 1}
SHEET |= {"is_fixed": False, "population": None, "sample_packs": None}
BUNDLE = {"sealed_product_id": "box", "bundle": 0, "parent": None, "mixture": None, "repeats": 1, "draws": 1}
BUNDLE |= {"replacement": False, "weight": 1.0, "pack": "tst-coin", "card_id": None, "quantity": 1}


def rows_of(contract: Any, *rows: Row) -> pl.DataFrame:
    schema = empty(contract).schema
    return pl.DataFrame(
        [{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row"
    )


def frames(
    lines: list[Row] = PAIR,
    nets: list[Row] = PAIR_NETS,
    *,
    sheets: list[Row] | None = None,
    draws: list[Row] | None = None,
    completeness: Row | None = None,
    features: Row | None = None,
) -> Frames:
    sealed = frame([sealed_row()], SealedProducts)
    priced = frame([offer_row(**features or {})], Features)
    return Frames(
        sealed=sealed,
        completeness=frame([completeness_row(**completeness or {})], Completeness),
        lines=frame(lines, Lines),
        nets=frame(nets, CardNets),
        features=priced,
        offers=sealed_offers(sealed, priced, params=parameters(), as_of=DAY),
        drawn=Drawn(rows_of(PackSheets, *(sheets or [])), rows_of(Draws, *(draws or []))),
    )


def coin(**sheet: Any) -> Frames:
    return frames(COIN, COIN_NETS, sheets=[SHEET | sheet], draws=[BUNDLE])


def answer(purchase: Purchase, given: Frames | None = None, chance: float = 0.8, **groups: Any) -> Answer:
    (result,) = what_if([purchase], given or frames(), chance=chance, params=parameters(**groups), as_of=DAY)
    return result


def test_a_guaranteed_pair_of_cards() -> None:
    """Gross 10 + 7, net 8 + 5 = 13.00; at 10.00: profit 3.00, 30 %. Any cost up to 12.99 is a sure profit."""
    result = answer(Purchase("box", 1000))
    figures = result.all
    assert figures is not None
    assert (figures.cost_cents, figures.gross_cents, figures.net_cents) == (1000, 1700, 1300)
    assert (figures.profit_cents, figures.margin_bps) == (300, 3000)
    assert (figures.mean_cents, figures.sd_cents, figures.p5_cents, figures.p95_cents) == (
        1300,
        0,
        1300,
        1300,
    )
    assert figures.p_profit == 1
    assert figures.break_even == {0.5: 1299, 0.8: 1299}
    assert figures == result.one


def test_at_what_it_nets_prices_decide_between_profit_and_loss() -> None:
    figures = answer(Purchase("box", 1300)).all
    assert figures is not None
    # These prices move by a billionth or so, of which rounding is a ten-thousandth.
    assert (figures.profit_cents, figures.p_profit) == (0, pytest.approx(0.5, abs=1e-3))
    over = answer(Purchase("box", 1301)).all
    assert over is not None
    assert over.p_profit == pytest.approx(0, abs=1e-8)


def test_shipping_is_shared_by_the_pieces() -> None:
    """3 x 4.00 + 1.00 = 13.00: 4.33 each, rounded; 3 x 13.00 - 13.00 = 26.00."""
    result = answer(Purchase("box", 400, quantity=3, shipping_cents=100))
    assert result.one is not None
    assert result.all is not None
    assert (result.one.cost_cents, result.one.profit_cents) == (433, 867)
    assert (result.all.cost_cents, result.all.net_cents, result.all.profit_cents) == (1300, 3900, 2600)
    assert result.all.margin_bps == 20_000


def test_two_coins() -> None:
    """0, 10, 20 with 1/4, 1/2, 1/4. At 4.00 each: P(sum > 8.00) = 3/4, of one P(net > 4.00) = 1/2.

    sd of one 5.00, of two 5.00 x sqrt 2 = 7.07.
    """
    result = answer(Purchase("box", 400, quantity=2), coin())
    assert result.one is not None
    assert result.all is not None
    assert (result.one.mean_cents, result.one.sd_cents, result.one.p_profit) == (500, 500, 0.5)
    assert (result.all.cost_cents, result.all.gross_cents, result.all.net_cents) == (800, 2200, 1000)
    assert (result.all.mean_cents, result.all.sd_cents, result.all.p_profit) == (1000, 707, 0.75)
    assert (result.all.p5_cents, result.all.p50_cents, result.all.p95_cents) == (0, 1000, 2000)


@pytest.mark.parametrize(
    ("chance", "highest", "per_piece"),
    [
        (0.2, 1999, 999),  # up to 19.99 both have to come: 1/4
        (0.25, 1999, 999),
        (0.26, 999, 499),  # one has to come: 3/4
        (0.75, 999, 499),
        (0.76, None, None),  # with 1/4 there is nothing at all
    ],
)
def test_break_even_of_two_coins(chance: float, highest: int | None, per_piece: int | None) -> None:
    figures = answer(Purchase("box", 400, quantity=2), coin(), chance=chance).all
    assert figures is not None
    assert figures.break_even == {0.5: 999, chance: highest}
    assert figures.per_piece(chance) == per_piece


def test_at_the_break_even_the_chance_holds_and_a_cent_more_loses_it() -> None:
    chances = []
    for cost in (999, 1001):
        figures = answer(Purchase("box", cost, quantity=1), coin()).all
        assert figures is not None
        chances.append(figures.p_profit)
    assert chances == [0.5, 0.0]


def test_the_error_of_measured_rates_is_common_to_all_pieces() -> None:
    """Of 100 packs: variance of the mean 250,000 / 100 = 2,500. Two: 2 (250,000 - 2,500) + 2^2 x 2,500."""
    figures = answer(Purchase("box", 400, quantity=2), coin(sample_packs=100)).all
    assert figures is not None
    assert figures.sd_cents == 711  # of 505,000


def test_a_mixture_is_drawn_anew_for_each_piece() -> None:
    lines = [line | {"pack": "", "sheet": "variable"} for line in COIN]
    side = BUNDLE | {"parent": 0, "mixture": 0, "pack": ""}
    draws = [
        BUNDLE | {"pack": "", "quantity": 0},
        side | {"bundle": 1, "card_id": "a:normal"},
        side | {"bundle": 2, "card_id": "b:normal"},
    ]
    figures = answer(Purchase("box", 400, quantity=2), frames(lines, COIN_NETS, draws=draws)).all
    assert figures is not None
    assert (figures.mean_cents, figures.sd_cents, figures.p_profit) == (1000, 707, 0.75)


def test_a_buylist_takes_what_it_wants_of_all_pieces_together() -> None:
    """2 copies in a piece, 2 wanted at 9.00, more net 8.00. One: 18.00; three: 2 x 9 + 4 x 8 = 50.00."""
    wanted = {"net_cents": 900.0, "wanted": 2, "uncapped_net_cents": 800.0, "uncapped_channel": "tcgplayer"}
    given = frames([line_row(quantity=2, expected_copies=2.0)], [net_row(**wanted)])
    result = answer(Purchase("box", 1000, quantity=3), given)
    assert result.one is not None
    assert result.all is not None
    assert (result.one.net_cents, result.all.net_cents, result.all.mean_cents) == (1800, 5000, 5000)


def test_copies_are_counted_over_all_pieces() -> None:
    """Five of a card are more than four: in six pieces all profit above 4 x 8.00 rests on the rest."""
    few = {"guards": {"many_copies": 4}}
    assert "many_copies" not in answer(Purchase("box", 1000), **few).assessment.flags
    result = answer(Purchase("box", 1000, quantity=6), **few)
    # 6 x 3.00 = 18.00 of profit; beyond four copies 2 x 8.00 + 2 x 5.00 = 26.00
    assert "many_copies" in result.assessment.flags


def test_at_the_markets_price_it_is_the_days_valuation() -> None:
    given = coin()
    market = value_sealed(
        *(given.sealed, given.completeness, given.lines, given.nets, given.features),
        drawn=given.drawn,
        params=parameters(),
        as_of=DAY,
        offers=given.offers,
    ).row(0, named=True)
    result = answer(Purchase("box", market["sealed_price_cents"]), given)
    assert replace(result.assessment, why="") == Assessment.of(market | {"why": ""})
    assert result.all is not None
    assert [market[name] for name in SUMS] == [
        *(result.all.cost_cents, result.all.gross_cents, result.all.net_cents, result.all.profit_cents),
        result.all.margin_bps,
    ]
    assert [market[name] for name in FIGURES if name in market] == [
        *(result.all.mean_cents, result.all.sd_cents, result.all.p5_cents, result.all.p50_cents),
        *(result.all.p95_cents, result.all.contents_sd_cents, result.all.price_sd_cents, result.all.p_profit),
    ]
    assert result.market == MarketOffer(5550, "tcgplayer")  # 50.00 + 5.50


def test_the_other_exits_are_of_all_pieces() -> None:
    """At once 6.00 + 6.00 each. A buylist takes two of the three a at 5.00. Closed, of $55.00 each:

    55.00 - 10.75 % - 2.5 % - 0.30 - 7.33 = 40.0825 in an order of its own.
    """
    nets = [net_row(cash_net_cents=500.0, cash_wanted=2), PAIR_NETS[1]]
    result = answer(Purchase("box", 3400, quantity=3), frames(nets=nets, features={"low_cents": 5600}))
    assert result.one is not None
    assert result.all is not None
    of_one, of_all = ((f.quick_sale_cents, f.cash_cents, f.resale_cents) for f in (result.one, result.all))
    assert of_one == (1200, 500, 4008)
    assert of_all == (3600, 1000, 12025)


@pytest.mark.parametrize(
    ("cost_cents", "is_worth"), [(3400, True), (3641, True), (3645, False), (3200, False)]
)
def test_what_is_worth_selling_on_closed(cost_cents: int, is_worth: bool) -> None:
    """3 x 40.0825 = 120.25: 10 % above 109.32 at most, 36.44 each. Under 33.00, 60 % of the market, look twice."""
    given = frames(features={"low_cents": 5600})
    assert answer(Purchase("box", cost_cents, quantity=3), given).is_worth_closed is is_worth


def test_a_box_that_others_ask_less_for_is_sold_on_under_their_price() -> None:
    """Asked at $50.00: 49.99 - 13.25 % - 0.30 - 7.33 = 35.74, and 34.00 leaves under 5 %."""
    result = answer(Purchase("box", 3400), frames(features={"low_cents": 5000}))
    assert result.all is not None
    assert (result.all.resale_cents, result.is_worth_closed) == (3574, False)


def test_a_dearer_offer_is_not_replaced_by_the_markets() -> None:
    figures = answer(Purchase("box", 99_900)).all
    assert figures is not None
    assert figures.cost_cents == 99_900


def test_several_are_answered_in_order() -> None:
    purchases = [Purchase("box", 900), Purchase("box", 1000, quantity=2), Purchase("box", 900)]
    results = what_if(purchases, frames(), chance=0.8, params=parameters(), as_of=DAY)
    assert [answer.purchase for answer in results] == purchases
    assert [result.all.profit_cents for result in results if result.all] == [400, 600, 400]


def test_a_price_far_under_the_market_is_suspect_and_not_worth_buying() -> None:
    """Others paid 55.00, the guard is at 60 %: 33.00. Ten cards that net 8.00: 80.00."""
    given = frames([line_row()], [net_row()])
    at, under = answer(Purchase("box", 3300), given), answer(Purchase("box", 3299), given)
    assert (at.is_suspect, at.is_worth_buying) == (False, True)
    assert (under.is_suspect, under.is_worth_buying) == (True, False)
    assert under.all is not None


def test_unknown_contents_have_no_figures() -> None:
    unknown = {"contents_complete": False, "unknown_parts": ["deck 'Lost'"]}
    result = answer(Purchase("box", 1000), frames(completeness=unknown))
    assert (result.one, result.all, result.unknown) == (None, None, ("deck 'Lost'",))
    assert not result.is_worth_buying


def test_few_prices_are_no_value() -> None:
    """One of ten copies has a price: 10 %."""
    lines = [PAIR[0], line_row(single_product_id="b", quantity=9, expected_copies=9.0)]
    silent = net_row(single_product_id="b", reference_cents=None, net_cents=None, channel=None)
    result = answer(Purchase("box", 1000), frames(lines, [net_row(), silent]))
    assert result.unknown == ("only 10% of its cards have a price",)


def test_packs_of_which_nothing_is_known_have_no_figures() -> None:
    assert answer(Purchase("box", 1000), frames(COIN, COIN_NETS)).unknown == (
        "how its packs are drawn is not known",
    )
