"""Products of one's own, corrections that outlive reloads, and lost updates."""

import polars as pl
import pytest
from seeds import BOX, DECK

from arb_pipeline.storage.postgres.reference import save_products

NEW = {"name": "My Box", "product_type": "sealed", "category": "mtg"}


def test_a_product_of_ones_own_is_created_and_listed(operator):
    made = operator.post("/api/v1/products", json=NEW)

    assert made.status_code == 201, made.text
    assert made.json()["origin"] == "user"
    assert operator.get(made.headers["location"]).json()["name"] == "My Box"
    assert len(operator.get("/api/v1/products?origin=user").json()["items"]) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"category": "chess"}, "/category"),
        ({"product_type": "box"}, "/product_type"),
        ({"image_url": "http://plain.example/x.png"}, "/image_url"),
        ({"image_url": "javascript:alert(1)"}, "/image_url"),
        ({"amazon_asin": "short"}, "/amazon_asin"),
        ({"is_active": False}, "/is_active"),
    ],
)
def test_wrong_products_are_refused(operator, change, pointer):
    answer = operator.post("/api/v1/products", json=NEW | change)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_id_that_another_product_has_is_a_conflict(operator):
    answer = operator.post("/api/v1/products", json=NEW | {"tcg_product_id": "541186"})

    assert answer.status_code == 409


def test_deleting_deactivates_and_the_product_stays(operator):
    path = f"/api/v1/products/{DECK}"

    assert operator.delete(path).json()["is_active"] is False
    assert operator.get(path).status_code == 200
    assert len(operator.get("/api/v1/products").json()["items"]) == 4
    assert len(operator.get("/api/v1/products?is_active=all").json()["items"]) == 5
    assert operator.put(path, json={"is_active": True}).json()["is_active"] is True


def test_an_id_is_corrected_with_a_reason_and_stays_after_a_reload(operator, seeded):
    path = f"/api/v1/products/{BOX}"
    assert operator.put(path, json={"tcg_product_id": "999"}).status_code == 422
    done = operator.put(path, json={"tcg_product_id": "999", "reason": "the source has the case's id"})
    assert done.json()["tcg_product_id"] == "999", done.text

    rows = pl.DataFrame({"id": [str(BOX)], "name": ["Renamed"], "tcg_product_id": ["541186"]})
    rows = rows.with_columns(product_type=pl.lit("sealed"), category=pl.lit("mtg"))
    with seeded.begin() as connection:
        save_products(connection, rows)
    result = operator.get(path).json()

    assert (result["name"], result["tcg_product_id"]) == ("Renamed", "999")


def test_a_change_of_nothing_and_of_unknown_fields_is_refused(operator):
    path = f"/api/v1/products/{BOX}"

    assert operator.put(path, json={}).status_code == 422
    assert operator.put(path, json={"name": "x"}).status_code == 422
    assert operator.put(path, json={"reason": "why"}).status_code == 422


def test_a_lost_update_is_refused(operator):
    path = f"/api/v1/products/{BOX}"
    tag = operator.get(path).headers["etag"]

    assert operator.put(path, json={"is_featured": True}, headers={"If-Match": tag}).status_code == 200
    assert operator.put(path, json={"is_featured": False}, headers={"If-Match": tag}).status_code == 412
    assert operator.delete(path, headers={"If-Match": '"other"'}).status_code == 412
