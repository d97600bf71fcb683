"""Pokemon as a game: sealed products as TCGplayer lists them."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.core.catalog import BY_FINISH
from arb_pipeline.stores.sources import pokemon, tcgcsv_products
from arb_pipeline.stores.sources.game import Known, Landed, Wanted
from arb_pipeline.stores.sources.tables import LISTED


class Pokemon:
    """The adapter (`game.Game`)."""

    listed_in: Wanted = (("tcgcsv_products",), ("pokemon_sealed",))
    printed_in: Wanted = ()
    drawn_in: Wanted = ()
    held_in: Wanted = ()

    def listed(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:
        """TCGplayer's own list, and what only the CSV list of a data folder names."""
        listed, problems = pl.DataFrame(schema=LISTED), list[Problem]()
        if products := landed.get("tcgcsv_products"):
            listed, problems = tcgcsv_products.listed_products(products, "pokemon")
        if named := landed.get("pokemon_sealed"):
            listed = tcgcsv_products.united(listed, pokemon.listed_products(named))
        return listed, problems

    def printings(self, landed: Landed) -> tuple[pl.DataFrame, list[Problem]]:  # noqa: ARG002
        """None yet."""
        return pl.DataFrame(schema=BY_FINISH), []

    def boosters(
        self,
        landed: Landed,  # noqa: ARG002
        printings: pl.DataFrame,  # noqa: ARG002
    ) -> Iterable[tuple[str, Any, Problem | None]]:
        """None yet."""
        return ()

    def contents(self, landed: Landed, sealed: pl.DataFrame, packs: pl.DataFrame) -> Known:  # noqa: ARG002
        """None yet."""
        return Known()
