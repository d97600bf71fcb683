"""The committed OpenAPI document is the code's."""

import json

from fastapi.routing import APIRoute

from arb_pipeline.access.roles import OPERATIONS
from arb_pipeline.api import document
from arb_pipeline.api.app import create_app
from arb_pipeline.settings import Settings


def operations():
    paths = json.loads(document.text(create_app(Settings())))["paths"]
    return {
        operation["operationId"]: (method, path)
        for path, ops in paths.items()
        for method, operation in ops.items()
    }


def test_the_committed_document_is_the_codes():
    committed = document.FILE.read_text("utf-8")

    assert committed == document.text(create_app(Settings())), "run `make openapi` and commit the document"


def test_each_operation_has_its_permission_and_no_permission_is_left_over():
    assert set(operations()) == set(OPERATIONS)


def test_the_routes_of_the_specification_are_there():
    wanted = {
        ("get", "/products"), ("post", "/products"), ("get", "/products/{product_id}"),
        ("put", "/products/{product_id}"), ("delete", "/products/{product_id}"),
        ("get", "/products/{product_id}/price-history"), ("post", "/products/{product_id}/refresh-price"),
        ("get", "/opportunities"), ("get", "/opportunities/{opportunity_id}"),
        ("post", "/opportunities/{opportunity_id}/execute"), ("put", "/opportunities/{opportunity_id}"),
        ("delete", "/opportunities/{opportunity_id}"), ("get", "/opportunities/stats/summary"),
        ("post", "/opportunities/analyze-all"),
    }  # fmt: skip
    result = {(method, path.removeprefix("/api/v1")) for method, path in operations().values()}

    assert wanted <= result


def test_every_error_answer_is_a_problem():
    for ops in json.loads(document.text(create_app(Settings())))["paths"].values():
        for operation in ops.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], operation["operationId"]


def test_every_route_of_the_api_is_guarded():
    from arb_pipeline.api.routing import GuardedRoute

    routes = create_app(Settings()).routes
    of_api = [route for route in routes if isinstance(route, APIRoute) and route.path.startswith("/api/")]

    assert len(of_api) == len(OPERATIONS)
    assert all(isinstance(route, GuardedRoute) for route in of_api)
