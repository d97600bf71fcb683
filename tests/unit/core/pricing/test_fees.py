"""Fees: the worked checks of valuation.md 3 to the cent, the best channel, and the bulk floor."""

from typing import Any

import polars as pl
import pytest
from builders import CHANNELS, PARAMETERS, parameters, value
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.channel_params import Channel
from arb_pipeline.core.pricing.fees import (
    OwnPrice,
    card_net,
    commission,
    landed_cost,
    net_and_channel,
    order_postage,
    per_order,
)

LIMITED = settings(max_examples=40, deadline=None)
CENTS = st.integers(1, 3_000_000)
OWN_PRICED = ["cardmarket", "cardkingdom_buylist", "cardkingdom_credit"]
Own = tuple[int, float, int | None]


def outcome(
    price: int | None,
    rarity: str | None = "rare",
    params: Parameters | None = None,
    own: dict[str, Own] | None = None,
) -> dict[str, Any]:
    """net_cents, channel, wanted ... of one card. `own`: channel -> (US cents, dollars per unit, wanted)."""
    row = pl.DataFrame(
        {"price": [price], "rarity": [rarity]}, schema={"price": pl.Int64, "rarity": pl.String}
    )
    prices = {
        name: OwnPrice(pl.lit(cents, pl.Int64), pl.lit(rate), pl.lit(wanted, pl.Int32))
        for name, (cents, rate, wanted) in (own or {}).items()
    }
    nets = net_and_channel(pl.col("price"), pl.col("rarity"), params or parameters(), prices)
    return row.select(**nets).row(0, named=True)


def net(
    price: int | None, rarity: str | None = "rare", params: Parameters | None = None
) -> tuple[float | None, str | None]:
    """(net, channel) of one card."""
    result = outcome(price, rarity, params)
    return result["net_cents"], result["channel"]


def listed(channel: str, price: int, params: Parameters | None = None) -> float:
    """Net of one listed card at one channel."""
    params = params or parameters()
    result: float = value(card_net(pl.col("p"), params.channels[channel], params), p=price)
    return result


def selling_at(*channels: str, **groups: Any) -> Parameters:
    """The defaults, with these channels enabled."""
    return parameters(**{**groups, "selling": {**groups.get("selling", {}), "channels": channels}})


def order_fees(subtotal: pl.Expr, total: pl.Expr, fees: Channel) -> pl.Expr:
    """All fees of an order of one product: commission of its subtotal, payment and fixed fee of its total."""
    return commission(subtotal, fees) + total * fees.payment / 10_000 + per_order(total, fees)


@pytest.mark.parametrize(("rate", "commission_cents", "fees"), [(1025, 680, 887), (1075, 713, 920)])
def test_tcgplayer_takes_what_its_own_example_says(rate: int, commission_cents: int, fees: int) -> None:
    # Subtotal $66.30, order total $70.78. 66.30 x 10.25 % = 6.79575; x 10.75 % = 7.12725.
    # 70.78 x 2.5 % + 0.30 = 2.0695. Together 8.86525 and 9.19675.
    rules = parameters(tcgplayer={"commission": rate}).channels["tcgplayer"]
    taken = value(commission(pl.col("s"), rules), s=6630)
    all_of_it = value(order_fees(pl.col("s"), pl.col("t"), rules), s=6630, t=7078)
    assert (round(taken), round(all_of_it - taken)) == (commission_cents, 207)
    assert round(all_of_it) == fees


def test_tcgplayer_caps_its_commission_at_75_dollars_a_product() -> None:
    # $75 / 10.75 % = $697.67.
    rules = parameters().channels["tcgplayer"]
    assert value(commission(pl.col("s"), rules), s=69_767) == pytest.approx(7499.9525)
    assert value(commission(pl.col("s"), rules), s=69_768) == 7500
    assert value(commission(pl.col("s"), rules), s=500_000) == 7500


