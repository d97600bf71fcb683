"""What a game brings: how its landed sources become products, printings, boosters and contents.

An adapter reads what is its own game's, and hands on what has one shape. Nothing after it knows a game.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.sealed_graph import DeckList, Key

Landed = Mapping[str, Path]
"""The files of each of a game's sources that has landed, by the source's name."""
Wanted = tuple[tuple[str, ...], ...]
"""Sources; of those in one group each will do."""


@dataclass(frozen=True, slots=True)
class Known:
    """What contents sources tell: records and deck lists by (set, name), in the shape of Magic's YAML."""

    records: Mapping[Key, Any] = field(default_factory=dict)
    decks: Mapping[Key, DeckList] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


class Game(Protocol):
    """An adapter. A source that has not landed gives nothing, and fails nothing."""

    listed_in: Wanted
    """Sources of its sealed products."""
    printed_in: Wanted
    """Sources of its printings."""
    drawn_in: Wanted
    """Sources of its boosters, beside the printings."""
    held_in: Wanted
    """Sources of its contents, beside the sealed products."""

    def listed(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """Sealed products (columns of `tables.LISTED`)."""

    def printings(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """Cards by finish (columns of `core.catalog.BY_FINISH`)."""

    def boosters(self, landed: Landed, printings: pl.DataFrame) -> Iterable[tuple[str, Any, Problem | None]]:
        """(code, booster, problem) per pack, in the shape of Magic's booster files.

        `about` in a booster tells `sample_packs`, `confidence` and `note` where its odds were measured.
        """

    def contents(self, landed: Landed, sealed: pl.DataFrame, packs: pl.DataFrame) -> Known:
        """What is in each of its sealed products. `packs`: those with known odds (contract `Packs`)."""
