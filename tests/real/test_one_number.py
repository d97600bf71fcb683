"""The same question gives the same number by API, command line and SQL: 200 products of the real market.

`ARB_REAL_HOME` names a home that `arb run --data DATA --date 2025-10-10 --history 0` of this version has filled (an
API key is made in it); without it one is built, which takes minutes.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.api.app import create_app
from arb_pipeline.core.valuation.what_if import Purchase
from arb_pipeline.services import valuations, what_if
from arb_pipeline.settings import Settings
from arb_pipeline.storage.postgres.engine import connected

pytestmark = pytest.mark.slow

ARB = Path(sys.executable).with_name("arb")
DAY = "2025-10-10"
PRODUCTS, BY_API = 200, 5
SHOWN = (
    *("sealed_price", "market_price", "gross_singles_value", "singles_value", "profit", "margin_percentage"),
    *("confidence_score", "outcome_mean", "outcome_sd", "p5", "p50", "p95", "p_profit", "quick_sale_value"),
    *("cash_value", "resale_value", "risk_level", "competition_level", "published"),
)
STORED = {
    "gross": "gross_singles_value", "net": "singles_value", "profit": "profit",
    "margin_percentage": "margin_percentage", "mean": "outcome_mean", "sd": "outcome_sd", "p5": "p5", "p50": "p50",
    "p95": "p95", "p_profit": "p_profit",
}  # fmt: skip
"""Figure of a quote at the cheapest offer -> column of the day's valuation."""


@pytest.fixture(scope="module")
def settings(place: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """A home whose newest analysed day is that of the real market."""
    given = os.environ.get("ARB_REAL_HOME")
    if given:
        yield Settings(home=Path(given), database_url=None)
        return
    data = request.getfixturevalue("data")
    environment = {**os.environ, "ARB_HOME": str(place), "ARB_MART": "false"}
    run = [ARB, "run", "--data", data, "--date", DAY, "--history", "0"]
    subprocess.run(run, env=environment, check=True, capture_output=True, timeout=1800)
    yield Settings(home=place, database_url=None)
    subprocess.run([ARB, "db", "stop"], env=environment, check=True, capture_output=True)


@pytest.fixture(scope="module")
def engine_of(settings: Settings) -> Iterator[sa.Engine]:
    with connected(settings) as engine:
        yield engine


@pytest.fixture(scope="module")
def stored(engine_of: sa.Engine) -> dict[str, dict[str, Any]]:
    """Id -> row of `sealed_valuations`, read with nothing of ours, for products chosen at random."""
    with engine_of.connect() as connection:
        query = (
            "SELECT * FROM sealed_valuations WHERE as_of = :day AND profit IS NOT NULL ORDER BY product_id"
        )
        rows = [dict(row) for row in connection.execute(sa.text(query), {"day": DAY}).mappings()]
    chosen = random.Random(15).sample(rows, PRODUCTS)
    return {str(row["product_id"]): row for row in chosen}


@pytest.fixture(scope="module")
def api(settings: Settings, engine_of: sa.Engine) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        with engine_of.begin() as connection:
            key = create_api_key(connection, COMMAND_LINE, "one number", "buyer")[1]
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def plain(value: Any) -> Any:
    """A number as an exact decimal, whatever carries it; anything else as it is."""
    if isinstance(value, bool) or value is None:
        return value
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return str(value)


def shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(row[name]) for name in SHOWN}


def test_lists_of_api_and_command_line_are_the_table(stored, api, engine_of):
    listed, path = {}, f"/api/v1/valuations?as_of={DAY}&limit=200"
    while path:
        answer = api.get(path)
        assert answer.status_code == 200, answer.text
        listed |= {row["product_id"]: row for row in answer.json()["items"]}
        path = answer.links.get("next", {}).get("url")
    with engine_of.connect() as connection:
        view = valuations.listed(connection).model_dump(mode="json")["valuations"]
    by_command = {row["product_id"]: row for row in view}

    for id_, row in stored.items():
        assert shown(listed[id_]) == shown(row), id_
        both = SHOWN & by_command[id_].keys()
        assert {name: plain(by_command[id_][name]) for name in both} == {n: plain(row[n]) for n in both}, id_
    assert len(both) > 10


def test_the_detail_of_a_product_is_its_row(stored, api):
    for id_, row in stored.items():
        answer = api.get(f"/api/v1/products/{id_}/valuation?as_of={DAY}")
        assert shown(answer.json()) == shown(row), id_


@pytest.fixture(scope="module")
def quotes(stored, settings) -> dict[str, Any]:
    """Id -> what `arb value` gives for one piece at the cheapest offer."""
    purchases = [Purchase(id_, int(row["sealed_price"] * 100), 1, 0) for id_, row in stored.items()]
    return dict(zip(stored, what_if.value_purchases(settings, purchases, chance=0.8), strict=True))


def test_a_quote_at_the_cheapest_offer_is_the_days_valuation(stored, quotes):
    different = {
        (id_, name): (getattr(quotes[id_].all, name), row[column])
        for id_, row in stored.items()
        for name, column in STORED.items()
        if plain(getattr(quotes[id_].all, name)) != plain(row[column])
    }

    assert different == {}


def test_a_quote_by_the_api_has_the_commands_figures(stored, quotes, api):
    for id_ in list(stored)[:BY_API]:
        body = {"product_id": id_, "price": str(stored[id_]["sealed_price"])}
        answer = api.post("/api/v1/what-if", json=body)
        assert answer.status_code == 200, answer.text
        result = answer.json()["all"]
        for name in STORED:
            assert plain(result[name]) == plain(getattr(quotes[id_].all, name)), (id_, name)
