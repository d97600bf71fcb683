"""Fees: the worked checks of valuation.md 3 to the cent, the best channel, and the bulk floor."""

from typing import Any

import polars as pl
import pytest
from builders import PARAMETERS, parameters, value
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.fees import (
    CHANNELS,
    ebay_fees,
    landed_cost,
    net_and_channel,
    order_postage,
    tcgplayer_commission,
    tcgplayer_payment,
)
from arb_pipeline.core.params import Parameters

LIMITED = settings(max_examples=40, deadline=None)
CENTS = st.integers(1, 3_000_000)


def net(
    price: int | None, rarity: str | None = "rare", params: Parameters | None = None
) -> tuple[float | None, str | None]:
    """(net, channel) of one card."""
    row = pl.DataFrame(
        {"price": [price], "rarity": [rarity]}, schema={"price": pl.Int64, "rarity": pl.String}
    )
    amount, channel = net_and_channel(pl.col("price"), pl.col("rarity"), params or parameters())
    found: tuple[float | None, str | None] = row.select(amount.alias("net"), channel.alias("channel")).row(0)
    return found


def listed(channel: str, price: int, params: Parameters | None = None) -> float:
    """Net of one listed card at one channel."""
    found: float = value(CHANNELS[channel](pl.col("p"), params or parameters()), p=price)
    return found


@pytest.mark.parametrize(("rate", "commission", "fees"), [(1025, 680, 887), (1075, 713, 920)])
def test_tcgplayer_takes_what_its_own_example_says(rate: int, commission: int, fees: int) -> None:
    # Subtotal $66.30, order total $70.78. 66.30 x 10.25 % = 6.79575; x 10.75 % = 7.12725.
    # 70.78 x 2.5 % + 0.30 = 2.0695. Together 8.86525 and 9.19675.
    rules = parameters(tcgplayer={"commission": rate}).tcgplayer
    taken = value(tcgplayer_commission(pl.col("s"), rules), s=6630)
    paid = value(tcgplayer_payment(pl.col("t"), rules), t=7078)
    assert (round(taken), round(paid)) == (commission, 207)
    assert round(taken + paid) == fees


def test_tcgplayer_caps_its_commission_at_75_dollars_a_product() -> None:
    # $75 / 10.75 % = $697.67.
    rules = parameters().tcgplayer
    assert value(tcgplayer_commission(pl.col("s"), rules), s=69_767) == pytest.approx(7499.9525)
    assert value(tcgplayer_commission(pl.col("s"), rules), s=69_768) == 7500
    assert value(tcgplayer_commission(pl.col("s"), rules), s=500_000) == 7500


@pytest.mark.parametrize(
    ("total", "fees"),
    [
        (800, 136),  # 8.00 x 13.25 % + 0.30
        (1000, 162.5),  # 10.00 x 13.25 % + 0.30: the small order's last cent
        (1001, 172.6325),  # above it 0.40
        (10_000, 1365),  # 100 x 13.25 % + 0.40
        (1_000_000, 105_290),  # 7,500 x 13.25 % + 2,500 x 2.35 % + 0.40
    ],
)
def test_ebay_takes_what_its_fee_page_says(total: int, fees: float) -> None:
    assert value(ebay_fees(pl.col("t"), parameters().ebay), t=total) == pytest.approx(fees)


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


@LIMITED
@given(CENTS, st.sampled_from(["common", "rare", "mythic", None]), st.sampled_from(sorted(CHANNELS)))
def test_a_net_is_between_nothing_and_the_price(price: int, rarity: str | None, channel: str) -> None:
    amount, _ = net(price, rarity, parameters(selling={"channels": [channel]}))
    assert amount is not None
    assert 0 <= amount <= price


RATES = [
    ("tcgplayer", "commission"),
    ("tcgplayer", "payment"),
    ("tcgplayer", "per_order"),
    ("tcgplayer_direct", "per_card"),
    ("tcgplayer_direct", "commission"),
    ("tcgplayer_direct", "payment"),
    ("ebay", "commission"),
    ("ebay", "commission_above"),
    ("ebay", "per_small_order"),
    ("ebay", "per_order"),
    ("postage", "letter"),
    ("postage", "tracked"),
]


@LIMITED
@given(CENTS, st.sampled_from(RATES), st.integers(1, 2000))
def test_a_higher_fee_never_raises_a_net(price: int, rate: tuple[str, str], more: int) -> None:
    group, name = rate
    channels: dict[str, Any] = {"channels": sorted(CHANNELS)}
    before = net(price, params=parameters(selling=channels))[0]
    after = net(
        price, params=parameters(selling=channels, **{group: {name: PARAMETERS[group][name] + more}})
    )[0]
    assert before is not None
    assert after is not None
    assert after <= before + 1e-9


@LIMITED
@given(CENTS, st.sampled_from(sorted(CHANNELS)))
def test_one_more_channel_never_lowers_a_net(price: int, channel: str) -> None:
    alone = net(price, params=parameters(selling={"channels": [channel]}))[0]
    among = net(price, params=parameters(selling={"channels": sorted(CHANNELS)}))[0]
    assert alone is not None
    assert among is not None
    assert among >= alone - 1e-9
