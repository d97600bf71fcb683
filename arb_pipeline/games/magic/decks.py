"""Card lists of Magic's preconstructed decks: deck files, and MTGJSON's archive of them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.sealed_graph import CardRef, Key
from arb_pipeline.sources.archives import whole
from arb_pipeline.sources.parsing import LayoutError, mtgjson
from arb_pipeline.sources.parsing import mtg_decks as taw

SKIPPED = "The file is left out; fetch it again. What it holds counts as unknown until then."
Decks = dict[Key, list[tuple[CardRef, int]]]


def decks(package: Path) -> tuple[Decks, list[Problem]]:
    """(set, name) -> cards with their count, of all deck files."""
    found: Decks = {}
    problems: list[Problem] = []
    for path in sorted([*package.glob("*.json"), *package.glob("*.json.gz")]):
        try:
            with path.open("rb") as file:
                records = orjson.loads(whole(file))
        except (orjson.JSONDecodeError, LayoutError) as error:
            problems.append(Problem(f"precon_decks/{path.name}", f"not JSON: {error}", "", SKIPPED))
            continue
        records = records if isinstance(records, list) else [records]
        where = f"precon_decks/{path.name}"
        more, faults = _read(records, where, code="set_code", cards=taw.deck_cards)
        found |= more
        problems += faults
    return found, problems


def mtgjson_decks(package: Path) -> tuple[Decks, list[Problem]]:
    """The same from MTGJSON's archive; nothing where the package has none."""
    # A transfer may have added `.gz`.
    path = next(package.glob(f"{mtgjson.DECKS}*"), None)
    if path is None:
        return {}, []
    try:
        with path.open("rb") as file:
            return _read(
                mtgjson.deck_files(file), f"mtgjson/{path.name}", code="code", cards=mtgjson.deck_cards
            )
    except LayoutError as error:
        return {}, [Problem(f"mtgjson/{path.name}", str(error)[:300], "", SKIPPED)]


def _read(
    records: Iterable[Any], where: str, *, code: str, cards: Callable[[Any], list[taw.DeckCard]]
) -> tuple[Decks, list[Problem]]:
    found: Decks = {}
    problems: list[Problem] = []
    for index, record in enumerate(records):
        try:
            key = (str(record[code]).lower(), str(record["name"]))
            found[key] = [(CardRef(c.set_code, c.number, c.finish), c.copies) for c in cards(record)]
        except taw.FAULTS as error:
            reason = f"not a deck list: {error!r}"
            problems.append(Problem(f"{where}, deck {index}", reason, str(record)[:120], SKIPPED))
    return found, problems
