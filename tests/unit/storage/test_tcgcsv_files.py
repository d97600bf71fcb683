"""TCGCSV's daily archives: what is read of them, and what is said of a damaged one."""

import json
import subprocess
import sys
from pathlib import Path

import py7zr
import pytest
from builders import price_record

from arb_pipeline.sources.cleaning.tcgplayer import PriceFile
from arb_pipeline.storage.tcgcsv_files import ArchiveUnreadableError, price_files

DAY = "2025-10-10"
PPMD = [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 20}]
NAME = f"prices-{DAY}.ppmd.7z"
PAYLOAD = {"success": True, "errors": [], "results": [price_record(productId=n) for n in range(1, 400)]}


def archive(folder: Path, members: dict[str, bytes], name: str = NAME) -> Path:
    """A daily archive as TCGCSV packs it."""
    path = folder / name
    with py7zr.SevenZipFile(path, "w", filters=PPMD) as opened:
        for member, content in members.items():
            opened.writestr(content, member)
    return path


def group(payload: object = None) -> bytes:
    return json.dumps(PAYLOAD if payload is None else payload).encode()


def read(folder: Path) -> list[PriceFile]:
    return list(price_files(folder, day=DAY))


def test_every_group_of_the_wanted_games_is_read(tmp_path: Path) -> None:
    members = {f"{DAY}/{n}/100/prices": group() for n in (1, 2, 3, 71)}
    archive(tmp_path, members)
    assert sorted((f.path, f.category) for f in read(tmp_path)) == [
        (f"{DAY}/1/100/prices", "mtg"),
        (f"{DAY}/2/100/prices", "yugioh"),
        (f"{DAY}/3/100/prices", "pokemon"),
    ]
    assert all(f.payload == PAYLOAD and f.problem is None for f in read(tmp_path))


def test_one_game_can_be_requested(tmp_path: Path) -> None:
    archive(tmp_path, {f"{DAY}/{n}/100/prices": group() for n in (1, 3)})
    result = list(price_files(tmp_path, day=DAY, categories={"pokemon": 3}))
    assert [f.category for f in result] == ["pokemon"]


def test_members_that_are_no_prices_are_left_alone(tmp_path: Path) -> None:
    archive(tmp_path, {f"{DAY}/1/100/prices": group(), f"{DAY}/1/100/notes.txt": b"hi", "README": b"hi"})
    assert len(read(tmp_path)) == 1


def test_an_unpacked_tree_reads_as_its_archive_does(tmp_path: Path) -> None:
    for path in ("1/100", "3/7", "71/1"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "prices").write_bytes(group())
    assert [(f.path, f.category) for f in read(tmp_path)] == [
        ("1/100/prices", "mtg"),
        ("3/7/prices", "pokemon"),
    ]


@pytest.mark.parametrize("content", [group()[:500], b"", b"<html>busy</html>", b"\xff\xfe"])
def test_a_truncated_group_carries_its_problem_and_the_others_are_read(
    tmp_path: Path, content: bytes
) -> None:
    archive(tmp_path, {f"{DAY}/1/100/prices": content, f"{DAY}/1/200/prices": group()})
    result = {f.path: f for f in read(tmp_path)}
    assert result[f"{DAY}/1/200/prices"].problem is None
    problem = result[f"{DAY}/1/100/prices"].problem
    assert problem is not None
    assert problem.where == f"{DAY}/1/100/prices"
    assert "not JSON" in problem.reason
    assert problem.advice


def test_an_archive_with_another_day_inside_is_refused_with_both_days(tmp_path: Path) -> None:
    archive(tmp_path, {"2025-10-09/1/100/prices": group()})
    with pytest.raises(
        ArchiveUnreadableError, match=r"prices-2025-10-10.ppmd.7z holds 2025-10-09, not 2025-10-10"
    ):
        read(tmp_path)


def test_an_archive_without_a_price_file_is_refused(tmp_path: Path) -> None:
    archive(tmp_path, {"README": b"hi"})
    with pytest.raises(ArchiveUnreadableError, match=r"holds no price file"):
        read(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.99])
def test_a_truncated_archive_is_refused_by_name(tmp_path: Path, share: float) -> None:
    path = archive(tmp_path, {f"{DAY}/1/{n}/prices": group() for n in range(5)})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ArchiveUnreadableError, match=r"prices-2025-10-10.ppmd.7z .*[Ff]etch it again"):
        read(tmp_path)


READ_APART = """
import sys
from pathlib import Path
from arb_pipeline.storage.tcgcsv_files import ArchiveUnreadableError, price_files
try:
    list(price_files(Path(sys.argv[1]), day=sys.argv[2]))
except ArchiveUnreadableError as error:
    print(error)
    sys.exit(3)
"""


@pytest.mark.parametrize("at", [120, 260, 500, -100])
def test_damaged_bytes_in_an_archive_are_noticed_and_named(tmp_path: Path, at: int) -> None:
    # Read by a process of its own: on some bytes the PPMd decoder runs out of memory, or crashes its process.
    path = archive(tmp_path, {f"{DAY}/1/{n}/prices": group() for n in range(5)})
    content = bytearray(path.read_bytes())
    for index in range(at, at + 8):
        content[index] ^= 0xFF
    path.write_bytes(content)
    command = [sys.executable, "-c", READ_APART, str(tmp_path), DAY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3, done.stderr[-300:]
    assert NAME in done.stdout


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"<html>404</html>" * 50)
    with pytest.raises(ArchiveUnreadableError, match="does not open"):
        read(tmp_path)


def test_an_empty_folder_has_no_price_file(tmp_path: Path) -> None:
    assert read(tmp_path) == []
