"""The OpenAPI document of the API, as it is committed: `openapi.json`."""

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from arb_pipeline.access.roles import OPERATIONS, Permission, roles_with
from arb_pipeline.api.models.problem import InputError, Problem

FILE = Path(__file__).with_name("openapi.json")
VERSION = "1.0.0"
DESCRIPTION = """\
Prices, valuations and opportunities of sealed trading-card products.

Amounts are decimal strings in the currency that the object names, times RFC 3339 in UTC, ids UUIDs. Errors
are problem details (RFC 9457). Programs send `Authorization: Bearer KEY`; browsers use the session cookie,
and X-CSRF-Token with each write.
"""
SESSION: list[dict[str, list[str]]] = [{"session": []}, {"key": []}]


def document(app: FastAPI) -> dict[str, Any]:
    """The document of the app's routes."""
    openapi = get_openapi(
        title="arb_pipeline",
        version=VERSION,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": "/"}],
    )
    schemas = openapi.setdefault("components", {}).setdefault("schemas", {})
    for model in (Problem, InputError):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    openapi["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
        "session": {"type": "apiKey", "in": "cookie", "name": "arb_session"},
    }
    for operations in openapi["paths"].values():
        for operation in operations.values():
            permission = OPERATIONS.get(operation["operationId"], Permission.public)
            operation["security"] = [] if permission is Permission.public else SESSION
            roles = "anybody" if permission is Permission.public else ", ".join(roles_with(permission))
            operation["description"] = f"{operation.get('description', '')}\n\nRoles: {roles}.".strip()
            _own_validation_answer(operation)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
                if parameter["name"] == "fields":
                    name = "|".join(_names_of_items(operation, schemas))
                    parameter["schema"]["pattern"] = f"^({name})(,({name}))*$"
    return openapi


def _names_of_items(operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    """Fields of the items of a list."""
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]
    item = _resolved(page, schemas)["properties"]["items"]["items"]
    return list(_resolved(item, schemas)["properties"])


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    resolved: dict[str, Any] = schemas[schema["$ref"].rpartition("/")[2]]
    return resolved


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without null: what is absent is not sent, and no text of a URL is null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if not kinds:
        return schema
    return {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _own_validation_answer(operation: dict[str, Any]) -> None:
    """FastAPI's own 422 gives way to ours."""
    answer = operation["responses"].get("422")
    if answer and "application/json" in answer.get("content", {}):
        schema = {"$ref": "#/components/schemas/Problem"}
        answer["content"] = {"application/problem+json": {"schema": schema}}
        answer["description"] = "Invalid input"


def text(app: FastAPI) -> str:
    """The document as it is committed."""
    return json.dumps(document(app), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    from arb_pipeline.api.app import create_app
    from arb_pipeline.settings import Settings

    FILE.write_text(text(create_app(Settings())), "utf-8")
