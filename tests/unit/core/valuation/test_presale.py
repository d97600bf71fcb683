"""From TCGplayer's listing of a product to come, to the flag that keeps its confidence down."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import DAY, completeness_row, frame, line_row, net_row, offer_row, parameters

from arb_pipeline.contracts.base import conform
from arb_pipeline.contracts.catalog import SealedProducts
from arb_pipeline.contracts.contents import Completeness, Lines
from arb_pipeline.contracts.valuation import CardNets, Features
from arb_pipeline.core.contents import catalog
from arb_pipeline.core.valuation.sealed import value_sealed
from arb_pipeline.games.listings import listed_products


def flags(folder: Path, released: date) -> list[str]:
    """Of a Pokemon box that TCGplayer releases on a day, valued on `DAY`; its group came out long ago."""
    product = {
        "productId": 593355,
        "name": "Prismatic Evolutions Elite Trainer Box",
        "groupId": 23821,
        "presaleInfo": {"isPresale": released > DAY, "releasedOn": f"{released}T00:00:00", "note": None},
    }
    documents = {
        "3/groups": {"groupId": 23821, "publishedOn": "2025-01-17T00:00:00"},
        "3/23821/products": product,
    }
    for name, result in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"results": [result]}))
    sealed = conform(catalog.sealed_products(listed_products(folder, "pokemon")[0]), SealedProducts)
    its = {"category": "pokemon", "sealed_product_id": sealed["product_id"][0]}
    valued = value_sealed(
        sealed,
        frame([completeness_row(**its)], Completeness),
        frame([line_row(**its)], Lines),
        frame([net_row(category="pokemon")], CardNets),
        frame([offer_row(category="pokemon", source_product_id="593355")], Features),
        params=parameters(),
        as_of=DAY,
    )
    return list(valued["flags"][0])


@pytest.mark.parametrize(("days", "is_presale"), [(30, True), (0, True), (-7, True), (-8, False)])
def test_a_listing_s_day_of_release_flags_its_presale(tmp_path: Path, days: int, is_presale: bool) -> None:
    # `presale_days` is 7: ahead, or not more than a week ago.
    assert ("presale" in flags(tmp_path, DAY + timedelta(days=days))) is is_presale
