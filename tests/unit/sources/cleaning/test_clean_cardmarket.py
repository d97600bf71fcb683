"""Cardmarket's price guide: euros, finishes by field, and the reference that is there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from quote_builders import AT, TODAY, batch, cleaned, of_batches, prices, record, slugs

EMPTY: dict[str, Any] = dict.fromkeys(
    name for name in record("cardmarket") if name not in {"idProduct", "idCategory"}
)


def test_a_card_has_a_trend_and_a_lowest_price_in_both_finishes() -> None:
    result = cleaned("cardmarket", record("cardmarket"))
    # 0.02 x 1.1611 = 0.0232; 0.07 -> 0.0813; 0.04 -> 0.0464; 0.31 -> 0.3599
    assert prices(result) == {
        ("normal", "low"): 2,
        ("normal", "trend"): 8,
        ("foil", "low"): 5,
        ("foil", "trend"): 36,
    }
    row = result.quotes.filter(printing="normal", price_type="trend").row(0, named=True)
    assert row == {
        "category": "mtg",
        "source": "cardmarket",
        "source_product_id": "1",
        "id_kind": "mcm",
        "match_id": "1",
        "title": None,
        "upc": None,
        "printing": "normal",
        "condition": "near_mint",
        "language": "English",
        "day": TODAY,
        "recorded_at": AT,
        "price_type": "trend",
        "price_cents": 8,
        "amount_text": "0.07",
        "currency": "EUR",
        "shipping_cents": None,
        "seller": None,
        "seller_count": None,
        "available_quantity": None,
        "moq": None,
        "case_size": None,
        "available_on": None,
        "is_presale": None,
        "quality": 1.0,
        "source_url": None,
        "file": "file",
        "record": "idProduct 1",
    }


@pytest.mark.parametrize(
    ("changes", "price_type", "quality"),
    [
        ({}, "trend", 1.0),
        ({"trend": None}, "avg7", 0.8),
        ({"trend": 0}, "avg7", 0.8),
        ({"trend": 0.0, "avg7": None}, "avg30", 0.7),
    ],
)
def test_the_first_reference_that_is_there_counts(changes: Any, price_type: str, quality: float) -> None:
    result = cleaned("cardmarket", record("cardmarket", **changes)).quotes.filter(printing="normal")
    references = result.filter(result["price_type"] != "low")
    assert references.select("price_type", "quality").rows() == [(price_type, quality)]


@pytest.mark.parametrize("value", [0, 0.0, None])
def test_zero_and_null_mean_unknown(value: Any) -> None:
    result = cleaned("cardmarket", {"idProduct": 1, "idCategory": 1, **dict.fromkeys(EMPTY, value)})
    assert (result.quoted, result.unquoted, result.refused_records) == (0, {"no_price": 1}, 0)


def test_every_silent_record_is_counted() -> None:
    result = cleaned("cardmarket", *({"idProduct": n, "idCategory": 1} for n in range(1, 6)))
    assert result.unquoted == {"no_price": 5}


def test_a_sealed_product_is_never_foil() -> None:
    result = cleaned("cardmarket", record("cardmarket", idCategory=7, trend=100, low=90.5))
    assert prices(result) == {("normal", "low"): 10508, ("normal", "trend"): 11611}
    assert set(result.quotes["condition"]) == {"sealed"}


def test_a_sealed_product_with_foil_prices_alone_has_no_price() -> None:
    only_foil = {"idProduct": 9, "idCategory": 8, "trend-foil": 12.5, "low-foil": 11}
    assert cleaned("cardmarket", only_foil).unquoted == {"no_price": 1}


def test_a_card_that_exists_as_a_foil_only_has_its_foil_prices() -> None:
    only_foil = {"idProduct": 9, "idCategory": 1, "trend-foil": 10, "low-foil": 5}
    assert prices(cleaned("cardmarket", only_foil)) == {("foil", "low"): 581, ("foil", "trend"): 1161}


def test_pokemons_holo_prices_are_of_reverse_holofoils() -> None:
    card = {"idProduct": 719448, "idCategory": 51, "trend": 1.95, "trend-holo": 2, "low-holo": None}
    assert prices(cleaned("cardmarket", card)) == {
        ("normal", "trend"): 226,
        ("reverse_holofoil", "trend"): 232,
    }


def test_the_lowest_offer_of_a_card_counts_less_than_that_of_a_sealed_product() -> None:
    card = cleaned("cardmarket", record("cardmarket")).quotes.filter(price_type="low")
    box = cleaned("cardmarket", record("cardmarket", idCategory=7)).quotes.filter(price_type="low")
    assert card["quality"].max() < box["quality"].min()


def test_a_record_without_a_category_is_refused() -> None:
    assert slugs(cleaned("cardmarket", record("cardmarket", idCategory=None))) == ["no_idcategory"]


def test_the_day_is_that_of_utc() -> None:
    evening = datetime(2025, 10, 9, 22, 45, tzinfo=UTC)  # 00:45 of the 10th at Cardmarket's
    result = of_batches("cardmarket", batch("cardmarket", record("cardmarket"), at=evening))
    assert [str(day) for day in result.quotes["day"].unique()] == ["2025-10-09"]
