"""Quotes as a service takes them: bounds, blank names, half cents, exit channels."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from builders import parameters
from pydantic import ValidationError

from arb_pipeline.contracts.errors import InvalidInputError
from arb_pipeline.services import catalogue, what_if
from arb_pipeline.services.catalogue import ProductView
from arb_pipeline.services.view import dollars, percent
from arb_pipeline.settings import Settings

BOX = ProductView(product_id="b", category="mtg", set_code="tst", name="Box", tcg_product_id=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "0"},
        {"price": "NaN"},
        {"price": "10000000"},
        {"shipping": "-0.01"},
        {"quantity": 0},
        {"quantity": 10_001},
        {"chance": 1},
        {"chance": 0},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_quote_out_of_bounds_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        what_if.Quote(**{"product": "box", "price": "5.00"} | changes)


@pytest.mark.parametrize(
    ("price", "cents"), [("98.50", 9850), ("1.23456", 123), ("1.235", 124), ("0.005", 1)]
)
def test_a_price_is_rounded_half_a_cent_up(
    price: str, cents: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    purchases = []

    def valued(_settings: Settings, asked: list[Any], **_: Any) -> list[str]:
        purchases.extend(asked)
        return ["valued"]

    monkeypatch.setattr(catalogue, "resolve", lambda *_: BOX)
    monkeypatch.setattr(what_if, "value_purchases", valued)
    quote = what_if.Quote(product="box", price=price, quantity=2, shipping="3.00")
    what_if.value_quote(Settings(home=tmp_path), None, quote)  # type: ignore[arg-type]
    (purchase,) = purchases
    assert (purchase.product_id, purchase.price_cents, purchase.quantity) == ("b", cents, 2)
    assert purchase.shipping_cents == 300


def test_less_than_half_a_cent_and_a_blank_name_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError, match="The name is empty"):
        what_if.value_quote(
            Settings(home=tmp_path),
            None,  # type: ignore[arg-type]
            what_if.Quote(product=" ", price="5"),
        )
    monkeypatch.setattr(catalogue, "resolve", lambda *_: BOX)
    with pytest.raises(InvalidInputError, match="half a cent"):
        what_if.value_quote(
            Settings(home=tmp_path),
            None,  # type: ignore[arg-type]
            what_if.Quote(product="box", price="0.0049"),
        )


def test_an_unknown_exit_channel_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidInputError) as refused:
        what_if.sold_at(parameters(), ["tcgplayer", "evay"])
    assert "'evay'" in str(refused.value)
    assert "tcgplayer" in refused.value.allowed
    assert what_if.sold_at(parameters(), []) == parameters()
    assert what_if.sold_at(parameters(), ["tcgplayer", "tcgplayer"]).selling.channels == ("tcgplayer",)


@pytest.mark.parametrize(
    ("cents", "amount"), [(0, "0.00"), (5, "0.05"), (-1234, "-12.34"), (4384.1667, "43.841667"), (None, None)]
)
def test_cents_become_exact_dollars(cents: float | None, amount: str | None) -> None:
    assert dollars(cents) == (None if amount is None else Decimal(amount))


def test_basis_points_become_percent() -> None:
    assert (percent(989), percent(None)) == (Decimal("9.89"), None)
