"""TCGCSV price files: the daily PPMd 7z archive, or its tree unpacked."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.sources.cleaning.tcgplayer import PriceFile
from arb_pipeline.sources.unpack import ArchiveUnreadableError, unpack

ARCHIVE = "prices-{day}.ppmd.7z"
DAY = r"\d{4}-\d\d-\d\d"
FETCH_AGAIN = "Fetch the file again; the other files of this run are not affected."


def price_files(
    package: Path, *, day: str, categories: Mapping[str, int] = CATEGORIES
) -> Iterator[PriceFile]:
    """Every group's price file of the wanted categories. A file that does not parse carries its problem.

    Raises `ArchiveUnreadableError` when the archive does not open, is damaged, or is of another day.
    """
    archive = package / ARCHIVE.format(day=day)
    if not archive.exists():
        yield from _tree(package, "", categories)
        return
    with TemporaryDirectory(prefix="arb-unpack-") as scratch:
        numbers = "|".join(str(number) for number in categories.values())
        unpack(archive, Path(scratch), rf"{DAY}/({numbers})/\d+/prices")
        days = sorted(path.name for path in Path(scratch).iterdir())
        if days != [day]:
            held = f"holds {', '.join(days)}" if days else "holds no price file of these games"
            msg = f"{archive.name} {held}, not {day}. Check its name, or fetch it again."
            raise ArchiveUnreadableError(msg)
        yield from _tree(Path(scratch) / day, f"{day}/", categories)


def _tree(root: Path, prefix: str, categories: Mapping[str, int]) -> Iterator[PriceFile]:
    for category, number in categories.items():
        for path in sorted((root / str(number)).glob("*/prices")):
            if re.fullmatch(r"\d+", path.parent.name):
                name = f"{prefix}{path.relative_to(root).as_posix()}"
                yield _parsed(name, category, path.read_bytes())


def _parsed(path: str, category: str, content: bytes) -> PriceFile:
    try:
        payload: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        problem = Problem(path, f"not JSON: {error}", content[-80:].decode("utf-8", "replace"), FETCH_AGAIN)
        return PriceFile(path, category, None, problem)
    return PriceFile(path, category, payload)
