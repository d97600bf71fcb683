"""Opportunities over days: opened, confirmed, expired, closed by a person, opened anew."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from arb_command import Arb, home_of
from folder import COLLECTION, DECK, FORMULA, MIXTURE, Folder, name_of

ZERO, ONE, TWO, THREE, FOUR = (date(2025, 6, day) for day in range(1, 6))
ANGELS, FIXED, MIXED, EQUALS = map(name_of, (COLLECTION, DECK, MIXTURE, FORMULA))
DEAR = {(DECK, "Normal"): (45.00, 50.00, 46.00)}
"""45 + 5.50 = 50.50 for 43.84: no opportunity any more."""


class Story:
    """The days as they went, and what the tables held after each."""

    def __init__(self, arb: Arb, data: Path) -> None:
        self.arb, self.data = arb, data
        self.told: dict[str, list[tuple[str, ...]]] = {}
        self.runs: list[dict[str, Any]] = []

    def run(self, *arguments: object) -> None:
        """Runs some days."""
        self.runs = self.arb.run(self.data, *arguments)

    def close(self, name: str, status: str) -> None:
        """Sets a product's active opportunity to a status, as a person does."""
        done = self.arb.execute(
            "UPDATE arbitrage_opportunities o SET status = :status, execution_notes = 'by hand'"
            " FROM products p WHERE p.id = o.sealed_product_id AND p.name = :name AND o.status = 'active'",
            status=status,
            name=name,
        )
        assert done == 1

    def of(self, name: str) -> list[tuple[str, str, str]]:
        """(status, opened_on, as_of) of a product's opportunities."""
        return [row[1:] for row in self.arb.opportunities() if row[0] == name]


@pytest.fixture(scope="module")
def story(place: Path) -> Iterator[Story]:
    """Five days of prices; the first is run last. The deck is dear on THREE."""
    folder = Folder(place / "data").write()
    for day in (ZERO, ONE, TWO, FOUR):
        folder.archive(day)
    folder.archive(THREE, DEAR)
    with home_of(place, "home") as arb:
        yield Story(arb, folder.root)


def test_1_the_first_day_opens(story: Story) -> None:
    story.run("--date", ONE)
    assert story.arb.opportunities() == [
        (name, "active", str(ONE), str(ONE)) for name in sorted((ANGELS, FIXED, MIXED, EQUALS))
    ]


def test_2_what_a_person_closed_is_not_reopened_that_day(story: Story) -> None:
    story.close(ANGELS, "executed")
    story.close(MIXED, "cancelled")
    before = story.arb.hashes()
    story.run("--date", ONE)
    assert sum(run["rows_written"] for run in story.runs) == 0
    assert story.arb.hashes() == before
    assert story.of(ANGELS) == [("executed", str(ONE), str(ONE))]
    assert story.of(MIXED) == [("cancelled", str(ONE), str(ONE))]


def test_3_a_later_day_confirms_and_opens_a_new_row_for_what_was_closed(story: Story) -> None:
    story.run("--date", TWO)
    assert story.of(FIXED) == [("active", str(ONE), str(TWO))]
    assert story.of(ANGELS) == [("executed", str(ONE), str(ONE)), ("active", str(TWO), str(TWO))]
    assert story.of(MIXED) == [("cancelled", str(ONE), str(ONE)), ("active", str(TWO), str(TWO))]
    (notes,) = story.arb.rows(
        "SELECT array_agg(execution_notes) AS notes FROM arbitrage_opportunities WHERE status = 'executed'"
    )
    assert notes["notes"] == ["by hand"]


def test_4_closed_on_a_day_that_confirmed_it_is_not_reopened_that_day(story: Story) -> None:
    """The formula product was opened on ONE, confirmed and then bought on TWO: TWO run again must not offer it."""
    story.close(EQUALS, "executed")
    story.run("--date", TWO)
    assert story.of(EQUALS) == [("executed", str(ONE), str(TWO))]


def test_5_a_price_that_rose_expires_it_and_a_fall_opens_a_new_one(story: Story) -> None:
    story.run("--from", THREE, "--to", FOUR)
    assert story.of(FIXED) == [("expired", str(ONE), str(TWO)), ("active", str(FOUR), str(FOUR))]
    assert [event for name, *event in story.arb.events() if name == FIXED] == [
        ["opened", str(ONE)],
        ["confirmed", str(TWO)],
        ["expired", str(THREE)],
        ["opened", str(FOUR)],
    ]
    why = story.arb.rows("SELECT details ->> 'why' AS why FROM opportunity_events WHERE event = 'expired'")
    # (43.84 - 50.50) / 50.50 = -13.19 %
    assert "margin -13.19%" in why[0]["why"]
    assert story.of(ANGELS)[-1] == ("active", str(TWO), str(FOUR))


def test_6_one_active_row_a_product(story: Story) -> None:
    rows = story.arb.rows(
        "SELECT sealed_product_id FROM arbitrage_opportunities WHERE status = 'active'"
        " GROUP BY sealed_product_id HAVING count(*) > 1"
    )
    assert rows == []


def test_7_an_older_day_leaves_opportunities_alone(story: Story) -> None:
    before = story.arb.hashes()
    story.run("--date", ZERO)
    after = story.arb.hashes()
    for table in ("arbitrage_opportunities", "opportunity_events"):
        assert after[table] == before[table]
    assert after["sealed_valuations"][0] == before["sealed_valuations"][0] + 11
