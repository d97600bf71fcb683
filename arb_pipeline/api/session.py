"""Sign-in and sign-out: cookies, throttles, and the session's view."""

from datetime import UTC, datetime
from typing import Any

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.access import sessions
from arb_pipeline.access.audit import Actor, record
from arb_pipeline.access.principals import Principal
from arb_pipeline.access.users import export_user
from arb_pipeline.api.context import Context, context_of
from arb_pipeline.api.models.administration import (
    AccountExport,
    PasswordChange,
    Session,
    SignIn,
    SignInMethods,
)
from arb_pipeline.api.problems import ProblemError
from arb_pipeline.api.security import COOKIE, SECURE_COOKIE, actor_of, address_of, principal_in
from arb_pipeline.api.writes import Written, write

WINDOW = 300
"""Seconds over which sign-in attempts are counted."""
TRIES = 5
"""Maximum attempts per account and address."""
TRIES_PER_ADDRESS = 30
TRIES_PER_ACCOUNT = 50
"""Maximum attempts per account from all addresses: high, so that an attacker cannot lock a user out."""
OIDC_START = "/sign-in/oidc"


def is_tls(request: Request) -> bool:
    """True if the browser connects over TLS."""
    return request.url.scheme == "https"


def _view(principal: Principal | None) -> Session:
    if principal is None:
        return Session(
            is_signed_in=False,
            user_id=None,
            name=None,
            role=None,
            permissions=[],
            csrf_token=None,
            expires_at=None,
            method=None,
        )
    values: dict[str, Any] = {
        "is_signed_in": True,
        "user_id": principal.user_id,
        "name": principal.name,
        "role": principal.role,
        "permissions": sorted(principal.permissions),
        "csrf_token": principal.csrf_token,
        "expires_at": principal.expires_at,
        "method": principal.method,
    }
    return Session(**values)


def current(request: Request) -> Response:
    """View of the signed-in user."""
    view = _view(request.state.principal)
    return Response(
        view.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def sign_in(request: Request, body: SignIn) -> Response:
    """Signs in and sets the cookie. Raises `ProblemError` for too many tries, and for any that fails."""
    context = context_of(request)
    await throttle(context, address_of(request), body.name)
    actor = Actor(None, None, request.state.request_id, address_of(request))
    agent = request.headers.get("user-agent", "")

    def work() -> sessions.Opened:
        with context.engine.begin() as connection:
            if body.token is not None:
                return sessions.sign_in_by_link(connection, actor, body.token, agent)
            return sessions.sign_in(connection, actor, body.name or "", body.password or "", agent)

    try:
        opened = await anyio.to_thread.run_sync(work)
    except sessions.SignInError as error:
        await anyio.to_thread.run_sync(lambda: _record_failure(context.engine, actor, body))
        raise ProblemError("sign-in-failed", str(error)) from None
    return await signed_in(request, opened)


async def throttle(context: Context, address: str, name: str | None) -> None:
    """Counts an attempt per address and per account. Raises `ProblemError` beyond the limits."""
    waits = [await context.memory.throttled(f"sign-in:address:{address}", TRIES_PER_ADDRESS, WINDOW)]
    if name is not None:
        account = f"sign-in:account:{name.lower()[:100]}"
        waits.append(await context.memory.throttled(f"{account}:{address}", TRIES, WINDOW))
        waits.append(await context.memory.throttled(account, TRIES_PER_ACCOUNT, WINDOW))
    if wait := max((w for w in waits if w is not None), default=None):
        detail = f"Too many sign-ins. Wait {wait} s."
        raise ProblemError("too-many-requests", detail, headers={"Retry-After": str(wait)})


def _record_failure(engine: sa.Engine, actor: Actor, body: SignIn) -> None:
    """Records a failed sign-in with its address, without the name: it may be a mistyped password."""
    with engine.begin() as connection:
        how = "link" if body.token is not None else "password"
        record(connection, actor, "sign_in_failed", "session", None, after={"method": how})


async def signed_in(request: Request, opened: sessions.Opened) -> Response:
    """Answer of a sign-in: a new session; the browser's previous session ends."""
    context = context_of(request)
    before: Principal | None = request.state.principal
    if before is not None and before.method != "key":
        await anyio.to_thread.run_sync(lambda: _end(context.engine, actor_of(request), before.token_hash))
    view = await _view_of(context, opened)
    response = Response(view.model_dump_json(), 201, media_type="application/json")
    set_cookie(request, response, opened)
    return response


async def _view_of(context: Context, opened: sessions.Opened) -> Session:
    from arb_pipeline.access.principals import BY_SESSION
    from arb_pipeline.access.tokens import hashed
    from arb_pipeline.api.security import find_principal

    return _view(await find_principal(context, BY_SESSION, hashed(opened.token)))


def set_cookie(request: Request, response: Response, opened: sessions.Opened) -> None:
    """Puts the session's token into the cookie."""
    secure = is_tls(request)
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        opened.token,
        max_age=int((opened.expires_at - datetime.now(UTC)).total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"


async def sign_out(request: Request) -> Response:
    """Ends the session and deletes its cookie."""
    principal = principal_in(request)
    if principal.method == "key":
        detail = "An API key has no session to end. Revoke it: DELETE /api/v1/api-keys/{id}."
        raise ProblemError("conflict", detail)
    engine, actor = context_of(request).engine, actor_of(request)
    await anyio.to_thread.run_sync(lambda: _end(engine, actor, principal.token_hash))
    response = Response(status_code=204)
    for name in (COOKIE, SECURE_COOKIE):
        response.delete_cookie(name, path="/", secure=name == SECURE_COOKIE, httponly=True, samesite="lax")
    return response


def _end(engine: sa.Engine, actor: Actor, token_hash: str) -> None:
    with engine.begin() as connection:
        sessions.sign_out(connection, actor, token_hash)


def methods(request: Request) -> Response:
    """Ways of signing in."""
    settings = context_of(request).settings
    has_oidc = settings.oidc_issuer is not None
    view = SignInMethods(
        password=True,
        oidc=has_oidc,
        oidc_name=settings.oidc_name if has_oidc else None,
        oidc_url=OIDC_START if has_oidc else None,
    )
    return Response(view.model_dump_json(), media_type="application/json")


async def change_password(request: Request, body: PasswordChange) -> Response:
    """Sets the caller's password."""
    principal = principal_in(request)
    if principal.method == "key":
        raise ProblemError("conflict", "A password is changed in a session, not by an API key. Sign in.")
    await throttle(context_of(request), address_of(request), principal.name)

    def action(connection: sa.Connection, actor: Actor) -> Written:
        try:
            sessions.change_password(
                connection, actor, principal.user_id, body.current, body.new, principal.token_hash
            )
        except sessions.SignInError:
            raise ProblemError("sign-in-failed", "The current password is not right.") from None
        return Written(status=204)

    return await write(request, action)


async def export_account(request: Request) -> Response:
    """All data stored about the caller."""
    engine, user_id = context_of(request).engine, principal_in(request).user_id

    def work() -> AccountExport:
        with engine.connect() as connection:
            return AccountExport.model_validate(export_user(connection, user_id))

    view = await anyio.to_thread.run_sync(work)
    return Response(
        view.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
