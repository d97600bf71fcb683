"""Folders that any user may enter: pytest's own are closed to others, and the embedded server is not root's."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


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