@pytest.mark.parametrize(
    ("total", "fees"),
    [
        (800, 136),  # 8.00 x 13.25 % + 0.30
        (1000, 162.5),  # 10.00 x 13.25 % + 0.30: the small order's last cent
        (1001, 172.6325),  # above it 0.40
        (10_000, 1365),  # 100 x 13.25 % + 0.40
        (750_000, 99_415),  # 7,500 x 13.25 % + 0.40: the tier's last cent
        (750_100, 99_417.35),  # one dollar more at 2.35 %
        (1_000_000, 105_290),  # 7,500 x 13.25 % + 2,500 x 2.35 % + 0.40
    ],
)
def test_ebay_takes_what_its_fee_page_says(total: int, fees: float) -> None:
    rules = parameters().channels["ebay"]
    assert value(order_fees(pl.col("t"), pl.col("t"), rules), t=total) == pytest.approx(fees)


@pytest.mark.parametrize(
    ("channel", "price", "expected"),
    [
        ("tcgplayer_pro", 1000, 1000 - 92.5 - 50 - 112 / 3),  # 9.25 %, 5 %, (0.30 + 0.82) / 3
        ("tcgplayer_pro", 100_000, 100_000 - 9250 - 5000 - 580 / 3),  # no cap is known
        ("amazon", 1000, 1000 - 150 - 99 - 82 / 3),  # 15 %, 0.99, 0.82 / 3
        ("amazon", 200, 200 - 30 - 99 - 82 / 3),  # 15 % would be the minimum
        ("amazon", 150, 150 - 30 - 99 - 82 / 3),  # 15 % would be 0.225
        ("whatnot", 1000, 1000 - 80 - 29 - 112 / 3),  # 8 %, 2.9 %
        ("manapool", 1000, 1000 - 50 - 29 - 112 / 3),  # 5 %, 2.9 %
        ("cardmarket", 1000, 1000 - 50 - 110 / 3),  # EUR 10: 5 %, a letter of 1.10
        ("cardmarket", 2500, 2500 - 125 - 110 / 3),  # EUR 25 is the last that a letter carries
        ("cardmarket", 2501, 2501 - 125.05 - 345 / 3),
        ("cardmarket", 200_000, 200_000 - 10_000 - 345 / 3),  # EUR 2,000 x 5 % is the cap
        ("cardmarket", 300_000, 300_000 - 10_000 - 345 / 3),
    ],
)
def test_a_channel_is_its_parameters(channel: str, price: int, expected: float) -> None:
    assert listed(channel, price) == pytest.approx(expected)


@pytest.mark.parametrize(("price", "expected"), [(1000, 773.5), (249, 124.5), (250, 109.375)])
def test_tcgplayer_direct_nets_what_its_fee_page_says(price: int, expected: float) -> None:
    # $10: 10 - 1.12 - 0.895 - 0.25 = 7.735. $2.49: half. $2.50: 2.50 - 1.12 - 0.22375 - 0.0625 = 1.09375, in print 1.094.
    assert listed("tcgplayer_direct", price) == pytest.approx(expected)


def test_tcgplayer_direct_caps_its_commission_too() -> None:
    # $1,000: 1000 - 1.12 - 75 (8.95 % would be 89.50) - 25 = 898.88.
    assert listed("tcgplayer_direct", 100_000) == pytest.approx(89_888)


def test_fixed_fees_and_postage_are_shared_by_the_cards_of_an_order() -> None:
    # $10 at TCGplayer: 10 - 1.075 - 0.25 - (0.30 + 0.82) / 3 = 8.30167.
    assert listed("tcgplayer", 1000) == pytest.approx(1000 - 107.5 - 25 - 112 / 3)
    assert listed("tcgplayer", 1000, parameters(selling={"cards_per_order": 1})) == pytest.approx(755.5)


