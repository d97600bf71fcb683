"""Lists: filters, search, order, pages, totals, fields, streams, ETags."""

import io
from uuid import UUID

import polars as pl
import pytest
import sqlalchemy as sa
from seeds import BOX, DECK, OPEN_BOX, OPEN_DECK, TIN

from arb_pipeline.api.models.catalogue import PricePage, ProductPage, ValuationPage
from arb_pipeline.api.models.opportunities import OpportunityPage
from arb_pipeline.storage.postgres.buyer_tables import price_list_rows, price_lists


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


def names(answer):
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["items"]]


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/api/v1/products", ProductPage),
        ("/api/v1/opportunities?status=all", OpportunityPage),
        ("/api/v1/valuations", ValuationPage),
        (f"/api/v1/products/{BOX}/price-history", PricePage),
    ],
)
def test_what_sql_builds_is_the_model(viewer, path, model):
    page = model.model_validate_json(viewer.get(path).text)

    assert page.items


def test_active_opportunities_come_best_first_with_money_as_text_and_links(viewer):
    answer = viewer.get("/api/v1/opportunities")

    assert ids(answer) == [str(OPEN_BOX), str(OPEN_DECK)]
    box, deck = answer.json()["items"]
    assert (box["profit"], box["currency"], box["margin_percentage"]) == ("50.00", "USD", 50.0)
    assert box["source_url"] == "https://www.tcgplayer.com/product/541186"
    assert box["image_url"] == "https://tcgplayer-cdn.tcgplayer.com/product/541186_200w.jpg"
    assert deck["source_url"] == "https://ck.example/deck"
    assert deck["image_url"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=blb play box", ["Bloomburrow - Play Booster Box"]),
        ("q=BLOOM booster", ["Bloomburrow - Play Booster Box"]),
        ("q=urzas", ["=HYPERLINK Commander Deck: Urza's Might"]),
        ("q=urza's", ["=HYPERLINK Commander Deck: Urza's Might"]),
        ("q=pok%C3%A9mon", ["Pokémon Tin"]),
        ("q=nothing like it", []),
        ("q=!!!", []),
        ("category=pokemon", ["Pokémon Tin"]),
        ("set_code=svi", ["Pokémon Tin"]),
        ("product_type=single&sort=-name", ["Lumra, Bellow of the Woods", "Island"]),
        ("kind=deck", ["=HYPERLINK Commander Deck: Urza's Might"]),
        ("origin=user", []),
    ],
)
def test_products_are_filtered_and_searched(viewer, query, expected):
    assert names(viewer.get(f"/api/v1/products?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("min_margin=30", [OPEN_BOX]),
        ("max_margin=30", [OPEN_DECK]),
        ("min_profit=20.01", [OPEN_BOX]),
        ("min_p_profit=0.95", [OPEN_BOX]),
        ("max_price=80", [OPEN_DECK]),
        ("risk=medium", [OPEN_DECK]),
        ("source=cardkingdom", [OPEN_DECK]),
        ("flag=presale", [OPEN_BOX]),
        ("min_confidence=0.81", []),
        ("sort=margin", [OPEN_DECK, OPEN_BOX]),
        ("sort=-price", [OPEN_BOX, OPEN_DECK]),
        ("category=pokemon", []),
    ],
)
def test_opportunities_are_filtered_and_sorted(viewer, query, expected):
    assert ids(viewer.get(f"/api/v1/opportunities?{query}")) == [str(id_) for id_ in expected]


def test_near_misses_are_valuations_that_are_not_published(viewer):
    answer = viewer.get("/api/v1/valuations?published=false")

    assert names(answer) == ["Pokémon Tin"]
    assert answer.json()["items"][0]["why"] == "margin under 10 %"


def test_pages_follow_each_other_without_gap_or_repetition(viewer):
    seen, url = [], "/api/v1/products?limit=2&include_total=true"
    while url:
        answer = viewer.get(url)
        seen += names(answer)
        assert answer.json()["total"] == 5
        url = answer.links["next"]["url"] if "next" in answer.links else None

    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 5


def test_nulls_have_a_place_in_every_order(viewer):
    seen, url = [], "/api/v1/valuations?limit=1&sort=-p_profit"
    while url:
        answer = viewer.get(url)
        seen += names(answer)
        url = answer.links["next"]["url"] if "next" in answer.links else None

    assert seen[-1] == "Pokémon Tin"
    assert len(seen) == 3


