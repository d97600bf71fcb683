"""Runs expectations of Great Expectations on the tables of a schema, and writes their report.

Its import takes 4 to 5 s and 265 MB, so only functions that validate import it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

SITE = "mart"


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation of Great Expectations about one table."""

    table: str
    name: str
    kind: str
    """Class in `great_expectations.expectations`."""
    description: str
    arguments: dict[str, Any] = field(default_factory=dict)
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """Result of one expectation."""

    passed: bool
    observed: str


def validate(
    url: sa.URL, schema: str, expected: Sequence[Expected], folder: Path
) -> dict[tuple[str, str], Found]:
    """(table, name) -> result. The report is written to `folder`; the password stays in this process."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context: Any = gx.get_context(mode="ephemeral")  # writes nothing but the report
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    context.add_data_docs_site(SITE, _site(folder))
    driver = url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    source = context.data_sources.add_postgres("mart", connection_string=driver)
    definitions = []
    for table in dict.fromkeys(e.table for e in expected):
        batch = source.add_table_asset(table, table_name=table, schema_name=schema)
        suite = context.suites.add(gx.ExpectationSuite(table))
        for expectation in (e for e in expected if e.table == table):
            suite.add_expectation(_expectation(expectation))
        whole = batch.add_batch_definition_whole_table("all")
        definitions.append(
            context.validation_definitions.add(gx.ValidationDefinition(name=table, data=whole, suite=suite))
        )
    done = gx.Checkpoint(name=schema, validation_definitions=definitions).run()
    context.build_data_docs(site_names=[SITE])  # its action writes the index anew for each table
    results: list[Any] = [row for validated in done.run_results.values() for row in validated.results]
    notes = [row.expectation_config.meta for row in results]
    return {(note["table"], note["check"]): _found(row) for note, row in zip(notes, results, strict=True)}


def _expectation(expected: Expected) -> Any:
    from great_expectations import expectations as kinds

    return getattr(kinds, expected.kind)(
        **expected.arguments,
        description=expected.description,
        severity="critical" if expected.blocking else "warning",
        meta={"table": expected.table, "check": expected.name},
    )


def _found(row: Any) -> Found:
    if row.exception_info.get("raised_exception"):
        return Found(passed=False, observed=str(row.exception_info.get("exception_message")))
    observed = {
        k: v for k, v in row.result.items() if k in {"observed_value", "element_count", "unexpected_count"}
    }
    some = row.result.get("partial_unexpected_list") or []
    observed |= {"unexpected": some[:5]} if some else {}
    return Found(passed=bool(row.success), observed=str(observed))


def _site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
