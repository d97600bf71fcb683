"""`arb --help` is fast: it imports the parser of the command line, and nothing that runs a stage."""

import subprocess
import sys
from pathlib import Path

import pytest

ARB = str(Path(sys.executable).parent / "arb")
HEAVY = {
    *("dagster", "polars", "duckdb", "ibis", "sqlalchemy", "pandera", "numpy", "pydantic", "alembic"),
    *("scrapy", "twisted", "py7zr", "dbt", "great_expectations"),
    *("apprise", "structlog", "prometheus_client", "jinja2", "matplotlib"),
}
"""dagster alone takes a second and more."""


def imported(*command: str) -> set[str]:
    """Packages that a Python program imports on its way."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["fetch"],
        ["opportunities"],
        ["explain"],
        ["value"],
        ["opportunity"],
        ["db"],
        ["mart"],
        ["demo", "run"],
        ["demo", "serve"],
        ["alerts"],
        ["metrics"],
    ],
)
def test_help_imports_nothing_heavy(command):
    packages = imported(ARB, *command, "--help")

    assert "typer" in packages
    assert not packages & HEAVY


COMPUTING = {
    *(
        "dagster",
        "great_expectations",
        "dbt",
        "scipy",
        "fastapi",
        "apprise",
        "matplotlib",
        "jinja2",
    ),
    *("ibis", "duckdb"),
}
CONTRACTS = {"pandera", "pandas", "pyarrow"}
"""Pandera imports pandas and pyarrow: half a second of CPU."""
FRAMES = {"polars", "numpy"}
"""A list of rows needs none."""


@pytest.mark.parametrize(
    ("modules", "absent"),
    [
        ("services.opportunity_list, arb_pipeline.services.valuations", COMPUTING | CONTRACTS | FRAMES),
        ("services.opportunities", COMPUTING | CONTRACTS),
        ("services.explain, arb_pipeline.services.catalogue", COMPUTING | CONTRACTS),
        ("services.what_if, arb_pipeline.services.price_list", COMPUTING | CONTRACTS),
        ("services.sources", COMPUTING),
        ("services.health", COMPUTING),
    ],
)
def test_what_a_reading_command_calls_imports_no_engine(modules: str, absent: set[str]) -> None:
    shared = "arb_pipeline.cli.database, arb_pipeline.cli.render"
    packages = imported("-c", f"import {shared}, arb_pipeline.{modules}")
    assert "sqlalchemy" in packages
    assert not packages & absent


def test_a_heavy_import_is_noticed():
    assert imported("-c", "import sqlalchemy") & HEAVY == {"sqlalchemy"}