def test_a_row_written_between_two_pages_moves_nothing(viewer, seeded):
    first = viewer.get("/api/v1/products?limit=2").json()
    with seeded.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO products (name, product_type, category) VALUES ('AAA', 'sealed', 'mtg')"
        )
    second = viewer.get(f"/api/v1/products?limit=200&cursor={first['next_cursor']}")

    assert "AAA" not in names(second)
    assert len(names(second)) == 3


def test_fields_are_selected(viewer):
    answer = viewer.get("/api/v1/opportunities?fields=id,profit")

    assert answer.headers["content-type"] == "application/vnd.arb.selection+json"
    assert answer.json()["items"][0] == {"id": str(OPEN_BOX), "profit": "50.00"}


def test_csv_has_all_rows_and_no_formula(viewer):
    answer = viewer.get("/api/v1/products?limit=1&sort=name", headers={"Accept": "text/csv"})

    assert answer.headers["content-type"].startswith("text/csv")
    frame = pl.read_csv(io.BytesIO(answer.content))
    assert frame.height == 5
    assert "'=HYPERLINK Commander Deck: Urza's Might" in frame["name"].to_list()


def test_parquet_has_all_rows(viewer):
    answer = viewer.get("/api/v1/opportunities", headers={"Accept": "application/vnd.apache.parquet"})

    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame["profit"].to_list() == ["50.00", "20.00"]
    assert frame["p_profit"].to_list() == [0.98, 0.9]


LISTS = (
    *(
        "products",
        f"products/{BOX}/price-history",
        "valuations",
        "opportunities?status=all",
        "audit",
        "users",
    ),
    *(f"opportunities/{OPEN_BOX}/events", "api-keys"),
)


@pytest.mark.parametrize("kind", ["text/csv", "application/vnd.apache.parquet"])
def test_every_list_can_be_exported(admin, kind):
    for path in LISTS:
        answer = admin.get(f"/api/v1/{path}", headers={"Accept": kind})
        assert answer.status_code == 200, (path, answer.text)
        read = pl.read_csv if kind == "text/csv" else pl.read_parquet
        assert read(io.BytesIO(answer.content)).height > 0, path


def test_a_valued_price_list_is_downloaded_with_numbers_as_numbers(buyer, seeded):
    with seeded.begin() as connection:
        own = sa.text("SELECT id FROM users WHERE name = 'of-buyer'")
        done = {"user_id": connection.scalar(own), "name": "quotes.csv", "options": {}, "status": "done"}
        list_id = connection.scalar(sa.insert(price_lists).values(**done).returning(price_lists.c.id))
    path = f"/api/v1/price-lists/{list_id}/rows"
    valued = {
        "profit": "-35.84",
        "why": "=nothing",
        "matched_name": "Box",
        "flags": ["presale"],
        "candidates": [],
    }
    unmatched = {"reason": "no product is called so", "candidates": [{"name": "Box"}]}
    rows = [
        {
            "price_list_id": list_id,
            "line": 2,
            "given": {"price": "5"},
            "state": "valued",
            "result": valued,
        },
        {
            "price_list_id": list_id,
            "line": 3,
            "given": {},
            "state": "unmatched",
            "result": unmatched,
        },
    ]
    with seeded.begin() as connection:
        for row in rows:
            profit = row["result"].get("profit")  # by which they are sorted
            connection.execute(sa.insert(price_list_rows).values(**row, profit=profit))

    frame = pl.read_csv(io.BytesIO(buyer.get(path, headers={"Accept": "text/csv"}).content))
    assert frame.select("line", "profit", "why", "matched_name").rows() == [
        (2, -35.84, "'=nothing", "Box"),
        (3, None, None, None),
    ]
    assert frame["candidates"].to_list() == ["[]", '[{"name": "Box"}]']
    parquet = buyer.get(path, headers={"Accept": "application/vnd.apache.parquet"})
    assert pl.read_parquet(io.BytesIO(parquet.content))["line"].to_list() == [2, 3]
    assert buyer.get(f"{path}?sort=-profit").json()["items"][0]["profit"] == "-35.84"


