"""Bad input is a 4xx problem with a next step: never a 500, nothing half-written."""

import pytest
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege, ReadOnlySqlTransaction
from seeds import OPEN_BOX

from arb_pipeline.api.problems import KINDS

PATH = f"/api/v1/opportunities/{OPEN_BOX}"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", JSON, 422),
        (b"{", JSON, 422),
        (b'{"notes": "\xff"}', JSON, 422),
        (b'{"notes": NaN}', JSON, 422),
        (b"[" * 10_000 + b"]" * 10_000, JSON, 422),
        (b'{"notes": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", JSON, 422),
        (b'{"notes": "\\u0000"}', JSON, 422),
        (b'"text"', JSON, 422),
        (b'{"notes": "x"}', {"Content-Type": "text/plain"}, 415),
        (b'{"notes": "x"}', {"Content-Type": "application/xml"}, 415),
        (b'{"notes": "' + b"x" * 1_100_000 + b'"}', JSON, 413),
    ],
)
def test_a_bad_body_is_refused(buyer, body, headers, status):
    answer = buyer.put(PATH, content=body, headers=headers)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert buyer.get(PATH).json()["execution_notes"] is None


def test_a_body_that_states_a_huge_length_is_refused_before_it_is_read(buyer):
    headers = JSON | {"Content-Length": str(10**9)}
    answer = buyer.put(PATH, content=b"{}", headers=headers)

    assert answer.status_code == 413


def test_an_unknown_route_and_a_wrong_method_name_what_there_is(client, viewer):
    assert viewer.get("/api/v1/nothing").json()["type"] == "/problems#not-found"
    wrong = viewer.patch("/api/v1/session")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "DELETE, GET, POST")


def test_every_answer_has_the_security_headers(client):
    for path in ("/api/v1/products", "/", "/docs", "/healthz", "/nothing/here"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["x-frame-options"] == "DENY", path
        assert "access-control-allow-origin" not in headers, path


def test_reads_cannot_write(client):
    """The pool's connections are of a role that may select alone, in read-only transactions."""
    context = client.app.state.context

    async def attempt(sql: str) -> type[Exception] | None:
        async with context.read.connection() as connection:
            try:
                await connection.execute(sql)
            except (InsufficientPrivilege, ReadOnlySqlTransaction) as error:
                return type(error)
        return None

    write = "DELETE FROM products"
    assert client.portal.call(attempt, write) is ReadOnlySqlTransaction
    lifted = "BEGIN READ WRITE; DELETE FROM products; COMMIT"
    assert client.portal.call(attempt, lifted) is InsufficientPrivilege


def test_a_secret_is_in_no_log(client, keys, settings):
    from arb_pipeline.storage import logs

    logs.configure(settings)
    client.get("/api/v1/products", headers={"Authorization": f"Bearer {keys['viewer']}"})
    client.post("/api/v1/session", json={"name": "canary", "password": "canary-password-1"})
    text = (settings.logs / "arb.jsonl").read_text("utf-8")

    assert '"path":"/api/v1/products"' in text
    assert keys["viewer"] not in text
    assert "canary" not in text


def test_the_documented_problems_are_those_of_the_code():
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")

    for kind in KINDS.values():
        assert f"| `{kind.slug}` | {kind.status} | {kind.meaning} | {kind.step} |" in text


def test_parameters_of_the_database_win_over_the_shipped_ones(admin, seeded):
    body = {
        "group": "selling",
        "key": "cards_per_order",
        "value": 7,
        "valid_from": "2026-01-01",
        "source": "own",
    }
    made = admin.post("/api/v1/parameters", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["value"], made.json()["origin"]) == (7, "database")

    def listed(day):
        result = admin.get(f"/api/v1/parameters?as_of={day}").json()["items"]
        return next(p for p in result if (p["group"], p["key"]) == ("selling", "cards_per_order"))

    assert (listed("2026-06-01")["value"], listed("2026-06-01")["source"]) == (7, "own")
    assert listed("2025-06-01")["origin"] == "shipped"
    assert admin.post("/api/v1/parameters", json=body | {"value": "many"}).status_code == 422
    assert admin.post("/api/v1/parameters", json=body | {"key": "nothing"}).status_code == 404
    with seeded.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM parameter_values")).scalar() == 1


def test_a_price_list_is_queued_for_its_owner_alone(buyer, operator):
    made = buyer.post("/api/v1/price-lists", files={"file": ("quotes.csv", b"product,price\nBox,5.00\n")})

    assert made.status_code == 202, made.text
    path = made.headers["location"]
    assert buyer.get(path).json()["name"] == "quotes.csv"
    assert operator.get(path).status_code == 404
    assert operator.get(f"{path}/rows").status_code == 404
    assert operator.delete(path).status_code == 404
    assert buyer.delete(path).status_code == 204


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 422), (b"\0\1\2", 422), (b"PK\3\4 no archive", 422), (b"x" * 21_000_000, 413)]
)
def test_a_file_that_is_no_price_list_is_refused(buyer, body, status):
    answer = buyer.post("/api/v1/price-lists", files={"file": ("quotes.csv", body)})

    assert answer.status_code == status, answer.text
    assert buyer.get("/api/v1/price-lists").json()["items"] == []
