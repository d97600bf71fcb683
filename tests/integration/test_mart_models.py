"""The mart as dbt builds it: its numbers, its comments, and that each of its tests can fail."""

import json
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from mart_market import ACTIVE, ALPHA, BETA, BOX, DAY, DECK, EXECUTED, EXPIRED, GHOST, OPENED, SOLD, fill

from arb_pipeline.mart import dbt, publication
from arb_pipeline.services.portfolio import portfolio
from arb_pipeline.storage.postgres import tables

pytestmark = pytest.mark.slow

YAML = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (dbt.PROJECT / "models").glob("*.yml")}
MODELS = {model["name"]: model for text in YAML.values() for model in text.get("models", [])}


@dataclass
class Built:
    """A database, the schema that dbt built in it, and what dbt told."""

    engine: sa.Engine
    schema: str
    folder: Path
    done: dbt.Done

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            connection.exec_driver_sql(f"SET search_path = {self.schema}")
            return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


@pytest.fixture(scope="module")
def built(server: sa.URL, administrator: sa.Engine, template: str) -> Iterator[Built]:
    """The market of `mart_market`, built once."""
    name = f"arb_test_{uuid.uuid4().hex}"
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = sa.create_engine(server.set(database=name), poolclass=sa.NullPool)
    fill(engine)
    with tempfile.TemporaryDirectory() as folder:
        with publication.building(engine, "a-run") as schema:
            done = dbt.build(engine.url, schema, Path(folder))
        yield Built(engine, schema, Path(folder), done)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_everything_is_built_and_every_test_passes(built: Built) -> None:
    assert built.done.bad == []
    states = {(r.unique_id.partition(".")[0], r.status) for r in built.done.results}
    assert states == {("model", "success"), ("test", "pass"), ("test", "warn"), ("exposure", "no-op")}
    # One of two products with a margin is published: more than a fifth.
    warned = [r.unique_id.split(".")[2] for r in built.done.results if r.status == "warn"]
    assert warned == ["sealed_valuations_few_are_published"]


def test_opportunities_are_the_active_ones_with_names_and_reasons(built: Built) -> None:
    (row,) = built.rows("SELECT * FROM opportunities")

    assert (row["rank"], row["opportunity_id"], row["product_name"], row["set_code"]) == (
        1,
        ACTIVE,
        "Test Deck",
        "TST",
    )
    assert (row["profit"], row["margin_percentage"]) == (Decimal("10.25"), Decimal("33.61"))
    assert (row["days_listed"], row["flags"]) == (2, "presale")
    age = (datetime.now(UTC).date() - row["confirmed_on"]).days
    assert age > 0
    assert row["age_days"] in (age - 1, age)  # built yesterday, if midnight has passed since
    assert row["why"] == "singles net $40.75 against $30.50 landed"


def test_history_tells_the_life_of_each_opportunity(built: Built) -> None:
    history = {row["opportunity_id"]: row for row in built.rows("SELECT * FROM opportunity_history")}

    assert history.keys() == {ACTIVE, EXPIRED, EXECUTED}
    active = history[ACTIVE]
    assert (active["changes"], active["ended_on"], active["expired_because"]) == (2, None, None)
    assert (active["opening_profit"], active["profit"], active["best_profit"]) == (
        Decimal("13.34"), Decimal("10.25"), Decimal("13.34"),
    )  # fmt: skip
    assert (history[EXPIRED]["ended_on"], history[EXPIRED]["days_listed"]) == (DAY, 1)
    assert history[EXPIRED]["expired_because"] == "margin -20.00% is under 10.00%"
    executed = history[EXECUTED]  # 120.00 - 3 x 31.00
    assert (executed["status"], executed["ended_on"], executed["realised_profit"]) == (
        "executed",
        DAY,
        Decimal("27.00"),
    )


def test_the_portfolio_is_worked_by_hand(built: Built) -> None:
    portfolio = {row["purchase_id"]: row for row in built.rows("SELECT * FROM portfolio")}

    sold, opened = portfolio[SOLD], portfolio[OPENED]
    # 3 x 31.00 = 93.00; 120.00 - 93.00. No forecast was kept.
    assert (sold["spent"], sold["realised_profit"], sold["forecast_value"]) == (
        Decimal("93.00"), Decimal("27.00"), None,
    )  # fmt: skip
    # 2 x 40.75 - 2 x 30.00 = 21.50. 1.644854 x sqrt(2 x 3^2 + 2^2 x 4^2) = 14.89: 81.50 -+ 14.89.
    assert (opened["forecast_profit"], opened["p5"], opened["p50"], opened["p95"]) == (
        Decimal("21.50"), Decimal("66.61"), Decimal("81.50"), Decimal("96.39"),
    )  # fmt: skip
    # Of 81.50 the sold Alpha is 24.09: of today's 81.50 57.41 are left, less 5.00 of cards not named.
    assert (opened["unsold_value"], opened["unrealised_profit"]) == (Decimal("52.41"), Decimal("17.41"))
    assert (opened["pieces_left"], opened["sales"], opened["is_within"]) == (2, 2, None)


