"""Net value of each single today."""

from typing import Any

import polars as pl
import pytest
from builders import DAY, frame, offer_row, parameters

from arb_pipeline.contracts.contents import CARDS
from arb_pipeline.contracts.valuation import ChannelPrices, Features
from arb_pipeline.core.pricing.card_nets import card_nets

SCHEMA = {
    "category": pl.String,
    "single_product_id": pl.String,
    "is_foil": pl.Boolean,
    "name": pl.String,
    "rarity": pl.String,
    "set_code": pl.String,
    "tcg_product_id": pl.String,
    "card_id": CARDS,
    "printing": pl.String,
}


def single(**changes: Any) -> dict[str, Any]:
    """A non-foil rare."""
    row = {
        "category": "mtg",
        "single_product_id": "a",
        "is_foil": False,
        "name": "Card A",
        "rarity": "rare",
        "set_code": "tst",
        "tcg_product_id": "1001",
        "printing": "normal",
    } | changes
    return row | {"card_id": f"{row['single_product_id']}:{row['printing']}"}


def price(**changes: Any) -> dict[str, Any]:
    """A price of $10.00 of product 1001."""
    return offer_row(source_product_id="1001", reference_cents=1000) | changes


def nets(singles: list[dict[str, Any]], prices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nets by card, in order of their keys."""
    features = frame(prices, Features)
    result = card_nets(pl.DataFrame(singles, schema=SCHEMA, orient="row"), features, parameters())
    return result.with_columns(pl.col("card_id").cast(pl.String)).sort("card_id").to_dicts()


def test_a_card_nets_its_price_less_fees() -> None:
    row = nets([single()], [price()])[0]
    # 10 - 1.075 - 0.25 - (0.30 + 0.82) / 3
    assert row["net_cents"] == pytest.approx(1000 - 107.5 - 25 - 112 / 3)
    assert (row["reference_cents"], row["channel"]) == (1000, "tcgplayer")


def test_foil_and_non_foil_have_prices_of_their_own() -> None:
    foil = single(is_foil=True, printing="foil")
    rows = nets([single(), foil], [price(), price(printing="foil", reference_cents=3000)])
    assert [(r["card_id"], r["reference_cents"]) for r in rows] == [("a:foil", 3000), ("a:normal", 1000)]


def test_a_foil_without_a_foil_price_does_not_take_the_plain_one() -> None:
    row = nets([single(is_foil=True, printing="foil")], [price()])[0]
    assert (row["reference_cents"], row["net_cents"], row["channel"]) == (None, None, None)


@pytest.mark.parametrize("tcg_product_id", [None, "404"])
def test_a_card_without_a_marketplace_id_or_a_price_stays_and_is_unpriced(tcg_product_id: str | None) -> None:
    row = nets([single(tcg_product_id=tcg_product_id)], [price()])[0]
    assert (row["reference_cents"], row["net_cents"], row["channel"]) == (None, None, None)


def test_a_price_excluded_is_passed_on_and_not_used() -> None:
    row = nets([single()], [price(reference_cents=None, refused_cents=9000, price_day=None, quality=None)])[0]
    assert (row["reference_cents"], row["refused_cents"], row["net_cents"]) == (None, 9000, None)


def test_two_cards_of_one_marketplace_product_have_the_same_price() -> None:
    rows = nets([single(), single(single_product_id="b")], [price()])
    assert [r["reference_cents"] for r in rows] == [1000, 1000]


def test_a_card_does_not_take_the_price_of_another_game() -> None:
    row = nets([single()], [price(category="pokemon")])[0]
    assert row["reference_cents"] is None


@pytest.mark.parametrize(
    ("changes", "channel"),
    [
        ({}, "cardkingdom_buylist"),
        ({"printing": "foil"}, "tcgplayer"),
        ({"printing": "etched"}, "tcgplayer"),
        ({"single_product_id": "b"}, "tcgplayer"),
        ({"category": "pokemon"}, "tcgplayer"),
        ({"channel": "cardkingdom_credit"}, "tcgplayer"),  # not enabled
    ],
)
def test_a_channel_s_own_price_is_of_one_card_and_printing(changes: dict[str, Any], channel: str) -> None:
    own = {
        "category": "mtg",
        "single_product_id": "a",
        "printing": "normal",
        "channel": "cardkingdom_buylist",
        "price_cents": 900,
        "quantity_wanted": 7,
        "dollars_per_unit": 1.0,
        "day": DAY,
        "package_id": "p",
    } | changes
    row = card_nets(
        pl.DataFrame([single()], schema=SCHEMA, orient="row"),
        frame([price()], Features),
        parameters(selling={"channels": ["tcgplayer", "cardkingdom_buylist"]}),
        frame([own], ChannelPrices),
    ).row(0, named=True)
    is_bought = channel == "cardkingdom_buylist"
    assert (row["channel"], row["wanted"]) == (channel, 7 if is_bought else None)
    # $9.00 in cash against 10 - 1.075 - 0.25 - 1.12 / 3 on TCGplayer.
    assert row["net_cents"] == pytest.approx(900 if is_bought else 1000 - 132.5 - 112 / 3)
    assert row["uncapped_channel"] == ("tcgplayer" if is_bought else None)
