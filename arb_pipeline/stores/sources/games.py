"""The games that there are. One more is an entry here and an adapter beside it."""

from collections.abc import Mapping

from arb_pipeline.stores.sources.game import Game
from arb_pipeline.stores.sources.mtg_game import Magic
from arb_pipeline.stores.sources.pokemon_game import Pokemon
from arb_pipeline.stores.sources.yugioh_game import Yugioh

GAMES: Mapping[str, Game] = {"mtg": Magic(), "pokemon": Pokemon(), "yugioh": Yugioh()}