def test_an_ebay_sale_nets_its_price_less_commission_fixed_fee_and_postage() -> None:
    # $8: 8 - 1.06 - (0.30 + 0.82) / 3.
    assert listed("ebay", 800) == pytest.approx(800 - 106 - 112 / 3)


def test_a_letter_goes_up_to_its_limit_and_tracked_above() -> None:
    postage = parameters().postage
    assert value(order_postage(pl.col("g"), postage), g=2000) == 82
    assert value(order_postage(pl.col("g"), postage), g=2001) == 550


def test_a_card_under_the_bulk_floor_is_not_listed() -> None:
    assert net(49, "rare") == (5.0, "bulk")
    assert net(49, "common") == (0.0, "bulk")
    assert net(49, "uncommon") == (0.0, "bulk")
    assert net(49, None) == (0.0, "bulk")


def test_a_card_at_the_bulk_floor_is_listed() -> None:
    # 0.50 - 0.05375 - 0.0125 - 0.37333 = 0.06042, more than the bulk value of 0.05.
    amount, channel = net(50, "rare")
    assert channel == "tcgplayer"
    assert amount == pytest.approx(50 - 5.375 - 1.25 - 112 / 3)


def test_a_listing_that_nets_less_than_bulk_goes_to_bulk() -> None:
    assert net(50, "rare", parameters(selling={"cards_per_order": 1})) == (5.0, "bulk")
    assert net(50, "common", parameters(selling={"cards_per_order": 1})) == (0.0, "bulk")


def test_bulk_is_never_worth_more_than_the_card() -> None:
    assert net(3, "mythic") == (3.0, "bulk")


def test_a_card_without_a_price_has_no_net_and_no_channel() -> None:
    assert net(None) == (None, None)


def test_the_channel_that_nets_most_wins() -> None:
    # $10: TCGplayer 8.30167, Direct 7.735.
    assert (
        net(1000, params=parameters(selling={"channels": ["tcgplayer_direct", "tcgplayer"]}))[1]
        == "tcgplayer"
    )
    # $1,000: TCGplayer 1000 - 75 - 25 - (0.30 + 5.50) / 3; eBay 1000 - 132.5 - (0.40 + 5.50) / 3.
    both = {"channels": ["ebay", "tcgplayer"]}
    amount, channel = net(100_000, params=parameters(selling=both))
    assert channel == "tcgplayer"
    assert amount == pytest.approx(100_000 - 7500 - 2500 - 580 / 3)
    assert net(100_000, params=parameters(selling=both, ebay={"commission": 0}))[1] == "ebay"


@pytest.mark.parametrize(
    ("offer", "tax", "landed"),
    [(100, 0, 182), (2000, 0, 2082), (2001, 0, 2551), (10_000, 0, 10_550), (10_000, 825, 11_375)],
)
def test_an_offer_lands_with_the_shipping_of_its_band_and_tax(offer: int, tax: int, landed: int) -> None:
    # 8.25 % of $100 is $8.25.
    assert value(landed_cost(pl.col("o"), parameters(buying={"tax": tax})), o=offer) == pytest.approx(landed)


def test_a_tie_stays_with_the_channel_named_first() -> None:
    same = {"whatnot": CHANNELS["manapool"] | {"commission": 500}}
    for names in (("whatnot", "manapool"), ("manapool", "whatnot")):
        assert net(1000, params=selling_at(*names, **same))[1] == names[0]


def test_a_buylist_takes_the_copies_it_wants_and_the_rest_goes_to_the_best_other() -> None:
    # Card Kingdom pays $9.00 for 3; TCGplayer nets 10 - 1.075 - 0.25 - 1.12 / 3.
    params = selling_at("tcgplayer", "cardkingdom_buylist")
    result = outcome(1000, params=params, own={"cardkingdom_buylist": (900, 1.0, 3)})
    assert (result["net_cents"], result["channel"], result["wanted"]) == (900, "cardkingdom_buylist", 3)
    assert result["uncapped_channel"] == "tcgplayer"
    assert result["uncapped_net_cents"] == pytest.approx(1000 - 132.5 - 112 / 3)


