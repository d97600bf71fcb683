"""Card lists of Magic's preconstructed decks: deck files, and MTGJSON's archive of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.sealed_graph import CardRef, DeckList, Key
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError, mtgjson
from arb_pipeline.sources.parsing import mtg_decks as taw

SKIPPED = "The file is left out; fetch it again. What it holds counts as unknown until then."
Cards = list[tuple[CardRef, int]]


class Decks(dict[Key, Cards]):
    """(set, name) -> cards with their copies; `refused` has the reasons of rejected lists."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: dict[Key, str] = {}

    def take(self, other: "Decks") -> None:
        """Adds further lists; a later list of a deck replaces the earlier."""
        self.update(other)
        self.refused.update(other.refused)

    def known(self) -> dict[Key, DeckList]:
        """Every named deck: its cards, or the reason of the rejection."""
        return {**self.refused, **self}


def decks(package: Path) -> tuple[Decks, list[Problem]]:
    """Decks of all deck files."""
    all_decks, problems = Decks(), list[Problem]()
    for path in sorted([*package.glob("*.json"), *package.glob("*.json.gz")]):
        try:
            with path.open("rb") as file:
                records = orjson.loads(whole(file))
        except (orjson.JSONDecodeError, LayoutError, OSError) as error:
            problems.append(Problem(f"precon_decks/{path.name}", f"not JSON: {error}", "", SKIPPED))
            continue
        records = records if isinstance(records, list) else [records]
        where = f"precon_decks/{path.name}"
        more, faults = _read(records, where, code="set_code")
        all_decks.take(more)
        problems += faults
    return all_decks, problems


def mtgjson_decks(package: Path) -> tuple[Decks, list[Problem]]:
    """Decks of MTGJSON's archive; empty where the package has none."""
    # A transfer may have added `.gz`.
    path = next(package.glob(f"{mtgjson.DECKS}*"), None)
    if path is None:
        return Decks(), []
    try:
        with path.open("rb") as file:
            return _read(mtgjson.deck_files(file), f"mtgjson/{path.name}", code="code")
    except LayoutError as error:
        return Decks(), [Problem(f"mtgjson/{path.name}", str(error)[:300], "", SKIPPED)]


def _read(records: Iterable[Any], where: str, *, code: str) -> tuple[Decks, list[Problem]]:
    in_file, problems = Decks(), list[Problem]()
    for index, record in enumerate(records):
        key = None
        try:
            key = (str(record[code]).lower(), str(record["name"]))
            in_file[key] = [
                (CardRef(c.set_code, c.number, c.finish, c.name, is_accessory=c.is_accessory), c.copies)
                for c in taw.deck_cards(record)
            ]
        except taw.FAULTS as error:
            reason = f"not a deck list: {type(error).__name__}: {error}"[:300]
            problems.append(Problem(f"{where}, deck {index}", reason, str(record)[:120], SKIPPED))
            if key:
                in_file.refused[key] = f"its list in {where} is refused: {type(error).__name__}: {error}"[
                    :300
                ]
    return in_file, problems
