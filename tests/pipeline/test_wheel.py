"""A wheel runs without the checkout: it holds dbt's project, templates, parameters and migrations."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = {".yaml", ".yml", ".sql", ".j2", ".tmpl", ".mako"}
DEFINITIONS = "from arb_pipeline.definitions import defs; print(len(defs().resolve_all_job_defs()))"
MANIFEST = "from arb_pipeline.mart import dbt; print(dbt.PROJECT); print(dbt.manifest())"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


def tracked(*folders: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.split() if Path(name).suffix in DATA]


def test_every_file_of_data_is_in_the_wheel(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        name.replace("dbt/", "arb_pipeline/mart/project/", 1) if name.startswith("dbt/") else name
        for name in tracked("dbt", "arb_pipeline")
    }

    assert len(wanted) > 40
    assert wanted - inside == set()
    assert not [name for name in inside if "/target/" in name or "/logs/" in name]


def test_an_installed_wheel_parses_its_own_mart(wheel, tmp_path):
    """In a folder without a checkout, from a package that cannot be written to."""
    installed, home = tmp_path / "installed", tmp_path / "home"
    zipfile.ZipFile(wheel).extractall(installed)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARB_")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", MANIFEST],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(installed), "ARB_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    project, manifest = map(Path, done.stdout.split())
    assert project == installed / "arb_pipeline/mart/project"
    assert manifest.is_relative_to(home)


def test_an_installed_wheel_loads_its_definitions(wheel, tmp_path):
    """Neither pyproject.toml nor a checkout is above it: every run needs the definitions."""
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARB_")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", DEFINITIONS],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(installed), "ARB_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.split()[-1]) > 5
