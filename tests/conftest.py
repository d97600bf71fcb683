"""Fixtures shared by all tests.

Folders that any user may enter: pytest's own are closed to others, and the embedded server is not root's. And
examples of properties that are the same in every run, so that a change is red for what it brings:
`pytest --hypothesis-profile=default` looks for others, at random.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import administrator, empty_engine, engine, server, template
from hypothesis import settings

__all__ = ["administrator", "empty_engine", "engine", "server", "template"]

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def _open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="arb-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


open_home = pytest.fixture(_open_folder, name="open_home")
place = pytest.fixture(_open_folder, name="place", scope="module")
open_folder = pytest.fixture(_open_folder, name="open_folder", scope="session")


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real data: ARB_REAL_DATA, else ../shared/data beside the repository."""
    folder = Path(os.environ.get("ARB_REAL_DATA") or Path(__file__).resolve().parents[2] / "shared/data")
    if not (folder / "tcgcsv/archive").is_dir():
        pytest.skip(f"no real market data in {folder}: name its folder in ARB_REAL_DATA")
    return folder


@pytest.fixture(autouse=True)
def _no_entered_parameters() -> Iterator[None]:
    """Values that administrators of a test's database entered do not outlive the test in its process."""
    yield
    if params := sys.modules.get("arb_pipeline.storage.params"):
        params.install({})


@pytest.fixture(autouse=True)
def _no_server_outlives_its_home(request: pytest.FixtureRequest) -> Iterator[None]:
    """The server of a home that a test made in its own folder ends with the folder."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder and (records := [*folder.glob("postgres.json"), *folder.glob("*/postgres.json")]):
        from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres

        for record in records:
            EmbeddedPostgres(record.parent).delete()
