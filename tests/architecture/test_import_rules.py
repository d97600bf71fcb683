"""The import contracts of pyproject.toml hold, cover every room, and can each fail."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rooms import PACKAGE, ROOT

RULES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
NOT_LAYERED = {
    "demo": "a market for tests and trials; a contract of its own keeps it from the code that must find it",
    "params": "YAML without code",
}
BREAKS = {
    "One way of imports": ("contracts/base.py", "import arb_pipeline.core.money"),
    "The core is pure": ("core/money.py", "import dagster"),
    "Only settings read the environment, only the runner and defs know Dagster": (
        "stores/lake.py",
        "import dagster",
    ),
    "The simulated market knows nothing of the code that must find it": (
        "demo/nets.py",
        "import arb_pipeline.core.fees",
    ),
}
"""Contract -> an import that breaks it: (file, line)."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def unplaced(rooms: set[str], layers: list[str]) -> set[str]:
    """Rooms of the package that no layer names."""
    return rooms - {layer.removeprefix("arb_pipeline.") for layer in layers} - NOT_LAYERED.keys()


def test_the_contracts_hold():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("rule", [rule["name"] for rule in RULES])
def test_each_contract_can_fail(rule, tmp_path):
    assert rule in BREAKS, f"say in BREAKS which import breaks the contract {rule!r}"
    file, line = BREAKS[rule]
    shutil.copytree(PACKAGE, tmp_path / "arb_pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "arb_pipeline" / file).open("a") as handle:
        handle.write(f"\n{line}\n")

    done = lint(tmp_path)

    assert done.returncode == 1
    assert f"{rule} BROKEN" in done.stdout


def test_every_room_has_its_layer():
    found = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    layers = next(rule["layers"] for rule in RULES if rule["type"] == "layers")

    assert not unplaced(found - {"__init__"}, layers)


def test_a_room_without_a_layer_is_noticed():
    assert unplaced({"core", "attic"}, ["arb_pipeline.core"]) == {"attic"}
