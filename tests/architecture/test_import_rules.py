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
    "simulator": "a market for tests and trials; a contract of its own keeps it from the code that must find it",
    "params": "YAML without code",
}
LAYERS = "One way of imports"
CRAWLING = "Crawling knows sources, settings and contracts"
CRAWLS = "Crawls run in a process of their own"
SIMULATOR = "The simulator knows contracts only"
DAGSTER = "Only the runner and defs know Dagster"
SERVICES = "Services know neither terminal nor web framework"
SOURCES = "Sources know formats, and neither network nor database"
COMMANDS = "Commands reach what is below services through services"
GAMES = "Games do not know each other"
ROOM = "arb_pipeline"
BREAKS = [
    (LAYERS, f"{ROOM}/contracts/base.py", "import arb_pipeline.core.money"),
    (LAYERS, f"{ROOM}/core/money.py", "import arb_pipeline.sources.quote_rules"),
    (LAYERS, f"{ROOM}/sources/quote_rules.py", "import arb_pipeline.settings"),
    (LAYERS, f"{ROOM}/storage/lake.py", "import arb_pipeline.features.history"),
    (LAYERS, f"{ROOM}/features/history.py", "import arb_pipeline.fetching.crawls"),
    (LAYERS, f"{ROOM}/mart/dbt.py", "import arb_pipeline.services.quarantine"),
    (LAYERS, f"{ROOM}/services/quarantine.py", "import arb_pipeline.defs.jobs"),
    (LAYERS, f"{ROOM}/services/quarantine.py", "import arb_pipeline.runner"),
    ("The core is pure", f"{ROOM}/core/money.py", "import dagster"),
    ("The core is pure", f"{ROOM}/core/money.py", "import scrapy"),
    (SOURCES, f"{ROOM}/sources/parsing/ecb.py", "import scrapy"),
    (SOURCES, f"{ROOM}/sources/quote_rules.py", "import sqlalchemy"),
    (DAGSTER, f"{ROOM}/storage/lake.py", "import dagster"),
    (DAGSTER, f"{ROOM}/services/quarantine.py", "import dagster"),
    (SERVICES, f"{ROOM}/services/quarantine.py", "import typer"),
    (COMMANDS, f"{ROOM}/cli/db.py", "from arb_pipeline.storage.postgres import retention"),
    (COMMANDS, f"{ROOM}/cli/mart.py", "import arb_pipeline.mart.dbt"),
    (GAMES, f"{ROOM}/games/yugioh/packs.py", "import arb_pipeline.games.pokemon.packs"),
    (SIMULATOR, f"{ROOM}/simulator/nets.py", "import arb_pipeline.core.pricing.fees"),
    (SIMULATOR, f"{ROOM}/simulator/nets.py", "import arb_pipeline.sources.parsing.tcgcsv"),
    (CRAWLING, "scrapy_project/spiders/ecb.py", "import arb_pipeline.storage.landing"),
    (CRAWLS, f"{ROOM}/storage/landing.py", "import scrapy"),
    (CRAWLS, f"{ROOM}/fetching/crawls.py", "from scrapy_project.spiders import base"),
    (CRAWLS, f"{ROOM}/cli/main.py", "from twisted.internet import reactor"),
]
"""(contract, file, an import in it that breaks the contract)."""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def rooms() -> set[str]:
    """Modules and packages at the top."""
    result = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    return result - {"__init__"}


def layered(rules: list[dict]) -> set[str]:
    """The rooms that the contract of layers names."""
    layers = next(rule["layers"] for rule in rules if rule["type"] == "layers")
    return {room.strip(" ()") for layer in layers for room in layer.split("|")}


def unplaced(there: set[str], layers: set[str]) -> set[str]:
    """Rooms of the package that no layer names."""
    return there - layers - NOT_LAYERED.keys()


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


def forbidden_rooms(name: str) -> set[str]:
    rule = next(rule for rule in RULES if rule["name"] == name)
    return {module.removeprefix("arb_pipeline.") for module in rule["forbidden_modules"]}


def test_crawling_is_kept_from_every_other_room():
    assert forbidden_rooms(CRAWLING) >= rooms() - {"contracts", "core", "params", "settings", "sources"}


def test_the_simulator_is_kept_from_every_other_room():
    assert forbidden_rooms(SIMULATOR) >= rooms() - {"contracts", "params", "simulator"}


def test_every_room_has_its_layer():
    assert not unplaced(rooms(), layered(RULES))


def test_a_room_without_a_layer_is_noticed():
    assert unplaced({"core", "attic"}, {"core"}) == {"attic"}
