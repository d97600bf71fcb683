"""Exits beside the patient sale, worked by hand."""

from typing import Any

import polars as pl
import pytest
from builders import parameters

from arb_pipeline.core.params import Parameters
from arb_pipeline.core.pricing.exits import (
    best_resale,
    cash,
    quick_net,
    quick_price,
    resale_nets,
    resale_price,
    resale_range,
)
from arb_pipeline.core.pricing.fees import OwnPrice, card_net

PARAMS = parameters()


def one(expression: pl.Expr, **columns: Any) -> Any:
    """The value of an expression over one row."""
    return pl.DataFrame({name: [value] for name, value in columns.items()}).select(expression).item()


@pytest.mark.parametrize(
    ("market", "ask", "price"),
    [
        (1000, 900, 900.0),  # undercut the lowest ask
        (1000, 400, 700.0),  # an ask that low is of a worse condition: 0.7 x 10.00
        (1000, 1200, 1000.0),  # nobody pays more than the market price
        (1000, None, 700.0),  # no ask is known
        (None, 900, None),
    ],
)
def test_the_quick_price_is_the_lowest_ask_within_floor_and_market(
    market: int | None, ask: int | None, price: float | None
) -> None:
    quick = one(
        pl.when(pl.col("market").is_not_null()).then(quick_price(pl.col("market"), pl.col("ask"), PARAMS)),
        market=pl.Series([market], dtype=pl.Int64)[0],
        ask=ask,
    )
    assert quick == price


def test_a_quick_sale_nets_the_fees_of_its_own_price() -> None:
    # At 9.00: 10.75 % and 2.5 % are 1.1925; 0.30 and a letter of 0.82 over three cards 0.3733: 7.434.
    tcgplayer = parameters(selling={"channels": ["tcgplayer"]})
    net = one(
        quick_net(pl.col("market"), pl.col("ask"), pl.col("rarity"), tcgplayer),
        market=1000,
        ask=900,
        rarity="rare",
    )
    assert net == pytest.approx(900 - 119.25 - 112 / 3)


def test_a_quick_price_under_the_bulk_floor_is_bulk() -> None:
    # 0.60 at market, 0.42 at the floor of 0.7: not listed, 5 cents for a rare.
    net = one(
        quick_net(pl.col("market"), pl.col("ask"), pl.col("rarity"), PARAMS), market=60, ask=30, rarity="rare"
    )
    assert net == 5


def buylist(params: Parameters, cents: int, wanted: int, market: int) -> tuple[float | None, int | None]:
    price = OwnPrice(pl.lit(cents), pl.lit(1.0), pl.lit(wanted, pl.Int32))
    net, copies = cash(pl.col("market"), params, {"cardkingdom_buylist": price})
    return one(net, market=market), one(copies, market=market)


def test_cash_is_what_the_buylist_pays_and_how_many_it_takes() -> None:
    assert buylist(PARAMS, 550, 8, 1000) == (550, 8)


def test_a_buylist_far_above_the_market_is_not_believed() -> None:
    # The limit is 150 % of the market price.
    assert buylist(PARAMS, 1501, 8, 1000)[0] is None
    assert buylist(PARAMS, 1500, 8, 1000)[0] == 1500


def test_without_a_buylist_there_is_no_cash() -> None:
    net, copies = cash(pl.col("market"), PARAMS, {})
    assert (one(net, market=1000), one(copies, market=1000)) == (None, None)


def test_a_box_sold_on_nets_its_market_price_less_fees_and_a_parcel() -> None:
    # 100.00: TCGplayer 10.75 + 2.50 + 0.30 + 7.33 = 20.88; eBay 13.25 + 0.40 + 7.33 = 20.98.
    nets = resale_nets(pl.col("market"), PARAMS)
    assert {name: one(net, market=10_000) for name, net in nets.items()} == pytest.approx(
        {"tcgplayer": 7912.0, "ebay": 7902.0}
    )
    net, channel = best_resale(pl.col("market"), PARAMS)
    assert (one(net, market=10_000), one(channel, market=10_000)) == (pytest.approx(7912.0), "tcgplayer")


def test_a_box_cheaper_than_its_parcel_nets_nothing() -> None:
    assert one(best_resale(pl.col("market"), PARAMS)[0], market=500) == 0


def test_a_resale_undercuts_the_lowest_other_ask():
    price = resale_price(pl.col("market"), pl.col("rival"))
    assert one(price, market=10_000, rival=9_000) == 8_999
    assert one(price, market=10_000, rival=12_000) == 10_000
    assert one(resale_price(pl.col("market"), pl.lit(None, pl.Int64)), market=10_000) == 10_000
    assert one(price.is_null(), market=None, rival=9_000) is True


@pytest.mark.parametrize(
    ("is_low", "factors"), [(False, (0.92312, 1.0, 1.08329)), (True, (0.60653, 0.9, 1.08329))]
)
def test_an_offer_far_under_the_market_price_widens_the_range_below(is_low, factors):
    # exp(-0.08), exp(0.08) and exp(-0.5). TCGplayer takes 13.25 %, 0.30 and a parcel of 7.33; eBay 13.25 % and more.
    net_of = resale_range(pl.col("market"), pl.lit(is_low), PARAMS)
    nets = {name: one(net, market=10_000) for name, net in net_of.items()}
    wanted = (10_000 * factor * 0.8675 - 763 for factor in factors)
    assert nets == pytest.approx(dict(zip(("p5", "mean", "p95"), wanted, strict=True)), abs=0.5)


def test_handling_is_of_each_order_and_each_card() -> None:
    # 0.12 and 2 minutes an order, 0.10 and 1 minute a card, at 18.00 an hour: 0.72 over three cards and 0.40.
    handling = {"per_order": 12, "per_card": 10, "minutes_per_order": 2, "minutes_per_card": 1}
    paid = parameters(handling=handling | {"hourly_rate": 1800})
    fees = paid.channels["tcgplayer"]
    without = one(card_net(pl.col("price"), fees, PARAMS), price=1000.0)
    assert without - one(card_net(pl.col("price"), fees, paid), price=1000.0) == pytest.approx(24 + 40)


def test_a_buylist_costs_no_handling() -> None:
    paid = parameters(handling={"per_order": 100, "per_card": 100})
    assert buylist(paid, 550, 8, 1000) == (550, 8)
