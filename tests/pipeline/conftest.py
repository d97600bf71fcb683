"""One market that has been run for a day with a week of history."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from arb_command import Arb, home_of
from folder import COLLECTION, DAY, DECK, Folder, before


@dataclass
class Market:
    """A data folder, the home it was run in, and what the run told."""

    folder: Folder
    arb: Arb
    runs: list[dict[str, Any]]


WEEK = (24.0, 24.0, 28.0, 28.0, 24.0, 24.0, 28.0, 28.0)
"""The deck's market price on the eight days to DAY; the collection's is 26 more. Nothing else moves."""


@pytest.fixture(scope="session")
def market(open_folder: Path) -> Iterator[Market]:
    """The tiny market, DAY analysed with seven days of history. Tests only read it, or run the same again."""
    folder = Folder(open_folder / "week").write()
    for n, price in enumerate(reversed(WEEK)):
        deck, collection = (25.00, 27.00, price), (50.00, 55.00, price + 26)
        folder.archive(before(n), {(DECK, "Normal"): deck, (COLLECTION, "Normal"): collection})
    with home_of(open_folder, "week_home") as arb:
        yield Market(folder, arb, arb.run(folder.root, "--date", DAY, "--history", 7))
