"""Editions: the cheapest stands for the one that nobody tells."""

import polars as pl
from builders import frame, offer_row

from arb_pipeline.contracts.valuation import Features
from arb_pipeline.core.valuation.edition_fallback import with_any_edition


def prices(*rows: dict[str, object]) -> dict[tuple[str, str], int | None]:
    result = with_any_edition(frame([offer_row(**row) for row in rows], Features))
    named = result.select(pl.struct("source_product_id", "printing"), "reference_cents")
    return {(key["source_product_id"], key["printing"]): cents for key, cents in named.iter_rows()}


def test_a_card_of_any_edition_costs_what_the_cheapest_does() -> None:
    first, second = {"printing": "1st_edition", "reference_cents": 900}, {"printing": "unlimited"}
    assert prices(first, second | {"reference_cents": 700})["9001", "any_edition"] == 700
    assert prices(first, second | {"reference_cents": 1100})["9001", "any_edition"] == 900


def test_an_edition_without_a_price_does_not_stand_for_the_others() -> None:
    rows = {"printing": "1st_edition", "reference_cents": None}, {"printing": "unlimited"}
    assert prices(*rows)["9001", "any_edition"] == 5500


def test_a_sealed_product_sold_by_edition_has_an_offer() -> None:
    assert prices({"printing": "unlimited"})["9001", "normal"] == 5500


def test_a_plain_price_stays_the_plain_price() -> None:
    result = prices({"printing": "normal", "reference_cents": 800}, {"printing": "unlimited"})
    assert result["9001", "normal"] == 800


def test_foils_are_no_editions() -> None:
    assert prices({"printing": "foil"}) == {("9001", "foil"): 5500}
