"""Unknown contents as the service reads them from the results."""

import pytest
import sqlalchemy as sa
from mart_market import DAY, fill

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.services.unknown_contents import unknown_contents


def test_the_newest_days_missing_parts_are_listed(engine: sa.Engine) -> None:
    fill(engine)
    with engine.connect() as connection:
        result = unknown_contents(connection)
    # The ghost box lacks two parts; the deck and the box are known.
    assert (result.day, result.known, result.unknown) == (DAY, 2, 1)
    assert [(part.part, part.products, part.completes) for part in result.parts] == [("a", 1, 0), ("b", 1, 0)]
    assert {part.example for part in result.parts} == {"Ghost Box"}


def test_the_limit_and_the_game_narrow_the_list(engine: sa.Engine) -> None:
    fill(engine)
    with engine.connect() as connection:
        assert [part.part for part in unknown_contents(connection, category="mtg", limit=1).parts] == ["a"]
        with pytest.raises(NotFoundError, match="valuations"):
            unknown_contents(connection, category="pokemon")


def test_without_any_analysis_the_next_step_is_named(engine: sa.Engine) -> None:
    with engine.connect() as connection, pytest.raises(NotFoundError, match="arb run"):
        unknown_contents(connection)
