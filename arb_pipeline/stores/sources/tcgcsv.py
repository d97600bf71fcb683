"""TCGCSV price files: the daily PPMd 7z archive, or its tree unpacked."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import py7zr
from py7zr.exceptions import ArchiveError
from py7zr.io import BytesIOFactory

from arb_pipeline.contracts.catalog import CATEGORIES
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.cleaning.tcgplayer import PriceFile

ARCHIVE = "prices-{day}.ppmd.7z"
MEMBER = re.compile(r"(?:(?P<day>\d{4}-\d\d-\d\d)/)?(?P<category>\d+)/(?P<group>\d+)/prices")
MAX_MEMBER_BYTES = 64 << 20
FETCH_AGAIN = "Fetch the file again; the other files of this run are not affected."


class ArchiveUnreadableError(ValueError):
    """An archive that does not open; the message names the file and what to do."""


def price_files(
    package: Path, *, day: str, categories: Mapping[str, int] = CATEGORIES
) -> Iterator[PriceFile]:
    """Every group's price file of the wanted categories. A file that does not parse carries its problem.

    Raises `ArchiveUnreadableError` when the archive does not open or is damaged.
    """
    names = {str(number): category for category, number in categories.items()}
    archive = package / ARCHIVE.format(day=day)
    members = _unpacked(archive, set(names), day) if archive.exists() else _tree(package, set(names))
    for path, content in members:
        match = MEMBER.fullmatch(path)
        if match:
            yield _parsed(path, names[match["category"]], content)


def _parsed(path: str, category: str, content: bytes) -> PriceFile:
    try:
        payload: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        problem = Problem(path, f"not JSON: {error}", content[-80:].decode("utf-8", "replace"), FETCH_AGAIN)
        return PriceFile(path, category, None, problem)
    return PriceFile(path, category, payload)


def _tree(package: Path, numbers: set[str]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(package.glob("*/*/prices")):
        name = path.relative_to(package).as_posix()
        if name.split("/")[0] in numbers:
            yield name, path.read_bytes()


def _unpacked(archive: Path, numbers: set[str], day: str) -> Iterator[tuple[str, bytes]]:
    try:
        with py7zr.SevenZipFile(archive) as opened:
            found = [(name, match) for name in opened.getnames() if (match := MEMBER.fullmatch(name))]
            wrong = sorted({m["day"] for _, m in found if m["day"] not in (None, day)})
            if wrong or not found:
                msg = (
                    f"{archive.name} holds {'the day ' + wrong[0] if wrong else 'no price file'}, not {day}."
                )
                raise ArchiveUnreadableError(f"{msg} Check its name, or fetch it again.")  # noqa: TRY301
            factory = BytesIOFactory(MAX_MEMBER_BYTES)
            opened.reset()
            opened.extract(targets=[n for n, m in found if m["category"] in numbers], factory=factory)
    except ArchiveUnreadableError:
        raise
    except (
        ArchiveError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        ArithmeticError,
    ) as error:
        # py7zr raises its own errors and, on damaged headers, whatever the parser tripped over.
        msg = f"{archive.name} does not open ({type(error).__name__}: {error}). Delete it and fetch it again."
        raise ArchiveUnreadableError(msg) from error
    for name, member in factory.products.items():
        yield name, _content(member)


def _content(member: Any) -> bytes:
    member.seek(0)
    content: bytes = member.read()
    return content
