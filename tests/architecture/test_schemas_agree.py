"""Columns are declared once: frames, tables and derived files are compared with the declarations."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace

import polars as pl
import pytest
import sqlalchemy as sa

from arb_pipeline.contracts import columns as declared
from arb_pipeline.contracts.base import BrokenContractError, conform, empty
from arb_pipeline.contracts.enums import RiskLevel
from arb_pipeline.contracts.frame_models import contract_of
from arb_pipeline.contracts.mart_models import MART_MODELS
from arb_pipeline.contracts.schema import MONEY, PERCENT, SCORE, Column, Table, in_order
from arb_pipeline.contracts.valuation import Valuations
from arb_pipeline.mart import declared_files
from arb_pipeline.storage.postgres import analysis, prices, tables
from arb_pipeline.storage.postgres.columns import allowed_values, is_money
from arb_pipeline.storage.postgres.columns import declared as sql_columns

REPOSITORY = Path(__file__).parents[2]
PRICE = Column("price", MONEY, "Price of one piece.", gt=0, nullable=True)
LEVEL = Column("level", declared.varchar(20), "Risk.", enum=RiskLevel, default="'low'")
SAMPLE = Table("samples", "One row per sample.", (declared.AS_OF, PRICE, LEVEL))


def test_derived_files_are_those_of_the_declarations():
    texts = {path: (REPOSITORY / path).read_text("utf-8") for path in declared_files.derived_files()}

    assert declared_files.derived_files() == texts, "run `make columns`"


def test_a_derived_file_that_was_edited_by_hand_is_noticed(tmp_path):
    for folder in ("dbt/models", "dbt/macros", "docs"):
        copytree(REPOSITORY / folder, tmp_path / folder)
    assert declared_files.write(tmp_path) == []
    page = tmp_path / "docs/mart.md"
    page.write_text(page.read_text("utf-8").replace("Sealed product to buy.", "Another meaning."), "utf-8")

    assert declared_files.write(tmp_path) == ["docs/mart.md"]
    assert page.read_text("utf-8") == (REPOSITORY / "docs/mart.md").read_text("utf-8")


def test_a_frame_contract_has_type_rules_and_unit_of_the_declaration():
    contract = contract_of(SAMPLE, "Samples", __name__)
    assert dict(empty(contract).schema) == {"as_of": pl.Date, "price_cents": pl.Int64, "level": pl.String}
    assert contract.to_schema().columns["price_cents"].description == "Price of one piece. Unit: US cents."
    frame = empty(contract).clear(1).with_columns(level=pl.lit("none"), price_cents=pl.lit(0, pl.Int64))

    with pytest.raises(BrokenContractError) as broken:
        conform(frame, contract)
    assert [(fault.column, fault.rule) for fault in broken.value.faults] == [
        ("as_of", "not_nullable"),
        ("price_cents", "greater_than(0)"),
        ("level", "isin(['low', 'medium', 'high'])"),
    ]


def test_a_table_has_type_default_checks_and_comment_of_the_declaration():
    table = sa.Table("samples", sa.MetaData(), *sql_columns(SAMPLE))

    price, level = table.c.price, table.c.level
    assert (type(price.type), price.type.precision, price.type.scale) == (sa.Numeric, 12, 2)
    assert (price.nullable, price.comment) == (True, "Price of one piece. Unit: US dollars.")
    assert (level.nullable, str(level.server_default.arg)) == (False, "'low'")
    assert level.comment == "Risk. One of: low, medium, high."
    assert [column.name for column in table.primary_key] == ["as_of"]
    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, sa.CheckConstraint)]
    assert checks == ["level IN ('low', 'medium', 'high')"]


def test_amounts_percentages_and_enumerations_are_known_by_their_declaration():
    margin = Column("quick_margin", PERCENT, "Margin.")
    columns = sql_columns(replace(SAMPLE, columns=(PRICE, margin, LEVEL)))
    price, percent, level = (column for column in columns if isinstance(column, sa.Column))

    assert [is_money(column) for column in (price, percent, level)] == [True, False, False]
    assert (allowed_values(level), allowed_values(price)) == (("low", "medium", "high"), ())


def test_limits_of_a_checked_column_are_a_constraint_of_its_table():
    score = Column("score", SCORE, "Score.", ge=0, le=1, checked=True)
    table = sa.Table("scores", sa.MetaData(), *sql_columns(Table("scores", "Scores.", (score,))))

    checks = [str(c.sqltext) for c in table.constraints if isinstance(c, sa.CheckConstraint)]
    assert checks == ["score BETWEEN 0 AND 1"]


def test_a_new_column_follows_the_one_that_it_follows_in_the_declaration():
    a, b, new, c = (SimpleNamespace(name=name) for name in ("a", "b", "new", "c"))

    assert [column.name for column in in_order([a, b, new, c], ["c", "b", "a"])] == ["c", "b", "new", "a"]
    assert [column.name for column in in_order([new, a], ["a"])] == ["new", "a"]


def test_a_column_declared_twice_is_refused():
    with pytest.raises(ValueError, match="samples declares price more than once"):
        replace(SAMPLE, columns=(PRICE, PRICE))


def test_values_of_a_frame_become_exact_decimals_of_the_tables_columns():
    row = {"sealed_price_cents": 3_050, "margin_bps": 3_361, "confidence_score": 0.615, "p_profit": 0.123456}
    written = analysis.as_rows(pl.DataFrame([row]), declared.SEALED_VALUATIONS)

    assert written.schema == {
        "confidence_score": pl.Decimal(12, 2),
        "p_profit": pl.Decimal(12, 5),
        "sealed_price": pl.Decimal(18, 2),
        "margin_percentage": pl.Decimal(18, 2),
    }
    assert [str(value) for value in written.row(0)] == ["0.62", "0.12346", "30.50", "33.61"]


def test_every_column_of_a_valuation_is_written_under_a_column_of_its_table():
    written = analysis.as_rows(empty(Valuations), declared.SEALED_VALUATIONS)

    assert set(written.columns) <= set(tables.sealed_valuations.c.keys())


def test_prices_are_merged_by_the_natural_key_of_their_table():
    unique = [c for c in tables.price_history.constraints if isinstance(c, sa.UniqueConstraint)]

    assert [[column.name for column in c.columns] for c in unique] == [prices.KEYS]


@pytest.mark.parametrize("table", [*declared.TABLES.values(), *MART_MODELS.values()], ids=lambda t: t.name)
def test_a_meaning_is_a_sentence(table):
    texts = [table.meaning, *(column.meaning for column in table.columns)]

    assert [text for text in texts if not (text[0].isalnum() and text.endswith((".", "...")))] == []


MADE_UP = """    Column(
        "quickest_value",
        SUM,
        "Net value within an hour.",
        nullable=True,
        ge=0,
        in_opportunity=True,
    ),
