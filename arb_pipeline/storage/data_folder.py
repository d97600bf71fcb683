"""Folder of source dumps: the files of each source's package."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.storage.landing import files_under
from arb_pipeline.storage.tcgcsv_files import ARCHIVE

ARCHIVED = re.compile(r"prices-(\d{4}-\d\d-\d\d)\.ppmd\.7z")


@dataclass(frozen=True, slots=True)
class Layout:
    """Location and content of a reference source in the folder."""

    description: str
    globs: tuple[tuple[str, str], ...]
    """(folder, pattern), relative to that folder."""
    is_required: bool = True
    """True if its game can be valued without it."""


class NoFolderError(NotFoundError, FileNotFoundError):
    """The folder of source dumps does not exist."""


class DataFolder:
    """Files of one data folder, by source."""

    def __init__(self, root: Path, reference: Mapping[str, Layout] | None = None) -> None:
        """`root`: a folder as in `docs/data-folder.md`. `reference`: sources of the games, by name.

        Raises `NoFolderError`.
        """
        self.root = root
        self._reference = reference or {}
        if not root.is_dir():
            msg = f"There is no folder {root}. Name one that holds tcgcsv/ and mtg/ (docs/data-folder.md)."
            raise NoFolderError(msg)

    def reference(self, source: str) -> dict[str, Path]:
        """The files of a reference source by their path inside its package; none where it is absent.

        A source is present when its first pattern matches: the list of marketplace ids alone is not enough.
        """
        files: dict[str, Path] = {}
        for folder, pattern in self._reference[source].globs:
            base = self.root / folder
            matched = files_under(base, pattern)
            if not files and not matched:
                return {}
            files |= matched
        return files

    def prices(self, day: str) -> dict[str, Path]:
        """The price files of a day: its archive, else its unpacked tree, else none."""
        archive = self.root / "tcgcsv/archive" / ARCHIVE.format(day=day)
        if archive.is_file():
            return {archive.name: archive}
        tree = self.root / "tcgcsv/raw" / day
        return files_under(tree, "*/*/prices")

    def days(self) -> list[str]:
        """The days that have prices, in order."""
        archived = {
            m[1] for p in (self.root / "tcgcsv/archive").glob("*.7z") if (m := ARCHIVED.fullmatch(p.name))
        }
        unpacked = {
            p.name for p in (self.root / "tcgcsv/raw").glob("????-??-??") if any(p.glob("*/*/prices"))
        }
        return sorted(filter(_is_day, archived | unpacked))

    def where(self, day: str) -> str:
        """The archive or tree of a day's prices, relative to the folder."""
        archive = f"tcgcsv/archive/{ARCHIVE.format(day=day)}"
        return archive if (self.root / archive).is_file() else f"tcgcsv/raw/{day}/"

    def missing(self, source: str, part: str) -> str:
        """Message for an absent source."""
        if source == "tcgcsv":
            days = self.days()
            has = f"it has {days[0]} to {days[-1]}" if days else "it has no day at all"
            where = f"tcgcsv/archive/{ARCHIVE.format(day=part)} or tcgcsv/raw/{part}/"
            return f"{self.root} has no prices of {part} ({where}); {has}. Request one of them."
        where = " and ".join(f"{folder}/{pattern}" for folder, pattern in self._reference[source].globs)
        return f"{self.root} has no {source} ({where}), and none has landed before. Add the files."


def _is_day(name: str) -> bool:
    """Is it a day of the calendar? A file named for 2025-02-30 is none of a day."""
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False