def test_the_portfolio_is_what_the_service_finds(built: Built) -> None:
    row_of = {str(row["purchase_id"]): row for row in built.rows("SELECT * FROM portfolio")}
    with built.engine.connect() as connection:
        view = portfolio(connection)

    assert row_of.keys() == {item.id for item in view.items}
    names = ("spent", "pieces_left", "forecast_value", "forecast_profit", "proceeds", "realised_profit")
    names += ("current_value", "current_as_of", "unsold_value", "unrealised_profit", "is_final")
    for item in view.items:
        row = row_of[item.id]
        assert {name: row[name] for name in names} == {name: getattr(item, name) for name in names}
        for quantile, profit in (("p5", item.forecast_low), ("p95", item.forecast_high)):
            assert row[quantile] == (None if profit is None else profit + item.spent)


def test_valuations_say_which_are_the_newest_and_what_is_not_known(built: Built) -> None:
    rows = built.rows("SELECT * FROM sealed_valuations ORDER BY as_of, product_id")

    assert [(r["product_id"], r["is_newest"]) for r in rows] == [
        (DECK, False), (DECK, True), (BOX, True), (GHOST, True),
    ]  # fmt: skip
    assert (rows[3]["singles_value"], rows[3]["unknown_parts"]) == (None, "a; b")


def test_the_breakdown_is_of_the_newest_day_and_tells_what_is_certain(built: Built) -> None:
    rows = built.rows("SELECT * FROM singles_breakdown ORDER BY rank")

    assert [(r["card_name"], r["is_guaranteed"], r["value"]) for r in rows] == [
        ("Alpha", True, Decimal("24.09")), ("Beta", False, Decimal("16.60")),
    ]  # fmt: skip
    assert [r["cumulative_share"] for r in rows] == [Decimal("0.591166"), Decimal("0.998528")]
    assert {r["single_product_id"] for r in rows} == {ALPHA, BETA}


def test_of_each_price_the_last_of_a_day_is_kept_of_products_and_what_carries_them(built: Built) -> None:
    rows = built.rows("SELECT product_name, day, price FROM price_daily ORDER BY product_name, day")

    assert [(r["product_name"], r["day"].day, r["price"]) for r in rows] == [
        ("Alpha", 10, Decimal("30.00")), ("Test Deck", 9, Decimal("28.00")), ("Test Deck", 10, Decimal("26.00")),
    ]  # fmt: skip


def test_source_health_is_that_of_the_newest_load(built: Built) -> None:
    kingdom, player = built.rows("SELECT * FROM source_health ORDER BY source")

    assert (player["newest_day"], player["days_behind"], player["loads"]) == (DAY, 0, 2)
    assert (player["quarantined_share"], player["accepted_in_all"]) == (Decimal("0.2"), 16)
    assert (kingdom["days_behind"], kingdom["quarantined_share"]) == (1, None)


def test_a_day_is_summed_up(built: Built) -> None:
    before, day = built.rows("SELECT * FROM daily_summary ORDER BY as_of")

    counts = (
        "products_valued",
        "products_complete",
        "products_with_value",
        "products_with_margin",
        "published",
    )
    assert [day[name] for name in counts] == [3, 2, 2, 2, 1]
    # (33.61 - 20.00) / 2 = 6.805, to the cent 6.81
    assert (day["median_margin"], day["best_margin"]) == (Decimal("6.81"), Decimal("33.61"))
    assert (day["published_profit"], day["opened"], day["ended"]) == (Decimal("10.25"), 0, 2)
    assert (day["prices_accepted"], day["prices_quarantined"]) == (7, 2)
    assert (before["products_valued"], before["opened"], before["prices_accepted"]) == (1, 3, 9)


def test_every_table_and_column_has_its_description_as_comment_and_its_type(built: Built) -> None:
    query = sa.text(
        "SELECT c.relname, obj_description(c.oid) AS said, a.attname, format_type(a.atttypid, a.atttypmod) AS kind,"
        " col_description(c.oid, a.attnum) AS comment FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = CAST(:schema AS regnamespace) AND c.relkind = 'r' AND a.attnum > 0"
    )
    with built.engine.connect() as connection:
        columns = connection.execute(query, {"schema": built.schema}).all()

    declared = {
        (name, model["description"], c["name"], c["data_type"], c["description"])
        for name, model in MODELS.items()
        for c in model["columns"]
    }
    assert {(r.relname, r.said, r.attname, r.kind, r.comment) for r in columns} == {
        (name, said, column, kind.replace(",", ", ").replace(",  ", ", ").replace(", ", ","), comment)
        for name, said, column, kind, comment in declared
    }