def test_a_buylist_that_pays_less_leaves_no_trace() -> None:
    params = selling_at("tcgplayer", "cardkingdom_buylist")
    result = outcome(1000, params=params, own={"cardkingdom_buylist": (830, 1.0, 3)})
    assert result["channel"] == "tcgplayer"  # 830.17
    assert (result["wanted"], result["uncapped_net_cents"], result["uncapped_channel"]) == (None, None, None)


def test_cash_and_credit_share_one_list_and_what_it_does_not_want_goes_elsewhere() -> None:
    # $8.00 and 30 % in credit is $10.40; copies beyond 2 must not be sold for the cash of the same list.
    params = selling_at("tcgplayer", "cardkingdom_buylist", "cardkingdom_credit")
    own = {"cardkingdom_buylist": (800, 1.0, 2), "cardkingdom_credit": (800, 1.0, 2)}
    result = outcome(1000, params=params, own=own)
    assert (result["net_cents"], result["channel"], result["wanted"]) == (1040, "cardkingdom_credit", 2)
    assert result["uncapped_channel"] == "tcgplayer"


def test_copies_that_no_other_channel_takes_are_bulk() -> None:
    params = selling_at("cardkingdom_buylist")
    result = outcome(1000, params=params, own={"cardkingdom_buylist": (800, 1.0, 2)})
    assert (result["uncapped_net_cents"], result["uncapped_channel"]) == (5, "bulk")


def test_cardmarket_counts_in_euros_and_nets_in_dollars() -> None:
    # $11.00 at 1.10 is EUR 10.00: 10 - 0.50 - 1.10 / 3 = 9.13333, in dollars 10.04667.
    result = outcome(
        1000, params=selling_at("tcgplayer", "cardmarket"), own={"cardmarket": (1100, 1.1, None)}
    )
    assert result["channel"] == "cardmarket"
    assert result["net_cents"] == pytest.approx((1000 - 50 - 110 / 3) * 1.1)
    assert result["wanted"] is None


@pytest.mark.parametrize(("cents", "euros", "postage"), [(2701, 2500, 110), (2702, 2501, 345)])
def test_a_tier_in_euros_does_not_turn_on_the_conversion(cents: int, euros: int, postage: int) -> None:
    # At 1.0803 EUR 25.00 is $27.0075, in whole cents 27.01; EUR 25.01 is $27.0183.
    result = outcome(3000, params=selling_at("cardmarket"), own={"cardmarket": (cents, 1.0803, None)})
    assert result["net_cents"] == pytest.approx((euros * 0.95 - postage / 3) * 1.0803)


@pytest.mark.parametrize("channel", OWN_PRICED)
def test_a_channel_of_own_prices_without_one_of_the_card_is_no_channel(channel: str) -> None:
    assert net(1000, params=selling_at(channel, "tcgplayer"))[1] == "tcgplayer"
    nothing: dict[str, Any] = {channel: (None, None, None)}
    assert outcome(1000, params=selling_at(channel, "tcgplayer"), own=nothing)["channel"] == "tcgplayer"


def test_an_own_price_far_above_the_reference_price_is_not_believed() -> None:
    params = selling_at("tcgplayer", "cardkingdom_buylist")
    assert outcome(1000, params=params, own={"cardkingdom_buylist": (1500, 1.0, 9)})["net_cents"] == 1500
    assert outcome(1000, params=params, own={"cardkingdom_buylist": (1501, 1.0, 9)})["channel"] == "tcgplayer"


