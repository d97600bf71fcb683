"""Ids that persons corrected hold in every run: in the catalogue, whoever wrote it and when."""

from pathlib import Path
from uuid import UUID

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa

from arb_pipeline.access.audit import COMMAND_LINE, Actor
from arb_pipeline.access.users import create_user
from arb_pipeline.contracts.base import empty
from arb_pipeline.contracts.catalog import MarketplaceIds, SealedProducts
from arb_pipeline.defs.shared.lake_io import LakeIO
from arb_pipeline.services.price_list import value_list
from arb_pipeline.services.product_edits import ProductChange, update_product
from arb_pipeline.settings import Settings, settings
from arb_pipeline.storage.lake import SEALED_PRODUCTS, Lake
from arb_pipeline.storage.postgres import tables
from arb_pipeline.storage.postgres.reference import corrected, save_products

BOX, DECK, TIN = (str(UUID(int=n)) for n in (1, 2, 3))
STATED = pl.DataFrame({"product_id": [BOX, DECK, TIN], "tcg_product_id": ["10", "20", "30"]})


def correct(engine: sa.Engine, product_id: str, value: str | None) -> None:
    """Correction of a product, as PUT /api/v1/products/{id} does it."""
    with engine.begin() as connection:
        user = create_user(connection, COMMAND_LINE, f"of {value}".replace(" ", "-"), "operator")
        update_product(
            connection,
            Actor(user, None, None, None),
            product_id,
            ProductChange(tcg_product_id=value),
            reason="the source has another product's",
            check=lambda: None,
        )


@pytest.fixture
def listed(engine: sa.Engine) -> sa.Engine:
    with engine.begin() as connection:
        rows = [
            {"id": id_, "name": id_, "product_type": "sealed", "category": "mtg", "tcg_product_id": number}
            for id_, number in STATED.iter_rows()
        ]
        connection.execute(sa.insert(tables.products), rows)
    return engine


def test_the_id_is_the_persons_and_no_other_product_keeps_it(listed: sa.Engine) -> None:
    correct(listed, TIN, None)
    correct(listed, BOX, "30")
    with listed.connect() as connection:
        catalogue = corrected(connection, STATED, key="product_id")

    assert catalogue["tcg_product_id"].to_list() == ["30", "20", None]


def test_a_reload_keeps_the_correction(listed: sa.Engine) -> None:
    correct(listed, DECK, "21")
    stated = STATED.rename({"product_id": "id"}).with_columns(
        name=pl.col("id"), product_type=pl.lit("sealed"), category=pl.lit("mtg")
    )
    with listed.begin() as connection:
        save_products(connection, stated)
        query = sa.select(tables.products.c.tcg_product_id).order_by(tables.products.c.id)
        assert list(connection.scalars(query)) == ["10", "21", "30"]


def test_a_run_that_does_not_renew_the_catalogue_reads_it_corrected(
    listed: sa.Engine, open_home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARB_HOME", str(open_home))
    monkeypatch.setenv("ARB_DATABASE_URL", listed.url.render_as_string(hide_password=False))
    settings.cache_clear()
    try:
        Lake(settings().lake).write(STATED, SEALED_PRODUCTS)
        correct(listed, DECK, "21")
        context = dg.build_input_context(asset_key=dg.AssetKey(SEALED_PRODUCTS.split("/")))
        catalogue = LakeIO().load_input(context)
    finally:
        settings.cache_clear()

    assert catalogue["tcg_product_id"].to_list() == ["10", "21", "30"]


def test_a_price_list_is_matched_by_an_id_as_soon_as_it_is_corrected(
    listed: sa.Engine, open_home: Path, tmp_path: Path
) -> None:
    given = Settings(home=open_home)
    text = {"category": "mtg", "set_code": "blb", "kind": "deck", "language": "English"}
    stated = STATED.with_columns(
        pl.col("product_id").alias("name"), **{k: pl.lit(v) for k, v in text.items()}
    )
    sealed = pl.concat([empty(SealedProducts), stated], how="diagonal")
    Lake(given.lake).write(sealed, SEALED_PRODUCTS)
    Lake(given.lake).write(empty(MarketplaceIds), "catalog/marketplace_ids")
    path = tmp_path / "list.csv"
    path.write_text("tcg_product_id,price\n21,5.00\n20,5.00\n", "utf-8")
    correct(listed, DECK, "21")
    rows = value_list(given, listed, path, chance=0.8).rows

    assert [(row.matched_by, row.valuation and row.valuation.product.product_id) for row in rows] == [
        ("tcg_product_id", DECK),
        (None, None),
    ]
