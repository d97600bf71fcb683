"""Sign-in by OpenID Connect, against a real provider that runs on this machine."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from oidc_provider_mock import User, run_server_in_thread
from starlette.testclient import TestClient

from arb_pipeline.access import users
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.api.app import create_app

# The provider itself uses what its library deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning")
BASE = "http://127.0.0.1:8000"


@pytest.fixture
def provider() -> Iterator[str]:
    claims = {"email": "ann@example.org", "email_verified": True}
    ann, bob = User(sub="ann-1", claims=claims), User(sub="bob-1", claims={"email": "bob@example.org"})
    with run_server_in_thread(user_claims=[ann, bob]) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def oidc_client(seeded, settings, provider):
    def made(role: str = "") -> TestClient:
        from pydantic import SecretStr

        given = settings.model_copy(
            update={
                "oidc_issuer": provider,
                "oidc_client_id": "arb",
                "oidc_client_secret": SecretStr("s"),
                "oidc_role": role,
            }
        )
        return TestClient(create_app(given), base_url=BASE)

    return made


def signed_in(client: TestClient, subject: str) -> httpx2.Response:
    start = client.get("/sign-in/oidc", follow_redirects=False)
    assert start.status_code in {302, 303, 307}, start.text
    where = start.headers["location"]
    query = parse_qs(urlsplit(where).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"{BASE}/sign-in/oidc/callback"]
    with httpx2.Client() as browser:
        back = browser.post(where, data={"sub": subject})
    assert back.status_code == 302, back.text
    parts = urlsplit(back.headers["location"])
    return client.get(f"{parts.path}?{parts.query}", follow_redirects=False)


def test_a_user_whom_an_administrator_created_is_linked_and_signed_in(oidc_client, seeded):
    with seeded.begin() as connection:
        users.create_user(connection, COMMAND_LINE, "ann@example.org", "buyer")
    with oidc_client() as client:
        answer = signed_in(client, "ann-1")

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        session = client.get("/api/v1/session").json()
        assert (session["name"], session["role"], session["method"]) == ("ann@example.org", "buyer", "oidc")


def test_nobody_else_gets_in_unless_a_role_is_configured(oidc_client):
    with oidc_client() as client:
        refused = signed_in(client, "bob-1")
        assert refused.status_code == 401
        assert not client.get("/api/v1/session").json()["is_signed_in"]
    with oidc_client("viewer") as client:
        assert signed_in(client, "bob-1").status_code == 303
        assert client.get("/api/v1/session").json()["role"] == "viewer"


def test_an_address_that_is_not_verified_links_to_no_account(oidc_client, seeded):
    with seeded.begin() as connection:
        users.create_user(connection, COMMAND_LINE, "bob@example.org", "admin")
    with oidc_client() as client:
        assert signed_in(client, "bob-1").status_code == 401


def test_an_answer_of_another_browser_is_refused(oidc_client):
    with oidc_client("viewer") as client:
        answer = client.get("/sign-in/oidc/callback?code=x&state=y", follow_redirects=False)

        assert answer.status_code == 401
        assert answer.json()["type"] == "/problems#sign-in-failed"