def test_under_the_bulk_floor_no_channel_is_considered() -> None:
    params = selling_at("cardkingdom_buylist", "cardmarket")
    own: dict[str, Own] = {"cardkingdom_buylist": (40, 1.0, 9), "cardmarket": (49, 1.0, None)}
    assert outcome(49, params=params, own=own)["channel"] == "bulk"
    assert outcome(50, params=params, own=own)["channel"] == "cardkingdom_buylist"
    # Listed abroad for $0.49 it would be under the floor there.
    assert outcome(50, params=selling_at("cardmarket"), own=own)["channel"] == "bulk"


def owns(cents: int, rate: float = 1.1, wanted: int = 4) -> dict[str, Own]:
    """The same price at every channel that has one of its own."""
    return {
        "cardmarket": (cents, rate, None),
        "cardkingdom_buylist": (cents, 1.0, wanted),
        "cardkingdom_credit": (cents, 1.0, wanted),
    }


@LIMITED
@given(CENTS, st.sampled_from(["common", "rare", "mythic", None]), st.sampled_from(sorted(CHANNELS)))
def test_a_net_is_between_nothing_and_the_price(price: int, rarity: str | None, channel: str) -> None:
    no_bonus = {"cardkingdom_credit": {"bonus": 0}}
    params = selling_at(channel, **no_bonus)
    amount = outcome(price, rarity, params, owns(price))["net_cents"]
    # Whole euro cents differ from the price by half a one at most.
    assert 0 <= amount <= price + (0.55 if channel == "cardmarket" else 0)


RATES = [
    (group, name)
    for group in sorted(CHANNELS)
    for name in CHANNELS[group]
    if isinstance(CHANNELS[group][name], int)
]
RATES = [rate for rate in RATES if rate[1] not in {"tier", "small_order", "threshold", "bonus"}]
RATES += [("postage", "letter"), ("postage", "tracked"), ("postage_eu", "letter"), ("postage_eu", "tracked")]


@LIMITED
@given(CENTS, st.sampled_from(RATES), st.integers(1, 2000))
def test_a_higher_fee_never_raises_a_net(price: int, rate: tuple[str, str], more: int) -> None:
    group, name = rate
    at = [group] if group in CHANNELS else sorted(CHANNELS)
    dearer = {**PARAMETERS, **CHANNELS}[group][name] + more
    before = outcome(price, params=selling_at(*at), own=owns(price))["net_cents"]
    after = outcome(price, params=selling_at(*at, **{group: {name: dearer}}), own=owns(price))["net_cents"]
    assert after <= before + 1e-6


@LIMITED
@given(CENTS, CENTS, st.sampled_from(sorted(CHANNELS)))
def test_one_more_channel_never_lowers_a_net(price: int, own: int, channel: str) -> None:
    alone = outcome(price, params=selling_at(channel), own=owns(own))["net_cents"]
    among = outcome(price, params=selling_at(*sorted(CHANNELS)), own=owns(own))["net_cents"]
    assert among >= alone - 1e-6


@LIMITED
@given(CENTS, CENTS, st.integers(1, 50))
def test_what_follows_a_buylist_nets_no_more_than_it(price: int, own: int, wanted: int) -> None:
    result = outcome(price, params=selling_at(*sorted(CHANNELS)), own=owns(own, wanted=wanted))
    if result["wanted"] is None:
        assert result["uncapped_net_cents"] is None
    else:
        assert result["wanted"] == wanted
        assert 0 <= result["uncapped_net_cents"] < result["net_cents"]
        assert not result["uncapped_channel"].startswith("cardkingdom")


@LIMITED
@given(st.integers(50, 60_000), st.integers(2, 5))
def test_more_cards_in_an_order_never_lower_a_net_and_share_its_fixed_costs(price: int, cards: int) -> None:
    one = listed("tcgplayer", price, parameters(selling={"cards_per_order": 1}))
    many = listed("tcgplayer", price, parameters(selling={"cards_per_order": cards}))
    fixed = 30 + (82 if price <= 2000 else 550)
    assert many - one == pytest.approx(fixed * (1 - 1 / cards))
