"""TCGCSV price files: the daily PPMd 7z archive, or its tree unpacked."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.cleaning.tcgplayer import PriceFile
from arb_pipeline.sources.parsing import LayoutError
from arb_pipeline.sources.unpack import ArchiveUnreadableError, unpack

ARCHIVE = "prices-{day}.ppmd.7z"
DAY = r"\d{4}-\d\d-\d\d"
FETCH_AGAIN = "Fetch the file again; the other files of this run are not affected."


def price_files(
    package: Path, *, day: str, categories: Mapping[str, int] = CATEGORIES
) -> Iterator[PriceFile]:
    """Every group's price file of the wanted categories. An unparseable file has a problem instead.

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
        files = (root / str(number)).glob("*/prices*")  # a transfer may have added `.gz`
        for path in sorted(path for path in files if path.name in {"prices", "prices.gz"}):
            if re.fullmatch(r"\d+", path.parent.name):
                name = f"{prefix}{path.relative_to(root).as_posix()}".removesuffix(".gz")
                yield _parsed(name, category, path)


def _parsed(name: str, category: str, path: Path) -> PriceFile:
    content = b""
    try:
        with path.open("rb") as file:
            content = whole(file)
        payload: Any = orjson.loads(content)
    except (orjson.JSONDecodeError, LayoutError) as error:
        problem = Problem(name, f"not JSON: {error}", content[-80:].decode("utf-8", "replace"), FETCH_AGAIN)
        return PriceFile(name, category, None, problem)
    return PriceFile(name, category, payload)
