"""Product of a row of a price list: by ids first, then by name; unique or nothing."""

import polars as pl
import pytest
from builders import frame, sealed_row

from arb_pipeline.contracts.catalog import MarketplaceIds, SealedProducts
from arb_pipeline.core.matching.product_finder import ProductFinder, pack_counts

UPC = "036000291452"
"""A barcode of which the check digit is right (the one of Wikipedia's page on UPC)."""


def finder() -> ProductFinder:
    box = {
        "product_id": "0f-box",
        "name": "Bloomburrow Play Booster Box",
        "set_code": "blb",
        "tcg_product_id": "541176",
    }
    other = {
        "product_id": "0f-other",
        "name": "Foundations Play Booster Box",
        "set_code": "fdn",
        "tcg_product_id": "562118",
    }
    twins = {"name": "Starter Deck", "set_code": "aaa"}
    sealed = [
        sealed_row(**box),
        sealed_row(**other),
        sealed_row(**twins, product_id="t1", tcg_product_id="77"),
        sealed_row(**twins, product_id="t2", tcg_product_id="77"),
    ]
    known = {
        "category": "mtg",
        "id_kind": "upc",
        "marketplace_id": UPC,
        "printing": None,
        "product_id": "0f-box",
    }
    return ProductFinder(
        frame(sealed, SealedProducts), pl.DataFrame([known], schema=frame([], MarketplaceIds).schema)
    )


@pytest.mark.parametrize(
    ("given", "by"),
    [
        ({"id": "0F-BOX"}, "id"),
        ({"product": "0f-box"}, "id"),
        ({"tcg_product_id": "541176"}, "tcg_product_id"),
        ({"product": "541176"}, "tcg_product_id"),
        ({"upc": "36000291452"}, "upc"),  # without its leading zero, as spreadsheets keep it
        ({"name": "bloomburrow play booster box"}, "name"),
        ({"product": "MTG Bloomburrow Play Booster Display Box - 36 Packs Sealed"}, "title"),
        ({"tcg_product_id": "1", "name": "Bloomburrow Play Booster Box"}, "name"),
        (
            {"id": "A-17", "tcg_product_id": "541176"},
            "tcg_product_id",
        ),  # a distributor's own id is none of ours
        ({"id": "541176", "name": "Bloomburrow Play Booster Box"}, "name"),
        ({"tcg_product_id": "541176", "name": "Box of the squirrels"}, "tcg_product_id"),
    ],
)
def test_found(given: dict[str, str], by: str) -> None:
    result = finder().find(given)
    assert (result.product_id, result.by) == ("0f-box", by)


@pytest.mark.parametrize(
    ("given", "slug", "message"),
    [
        ({}, "no_product", "names no product"),
        ({"tcg_product_id": "1"}, "unknown_id", "'1'"),
        ({"product": "1"}, "unknown_id", "'1'"),
        ({"tcg_product_id": "77"}, "unknown_id", "'77'"),  # of two products
        ({"upc": "036000291453"}, "unknown_id", "036000291453"),  # its check digit is wrong
        ({"name": "Black Lotus Box"}, "unknown", "Black Lotus Box"),
        ({"name": "Starter Deck"}, "ambiguous", "Starter Deck"),
        ({"name": "Bloomburrow Play Booster Box (Japanese)"}, "wrong_language", "wrong language"),
        ({"id": "0f-box", "tcg_product_id": "562118"}, "contradiction", "Foundations"),
        ({"id": "562118", "name": "Bloomburrow Play Booster Box"}, "contradiction", "id '562118' is 'Found"),
        ({"id": "562118", "tcg_product_id": "541176"}, "contradiction", "Foundations"),
        # A shop's own number, or TCGplayer's: nothing is valued, and the reader is told how to read it.
        ({"id": "541176"}, "unknown_id", "has it at TCGplayer: read the column as tcg_product_id"),
        ({"upc": UPC, "name": "Foundations Play Booster Box"}, "contradiction", "Bloomburrow"),
    ],
)
def test_not_found(given: dict[str, str], slug: str, message: str) -> None:
    result = finder().find(given)
    assert (result.product_id, result.by) == (None, slug)
    assert message in result.reason


BOX_DRAWS = pl.DataFrame(
    {
        "sealed_product_id": ["0f-box", "0f-box", "tin", "tin"],
        "bundle": [0, 0, 0, 1],
        "pack": ["blb-play", "", "blb-play", "blb-play"],
        "quantity": [36, 2, 3, 1],
    }
)


def test_packs_of_a_product_are_counted_where_no_mixture_is_drawn():
    assert pack_counts(BOX_DRAWS).rows() == [("0f-box", 36)]


@pytest.mark.parametrize(
    ("title", "product_id", "by"),
    [
        ("Bloomburrow Play Booster Box 36 packs", "0f-box", "title"),
        ("Bloomburrow Play Booster Box 24 packs", None, "other_count"),
        ("Bloomburrow Play Booster Box (24 boosters)", None, "other_count"),
    ],
)
def test_a_title_with_another_number_of_packs_is_not_the_full_box(title, product_id, by):
    sealed = frame([sealed_row(product_id="0f-box", name="Bloomburrow Play Booster Box")], SealedProducts)
    finder = ProductFinder(sealed, frame([], MarketplaceIds), BOX_DRAWS)
    result = finder.find({"name": title})
    assert (result.product_id, result.by) == (product_id, by)
