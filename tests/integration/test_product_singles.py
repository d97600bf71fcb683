"""Contents are copied when they are new, and afterwards only their differences are written."""

import uuid
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from arb_pipeline.storage.postgres.merge import MergeError, Written
from arb_pipeline.storage.postgres.reference import save_product_singles, save_products
from arb_pipeline.storage.postgres.tables import product_singles

BOX, DECK, TIN, CARD, OTHER = (str(uuid.UUID(int=n)) for n in range(1, 6))
HOSTILE = (
    "",
    " ",
    "NULL",
    "\\N",
    "a\tb",
    "line\nline",
    "cr\r",
    "back\\slash",
    "\\\\t",
    "\\t",
    '"',
    "Pokémon",
)


def line(product: str = BOX, card: str = CARD, **values: object) -> dict[str, Any]:
    row = {"sealed_product_id": product, "single_product_id": card, "is_foil": False, "printing": "normal"}
    row |= {"card_id": f"{card}:normal", "quantity": 1, "guaranteed": False, "rarity": "rare"}
    row |= {"pull_probability": 1 / 3, "expected_copies": 12 / 7, "pack": "play", "sheet": "rare"}
    return row | values


@pytest.fixture
def catalogue(engine: sa.Engine) -> sa.Engine:
    """Two products and two cards of Magic, and a product of Pokemon."""
    rows = [
        {"id": id_, "name": id_[-1], "product_type": kind, "category": game, "tcg_product_id": None}
        for id_, kind, game in (
            (BOX, "sealed", "mtg"),
            (DECK, "sealed", "mtg"),
            (TIN, "sealed", "pokemon"),
            (CARD, "single", "mtg"),
            (OTHER, "single", "mtg"),
        )
    ]
    with engine.begin() as connection:
        save_products(connection, pl.DataFrame(rows, schema_overrides={"tcg_product_id": pl.String}))
    return engine


def save(engine: sa.Engine, *lines: dict[str, Any], category: str = "mtg") -> Written:
    with engine.begin() as connection:
        return save_product_singles(connection, pl.DataFrame(lines), category=category)


def stored(engine: sa.Engine, *names: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        query = sa.select(*(product_singles.c[name] for name in names)).order_by(product_singles.c.sheet)
        return [tuple(row) for row in connection.execute(query)]


def test_the_same_lines_again_write_nothing(catalogue: sa.Engine) -> None:
    lines = [line(sheet=text, rarity=None if n % 2 else text) for n, text in enumerate(HOSTILE)]
    assert save(catalogue, *lines) == Written(12, 0, 0)
    before = stored(catalogue, "id", "updated_at")
    assert save(catalogue, *lines) == Written(0, 0, 0)
    assert stored(catalogue, "id", "updated_at") == before
    result = dict(stored(catalogue, "sheet", "rarity"))
    assert result == {text: None if n % 2 else text for n, text in enumerate(HOSTILE)}


def test_only_differences_are_written(catalogue: sa.Engine) -> None:
    save(catalogue, line(sheet="a"), line(sheet="b"), line(sheet="c"), line(DECK, sheet="d"))
    ids = dict(stored(catalogue, "sheet", "id"))
    # a stays, b has other copies, c and the deck's d are gone, e is new
    written = save(
        catalogue, line(sheet="a"), line(sheet="b", expected_copies=2.0), line(card=OTHER, sheet="e")
    )
    assert written == Written(inserted=1, updated=1, deleted=2)
    result = stored(catalogue, "sheet", "expected_copies")
    assert result == [("a", 12 / 7), ("b", 2.0), ("e", 12 / 7)]
    after = dict(stored(catalogue, "sheet", "id"))
    assert (after["a"], after["b"]) == (ids["a"], ids["b"])


def test_a_value_that_becomes_null_is_a_difference(catalogue: sa.Engine) -> None:
    save(catalogue, line(sheet="a"))
    assert save(catalogue, line(sheet="a", rarity=None)) == Written(0, 1, 0)
    assert save(catalogue, line(sheet="a")) == Written(0, 1, 0)


def test_another_game_is_left_alone(catalogue: sa.Engine) -> None:
    save(catalogue, line(sheet="a"))
    assert save(catalogue, line(TIN, sheet="b"), category="pokemon") == Written(1, 0, 0)
    assert save(catalogue, line(sheet="a")) == Written(0, 0, 0)
    none = pl.DataFrame([line()]).clear()
    with catalogue.begin() as connection:
        assert save_product_singles(connection, none, category="mtg") == Written(0, 0, 1)
    assert stored(catalogue, "sheet") == [("b",)]


def test_two_lines_of_a_key_are_refused(catalogue: sa.Engine) -> None:
    with pytest.raises(MergeError, match="2 rows for product_singles share a key"):
        save(catalogue, line(), line(expected_copies=3.0))
    assert stored(catalogue, "sheet") == []
