"""The games."""

CATEGORIES = {"mtg": 1, "yugioh": 2, "pokemon": 3}
"""Games and their category id at TCGplayer."""
