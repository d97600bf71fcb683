"""The kinds of problems that the API answers, and the error that carries one (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
PAGE = "/problems#"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem; `type` of the answer is its section of the page of problems."""

    slug: str
    status: int
    title: str
    meaning: str
    step: str


_ALL = (
    Kind("malformed", 400, "Malformed request", "The request is no valid HTTP or JSON.", "Correct it."),
    Kind(
        "sign-in-required",
        401,
        "Sign-in required",
        "The route needs a session or an API key, and the request has none that is valid.",
        "Sign in, or send `Authorization: Bearer KEY`.",
    ),
    Kind(
        "sign-in-failed",
        401,
        "Sign-in failed",
        "Name, password or link do not match, or the account is inactive. Which of them is not disclosed.",
        "Check both; an administrator can set a new password or issue a link.",
    ),
    Kind(
        "not-allowed",
        403,
        "Not allowed",
        "Your role or the key's scopes do not include this operation.",
        "Ask an administrator for the role that the detail names.",
    ),
    Kind(
        "csrf",
        403,
        "CSRF token missing or wrong",
        "A write of a session has to carry the session's token.",
        "Send `csrf_token` of GET /api/v1/session as X-CSRF-Token.",
    ),
    Kind("not-found", 404, "Not found", "No object has this id, or it is another user's.", "List the ids."),
    Kind("method-not-allowed", 405, "Method not allowed", "The route has other methods.", "See Allow."),
    Kind(
        "not-acceptable",
        406,
        "Not acceptable",
        "The route answers in other types.",
        "Accept one of the types in the detail.",
    ),
    Kind(
        "timeout",
        408,
        "Request timed out",
        "The request did not arrive in time.",
        "Send it again, faster or smaller.",
    ),
    Kind(
        "conflict",
        409,
        "Conflict with the current state",
        "The object's state does not allow the operation.",
        "Read the object again and decide anew.",
    ),
    Kind(
        "already-running",
        409,
        "Already running",
        "The same work is under way.",
        "Wait for the run in Location.",
    ),
    Kind(
        "idempotency-key-reused",
        409,
        "Idempotency-Key reused",
        "The key was sent before with another request.",
        "Use a new key for each request; the same only to repeat it.",
    ),
    Kind(
        "not-configured",
        409,
        "Not configured",
        "The operation needs a setting that this server lacks.",
        "Set what the detail names.",
    ),
    Kind(
        "stale",
        412,
        "Changed since you read it",
        "The object is not the one that If-Match names: your update would overwrite another.",
        "Read it again, and send its new ETag.",
    ),
    Kind("too-large", 413, "Body too large", "The body exceeds the limit of the route.", "Send less."),
    Kind(
        "unsupported-type",
        415,
        "Unsupported media type",
        "The body is of a type that the route does not read.",
        "Send the type that the detail names.",
    ),
    Kind(
        "invalid-input",
        422,
        "Invalid input",
        "A value, field or parameter is wrong, unknown or missing; `errors` has a pointer to each.",
        "Correct what `errors` names.",
    ),
    Kind(
        "invalid-cursor",
        422,
        "Cursor not usable",
        "The cursor is no cursor of ours, expired, or belongs to a list with other filters or order.",
        "Read the list again from its first page.",
    ),
    Kind(
        "too-many-requests",
        429,
        "Too many requests",
        "The limit of requests is reached.",
        "Wait as long as Retry-After says.",
    ),
    Kind("fault", 500, "Internal error", "A fault of ours.", "Report the request_id."),
    Kind(
        "unavailable",
        503,
        "Not available now",
        "The database, or the Dagster instance that runs jobs, does not answer.",
        "Try again after Retry-After; start what the detail names.",
    ),
)
KINDS: Mapping[str, Kind] = {kind.slug: kind for kind in _ALL}


@dataclass(slots=True)
class ProblemError(Exception):
    """A request that is refused."""

    slug: str
    detail: str
    errors: Sequence[Mapping[str, str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def response(error: ProblemError, request_id: str) -> Response:
    """The problem as an answer."""
    kind = KINDS[error.slug]
    body: dict[str, Any] = {
        "type": PAGE + kind.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": error.detail,
        "request_id": request_id,
    }
    if error.errors:
        body["errors"] = [dict(problem) for problem in error.errors]
    headers = dict(error.headers)
    if kind.status == 401:  # noqa: PLR2004
        headers.setdefault("WWW-Authenticate", 'Bearer realm="arb"')
    return Response(orjson.dumps(body), kind.status, headers, MEDIA_TYPE)
