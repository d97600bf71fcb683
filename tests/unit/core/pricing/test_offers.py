"""Offers of several markets: what each costs landed, which are not the price and why, and which one is."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest
from builders import (
    DAY,
    completeness_row,
    frame,
    line_row,
    listing_row,
    net_row,
    offer_row,
    parameters,
    quote_row,
    sealed_row,
    wholesale_row,
)

from arb_pipeline.contracts.catalog import SealedProducts
from arb_pipeline.contracts.contents import Completeness, Lines
from arb_pipeline.contracts.quotes import Quotes
from arb_pipeline.contracts.valuation import CardNets, Features
from arb_pipeline.core.pricing.offers import WANTED, buyable, quantity_moves, sealed_offers
from arb_pipeline.core.valuation.sealed import value_sealed

Row = dict[str, Any]
EVENING = datetime(2025, 10, 10, 20, tzinfo=UTC)
"""Time at which the prices of the day are published: 72 hours count from it."""
SCHEMA = {name: dtype for name, dtype in Quotes.to_schema().dtypes.items() if name in WANTED}
TYPES = {name: dtype.type for name, dtype in SCHEMA.items()} | {
    "product_id": pl.String,
    "package_id": pl.String,
}


def quoted(quotes: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(
        [{name: row[name] for name in WANTED} for row in quotes],
        schema={name: TYPES[name] for name in WANTED},
        orient="row",
    )


def offered(*quotes: Row, tcgplayer: Row | None = None, **groups: Any) -> list[Row]:
    """The offers of the product: $50.00 at TCGplayer, where others paid $55.00, and these quotes."""
    return sealed_offers(
        frame([sealed_row()], SealedProducts),
        frame([offer_row(**tcgplayer or {})], Features),
        quoted(list(quotes)),
        params=parameters(**groups),
        as_of=DAY,
    ).to_dicts()


def valued(*quotes: Row, tcgplayer: Row | None = None, **groups: Any) -> Row:
    """The product valued: its singles net $80.00."""
    sealed, features = (
        frame([sealed_row()], SealedProducts),
        frame([offer_row(**tcgplayer or {})], Features),
    )
    params = parameters(**groups)
    (row,) = value_sealed(
        sealed,
        frame([completeness_row()], Completeness),
        frame([line_row()], Lines),
        frame([net_row()], CardNets),
        features,
        drawn=None,
        params=params,
        as_of=DAY,
        offers=sealed_offers(sealed, features, quoted(list(quotes)), params=params, as_of=DAY),
    ).to_dicts()
    return row


def objections(*quotes: Row, **groups: Any) -> list[str | None]:
    """Exclusion reasons of the quotes alone, in their order of landed cost."""
    return [row["objection"] for row in offered(*quotes, **groups) if row["source"] != "tcgplayer"]


def price(*quotes: Row, **given: Any) -> tuple[int | None, int | None, str | None]:
    row = valued(*quotes, **given)
    return row["sealed_price_cents"], row["sealed_list_price_cents"], row["sealed_source"]


def test_tcgplayers_cheapest_ask_is_an_offer_with_the_shipping_of_its_band() -> None:
    (row,) = offered()
    assert (row["source"], row["source_product_id"], row["price_type"]) == ("tcgplayer", "9001", "low")
    assert (row["list_price_cents"], row["shipping_cents"], row["landed_cents"]) == (5000, 550, 5550)
    assert (row["is_shipping_told"], row["recorded_at"], row["objection"]) == (False, EVENING, None)


def test_the_cheapest_landed_offer_is_the_price() -> None:
    # TCGplayer 50.00 + 5.50; Card Kingdom 45.00 + 5.50; eBay 49.00 + 0; its list price alone is higher.
    assert price() == (5550, 5000, "tcgplayer")
    assert price(quote_row()) == (5050, 4500, "cardkingdom")
    assert price(quote_row(), listing_row()) == (4900, 4900, "ebay")
    assert price(quote_row(), listing_row(shipping_cents=151)) == (5050, 4500, "cardkingdom")


def test_profit_and_margin_follow_the_cheapest_offer() -> None:
    # 80.00 - 50.50 = 29.50; 29.50 / 50.50 = 58.416 %.
    row = valued(quote_row())
    assert (row["profit_cents"], row["margin_bps"], row["published"]) == (2950, 5842, True)
    assert row["why"].startswith("singles net $80.00 against $50.50 landed at cardkingdom, led by")


def test_tax_is_of_the_price_and_a_cheap_thing_goes_as_a_letter() -> None:
    # 45.00 + 5.50 + 8 % of 45.00 = 54.10. 20.00 goes for 0.82, 20.01 for 5.50.
    assert offered(quote_row(), buying={"tax": 800})[0]["landed_cents"] == 5410
    landed = offered(quote_row(price_cents=2000), tcgplayer={"market_cents": None, "low_cents": 2001})
    assert [row["landed_cents"] for row in landed] == [2082, 2551]


def test_an_ask_is_of_the_day_it_was_seen_on_and_not_of_the_price_that_is_trusted() -> None:
    (ask,) = offered(tcgplayer={"price_day": DAY - timedelta(days=2), "asked_day": DAY})
    assert ask["recorded_at"] == datetime(DAY.year, DAY.month, DAY.day, 20, tzinfo=UTC)


def test_an_offer_is_cents_and_half_a_cent_goes_up() -> None:
    # 45.25 + 5.50 + 2 % of 45.25 = 51.655.
    rows = offered(quote_row(price_cents=4525), buying={"tax": 200})
    assert rows[0]["landed_cents"] == 5166


def test_of_equal_offers_the_source_named_first_counts() -> None:
    same = (quote_row(price_cents=5000), listing_row(price_cents=5000, shipping_cents=550))
    assert price(*same) == (5550, 5000, "tcgplayer")
    assert price(*same, buying={"sources": ["ebay", "cardkingdom", "tcgplayer"]}) == (5550, 5000, "ebay")


def test_the_order_of_quotes_does_not_matter() -> None:
    quotes = [listing_row(source_product_id=str(n), price_cents=4900 + n % 3) for n in range(9)]
    shuffled = list(quotes)
    Random(7).shuffle(shuffled)
    assert offered(*shuffled) == offered(*quotes)


def test_a_suspect_offer_is_shown_and_the_sound_one_is_the_price() -> None:
    # 60 % of 55.00 is 33.00.
    row = valued(listing_row(price_cents=3299))
    assert (row["sealed_price_cents"], row["sealed_source"], row["published"]) == (5550, "tcgplayer", True)
    assert row["flags"] == ["suspect_offer"]
    assert "an offer of $32.99 at ebay is too far under the market price to be used" in row["why"]
    assert price(listing_row(price_cents=3300)) == (3300, 3300, "ebay")


def test_a_suspect_ask_at_tcgplayer_leaves_the_others() -> None:
    row = valued(quote_row(), tcgplayer={"low_cents": 100})
    assert (row["sealed_price_cents"], row["sealed_source"], row["published"]) == (5050, "cardkingdom", True)
    assert row["flags"] == ["suspect_offer"]


def test_without_a_sound_offer_nothing_is_published_and_the_cheapest_suspect_is_shown() -> None:
    row = valued(listing_row(price_cents=90), tcgplayer={"low_cents": 100})
    assert (row["sealed_price_cents"], row["sealed_list_price_cents"]) == (None, 90)
    assert (row["sealed_source"], row["published"], row["flags"]) == ("ebay", False, ["suspect_offer"])


def test_what_tcgplayer_does_not_offer_may_be_bought_elsewhere() -> None:
    row = valued(quote_row(), tcgplayer={"low_cents": None})
    assert (row["sealed_price_cents"], row["flags"], row["published"]) == (5050, [], True)


def test_an_offer_elsewhere_without_a_sale_behind_it_is_not_published() -> None:
    row = valued(quote_row(), tcgplayer={"low_cents": None, "market_cents": None})
    assert (row["sealed_price_cents"], row["flags"], row["published"]) == (5050, ["no_market_price"], False)


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (EVENING - timedelta(hours=72), True),
        (EVENING - timedelta(hours=72, seconds=1), False),
        (EVENING + timedelta(hours=3, minutes=59), True),
        (EVENING + timedelta(hours=4), False),
    ],
)
def test_an_offer_counts_for_72_hours_and_not_before_its_day(at: datetime, counts: bool) -> None:
    # The day's prices are out at 20:00, so its last hours are later; the next day's are not known yet.
    assert (price(quote_row(recorded_at=at))[2] == "cardkingdom") is counts


def test_what_the_newest_list_lacks_is_sold_out() -> None:
    yesterday = quote_row(recorded_at=EVENING - timedelta(days=1))
    today = quote_row(product_id="other", recorded_at=EVENING)
    assert price(yesterday)[2] == "cardkingdom"
    both = sealed_offers(
        frame([sealed_row(), sealed_row(product_id="other", tcg_product_id=None)], SealedProducts),
        frame([offer_row()], Features),
        quoted([yesterday, today]),
        params=parameters(),
        as_of=DAY,
    )
    assert both.select("product_id", "source").rows() == [("box", "tcgplayer"), ("other", "cardkingdom")]


def test_an_answer_replaces_the_one_before_it_of_the_same_product_alone() -> None:
    before, now = EVENING - timedelta(days=1), EVENING - timedelta(hours=1)
    gone = listing_row(source_product_id="gone", price_cents=4000, recorded_at=before)
    assert price(gone, listing_row(recorded_at=now)) == (4900, 4900, "ebay")
    elsewhere = listing_row(product_id="other", recorded_at=now)
    assert price(gone, elsewhere) == (4000, 4000, "ebay")


def test_a_distributors_list_replaces_its_own_and_no_other() -> None:
    before, now = EVENING - timedelta(days=1), EVENING - timedelta(hours=1)
    alpha = wholesale_row(recorded_at=before)
    # 40.00 + 5.50; bravo asks 44.00 + 5.50; alpha's next list asks 43.00 + 5.50.
    assert (
        price(alpha, wholesale_row(source_product_id="bravo:9", price_cents=4400, recorded_at=now))[0] == 4550
    )
    assert price(alpha, wholesale_row(price_cents=4300, recorded_at=now))[0] == 4850


def test_a_distributors_price_counts_from_its_least_order() -> None:
    row = valued(wholesale_row())
    assert (row["sealed_price_cents"], row["sealed_source"]) == (4550, "distributor")
    assert "$45.50 landed at distributor from 6 pieces on" in row["why"]


@pytest.mark.parametrize(
    ("quote", "objection"),
    [
        (wholesale_row(available_quantity=5), "too_few"),
        (wholesale_row(available_quantity=6), None),
        (quote_row(available_quantity=0), "too_few"),
        (quote_row(available_quantity=1), None),
        (wholesale_row(is_presale=True), "not_yet_there"),
        (wholesale_row(available_on=DAY + timedelta(days=1)), "not_yet_there"),
        (wholesale_row(available_on=DAY), None),
        (quote_row(is_presale=None), None),
        (quote_row(source="cardmarket", price_type="low"), "not_bought_here"),
        (quote_row(source="amazon", quality=0.4), "low_quality"),
        (quote_row(source="amazon", quality=0.5), None),
        (quote_row(price_cents=3299), "suspect_offer"),
        (quote_row(price_cents=3300), None),
    ],
)
def test_an_offer_that_is_not_for_the_buyer_says_why_and_is_not_the_price(
    quote: Row, objection: str | None
) -> None:
    assert objections(quote) == [objection]
    assert (price(quote)[2] == quote["source"]) is (objection is None)


def test_what_is_offered_only_where_the_buyer_does_not_buy_is_no_offer() -> None:
    abroad, nowhere = quote_row(source="cardmarket", price_type="low"), {"low_cents": None}
    row = valued(abroad, tcgplayer=nowhere)
    assert (row["sealed_price_cents"], row["flags"], row["published"]) == (None, ["no_offer"], False)
    there = valued(abroad, tcgplayer=nowhere, buying={"sources": ["tcgplayer", "cardmarket"]})
    assert (there["sealed_price_cents"], there["published"]) == (5050, True)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"price_type": "buylist"}, False),
        ({"price_type": "trend"}, False),
        ({"condition": "near_mint"}, False),
        ({"condition": "near_mint", "source": "tcgplayer_api", "price_type": "low"}, True),
        ({"condition": "near_mint", "source": "tcgplayer_api", "price_type": "market"}, False),
        ({"printing": "foil"}, False),
        ({"product_id": None}, False),
    ],
)
def test_only_what_can_be_bought_sealed_is_an_offer(changes: Row, counts: bool) -> None:
    assert buyable(quoted([quote_row(**changes)]).lazy()).collect().height == counts


def test_an_offer_in_another_language_is_of_another_product() -> None:
    assert price(quote_row(language="Japanese"))[2] == "tcgplayer"


def listings(*sellers: int, **changes: Any) -> list[Row]:
    return [listing_row(source_product_id=str(n), seller=s, **changes) for n, s in enumerate(sellers)]


def test_sellers_are_the_most_that_one_source_counts() -> None:
    unknown = {"seller_count": None}
    assert valued(tcgplayer=unknown)["seller_count"] is None
    assert valued(*listings(1, 2, 2, 3), tcgplayer=unknown)["seller_count"] == 3
    counted = quote_row(source="amazon", price_type="low", seller_count=7)
    assert valued(*listings(1, 2, 2, 3), counted, tcgplayer=unknown)["seller_count"] == 7
    assert valued(quote_row(), tcgplayer=unknown)["seller_count"] is None


def test_sellers_make_competition_and_a_factor_that_is_not_missing() -> None:
    row = valued(*listings(1, 2, 3, 4, 5, 6), tcgplayer={"seller_count": None})
    assert (row["competition_level"], "seller_count" in row["missing_factors"]) == ("medium", False)
    # 1 - ln 6 / ln 50 = 1 - 1.791759 / 3.912023 = 0.54199.
    assert row["seller_count_factor"] == pytest.approx(0.5420)


def test_who_sells_a_suspect_thing_is_no_seller_of_it() -> None:
    cheap = listing_row(source_product_id="empty box", seller=9, price_cents=500)
    assert valued(*listings(1, 2), cheap, tcgplayer={"seller_count": None})["seller_count"] == 2
    assert valued(cheap, tcgplayer={"seller_count": None})["seller_count"] is None


def stock(*counts: int | None, source: str = "cardkingdom", product: str = "box") -> list[Row]:
    """Quotes of the last days, the newest last; None: the list of that day lacks the product."""
    days = [EVENING - timedelta(days=age) for age in range(len(counts) - 1, -1, -1)]
    return [
        quote_row(source=source, product_id=product, available_quantity=count, recorded_at=at)
        for at, count in zip(days, counts, strict=True)
        if count is not None
    ]


def moves(*quotes: Row, window_days: int = 30) -> dict[str, tuple[int, int]]:
    listed = quoted(list(quotes)).with_columns(_list=pl.col("source"))
    result = quantity_moves(listed, as_of=DAY, window_days=window_days)
    return {row["product_id"]: (row["days_moved"], row["days_compared"]) for row in result.to_dicts()}


def test_days_on_which_the_stock_changed_are_counted() -> None:
    # 8 8 7 9 9: two changes on four days.
    assert moves(*stock(8, 8, 7, 9, 9)) == {"box": (2, 4)}


def test_a_product_that_a_later_list_lacks_is_sold_out() -> None:
    # The lists are of five days. The box: 3, none, none, 2: gone, still gone, back. It counts from its first day.
    other = stock(5, 5, 5, 5, 5, product="other")
    assert moves(*stock(None, 3, None, None, 2), *other) == {"box": (2, 3), "other": (0, 4)}


def test_a_day_without_a_list_is_not_compared() -> None:
    assert moves(*stock(8, None, 7, 6)) == {"box": (1, 1)}


def test_what_an_answer_happens_to_show_is_no_stock() -> None:
    assert moves(*stock(8, 7, 6, source="ebay")) == {}


def test_trading_seen_in_the_stock_counts_where_the_price_stands_still() -> None:
    # The price moved on 1 of 29 days, the stock on 4 of 8.
    still = {"days_moved": 1, "days_compared": 29}
    row = valued(*stock(9, 8, 8, 7, 7, 6, 6, 5, 5), tcgplayer=still)
    assert row["volume_history"] == pytest.approx(0.5)
    assert valued(tcgplayer=still)["volume_history"] == pytest.approx(1 / 29, abs=0.00005)
