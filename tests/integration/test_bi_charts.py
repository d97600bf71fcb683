"""The charts of deploy/bi: their very queries, run as bi_ro on a mart that dbt built."""

import importlib.util
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

sys.path.insert(0, str(Path(__file__).parent))

from mart_market import DAY, fill, valuation

from arb_pipeline.mart import dbt, publication
from arb_pipeline.storage.postgres import roles, tables

pytestmark = pytest.mark.slow

BI = Path(__file__).parents[2] / "deploy" / "bi"
PASSWORD = "of-a-test"
NAMESAKE = uuid.UUID(int=9)
"""A second product of the name Test Box."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("superset_mart", BI / "superset_mart.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reader(server: sa.URL, administrator: sa.Engine, template: str) -> Iterator[sa.Engine]:
    """bi_ro at a published mart."""
    name = f"arb_test_{uuid.uuid4().hex}"
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = sa.create_engine(server.set(database=name), poolclass=sa.NullPool)
    fill(engine)
    with engine.begin() as connection:
        product = {"id": NAMESAKE, "name": "Test Box", "category": "mtg", "product_type": "sealed"}
        connection.execute(sa.insert(tables.products), product | {"tcg_product_id": "4711"})
        row = valuation(NAMESAKE, DAY, "50.00", "45.00", profit="-5.00", margin_percentage="-10.00")
        connection.execute(sa.insert(tables.sealed_valuations), row)
        roles.ensure_bi_role(connection, PASSWORD, statement_seconds=10)
    with tempfile.TemporaryDirectory() as folder, publication.building(engine, "a-run") as schema:
        assert dbt.build(engine.url, schema, Path(folder)).bad == []
    assert publication.publish(engine, "a-run").role
    reader = sa.create_engine(engine.url.set(username=roles.ROLE, password=PASSWORD), poolclass=sa.NullPool)
    yield reader
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def asked(reader: sa.Engine, table: str) -> list[dict[str, Any]]:
    query = (BI / "queries" / f"{table}.sql").read_text("utf-8")
    with reader.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def test_the_list_of_opportunities_is_the_active_one_with_its_figures(reader: sa.Engine) -> None:
    (row,) = asked(reader, "opportunities")

    assert row == {
        "rank": 1,
        "product_name": "Test Deck",
        "category": "mtg",
        "sealed_source": None,
        "sealed_price": Decimal("30.50"),
        "singles_value": Decimal("40.75"),
        "profit": Decimal("10.25"),
        "margin_percentage": Decimal("33.61"),
        "p_profit": None,
        "confidence_score": Decimal("0.60"),
        "risk_level": "medium",
        "flags": "presale",
    }


def test_a_bubble_is_one_product_of_the_newest_day_even_where_two_have_one_name(reader: sa.Engine) -> None:
    """Yesterday's row of the deck and the box without a value are no bubbles; two boxes are two."""
    result = [
        (row["product"], row["fate"], row["Confidence"], row["Margin in %"], row["Price in $"])
        for row in asked(reader, "sealed_valuations")
    ]
    nil = "00000000-0000-0000-0000-00000000000"
    sure = Decimal("0.60")
    assert result == [
        (f"Test Deck #{nil}1", "published", sure, Decimal("33.61"), Decimal("30.50")),
        ("Test Box #4711", "not published", sure, Decimal("-10.00"), Decimal("50.00")),
        (f"Test Box #{nil}2", "not published", sure, Decimal("-20.00"), Decimal("100.00")),
    ]


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("UPDATE mart.opportunities SET profit = 0", "permission denied for table opportunities"),
        ("DROP TABLE mart.opportunities", "must be owner of table opportunities"),
        ("CREATE TABLE mart.mine (n int)", "permission denied for schema mart"),
        ("SELECT * FROM public.sealed_valuations", "permission denied for schema public"),
    ],
)
def test_what_the_docs_say_is_refused_is_refused(reader: sa.Engine, statement: str, refused: str) -> None:
    """Also to a session that has lifted its read-only default."""
    assert refused in (BI.parents[1] / "docs" / "bi.md").read_text("utf-8")
    with reader.connect() as connection:
        connection.exec_driver_sql("SET default_transaction_read_only = off")
        connection.commit()
        with pytest.raises(DBAPIError, match=refused):
            connection.exec_driver_sql(statement)


def test_each_query_is_that_of_its_chart(script: ModuleType) -> None:
    """Columns and table of the committed SQL, against what the script makes charts of."""
    written = {path.stem for path in (BI / "queries").glob("*.sql")}
    assert written == {spec["table"] for spec in script.CHARTS.values()}
    for spec in script.CHARTS.values():
        query = (BI / "queries" / f"{spec['table']}.sql").read_text("utf-8")
        labels = [metric["label"] for metric in spec["query"].get("metrics", ())]
        head, _, rest = query.partition("FROM ")
        assert re.findall(r' AS "?([^",]+?)"?(?:,| \n|$)', head) == [*spec["query"]["columns"], *labels]
        assert rest.split()[0] == f"{script.SCHEMA}.{spec['table']}"
        for name, expression in script.CALCULATED.get(spec["table"], {}).items():
            assert f"{expression} AS {name}" in head


def test_a_password_is_quoted_and_one_in_the_url_is_refused(script: ModuleType) -> None:
    """An option is seen by everybody who lists processes."""
    made = script._uri("postgresql://bi_ro@127.0.0.1:5432/arb", "a:b@c/d%")
    assert sa.make_url(made).password == "a:b@c/d%"
    assert sa.make_url(made).host == "127.0.0.1"
    with pytest.raises(script.SupersetError, match="arb db role"):
        script._uri("postgresql://bi_ro:secret@127.0.0.1:5432/arb", "x")
