"""Users, API keys, parameters, alert rules and the audit log."""

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from arb_pipeline.api import administration as actions
from arb_pipeline.api.documented import ETAG, LOCATION, Id, IdempotencyKey, IfMatch, list_answers
from arb_pipeline.api.lists import answer_list
from arb_pipeline.api.models.administration import (
    AccountExport,
    AlertRule,
    AlertRules,
    AlertRuleWrite,
    ApiKey,
    ApiKeyCreate,
    ApiKeyCreated,
    ApiKeyPage,
    AuditPage,
    ParameterCreate,
    Parameters,
    ParameterValue,
    User,
    UserCreate,
    UserCreated,
    UserPage,
    UserUpdate,
)
from arb_pipeline.api.models.queries import ApiKeyQuery, AsOfQuery, AuditQuery, NoQuery, UserQuery
from arb_pipeline.api.routing import problems, router
from arb_pipeline.api.writes import write
from arb_pipeline.storage.postgres.access_listings import API_KEYS, AUDIT, USERS

app = router("administration")
RuleName = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$")]
CHANGE = ("conflict", "idempotency-key-reused", "unsupported-type")


@app.get("/users", responses=list_answers(UserPage))
async def list_users(request: Request, query: Annotated[UserQuery, Query()]) -> Response:
    """Lists users, newest first."""
    return await answer_list(request, USERS, query, sort="-created_at")


@app.post(
    "/users",
    status_code=201,
    responses={201: {"model": UserCreated, "headers": {"Location": LOCATION}}, **problems(*CHANGE)},
)
async def create_user(
    request: Request, body: UserCreate, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Creates a user; one without a password gets a one-time sign-in link."""
    return await write(request, actions.create_user(body))


@app.put(
    "/users/{user_id}",
    responses={200: {"model": User, "headers": {"ETag": ETAG}}, **problems("not-found", "stale", *CHANGE)},
)
async def update_user(
    request: Request,
    user_id: Id,
    body: UserUpdate,
    _query: Annotated[NoQuery, Query()],
    _match: IfMatch = None,
    _key: IdempotencyKey = None,
) -> Response:
    """Changes role, password, or whether the user is active. The last administrator stays one."""
    return await write(request, actions.update_user(request, str(user_id), body))


@app.delete("/users/{user_id}", status_code=204, responses=problems("not-found", *CHANGE))
async def erase_user(
    request: Request, user_id: Id, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Erases an account. Its purchases stay, without the name."""
    return await write(request, actions.erase_user(str(user_id)))


@app.get("/users/{user_id}/export", responses={200: {"model": AccountExport}, **problems("not-found")})
async def export_user(request: Request, user_id: Id, _query: Annotated[NoQuery, Query()]) -> Response:
    """All data stored about a user."""
    return await actions.export_user(request, str(user_id))


@app.get("/api-keys", responses=list_answers(ApiKeyPage))
async def list_api_keys(request: Request, query: Annotated[ApiKeyQuery, Query()]) -> Response:
    """Lists API keys, newest first; never the keys themselves."""
    return await answer_list(request, API_KEYS, query, sort="-created_at")


@app.post(
    "/api-keys",
    status_code=201,
    responses={
        201: {"model": ApiKeyCreated, "headers": {"Location": LOCATION}},
        **problems("not-found", *CHANGE),
    },
)
async def create_api_key(
    request: Request, body: ApiKeyCreate, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Creates an API key; the answer shows it once."""
    return await write(request, actions.create_api_key(body))


@app.delete("/api-keys/{key_id}", responses={200: {"model": ApiKey}, **problems("not-found", *CHANGE)})
async def revoke_api_key(
    request: Request, key_id: Id, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Revokes an API key at once."""
    return await write(request, actions.revoke_api_key(str(key_id)))


@app.get("/parameters", responses={200: {"model": Parameters}, **problems("conflict")})
async def list_parameters(request: Request, query: Annotated[AsOfQuery, Query()]) -> Response:
    """Lists all parameters: value, source, and origin (shipped, database or file)."""
    return await actions.parameters(request, query.as_of)


@app.post(
    "/parameters",
    status_code=201,
    responses={201: {"model": ParameterValue}, **problems("not-found", *CHANGE)},
)
async def create_parameter_value(
    request: Request, body: ParameterCreate, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Adds a dated value of a parameter with its source; analyses from that day on use it."""
    return await write(request, actions.create_parameter_value(request, body))


@app.get("/alert-rules", responses={200: {"model": AlertRules}, **problems()})
async def list_alert_rules(request: Request, _query: Annotated[NoQuery, Query()]) -> Response:
    """Lists the rules of alerts: those of the file and those of the database."""
    return await actions.alert_rules(request)


@app.put("/alert-rules/{name}", responses={200: {"model": AlertRule}, **problems("not-configured", *CHANGE)})
async def put_alert_rule(
    request: Request,
    name: RuleName,
    body: AlertRuleWrite,
    _query: Annotated[NoQuery, Query()],
    _key: IdempotencyKey = None,
) -> Response:
    """Creates or replaces a rule. A rule of the file of the same name wins."""
    return await write(request, actions.put_alert_rule(request, name, body))


@app.delete("/alert-rules/{name}", status_code=204, responses=problems("not-found", *CHANGE))
async def delete_alert_rule(
    request: Request, name: RuleName, _query: Annotated[NoQuery, Query()], _key: IdempotencyKey = None
) -> Response:
    """Deletes a rule of the database."""
    return await write(request, actions.delete_alert_rule(name))


@app.get("/audit", responses=list_answers(AuditPage))
async def list_audit(request: Request, query: Annotated[AuditQuery, Query()]) -> Response:
    """Lists writes, newest first: who, what, before, after."""
    return await answer_list(request, AUDIT, query, sort="-at")
