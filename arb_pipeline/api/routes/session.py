"""Sign-in, sign-out, and the signed-in user's own account."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from arb_pipeline.api import session as actions
from arb_pipeline.api.models.administration import (
    AccountExport,
    PasswordChange,
    Session,
    SignIn,
    SignInMethods,
)
from arb_pipeline.api.models.queries import NoQuery
from arb_pipeline.api.routing import problems, router

app = router("session")


@app.get("/session", responses={200: {"model": Session}})
async def get_session(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
    """Signed-in user, permissions, and the CSRF token of the session."""
    return actions.current(request)


@app.post(
    "/session",
    status_code=201,
    responses={201: {"model": Session}, **problems("sign-in-failed", "unsupported-type")},
)
async def sign_in(request: Request, body: SignIn, _query: Annotated[NoQuery, Query()]) -> Response:
    """Signs in by name and password or by the token of a one-time link; sets the session cookie."""
    return await actions.sign_in(request, body)


@app.delete("/session", status_code=204, responses=problems("csrf", "conflict"))
async def sign_out(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
    """Ends the session."""
    return await actions.sign_out(request)


@app.get("/session/methods", responses={200: {"model": SignInMethods}})
async def list_sign_in_methods(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
    """Ways of signing in."""
    return actions.methods(request)


@app.put(
    "/account/password",
    status_code=204,
    responses=problems("sign-in-failed", "csrf", "conflict", "unsupported-type"),
)
async def change_password(
    request: Request, body: PasswordChange, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Sets your password; your other sessions end."""
    return await actions.change_password(request, body)


@app.get("/account/export", responses={200: {"model": AccountExport}})
async def export_account(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
    """All data stored about you."""
    return await actions.export_account(request)
