"""Magic as a game: booster files, the sealed graph, deck lists, and printings with their ids."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.games import listings
from arb_pipeline.games.adapter import Folder, Known, Landed, Wanted
from arb_pipeline.games.magic import contents as mtg
from arb_pipeline.games.magic.data_folder import FOLDER
from arb_pipeline.games.magic.decks import Decks
from arb_pipeline.games.magic.printings import by_finish
from arb_pipeline.games.tables import LISTED


class Magic:
    """The adapter (`adapter.Game`)."""

    folder: Folder = FOLDER
    listed_in: Wanted = (("mtg_sealed_content",), ("tcgcsv_products",))
    printed_in: Wanted = (("mtg_id_map", "scryfall"),)
    drawn_in: Wanted = (("mtg_boosters",),)
    held_in: Wanted = (("mtg_sealed_content",), ("mtg_decks",), ("mtgjson",))

    def listed(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """Sealed products of the contents files; missing days of release come from TCGplayer's list."""
        content = landed.get("mtg_sealed_content")
        listed, problems = mtg.listed_products(content) if content else (pl.DataFrame(schema=LISTED), [])
        if products := landed.get("tcgcsv_products"):
            other, more = listings.listed_products(products, "mtg")
            listed, problems = listings.dated(listed, other), [*problems, *more]
        return listed, problems

    def printings(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """Printings of the id map, then those that only Scryfall has."""
        return by_finish(mtg.printings(landed.get("mtg_id_map"), landed.get("scryfall"))), []

    def boosters(
        self,
        landed: Landed,
        printings: pl.DataFrame,  # noqa: ARG002 - booster files name their cards
    ) -> Iterable[tuple[str, Any, Problem | None]]:
        """Boosters as printed: exact sheets."""
        files = landed.get("mtg_boosters")
        return mtg.boosters(files) if files else ()

    def contents(
        self,
        landed: Landed,
        sealed: pl.DataFrame,  # noqa: ARG002 - contents files name their products
        packs: pl.DataFrame,  # noqa: ARG002 - and their packs
    ) -> Known:
        """Contents files, and deck lists of both sources; the deck files' take precedence."""
        content, files = landed.get("mtg_sealed_content"), landed.get("mtg_decks")
        records, problems = mtg.contents(content) if content else ({}, [])
        decks = Decks()
        if mtgjson := landed.get("mtgjson"):
            more, more_problems = mtg.mtgjson_decks(mtgjson)
            decks.take(more)
            problems = problems + more_problems
        if files:
            more, more_problems = mtg.decks(files)
            decks.take(more)
            problems = problems + more_problems
        return Known(records, decks.known(), problems)
