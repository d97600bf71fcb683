"""Committed files: no machine path, no registry host, no file of the real data."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from rooms import ROOT

REAL_DATA = ROOT.parent / "shared" / "data"
# In pieces: this file is committed too.
MACHINE_PATHS = ("/" + "work/", "/" + "root/")
REGISTRIES = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "anaconda" + ".org")
LOCK = "uv.lock"
"""The one file that names the public index: that is what it is for."""
DUMPS = {".7z", ".zip", ".gz", ".parquet", ".duckdb", ".sqlite"}
MOST_BYTES = 1_000_000
TOO_SHORT_TO_TELL = 200


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Files that git knows, and those that it would take in with `git add`."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout: nothing is committed here")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def holding(paths: Iterable[Path], needles: Iterable[str]) -> list[str]:
    """Files whose content holds one of the texts, and which."""
    result = []
    for path in paths:
        content = path.read_bytes()
        result += [f"{path.name} holds {needle}" for needle in needles if needle.encode() in content]
    return sorted(result)


def copies(paths: Iterable[Path], originals: Iterable[Path]) -> list[str]:
    """Files with the very content of another."""
    of_size: dict[int, list[Path]] = {}
    for path in paths:
        of_size.setdefault(path.stat().st_size, []).append(path)
    return sorted(
        f"{path.name} is {original.name}"
        for original in originals
        for path in of_size.get(original.stat().st_size, [])
        if path.stat().st_size > TOO_SHORT_TO_TELL and _digest(path) == _digest(original)
    )


def dumps(paths: Iterable[Path]) -> list[str]:
    """Archives, databases, and files too large for source."""
    return sorted(
        path.name
        for path in paths
        if path.name != LOCK and (path.suffix in DUMPS or path.stat().st_size > MOST_BYTES)
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_file_names_a_path_of_one_machine(files):
    assert holding(files, MACHINE_PATHS) == []


def test_no_file_but_the_lock_names_a_registry(files):
    assert holding((path for path in files if path.name != LOCK), REGISTRIES) == []


def test_no_dump_is_committed(files):
    assert dumps(files) == []


def test_no_file_of_the_real_data_is_committed(files):
    if not REAL_DATA.is_dir():
        pytest.skip("the real data is not beside the project")
    originals = (path for path in REAL_DATA.rglob("*") if path.is_file())

    assert copies(files, originals) == []


def test_a_path_or_host_is_noticed(tmp_path):
    (tmp_path / "a.md").write_text(f"see {MACHINE_PATHS[0]}shared")
    (tmp_path / "b.toml").write_text(f'index = "https://{REGISTRIES[0]}/simple"')

    assert len(holding(tmp_path.iterdir(), MACHINE_PATHS)) == 1
    assert len(holding(tmp_path.iterdir(), REGISTRIES)) == 1


def test_a_copy_or_dump_is_noticed(tmp_path):
    original, other = tmp_path / "prices", tmp_path / "other"
    original.write_text("x" * 300)
    other.write_text("y" * 300)
    shutil.copy(original, tmp_path / "fixture.json")
    (tmp_path / "day.7z").write_bytes(b"7z")
    (tmp_path / "big.json").write_bytes(b"0" * (MOST_BYTES + 1))

    assert copies([other, tmp_path / "fixture.json"], [original]) == ["fixture.json is prices"]
    assert dumps(tmp_path.iterdir()) == ["big.json", "day.7z"]
