"""Registry of games. A new game needs an entry here and an adapter."""

from collections.abc import Mapping

from arb_pipeline.games.adapter import Game
from arb_pipeline.games.magic.adapter import Magic
from arb_pipeline.games.pokemon.adapter import Pokemon
from arb_pipeline.games.yugioh.adapter import Yugioh

GAMES: Mapping[str, Game] = {"mtg": Magic(), "pokemon": Pokemon(), "yugioh": Yugioh()}
