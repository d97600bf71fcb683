"""`docs/architecture.md` names files and rooms that exist, and every room there is."""

import re
import tomllib

import pytest
from rooms import PACKAGE, ROOT

PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")
BASES = (ROOT, PACKAGE, ROOT / "scrapy_project")
FILE = re.compile(r"[\w./]+\.(?:py|yaml|md)")


def named(page: str) -> list[str]:
    """Paths of files in backticks, without placeholders; `a/b.py`, `c.py` of one cell are of one folder."""
    result = []
    for cell in re.split(r"[|\n]", page):
        folder = ""
        for name in re.findall(r"`([^`]+)`", cell):
            if name.endswith("/"):
                folder = name.rstrip("/")
            if not FILE.fullmatch(name):
                continue
            result.append(name if "/" in name or not folder else f"{folder}/{name}")
            folder = name.rpartition("/")[0] or folder
    return result


def missing(page: str) -> list[str]:
    """Files that the page names and that do not exist."""
    return [name for name in named(page) if not any((base / name).is_file() for base in BASES)]


def layers() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    result = next(rule["layers"] for rule in contracts if rule["type"] == "layers")
    return {room.strip(" ()") for layer in result for room in layer.split("|")}


def test_every_file_that_the_page_names_exists():
    assert missing(PAGE) == []


def test_the_picture_has_every_layer():
    picture = PAGE.partition("```")[2].partition("```")[0]

    assert {room for room in layers() if not re.search(rf"\b{room}\b", picture)} == set()


@pytest.mark.parametrize("room", sorted(path.name for path in (PACKAGE / "core").iterdir() if path.is_dir()))
def test_every_room_of_the_core_is_described(room):
    if not room.startswith("__"):
        assert f"`{room}`" in PAGE


def test_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", PAGE)

    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []


def test_a_file_that_is_gone_is_noticed():
    assert missing("| `core/attic/fees.py` | `core/pricing/attic.py` |") == [
        "core/attic/fees.py",
        "core/pricing/attic.py",
    ]
