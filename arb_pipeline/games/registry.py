"""Registry of games. A new game needs an entry here and an adapter."""

from collections.abc import Mapping

from arb_pipeline.games.adapter import Game
from arb_pipeline.games.magic.adapter import Magic
from arb_pipeline.games.pokemon.adapter import Pokemon
from arb_pipeline.games.yugioh.adapter import Yugioh
from arb_pipeline.storage.data_folder import Layout

GAMES: Mapping[str, Game] = {"mtg": Magic(), "pokemon": Pokemon(), "yugioh": Yugioh()}


def reference(games: Mapping[str, Game]) -> dict[str, Layout]:
    """Sources of games in a folder of dumps, by name."""
    return {source: layout for game in games.values() for source, layout in game.folder.items()}


def category_of(source: str, games: Mapping[str, Game]) -> str:
    """The game that declares a source of a folder."""
    return next(category for category, game in games.items() if source in game.folder)


REFERENCE = reference(GAMES)
