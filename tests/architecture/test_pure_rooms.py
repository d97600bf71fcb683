"""Side effects by package: the core uses no clock and no files; only settings read the environment."""

import ast

import pytest
from rooms import PACKAGE, dotted, trees

PURE = (PACKAGE / "core", PACKAGE / "contracts")
CLOCKS = (
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("time.time", "time.monotonic", "time.perf_counter", "time.sleep"),
)
PLACES = {"open", "print", "input", "exec", "eval"}
TRAFFIC = ("read_", "scan_", "write_", "sink_")
"""Prefixes of polars' functions that touch files."""


def impure(tree: ast.AST) -> list[str]:
    """Calls that ask for the time or touch a file, the terminal or the environment."""
    calls = [dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return sorted(call for call in calls if call and _is_impure(call))


def _is_impure(call: str) -> bool:
    _, _, last = call.rpartition(".")
    is_clock = any(call == clock or call.endswith(f".{clock}") for clock in CLOCKS)
    return is_clock or call in PLACES or ("." in call and last.startswith(TRAFFIC))


def environment(tree: ast.AST) -> list[str]:
    """Ways into the environment: os.environ, os.getenv, pydantic's settings."""
    result = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.getenv", "os.environb"}:
            result.append(dotted(node))
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            result += sorted(names & {"os.environ", "os.getenv", "pydantic_settings.BaseSettings"})
        elif isinstance(node, ast.Import):
            result += [alias.name for alias in node.names if alias.name == "pydantic_settings"]
    return result


def test_core_and_contracts_ask_for_no_time_and_no_file():
    result = {file: impure(tree) for file, tree in trees(*PURE).items()}

    assert not {file: calls for file, calls in result.items() if calls}


@pytest.mark.parametrize(
    "code",
    [
        "now = datetime.now(UTC)",
        "now = datetime.datetime.now()",
        "today = date.today()",
        "started = time.monotonic()",
        "text = open('fees.yaml').read()",
        "frame = pl.read_parquet(path)",
        "frame.write_csv(path)",
        "print(price)",
    ],
)
def test_a_call_to_clock_or_file_is_noticed(code):
    assert len(impure(ast.parse(code))) == 1


def test_arithmetic_on_given_times_is_pure():
    assert impure(ast.parse("at = datetime.combine(as_of, time(20), UTC) - timedelta(days=1)")) == []


def test_only_settings_read_the_environment():
    result = {file: environment(tree) for file, tree in trees(PACKAGE).items()}

    assert {file for file, ways in result.items() if ways} == {"arb_pipeline/settings.py"}


@pytest.mark.parametrize(
    "code",
    [
        "import os\nhome = os.environ['ARB_HOME']",
        "import os\nhome = os.getenv('ARB_HOME')",
        "from os import environ",
        "from os import getenv",
        "from pydantic_settings import BaseSettings, SettingsConfigDict",
    ],
)
def test_a_look_into_the_environment_is_noticed(code):
    assert len(environment(ast.parse(code))) == 1
