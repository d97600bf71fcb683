"""The route class and the routers' defaults: permissions are checked before a request is read."""

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from arb_pipeline.access.roles import OPERATIONS
from arb_pipeline.api.parameters import reader
from arb_pipeline.api.problems import KINDS, MEDIA_TYPE, ProblemError
from arb_pipeline.api.security import authorise

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


LITERAL: set[str] = set()
"""Paths of routes without parameters."""


class GuardedRoute(APIRoute):
    """A route of `OPERATIONS`: its name is the operation id, its permission is the table's."""

    def __init__(self, path: str, *arguments: Any, **options: Any) -> None:
        super().__init__(path, *arguments, **options)
        self._head, parameter, _ = path.partition("{")
        self._is_literal, self._slashes = not parameter, path.count("/")
        if self._is_literal:
            LITERAL.add(path)
        self.app = self._guarded(self.app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """No parameter takes the name of another route: `analyze-all` is no id of an opportunity.

        Comparisons come before the regular expression: each route is tried in turn.
        """
        given = scope["path"]
        if self._is_literal:
            is_other = given != self.path
        else:
            is_other = given in LITERAL or not given.startswith(self._head)
            is_other = is_other or given.count("/") != self._slashes
        return (Match.NONE, {}) if is_other else super().matches(scope)

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, on a request whose JSON is read strictly."""
        handle, permission = super().get_route_handler(), OPERATIONS[self.name]

        async def strict(request: Request) -> Response:
            if "principal" not in request.scope["state"]:
                # A router that includes this route's calls the handler alone, not `self.app`.
                await authorise(request, self.name, permission)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict

    def _guarded(self, parsed: ASGIApp) -> ASGIApp:
        """Application that checks the permission, then answers.

        `parsed`: FastAPI's, for bodies, and for the errors of invalid parameters. Its stacks and wrappers
        cost as much as the rest of a simple read.
        """
        permission, media = OPERATIONS[self.name], _media_of(self)
        read, endpoint = reader(self), self.endpoint

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive, send)
            await authorise(request, self.name, permission)
            if media is not None:
                _check_media(request, media)
            if read is not None and (arguments := read(request)) is not None:
                answer: Response = await endpoint(**arguments)
                await answer(scope, receive, send)
            else:
                await parsed(scope, receive, send)

        return app


class StrictRequest(Request):
    """A request whose JSON is read strictly: UTF-8, no NaN, and no nesting that exhausts the stack."""

    async def json(self) -> Any:
        """The body. Raises `json.JSONDecodeError`."""
        if not hasattr(self, "_json"):
            self._json = orjson.loads(await self.body())
        return self._json


def _media_of(route: APIRoute) -> str | None:
    """The type of body that a route reads; None: none, or an optional one."""
    if route.body_field is None or not route.body_field.field_info.is_required():
        return None
    return "multipart/form-data" if route.name == "create_price_list" else "application/json"


def _check_media(request: Request, media: str) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media:
        detail = f"The body is of the type {given[:100] or '(none)'}. This route reads {media}."
        raise ProblemError("unsupported-type", detail)


def problems(*slugs: str) -> dict[int | str, dict[str, Any]]:
    """Problem answers of a route for the OpenAPI document."""
    by_status: dict[int | str, list[str]] = {}
    for slug in ("malformed", "sign-in-required", "not-allowed", "invalid-input", *slugs):
        by_status.setdefault(KINDS[slug].status, []).append(KINDS[slug].title)
    for slug in ("timeout", "too-large", "too-many-requests", "unavailable"):
        by_status.setdefault(KINDS[slug].status, []).append(KINDS[slug].title)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": "; ".join(dict.fromkeys(titles)), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, titles in sorted(by_status.items(), key=lambda entry: int(entry[0]))
    }


def router(tag: str) -> APIRouter:
    """A router whose routes are guarded."""
    return APIRouter(
        prefix="/api/v1",
        tags=[tag],
        route_class=GuardedRoute,
        responses=problems(),
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )


def methods_of(app: FastAPI, path: str) -> list[str]:
    """Methods of all routes of a path; of the API's alone where one of these has it."""
    fits = [route for route in app.routes if isinstance(route, APIRoute) and route.path_regex.match(path)]
    own = [route for route in fits if route.path.startswith("/api/")] or fits
    own = [route for route in own if route.path == path] or own
    return sorted({method for route in own for method in route.methods or ()})