def test_sources_are_the_tables_of_the_pipeline() -> None:
    (source,) = YAML["sources"]["sources"]

    assert {table["name"] for table in source["tables"]} <= tables.metadata.tables.keys()


SPOILED = {
    "UPDATE sealed_valuations SET profit = profit + 1 WHERE product_name = 'Test Box'": {
        "sealed_valuations_profit_is_value_less_price",
        "sealed_valuations_margin_is_profit_in_percent_of_price",
        "valuations_are_those_of_the_pipeline",
    },
    "UPDATE sealed_valuations SET p5 = 10, p50 = 5, p95 = 20, p_profit = 1.5, priced_share = 2, confidence_score = 2": {
        "sealed_valuations_quantiles_are_in_order",
        "sealed_valuations_chances_are_between_zero_and_one",
        "sealed_valuations_priced_share_is_a_share",
        "sealed_valuations_confidence_is_between_zero_and_one",
    },
    "UPDATE sealed_valuations SET contents_complete = false WHERE published": {
        "sealed_valuations_published_is_complete",
        "sealed_valuations_unknown_contents_have_no_value",
    },
    "INSERT INTO sealed_valuations SELECT * FROM sealed_valuations WHERE product_name = 'Ghost Box'": {
        "sealed_valuations_one_row_per_product_and_day",
    },
    "UPDATE opportunities SET rank = 2, product_id = NULL": {
        "opportunities_ranks_are_dense_and_follow_the_score",
        "not_null_opportunities_product_id",
    },
    "UPDATE opportunities SET opportunity_id = gen_random_uuid(), profit = -1": {
        "opportunities_are_the_active_ones",
        "relationships_opportunities_opportunity_id__opportunity_id__ref_opportunity_history_",
        "opportunities_an_opportunity_earns",
        "opportunities_profit_is_value_less_price",
        "opportunities_margin_is_profit_in_percent_of_price",
    },
    "UPDATE opportunity_history SET status = 'open', realised_profit = 1, best_profit = 1, ended_on = opened_on - 1": {
        "accepted_values_opportunity_history_status__active__expired__executed__cancelled",
        "opportunity_history_result_is_value_less_cost",
        "opportunity_history_best_profit_is_the_highest",
        "opportunity_history_life_is_in_order",
    },
    "UPDATE portfolio SET spent = 1, unsold_value = 999, pieces_left = 9, p5 = 2, p50 = 1, p95 = 0, proceeds = 7": {
        "portfolio_cost_is_pieces_times_price",
        "portfolio_results_are_proceeds_less_cost",
        "portfolio_marks_are_of_what_is_unsold",
        "portfolio_pieces_are_not_sold_twice",
        "portfolio_quantiles_are_in_order",
        "portfolio_is_the_purchases",
    },
    "UPDATE singles_breakdown SET value_share = 0.9": {"singles_breakdown_shares_sum_to_at_most_one"},
    "UPDATE singles_breakdown SET rank = 4, value = 999 WHERE rank = 2": {
        "singles_breakdown_ranks_are_dense_and_follow_the_value",
        "singles_breakdown_value_is_copies_times_net",
        "breakdowns_explain_their_products",
    },
    "UPDATE source_health SET rows_accepted = 1, quarantined_share = 0.5": {
        "source_health_loads_balance",
        "source_health_share_is_of_the_raw",
        "source_health_few_records_are_refused",
    },
    "UPDATE daily_summary SET published = published + 2": {
        "daily_summary_counts_equal_their_sources",
        "daily_summary_counts_are_nested",
    },
    "INSERT INTO price_daily SELECT * FROM price_daily": {"price_daily_one_row_per_price_and_day"},
    "UPDATE price_daily SET price = -1, day = day - 1": {
        "price_daily_prices_are_not_negative",
        "price_daily_day_is_that_of_the_price",
    },
}
"""Statement that spoils a table -> the tests that must fail. Statements add up: none undoes another."""


def test_each_test_notices_what_it_is_for(built: Built) -> None:
    """In a copy of the database, so that the other tests read the sound one."""
    with built.engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = {built.schema}")
        for statement in SPOILED:
            assert connection.exec_driver_sql(statement).rowcount, statement
    folder = built.folder / "spoiled"
    dbt._dbt(["test"], dbt.environment(built.engine.url, built.schema), folder, may_fail=True)
    results = json.loads((folder / "run_results.json").read_text())["results"]
    noticed = {r["unique_id"].split(".")[2] for r in results if r["status"] in {"fail", "warn"}}

    assert set.union(*SPOILED.values()) - noticed == set()
    assert {r["unique_id"].split(".")[2] for r in results if r["status"] == "warn"} >= {
        "source_health_few_records_are_refused"
    }
    assert [r["message"] for r in results if r["status"] == "error"] == []
