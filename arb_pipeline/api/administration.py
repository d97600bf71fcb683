"""Administration: requests to calls of services, results to answers."""

from datetime import UTC, date, datetime

import anyio.to_thread
import sqlalchemy as sa
from fastapi import Request
from starlette.responses import Response

from arb_pipeline.access import api_keys, sessions, users
from arb_pipeline.access.audit import Actor
from arb_pipeline.api.context import context_of
from arb_pipeline.api.details import read_one_now
from arb_pipeline.api.models.administration import (
    AccountExport,
    AlertRule,
    AlertRules,
    AlertRuleWrite,
    ApiKey,
    ApiKeyCreate,
    ApiKeyCreated,
    ParameterCreate,
    Parameters,
    ParameterValue,
    User,
    UserCreate,
    UserCreated,
    UserUpdate,
)
from arb_pipeline.api.writes import Action, Written, check_match
from arb_pipeline.services import overrides
from arb_pipeline.storage.postgres.access_listings import API_KEYS, USERS


def create_user(body: UserCreate) -> Action:
    """Creates a user."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        user_id = users.create_user(
            connection, actor, body.name, body.role, kind=body.kind, password=body.password
        )
        link = None
        if body.kind == "person" and body.password is None:
            link = f"/sign-in?token={sessions.create_link(connection, actor, user_id)}"
        user = User.model_validate_json(read_one_now(connection, USERS, user_id).text)
        view = UserCreated(**user.model_dump(), sign_in_link=link)
        location = f"/api/v1/users/{user_id}"
        return Written(view, 201, {"Location": location}, is_secret=link is not None)

    return action


def update_user(request: Request, user_id: str, body: UserUpdate) -> Action:
    """Changes a user."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        users.get_user(connection, user_id, lock=True)
        check_match(request, read_one_now(connection, USERS, user_id).tag)
        users.update_user(connection, actor, user_id, body.model_dump(exclude_none=True))
        user = read_one_now(connection, USERS, user_id)
        return Written(user.text, headers={"ETag": user.tag})

    return action


def erase_user(user_id: str) -> Action:
    """Erases an account."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        users.erase_user(connection, actor, user_id)
        return Written(status=204)

    return action


async def export_user(request: Request, user_id: str) -> Response:
    """All data stored about a user."""
    engine = context_of(request).engine

    def work() -> AccountExport:
        with engine.connect() as connection:
            return AccountExport.model_validate(users.export_user(connection, user_id))

    view = await anyio.to_thread.run_sync(work)
    return Response(
        view.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def create_api_key(body: ApiKeyCreate) -> Action:
    """Creates a key."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        key_id, key = api_keys.create_api_key(
            connection,
            actor,
            body.name,
            body.role,
            user_id=str(body.user_id) if body.user_id else None,
            scopes=body.scopes,
            expires_at=body.expires_at,
            rate_per_minute=body.rate_per_minute,
        )
        view = ApiKey.model_validate_json(read_one_now(connection, API_KEYS, key_id).text)
        created = ApiKeyCreated(**view.model_dump(), key=key)
        return Written(created, 201, {"Location": f"/api/v1/api-keys/{key_id}"}, is_secret=True)

    return action


def revoke_api_key(key_id: str) -> Action:
    """Revokes a key."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        api_keys.revoke_api_key(connection, actor, key_id)
        return Written(read_one_now(connection, API_KEYS, key_id).text)

    return action


async def parameters(request: Request, as_of: date | None) -> Response:
    """All parameters on a day."""
    context = context_of(request)
    day = as_of or datetime.now(UTC).date()

    def work() -> Parameters:
        with context.engine.connect() as connection:
            items = overrides.parameters_on(connection, context.settings, day)
        return Parameters(as_of=day, items=[ParameterValue(**item.model_dump()) for item in items])

    view = await anyio.to_thread.run_sync(work)
    return Response(view.model_dump_json(), media_type="application/json")


def create_parameter_value(request: Request, body: ParameterCreate) -> Action:
    """Adds a dated value."""
    settings = context_of(request).settings

    def action(connection: sa.Connection, actor: Actor) -> Written:
        item = overrides.add_parameter_value(connection, actor, settings, **body.model_dump())
        return Written(ParameterValue(**item.model_dump()), 201)

    return action


async def alert_rules(request: Request) -> Response:
    """All rules of alerts."""
    context = context_of(request)

    def work() -> AlertRules:
        with context.engine.connect() as connection:
            rules = overrides.alert_rules(connection, context.settings)
        return AlertRules(**rules.model_dump())

    view = await anyio.to_thread.run_sync(work)
    return Response(view.model_dump_json(), media_type="application/json")


def put_alert_rule(request: Request, name: str, body: AlertRuleWrite) -> Action:
    """Creates or replaces a rule."""
    settings = context_of(request).settings

    def action(connection: sa.Connection, actor: Actor) -> Written:
        item = overrides.put_alert_rule(
            connection, actor, settings, name, rule=body.rule, is_active=body.is_active
        )
        return Written(AlertRule(**item.model_dump()))

    return action


def delete_alert_rule(name: str) -> Action:
    """Deletes a rule of the database."""

    def action(connection: sa.Connection, actor: Actor) -> Written:
        overrides.delete_alert_rule(connection, actor, name)
        return Written(status=204)

    return action
