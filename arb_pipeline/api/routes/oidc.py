"""Sign-in by OpenID Connect. Authlib checks state, nonce, PKCE and the ID token."""

from typing import Any

import anyio.to_thread
import orjson
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from arb_pipeline.access import sessions
from arb_pipeline.access.audit import Actor, record
from arb_pipeline.access.oidc import user_of_claims
from arb_pipeline.api.context import Context, context_of
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.security import address_of
from arb_pipeline.api.session import is_tls, set_cookie, throttle

app = APIRouter(include_in_schema=False)
COOKIE = "arb_oidc"
PATH = "/sign-in/oidc"
SECONDS = 600


def _client(context: Context) -> Any:
    """The client of the configured provider. Raises `ProblemError` where there is none."""
    if "oidc" not in context.state:
        settings = context.settings
        if settings.oidc_issuer is None:
            detail = (
                "Sign-in by OpenID Connect is not configured here. Set ARB_OIDC_ISSUER, or use a password."
            )
            raise ProblemError("not-found", detail)
        secret = settings.oidc_client_secret
        registry = OAuth()
        registry.register(
            "oidc",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256", "timeout": 10},
        )
        context.state["oidc"] = registry.oidc
    return context.state["oidc"]


@app.get(PATH)
async def start(request: Request) -> Response:
    """Sends the browser to the provider. State, nonce and PKCE verifier go into a cookie of this path."""
    context = context_of(request)
    client = _client(context)
    await throttle(context, address_of(request), None)
    request.scope["session"] = {}
    base = context.settings.api_url.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        response: Response = await client.authorize_redirect(request, f"{base}{PATH}/callback")
    except Exception as error:  # noqa: BLE001 - whatever the provider's library raises
        raise _unreachable(context, error) from None
    response.set_cookie(
        COOKIE,
        orjson.dumps(request.scope["session"]).hex(),
        max_age=SECONDS,
        path=PATH,
        secure=is_tls(request),
        httponly=True,
        samesite="lax",
    )
    return response


@app.get(f"{PATH}/callback")
async def callback(request: Request) -> Response:
    """Takes the provider's code and opens a session."""
    context = context_of(request)
    client = _client(context)
    await throttle(context, address_of(request), None)
    request.state.principal = None
    try:
        request.scope["session"] = orjson.loads(bytes.fromhex(request.cookies.get(COOKIE, "7b7d")))
        token = await client.authorize_access_token(request)
    except (OAuthError, ValueError, KeyError):
        detail = "The provider's answer does not belong to a sign-in of this browser. Sign in again."
        raise ProblemError("sign-in-failed", detail) from None
    except Exception as error:  # noqa: BLE001 - whatever the provider's library raises
        raise _unreachable(context, error) from None
    claims, agent = token["userinfo"], request.headers.get("user-agent", "")
    actor = Actor(None, None, request.state.request_id, address_of(request))

    def work() -> sessions.Opened:
        with context.engine.begin() as connection:
            user_id = user_of_claims(connection, actor, claims, context.settings.oidc_role)
            return sessions.open_session(connection, actor, user_id, "oidc", agent)

    def failed() -> None:
        with context.engine.begin() as connection:
            record(connection, actor, "sign_in_failed", "session", None, after={"method": "oidc"})

    try:
        opened = await anyio.to_thread.run_sync(work)
    except sessions.SignInError:
        await anyio.to_thread.run_sync(failed)
        detail = "No active account here belongs to this identity. Ask an administrator for one."
        raise ProblemError("sign-in-failed", detail) from None
    response = RedirectResponse("/", 303)
    set_cookie(request, response, opened)
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
    return response


def _unreachable(context: Context, error: Exception) -> ProblemError:
    detail = (
        f"The provider {context.settings.oidc_issuer} does not answer ({type(error).__name__}). Try later."
    )
    return ProblemError("unavailable", detail, headers={"Retry-After": "30"})
