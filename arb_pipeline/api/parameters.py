"""Parameters of read routes, validated by Pydantic at once.

FastAPI inspects the type of each field of a query model on each request, which took a third of the time of a
cached list. Only what is valid is accepted here. Everything else, and routes of any other form, is FastAPI's,
whose errors the clients know.
"""

import inspect
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from fastapi import Request, Response
from fastapi.params import Header, Path, Query
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

Arguments = dict[str, Any]
Values = Callable[[Request], Any]


def reader(route: APIRoute) -> Callable[[Request], Arguments | None] | None:
    """Function from a request to the endpoint's arguments, or to None if one is invalid.

    None: the route is no simple one.
    """
    hints = get_type_hints(route.endpoint, include_extras=True)
    is_simple = route.methods == {"GET"} and inspect.iscoroutinefunction(route.endpoint)
    if not is_simple or hints.pop("return", None) is not Response:
        return None
    sources: dict[str, tuple[Values, TypeAdapter[Any] | None]] = {}
    for name, hint in hints.items():
        source = _source(name, hint)
        if source is None:
            return None
        sources[name] = (source, None if hint is Request else TypeAdapter(hint))

    def read(request: Request) -> Arguments | None:
        arguments: Arguments = {}
        for name, (source, kind) in sources.items():
            value = source(request)
            if kind is None:
                arguments[name] = value
            elif value is not MISSING:
                try:
                    arguments[name] = kind.validate_python(value)
                except ValidationError:
                    return None
        return arguments

    return read


MISSING = object()
"""A header that the request lacks: the endpoint's default counts."""


def _source(name: str, hint: Any) -> Values | None:
    """Function from a request to the value of one parameter; None: FastAPI finds it another way."""
    if hint is Request:
        return lambda request: request
    marks = [mark for mark in get_args(hint)[1:] if isinstance(mark, Header | Path | Query)]
    match marks:
        case [Query()]:
            return _query
        case [Path()]:
            return lambda request: request.path_params.get(name)
        case [Header(alias=str(alias))]:
            return lambda request: request.headers.get(alias, MISSING)
    return None


def _query(request: Request) -> dict[str, str] | None:
    """The query, invalid if a name is there twice."""
    if not request.scope["query_string"]:
        return {}
    pairs = request.query_params.multi_items()
    values = dict(pairs)
    return values if len(values) == len(pairs) else None
