"""Authentication and authorisation: session cookie or API key, permission, CSRF, rate limit."""

import secrets
from datetime import UTC, datetime

from fastapi import Request

from arb_pipeline.access.audit import Actor
from arb_pipeline.access.principals import BY_KEY, BY_SESSION, Principal, principal_of
from arb_pipeline.access.roles import ROLES, Permission, roles_with
from arb_pipeline.access.tokens import KEY_PREFIX, hashed
from arb_pipeline.api.context import Context, context_of, version_of
from arb_pipeline.api.database import fetch_rows
from arb_pipeline.api.problems import ProblemError

COOKIE = "arb_session"
SECURE_COOKIE = "__Host-arb_session"
CSRF_HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_TOKEN = 200
MOST_KNOWN = 10_000
"""Maximum number of tokens whose principal is cached."""
PER_MINUTE_ANONYMOUS = 600
"""Requests per minute of an address without a session or key."""


def address_of(request: Request) -> str:
    """The client's address; behind a trusted proxy the server has set it."""
    return request.client.host if request.client else "unknown"


def cookie_of(request: Request) -> str | None:
    """The session token of a request."""
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)


async def authorise(request: Request, operation: str, permission: Permission) -> None:
    """Finds the principal and checks its permission. Raises `ProblemError`."""
    context = context_of(request)
    principal = await principal_from(request)
    request.state.principal = principal
    await _limit(request, context, principal)
    if permission is Permission.public:
        if principal is not None and principal.method != "key" and operation != "sign_in":
            _check_csrf(request, principal)
        return
    if principal is None:
        slug, detail = "sign-in-required", f"{operation} needs a session or an API key."
        raise ProblemError(slug, f"{detail} Sign in, or send `Authorization: Bearer KEY`.")
    if not principal.may(permission):
        roles = ", ".join(roles_with(permission))
        who = f"{principal.name} is {principal.role}"
        scoped = permission in ROLES[principal.role] and principal.method == "key"
        why = f"the key's scopes leave out {permission}" if scoped else who
        raise ProblemError("not-allowed", f"{operation} needs one of the roles {roles}; {why}.")
    _check_csrf(request, principal)


async def principal_from(request: Request) -> Principal | None:
    """The principal of a request's key or session; None without. Raises `ProblemError` for a wrong key."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token.startswith(KEY_PREFIX) or len(token) > LONGEST_TOKEN:
            detail = "The Authorization header is not `Bearer KEY` with an API key of this server (arb_...)."
            raise ProblemError("sign-in-required", detail)
        principal = await _known(request, BY_KEY, token)
        if principal is None:
            detail = "The API key is unknown, revoked or expired. Ask an administrator for a new one."
            raise ProblemError("sign-in-required", detail)
        return principal
    token_in_cookie = cookie_of(request)
    if token_in_cookie is None or len(token_in_cookie) > LONGEST_TOKEN:
        return None
    return await _known(request, BY_SESSION, token_in_cookie)


async def _known(request: Request, sql: str, token: str) -> Principal | None:
    """The principal of a token, cached as long as nothing about users, keys and sessions changed."""
    context, token_hash = context_of(request), hashed(token)
    version = await version_of(request, ("access",))
    known: dict[str, tuple[str, Principal | None]] = context.state.setdefault("principals", {})
    held = known.get(token_hash)
    if held is not None and held[0] == version:
        principal = held[1]
    else:
        principal = await find_principal(context, sql, token_hash)
        if len(known) > MOST_KNOWN:
            known.clear()
        known[token_hash] = (version, principal)
    if principal is not None and principal.key_id is not None:
        context.state.setdefault("used_keys", set()).add(principal.key_id)
    expires_at = principal.expires_at if principal is not None else None
    return None if expires_at is not None and expires_at <= datetime.now(UTC) else principal


async def find_principal(context: Context, sql: str, token_hash: str) -> Principal | None:
    """The principal of a token's hash, from the database."""
    rows = await fetch_rows(context, sql, {"hash": token_hash})
    return principal_of(rows[0], token_hash) if rows else None


def _check_csrf(request: Request, principal: Principal) -> None:
    """A write of a session carries the session's token; a page of another origin cannot read it."""
    if request.method in SAFE or principal.method == "key":
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not secrets.compare_digest(given.encode(), (principal.csrf_token or "").encode()):
        detail = "The header X-CSRF-Token is missing or not this session's. Read it at GET /api/v1/session."
        raise ProblemError("csrf", detail)


async def _limit(request: Request, context: Context, principal: Principal | None) -> None:
    if principal is None:
        per_minute, who = PER_MINUTE_ANONYMOUS, f"address:{address_of(request)}"
    else:
        per_minute = principal.rate_per_minute or context.settings.api_rate_per_minute
        who = principal.token_hash
    wait = await context.memory.limited(who, per_minute)
    if wait is not None:
        detail = f"More than {per_minute:,} requests within a minute. Wait {wait} s."
        raise ProblemError("too-many-requests", detail, headers={"Retry-After": str(wait)})


def principal_in(request: Request) -> Principal:
    """The principal that `authorise` found."""
    principal: Principal = request.state.principal
    return principal


def actor_of(request: Request) -> Actor:
    """Actor of a request for the audit log."""
    principal: Principal | None = request.state.principal
    return Actor(
        principal.user_id if principal else None,
        principal.key_id if principal else None,
        request.state.request_id,
        address_of(request),
    )
