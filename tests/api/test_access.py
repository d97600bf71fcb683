"""Roles and permissions: every operation by every role, by none, by expired, revoked and foreign credentials."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from seeds import OPEN_BOX, OPEN_DECK

from arb_pipeline.access import sessions, users
from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.access.roles import OPERATIONS, Permission, Role, roles_with
from arb_pipeline.api import document
from arb_pipeline.api.routes import products
from arb_pipeline.storage.postgres.access_tables import api_keys
from arb_pipeline.storage.postgres.access_tables import sessions as sessions_table

NOWHERE = str(UUID(int=999))
PASSWORD = "correct horse battery"
STREAMS = {"stream_events"}


def operations():
    paths = json.loads(document.FILE.read_text("utf-8"))["paths"]
    return [
        (operation["operationId"], method, path)
        for path, result in sorted(paths.items())
        for method, operation in result.items()
        if operation["operationId"] not in STREAMS
    ]


def url_of(path):
    for name in (
        "product_id",
        "opportunity_id",
        "user_id",
        "key_id",
        "price_list_id",
        "purchase_id",
        "sale_id",
    ):
        path = path.replace(f"{{{name}}}", NOWHERE)
    for name, value in (("run_id", "0" * 32), ("rejection_id", "0" * 32), ("line", "1"), ("name", "x")):
        path = path.replace(f"{{{name}}}", value)
    return path


def call(client, method, path):
    body = {} if method in {"post", "put"} else None
    return client.request(method, url_of(path), json=body)


def test_every_operation_admits_the_roles_of_the_table_and_no_other(as_role, client):
    wrong = []
    for operation, method, path in operations():
        permission = OPERATIONS[operation]
        for role in Role:
            status = call(as_role(role), method, path).status_code
            is_refused = status in {401, 403} and operation not in {"sign_in", "change_password"}
            if is_refused == (role in roles_with(permission)):
                wrong.append((operation, role, status))
        status = call(client, method, path).status_code
        if (status == 401) == (permission is Permission.public):
            wrong.append((operation, "nobody", status))

    assert wrong == []


def test_a_route_of_a_router_within_another_is_guarded_too(client, viewer):
    client.app.include_router(products.app)
    routes = client.app.router.routes
    routes.insert(0, routes.pop())

    assert client.get("/api/v1/products").status_code == 401
    assert viewer.get("/api/v1/products").status_code == 200


def test_roles_include_those_before_them():
    for lower, higher in zip(list(Role), list(Role)[1:], strict=False):
        assert {p for p in Permission if lower in roles_with(p)} < {
            p for p in Permission if higher in roles_with(p)
        }


@pytest.fixture
def person(seeded):
    """A buyer with a password."""
    with seeded.begin() as connection:
        return users.create_user(connection, COMMAND_LINE, "ann", "buyer", password=PASSWORD)


def signed_in(client, name="ann", password=PASSWORD):
    answer = client.post("/api/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 201, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return answer


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Basic YTpi", "Bearer arb_" + "a" * 43, "Bearer arb_" + "a" * 500, "bearer arb_é"],
)
def test_a_wrong_key_is_401_with_the_way_in(client, header):
    answer = client.get("/api/v1/products", headers={"Authorization": header.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems#sign-in-required"
    assert answer.headers["www-authenticate"] == 'Bearer realm="arb"'


def test_a_revoked_key_ends_at_once(as_role, seeded):
    buyer = as_role("buyer")
    assert buyer.get("/api/v1/products").status_code == 200
    with seeded.begin() as connection:
        connection.execute(sa.update(api_keys).values(revoked_at=sa.func.now()))

    assert buyer.get("/api/v1/products").status_code == 401


def test_an_expired_key_is_refused(as_role, seeded):
    buyer = as_role("buyer")
    with seeded.begin() as connection:
        connection.execute(sa.update(api_keys).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))

    assert buyer.get("/api/v1/products").status_code == 401


def test_a_key_of_an_inactive_user_is_refused(as_role, seeded, client):
    buyer = as_role("buyer")
    with seeded.begin() as connection:
        connection.exec_driver_sql("UPDATE users SET is_active = false WHERE name = 'of-buyer'")

    assert buyer.get("/api/v1/products").status_code == 401


def test_scopes_limit_a_key_and_a_users_role_limits_its_keys(client, seeded):
    with seeded.begin() as connection:
        key = create_api_key(connection, COMMAND_LINE, "narrow", "admin", scopes=["read"])[1]
        owner = users.create_user(connection, COMMAND_LINE, "demoted", "admin")
        high = create_api_key(connection, COMMAND_LINE, "high", "admin", user_id=owner)[1]
        connection.exec_driver_sql(f"UPDATE users SET role = 'viewer' WHERE id = '{owner}'")

    narrow = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/products", headers=narrow).status_code == 200
    refused = client.get("/api/v1/users", headers=narrow)
    assert refused.status_code == 403
    assert "scopes" in refused.json()["detail"]
    assert client.get("/api/v1/users", headers={"Authorization": f"Bearer {high}"}).status_code == 403


def test_a_key_is_stored_hashed_and_shown_once(admin, seeded):
    made = admin.post("/api/v1/api-keys", json={"name": "program", "role": "viewer"})
    assert made.status_code == 201, made.text
    key = made.json()["key"]

    listed = admin.get("/api/v1/api-keys").text
    assert key not in listed
    assert key[:12] in listed
    with seeded.connect() as connection:
        stored = str(connection.execute(sa.select(api_keys)).all())
        audit = str(connection.exec_driver_sql("SELECT * FROM audit_log").all())
    assert key not in stored + audit


def test_sign_in_gives_a_cookie_that_scripts_cannot_read(client, person):
    answer = signed_in(client)

    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    session = client.get("/api/v1/session").json()
    assert (session["name"], session["role"], session["method"]) == ("ann", "buyer", "password")


def test_over_tls_the_cookie_is_secure(client, person):
    answer = client.post("https://127.0.0.1:8000/api/v1/session", json={"name": "ann", "password": PASSWORD})

    assert answer.headers["set-cookie"].startswith("__Host-arb_session=")
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_write_of_a_session_needs_its_csrf_token(client, person):
    signed_in(client)
    path, body = f"/api/v1/opportunities/{OPEN_BOX}", {"notes": "seen"}

    assert client.put(path, json=body, headers={"X-CSRF-Token": "other"}).json()["type"] == "/problems#csrf"
    assert client.put(path, json=body, headers={"X-CSRF-Token": ""}).status_code == 403
    assert client.put(path, json=body).status_code == 200


def test_signing_in_again_ends_the_session_before(client, person, seeded):
    signed_in(client)
    before = client.cookies["arb_session"]
    signed_in(client)

    assert client.cookies["arb_session"] != before
    client.cookies.clear()
    answer = client.get("/api/v1/products", headers={"Cookie": f"arb_session={before}"})
    assert answer.status_code == 401


def test_signing_out_ends_the_session_in_every_tab(client, person):
    signed_in(client)
    token = client.cookies["arb_session"]
    assert client.delete("/api/v1/session").status_code == 204
    client.cookies.clear()

    answer = client.get("/api/v1/products", headers={"Cookie": f"arb_session={token}"})
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems#sign-in-required"


def test_changing_the_password_ends_the_other_sessions(client, person):
    signed_in(client)
    other = client.cookies["arb_session"]
    client.cookies.clear()
    del client.headers["X-CSRF-Token"]
    signed_in(client)
    wrong = client.put("/api/v1/account/password", json={"current": "no", "new": "another long password"})
    assert wrong.status_code == 401
    done = client.put("/api/v1/account/password", json={"current": PASSWORD, "new": "another long password"})
    assert done.status_code == 204

    assert client.get("/api/v1/products").status_code == 200
    client.cookies.clear()
    assert client.get("/api/v1/products", headers={"Cookie": f"arb_session={other}"}).status_code == 401


def test_wrong_name_and_wrong_password_are_the_same_answer(client, person):
    tries = [("ann", "wrong password"), ("nobody", PASSWORD), ("of-viewer", PASSWORD)]
    answers = [client.post("/api/v1/session", json={"name": n, "password": p}) for n, p in tries]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_sign_in_is_throttled_per_account(client, person):
    statuses = [
        client.post("/api/v1/session", json={"name": "ann", "password": "wrong"}).status_code
        for _ in range(5)
    ]
    answer = client.post("/api/v1/session", json={"name": "ann", "password": PASSWORD})

    assert statuses == [401] * 5
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_link_signs_in_once(client, seeded, person):
    with seeded.begin() as connection:
        token = sessions.create_link(connection, COMMAND_LINE, person)
    assert client.post("/api/v1/session", json={"token": token}).status_code == 201
    client.cookies.clear()

    assert client.post("/api/v1/session", json={"token": token}).status_code == 401


def test_an_expired_session_is_refused(client, person, seeded):
    signed_in(client)
    with seeded.begin() as connection:
        connection.execute(
            sa.update(sessions_table).values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        )

    assert client.get("/api/v1/products").status_code == 401


def test_tokens_and_passwords_are_stored_hashed(client, person, seeded):
    signed_in(client)
    with seeded.connect() as connection:
        stored = str(connection.exec_driver_sql("SELECT token_hash, u.* FROM sessions, users u").all())

    assert client.cookies["arb_session"] not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored


def test_the_last_administrator_stays_one(admin, seeded):
    with seeded.begin() as connection:
        boss = users.create_user(connection, COMMAND_LINE, "boss", "admin")

    answer = admin.put(f"/api/v1/users/{boss}", json={"role": "viewer"})
    assert answer.status_code == 409
    assert admin.delete(f"/api/v1/users/{boss}").status_code == 409


def test_requests_of_a_key_are_limited(client, seeded):
    with seeded.begin() as connection:
        key = create_api_key(connection, COMMAND_LINE, "slow", "viewer", rate_per_minute=3)[1]
    headers = {"Authorization": f"Bearer {key}"}
    answers = [client.get("/api/v1/session", headers=headers) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_an_account_is_exported_and_erased_and_its_purchases_stay(admin, client, person, seeded):
    signed_in(client)
    bought = client.post(f"/api/v1/opportunities/{OPEN_BOX}/execute", json={"quantity": 1, "price": "90.00"})
    assert bought.status_code == 200, bought.text
    body = {"quantity": 1, "price": "5.00", "notes": "of my aunt"}
    client.post(f"/api/v1/opportunities/{OPEN_DECK}/execute", json=body)
    removed = client.get("/api/v1/portfolio").json()["items"][0]["id"]
    assert client.delete(f"/api/v1/purchases/{removed}?reason=never+sent").status_code == 204
    export = client.get("/api/v1/account/export").json()
    assert [entry["entry"]["notes"] for entry in export["removed_entries"]] == ["of my aunt"]
    assert export["user"]["name"] == "ann"
    assert "password_hash" not in export["user"]
    assert len(export["purchases"]) == 1

    assert admin.delete(f"/api/v1/users/{person}").status_code == 204
    assert client.get("/api/v1/products").status_code == 401
    with seeded.connect() as connection:
        everything = str(connection.exec_driver_sql("SELECT * FROM users").all())
        purchases = connection.exec_driver_sql(
            f"SELECT count(*) FROM purchases WHERE opportunity_id = '{OPEN_BOX}'"
        ).scalar()
        kept = connection.exec_driver_sql("SELECT entry FROM removed_entries").scalar()
        addresses = connection.exec_driver_sql(
            f"SELECT count(*) FROM audit_log WHERE user_id = '{person}' AND address IS NOT NULL"
        ).scalar()
    assert "'ann'" not in everything
    assert (purchases, addresses) == (1, 0)
    assert (kept["price"], "notes" in kept) == (5.00, False)


def test_the_audit_log_is_append_only(client, person, seeded):
    signed_in(client)
    for change in ("DELETE FROM audit_log", "UPDATE audit_log SET action = 'x'", "TRUNCATE audit_log"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), seeded.begin() as connection:
            connection.exec_driver_sql(change)
