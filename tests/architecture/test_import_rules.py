"""The import contracts of pyproject.toml hold, cover every room, and can each fail."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from rooms import PACKAGE, ROOT

PACKAGES = (PACKAGE, ROOT / "scrapy_project")
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
NOT_LAYERED = {
    "demo": "a market for tests and trials; a contract of its own keeps it from the code that must find it",
    "params": "YAML without code",
}
CRAWLING = "Crawling knows contracts and settings, and nothing else of ours"
SCRAPY = "Only crawling knows Scrapy; parsers and archives are shared"
DEMO = "The simulated market knows nothing of the code that must find it"
STORES, SPIDERS = "arb_pipeline/stores", "scrapy_project/spiders"
BREAKS = [
    ("One way of imports", "arb_pipeline/contracts/base.py", "import arb_pipeline.core.money"),
    ("The core is pure", "arb_pipeline/core/money.py", "import dagster"),
    ("The core is pure", "arb_pipeline/core/money.py", "import scrapy"),
    (
        "Only settings read the environment, only the runner and defs know Dagster",
        f"{STORES}/lake.py",
        "import dagster",
    ),
    (DEMO, "arb_pipeline/demo/nets.py", "import arb_pipeline.core.fees"),
    (DEMO, "arb_pipeline/demo/nets.py", "import scrapy_project.parsing.tcgcsv"),
    (CRAWLING, f"{SPIDERS}/ecb.py", "import arb_pipeline.stores.landing"),
    (CRAWLING, "scrapy_project/parsing/ecb.py", "import arb_pipeline.core.money"),
    (SCRAPY, f"{STORES}/landing.py", "import scrapy"),
    (SCRAPY, f"{STORES}/landing.py", "from scrapy_project.spiders import base"),
    (SCRAPY, "arb_pipeline/cli/main.py", "from twisted.internet import reactor"),
    (
        "Parsers know neither Scrapy nor the rest of the crawl",
        "scrapy_project/parsing/tcgcsv.py",
        "from scrapy_project.events import tell\nfrom scrapy_project.guard import Guard",
    ),
]
"""(contract, file, an import in it that breaks the contract)."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def rooms() -> set[str]:
    """What the package has at its top."""
    found = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    return found - {"__init__"}


def unplaced(there: set[str], layers: list[str]) -> set[str]:
    """Rooms of the package that no layer names."""
    return there - {layer.removeprefix("arb_pipeline.") for layer in layers} - NOT_LAYERED.keys()


def test_the_contracts_hold():
    done = lint(ROOT)

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_each_contract_is_known_to_fail():
    assert {rule["name"] for rule in RULES} == {rule for rule, _, _ in BREAKS}


@pytest.mark.parametrize(("rule", "file", "line"), BREAKS)
def test_an_import_that_breaks_a_contract_is_noticed(rule, file, line, tmp_path):
    for package in PACKAGES:
        shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a") as handle:
        handle.write(f"\n{line}\n")

    done = lint(tmp_path)

    assert done.returncode == 1
    assert f"{rule} BROKEN" in done.stdout


def test_crawling_is_kept_from_every_room_but_contracts_and_settings():
    rule = next(rule for rule in RULES if rule["name"] == CRAWLING)
    forbidden = {module.removeprefix("arb_pipeline.") for module in rule["forbidden_modules"]}

    assert forbidden == rooms() - {"contracts", "settings", "params"}


def test_every_room_has_its_layer():
    layers = next(rule["layers"] for rule in RULES if rule["type"] == "layers")

    assert not unplaced(rooms(), layers)


def test_a_room_without_a_layer_is_noticed():
    assert unplaced({"core", "attic"}, ["arb_pipeline.core"]) == {"attic"}
