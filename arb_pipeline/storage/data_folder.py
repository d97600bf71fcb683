"""Folder of source dumps: the files of each source's package."""

import re
from dataclasses import dataclass
from pathlib import Path

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.storage.landing import files_under
from arb_pipeline.storage.tcgcsv_files import ARCHIVE

ARCHIVED = re.compile(r"prices-(\d{4}-\d\d-\d\d)\.ppmd\.7z")


@dataclass(frozen=True, slots=True)
class Layout:
    """Location and content of a reference source in the folder."""

    category: str
    description: str
    globs: tuple[tuple[str, str], ...]
    """(folder, pattern), relative to that folder."""
    is_required: bool = True
    """Whether its game can be valued without it."""


REFERENCE = {
    "mtg_sealed_content": Layout(
        "mtg",
        "Magic's sealed products, what is in them (mtgjson/mtg-sealed-content), and their marketplace ids.",
        (
            ("mtg/sealed_content/data", "products/*.yaml"),
            ("mtg/sealed_content/data", "contents/*.yaml"),
            ("tcgcsv", "sealed_products.csv"),
        ),
    ),
    "mtg_boosters": Layout(
        "mtg",
        "Magic's booster files: sheets, card weights, pack configurations.",
        (("mtg/boosters/booster", "*.json"),),
    ),
    "mtg_id_map": Layout(
        "mtg", "Magic printings with their ids at each marketplace.", (("mtg/id_map", "mtg_id_map.csv"),)
    ),
    "mtg_decks": Layout(
        "mtg",
        "Card lists of Magic's preconstructed decks.",
        (("mtg/precon_decks", "*.json"),),
        is_required=False,
    ),
    "pokemon_sealed": Layout(
        "pokemon",
        "Pokemon's sealed products with their TCGplayer ids.",
        (("pokemon/sealed_daily", "sealed_products_tracking.csv"),),
        is_required=False,
    ),
    "tcgdex": Layout(
        "pokemon",
        "Pokemon's cards with their variants, each with its TCGplayer id.",
        (("pokemon/tcgdex", "*.json"),),
        is_required=False,
    ),
    "tcgcsv_products": Layout(
        "yugioh",
        "TCGplayer's groups and products, as TCGCSV lists them.",
        (("tcgcsv/products", "*/*/products"), ("tcgcsv/products", "*/groups")),
        is_required=False,
    ),
    "ygojson": Layout(
        "yugioh",
        "Yu-Gi-Oh's sets, pack distributions and sealed products.",
        (
            ("yugioh/ygojson", "sets/*.json"),
            ("yugioh/ygojson", "distributions.json"),
            ("yugioh/ygojson", "sealedProducts.json"),
            ("yugioh/ygojson", "cards_lookup.json"),
        ),
        is_required=False,
    ),
}


class NoFolderError(NotFoundError, FileNotFoundError):
    """The folder of source dumps does not exist."""


class DataFolder:
    """Files of one data folder, by source."""

    def __init__(self, root: Path) -> None:
        """`root`: a folder with the layout of `docs/data-folder.md`. Raises `NoFolderError`."""
        self.root = root
        if not root.is_dir():
            msg = f"There is no folder {root}. Name one that holds tcgcsv/ and mtg/ (docs/data-folder.md)."
            raise NoFolderError(msg)

    def reference(self, source: str) -> dict[str, Path]:
        """The files of a reference source by their path inside its package; none where it is absent.

        A source is present when its first pattern matches: the list of marketplace ids alone is not enough.
        """
        found: dict[str, Path] = {}
        for folder, pattern in REFERENCE[source].globs:
            base = self.root / folder
            matched = files_under(base, pattern)
            if not found and not matched:
                return {}
            found |= matched
        return found

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
        return sorted(archived | unpacked)

    def missing(self, source: str, part: str) -> str:
        """Message for an absent source."""
        if source == "tcgcsv":
            days = self.days()
            has = f"it has {days[0]} to {days[-1]}" if days else "it has no day at all"
            where = f"tcgcsv/archive/{ARCHIVE.format(day=part)} or tcgcsv/raw/{part}/"
            return f"{self.root} has no prices of {part} ({where}); {has}. Request one of them."
        where = " and ".join(f"{folder}/{pattern}" for folder, pattern in REFERENCE[source].globs)
        return f"{self.root} has no {source} ({where}), and none has landed before. Add the files."
