"""The games."""

from enum import StrEnum

CATEGORIES = {"mtg": 1, "yugioh": 2, "pokemon": 3}
"""Games and their category id at TCGplayer."""


class Category(StrEnum):
    """Game of a product."""

    MTG = "mtg"
    POKEMON = "pokemon"
    YUGIOH = "yugioh"
