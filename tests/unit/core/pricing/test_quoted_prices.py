"""Quotes as rows of the price history: matched by id or title, the cheapest landed offer of several."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.matching import Catalogue
from arb_pipeline.core.matching.product_finder import catalogue_of
from arb_pipeline.core.pricing.quoted_prices import history_rows, matched_by_title

AT = datetime(2026, 1, 31, 6, tzinfo=UTC)
TYPES = {
    "product_id": pl.String,
    "title": pl.String,
    "seller": pl.Int64,
    "seller_count": pl.Int32,
    "available_quantity": pl.Int32,
    "shipping_cents": pl.Int64,
    "source_url": pl.String,
}


def quotes(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {
        "source": "ebay",
        "source_product_id": "1",
        "product_id": "BOX",
        "title": None,
        "condition": "sealed",
        "printing": "normal",
        "language": "English",
        "recorded_at": AT,
        "day": AT.date(),
        "price_type": "offer",
        "price_cents": 10_000,
        "shipping_cents": 0,
        "seller": None,
        "seller_count": None,
        "available_quantity": None,
        "quality": 0.6,
        "source_url": None,
    }
    return pl.DataFrame([plain | row for row in rows], schema_overrides=TYPES)


SEALED = pl.DataFrame(
    [
        {
            "product_id": key,
            "category": "mtg",
            "name": name,
            "set_name": "Bloomburrow",
            "set_code": "blb",
            "language": "English",
            "release_date": date(2024, 8, 2),
        }
        for key, name in (("BOX", "Bloomburrow Play Booster Box"), ("BUNDLE", "Bloomburrow Bundle"))
    ]
)


def catalogue() -> Catalogue:
    return Catalogue.of(SEALED)


def reason_of(**row: Any) -> tuple[str | None, str]:
    result = matched_by_title(quotes({"product_id": None, **row}), catalogue())
    return result.select("product_id", "match_reason").row(0)


def test_what_an_id_has_matched_keeps_its_product():
    result = matched_by_title(quotes({"title": "Bloomburrow Bundle"}), catalogue())
    assert result.select("product_id", "match_reason").row(0) == ("BOX", "id")


def test_a_sealed_offer_without_an_id_is_matched_by_its_title():
    assert reason_of(title="MTG Bloomburrow Play Booster Box NEW SEALED") == ("BOX", "matched")


def test_a_title_that_says_something_else_matches_nothing():
    assert reason_of(title="Bloomburrow Play Booster Box empty box only") == (None, "empty")


BOX_OF_36 = pl.DataFrame(
    {"sealed_product_id": ["BOX"], "bundle": [0], "pack": ["blb-play"], "quantity": [36]},
    schema_overrides={"quantity": pl.Int32},
)


@pytest.mark.parametrize(
    ("title", "product", "reason"),
    [
        ("Bloomburrow Play Booster Box 36 packs", "BOX", "matched"),
        ("Bloomburrow Play Booster Box", "BOX", "matched"),
        ("Bloomburrow Play Booster Box 24 packs", None, "other_count"),
        ("Bloomburrow Play Booster Box - 12 Boosters", None, "other_count"),
        # Nobody knows how many packs a bundle of this test holds: any number fits.
        ("Bloomburrow Bundle 9 packs", "BUNDLE", "matched"),
    ],
)
def test_a_listing_with_another_number_of_packs_is_of_something_else(title, product, reason):
    """A half box at $60 would be the cheapest offer of the full one, and a bargain that nobody sells."""
    result = matched_by_title(
        quotes({"product_id": None, "title": title}), catalogue_of(SEALED.drop("set_name"), BOX_OF_36)
    )
    assert result.select("product_id", "match_reason").row(0) == (product, reason)


def test_a_card_is_not_matched_by_its_title():
    assert reason_of(title="Bloomburrow Bundle", condition="near_mint") == (None, "no_id")


def test_of_several_offers_the_cheapest_landed_counts():
    rows = history_rows(
        quotes(
            {"price_cents": 9_900, "shipping_cents": 500, "source_product_id": "1"},
            {"price_cents": 10_000, "shipping_cents": 0, "source_product_id": "2"},
        )
    )
    assert rows.select("price_cents", "shipping_cents").rows() == [(10_000, 0)]


def test_of_equal_prices_the_one_whose_shipping_is_known_counts():
    rows = history_rows(quotes({"shipping_cents": None}, {"shipping_cents": 0, "source_product_id": "2"}))
    assert rows["shipping_cents"].to_list() == [0]


def test_sellers_are_counted_over_all_offers_and_pieces_are_summed():
    offers = [{"seller": n, "available_quantity": 2, "source_product_id": str(n)} for n in (1, 1, 2)]
    rows = history_rows(quotes(*offers))
    assert rows.select("seller_count", "available_quantity").rows() == [(2, 6)]


def test_an_offer_without_a_seller_counts_for_none():
    rows = history_rows(quotes({"seller": 1}, {"seller": None, "source_product_id": "2"}))
    assert rows["seller_count"].to_list() == [1]
    assert history_rows(quotes({}))["seller_count"].to_list() == [None]


def test_what_the_source_counts_itself_is_taken():
    assert history_rows(quotes({"seller_count": 7}))["seller_count"].to_list() == [7]


def test_quotes_without_a_product_are_no_history():
    assert history_rows(quotes({"product_id": None})).is_empty()


def test_each_kind_of_price_and_each_finish_is_a_row_of_its_own():
    rows = history_rows(quotes({"price_type": "trend"}, {"price_type": "low"}, {"printing": "foil"}))
    assert sorted(rows.select("price_type", "printing", "is_foil").rows()) == [
        ("low", "normal", False),
        ("offer", "foil", True),
        ("trend", "normal", False),
    ]