def test_exports_leave_out_prices_that_must_not_be_passed_on(viewer):
    path = f"/api/v1/products/{BOX}/price-history"
    shown = {row["source"] for row in viewer.get(path).json()["items"]}
    exported = pl.read_csv(io.BytesIO(viewer.get(path, headers={"Accept": "text/csv"}).content))

    assert shown == {"tcgplayer", "ebay"}
    assert set(exported["source"]) == {"tcgplayer"}


def test_price_history_is_of_90_days_unless_more_is_requested(viewer):
    path = f"/api/v1/products/{BOX}/price-history"

    assert len(viewer.get(path).json()["items"]) == 4
    assert len(viewer.get(f"{path}?since=2000-01-01T00:00:00Z").json()["items"]) == 5


def test_the_price_history_of_an_unknown_product_is_404_in_every_form(viewer):
    path = f"/api/v1/products/{UUID(int=999)}/price-history"
    for headers in ({}, {"Accept": "text/csv"}, {"If-None-Match": "*"}):
        assert viewer.get(path, headers=headers).status_code == 404
    assert viewer.get(f"/api/v1/products/{TIN}/price-history?source=ebay").json()["items"] == []


def test_a_parameter_given_twice_counts_as_given_last(viewer):
    answer = viewer.get("/api/v1/products?limit=200&limit=1")
    assert len(answer.json()["items"]) == 1
    assert viewer.get("/api/v1/products?limit=1&limit=0").status_code == 422


def test_reads_survive_that_all_connections_to_postgresql_are_cut(viewer, seeded):
    paths = [f"/api/v1/products/{BOX}", "/api/v1/products", "/api/v1/opportunities?min_margin=1"]
    assert [viewer.get(path).status_code for path in paths] == [200] * 3
    with seeded.connect() as connection:
        cut = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'arb_api'"
        )
        assert connection.exec_driver_sql(f"{cut} AND datname = current_database()").scalar_one() >= 2
    path = "/api/v1/products?q=bloomburrow"
    assert [viewer.get(path).status_code for path in paths] == [200] * 3
    assert viewer.get(path, headers={"Accept": "text/csv"}).status_code == 200


def test_an_etag_holds_until_something_changes(viewer, seeded):
    first = viewer.get("/api/v1/products")
    again = viewer.get("/api/v1/products", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    with seeded.begin() as connection:
        connection.exec_driver_sql(f"UPDATE products SET name = 'Other' WHERE id = '{DECK}'")
    changed = viewer.get("/api/v1/products", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert "Other" in names(changed)


@pytest.mark.parametrize(
    ("query", "slug", "pointer"),
    [
        ("unknown=1", "invalid-input", "query/unknown"),
        ("limit=0", "invalid-input", "query/limit"),
        ("limit=201", "invalid-input", "query/limit"),
        ("limit=x", "invalid-input", "query/limit"),
        ("sort=profit", "invalid-input", "query/sort"),
        ("category=chess", "invalid-input", "query/category"),
        ("q=%00", "invalid-input", "query/q"),
        ("fields=id,nope", "invalid-input", "query/fields"),
        ("cursor=abc", "invalid-cursor", None),
        ("cursor=%F0%9F%98%80", "invalid-cursor", None),
    ],
)
def test_wrong_parameters_are_refused_with_a_pointer(viewer, query, slug, pointer):
    answer = viewer.get(f"/api/v1/products?{query}")

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems#{slug}"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_cursor_of_another_list_is_refused(viewer):
    cursor = viewer.get("/api/v1/products?limit=1").json()["next_cursor"]

    answer = viewer.get(f"/api/v1/products?limit=1&category=mtg&cursor={cursor}")
    assert answer.json()["type"] == "/problems#invalid-cursor"


def test_what_cannot_be_accepted_is_406(viewer):
    answer = viewer.get("/api/v1/products", headers={"Accept": "image/png"})

    assert answer.status_code == 406


def test_a_trailing_slash_is_the_same_route(viewer):
    assert ids(viewer.get("/api/v1/opportunities/")) == ids(viewer.get("/api/v1/opportunities"))


def test_loaded_prices_stand_beside_the_source_that_their_packages_come_from(operator):
    """TCGplayer's prices land as packages of TCGCSV."""
    answer = operator.get("/api/v1/sources")

    assert answer.status_code == 200, answer.text
    loaded = {row["source"]: row["rows_accepted"] for row in answer.json()["items"] if row["rows_accepted"]}
    assert loaded == {"tcgcsv": 5}