"""
ASKED = """
import json
from dataclasses import asdict
from pathlib import Path
from arb_pipeline.api.models.catalogue import Valuation
from arb_pipeline.api.models.opportunities import Opportunity
from arb_pipeline.contracts.valuation import Valuations
from arb_pipeline.core.opportunities.lifecycle import VALUES
from arb_pipeline.mart.declared_files import derived_files
from arb_pipeline.services.opportunity_list import OpportunityRow
from arb_pipeline.services.valuations import ValuationView
from arb_pipeline.storage.postgres import queries, tables

class Reader:
    def scalar(self, query): return None

def selected(query):
    return query.selected_columns.keys()

files = derived_files(Path(ROOT))
column = Valuations.to_schema().columns["quickest_value_cents"]
print(json.dumps({
    "frame": [column.nullable, column.description, [str(check.statistics) for check in column.checks]],
    "tables": {t.name: [str(t.c.quickest_value.type), t.c.quickest_value.comment]
               for t in (tables.sealed_valuations, tables.arbitrage_opportunities)},
    "copied to the opportunity": "quickest_value_cents" in VALUES,
    "files": sorted(path for path, text in files.items() if "quickest_value" in text),
    "dbt": files["dbt/models/sealed_valuations.yml"].partition("- name: quickest_value")[2].split("- name")[0],
    "docs": [line for line in files["docs/mart.md"].splitlines() if "quickest_value" in line],
    "exports": [selected(query).count("quickest_value")
                for query in (queries.opportunities(), queries.valuations(Reader()))],
    "api": [model.model_json_schema(mode="serialization")["properties"]["quickest_value"]["description"]
            for model in (Valuation, Opportunity)],
    "views": [view.model_fields["quickest_value"].description
              for view in (ValuationView, OpportunityRow)],
}))
"""


def test_a_column_added_in_one_place_is_found_everywhere(tmp_path):
    copytree(REPOSITORY / "arb_pipeline", tmp_path / "arb_pipeline")
    source = tmp_path / "arb_pipeline/contracts/columns.py"
    text = source.read_text("utf-8")
    place = text.rindex("        Column(", 0, text.index('"market_price"'))
    source.write_text(text[:place] + MADE_UP + text[place:], "utf-8")
    code = ASKED.replace("ROOT", repr(str(REPOSITORY)))

    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    meaning = "Net value within an hour."
    result = json.loads(run.stdout)
    assert result.pop("dbt").split() == (
        f"data_type: numeric(14,2) description: '{meaning} Unit: US dollars.'".split()
    )
    assert result == {
        "frame": [True, f"{meaning} Unit: US cents.", ["{'min_value': 0}"]],
        "tables": {
            "sealed_valuations": ["NUMERIC(14, 2)", f"{meaning} Unit: US dollars."],
            "arbitrage_opportunities": ["NUMERIC(14, 2)", f"{meaning} Unit: US dollars."],
        },
        "copied to the opportunity": True,
        "files": [
            "dbt/macros/declared_columns.sql",
            "dbt/models/opportunities.yml",
            "dbt/models/opportunity_history.yml",
            "dbt/models/sealed_valuations.yml",
            "docs/exports.md",
            "docs/mart.md",
        ],
        "docs": [f"| `quickest_value` | numeric(14,2) | US dollars | {meaning} |"] * 3,
        "exports": [1, 1],
        "api": [f"{meaning} Unit: US dollars."] * 2,
        "views": [f"{meaning} Unit: US dollars."] * 2,
    }
