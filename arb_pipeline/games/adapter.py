"""Interface of a game: its landed sources -> products, printings, boosters and contents.

An adapter reads its game's formats and returns uniform frames. Later stages are independent of the game.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.contents.sealed_graph import DeckList, Key
from arb_pipeline.storage.data_folder import Layout

Landed = Mapping[str, Path]
"""Files of a game's landed sources, by the source's name."""
Folder = Mapping[str, Layout]
"""A game's sources in a folder of dumps, by name."""
Wanted = tuple[tuple[str, ...], ...]
"""Groups of alternative sources."""


@dataclass(frozen=True, slots=True)
class Known:
    """Contents by source: records and deck lists by (set, name), in the shape of Magic's YAML."""

    records: Mapping[Key, Any] = field(default_factory=dict)
    decks: Mapping[Key, DeckList] = field(default_factory=dict)
    problems: Sequence[Problem] = ()


class Game(Protocol):
    """Adapter of a game. A source that has not landed gives empty results and no error."""

    folder: Folder
    """Its sources that a folder of dumps can hold."""
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

        `about` in a booster has `sample_packs`, `confidence` and `note` where its odds were measured.
        """

    def contents(self, landed: Landed, sealed: pl.DataFrame, packs: pl.DataFrame) -> Known:
        """Contents of each sealed product. `packs`: those with known odds (contract `Packs`)."""
