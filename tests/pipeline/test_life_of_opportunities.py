"""Opportunities over days: opened, confirmed, expired, closed by a person, opened anew."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from arb_command import Arb, Done, home_of
from folder import COLLECTION, DECK, FORMULA, MIXTURE, Folder, name_of

ZERO, ONE, TWO, THREE, FOUR = (date(2025, 6, day) for day in range(1, 6))
ANGELS, FIXED, MIXED, EQUALS = map(name_of, (COLLECTION, DECK, MIXTURE, FORMULA))
DEAR = {(DECK, "Normal"): (45.00, 50.00, 46.00)}
"""45 + 5.50 = 50.50 for 43.84: no opportunity any more."""
CHEAP = {(MIXTURE, "Normal"): (20.00, 22.00, 21.00)}
"""At most 20 + 5.50 = 25.50: under both 27.19 and 84.82, so that a profit is likely. At 35.50 it is not."""


class Story:
    """The days as they went, and what the tables held after each."""

    def __init__(self, arb: Arb, data: Path) -> None:
        self.arb, self.data = arb, data
        self.runs: list[dict[str, Any]] = []

    def run(self, *arguments: object) -> None:
        """Runs some days."""
        self.runs = self.arb.run(self.data, *arguments)

    def act(self, *arguments: object, code: int = 0) -> Done:
        """`arb opportunity ARGUMENTS`."""
        return self.arb.quick("opportunity", *arguments, code=code)

    def cleanup(self, day: date, *arguments: object) -> list[str]:
        """`arb opportunity cleanup` as of a day's midnight; names of what ran out."""
        expired = self.arb.json("opportunity", "cleanup", "--now", f"{day}T00:00Z", *arguments)
        return sorted(row["name"] for row in expired)

    def of(self, name: str) -> list[tuple[str, str, str]]:
        """(status, opened_on, as_of) of a product's opportunities."""
        return [row[1:] for row in self.arb.opportunities() if row[0] == name]


@pytest.fixture(scope="module")
def story(place: Path) -> Iterator[Story]:
    """Five days of prices; the first is run last. The deck is dear on THREE."""
    folder = Folder(place / "data").write()
    for day in (ZERO, ONE, TWO, FOUR):
        folder.archive(day, CHEAP)
    folder.archive(THREE, {**DEAR, **CHEAP})
    with home_of(place, "home") as arb:
        yield Story(arb, folder.root)


def test_1_the_first_day_opens(story: Story) -> None:
    story.run("--date", ONE)
    assert story.arb.opportunities() == [
        (name, "active", str(ONE), str(ONE)) for name in sorted((ANGELS, FIXED, MIXED, EQUALS))
    ]


def test_2_what_a_person_closed_is_not_reopened_that_day(story: Story) -> None:
    story.act("execute", "collection", "--quantity", 2, "--notes", "by hand")
    story.act("cancel", MIXED, "--notes", "by hand")
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
    story.act("execute", EQUALS, "--quantity", 1)
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


def test_8_what_ran_out_is_not_resurrected_by_its_day(story: Story) -> None:
    """FOUR (5 June) stands for 20:00: its opportunities run out on the 6th at 20:00."""
    assert [row for row in story.arb.opportunities() if row[1] == "active"] == [
        (name, "active", opened, str(FOUR))
        for name, opened in sorted(
            {ANGELS: str(TWO), FIXED: str(FOUR), MIXED: str(TWO), EQUALS: str(THREE)}.items()
        )
    ]
    assert story.cleanup(date(2025, 6, 6)) == []
    assert story.cleanup(date(2025, 6, 7), "--product", DECK) == [FIXED]
    assert story.cleanup(date(2025, 6, 7)) == sorted((ANGELS, MIXED, EQUALS))
    assert story.cleanup(date(2025, 6, 7)) == []
    before = story.arb.hashes()
    story.run("--date", FOUR)
    assert story.arb.hashes() == before
    assert story.of(FIXED)[-1] == ("expired", str(FOUR), str(FOUR))


def test_9_results_against_forecasts(story: Story) -> None:
    """Two collections were bought on ONE at the landed price of then."""
    (row,) = story.arb.rows(
        "SELECT o.*, p.name FROM arbitrage_opportunities o JOIN products p ON p.id = o.sealed_product_id"
        " WHERE status = 'executed' AND p.name = :name",
        name=ANGELS,
    )
    assert (row["execution_quantity"], row["execution_price"]) == (2, row["sealed_price"])
    value = 2 * row["singles_value"] - Decimal("12.34")
    shown = story.act("result", ANGELS, "--value", value).stdout
    assert "-$12.34 against the forecast" in shown
    result = story.arb.json("opportunity", "results")
    assert (result["purchases"], result["results"], result["mean_error"]) == (2, 1, -12.34)
    assert result["error_of_forecast"] == pytest.approx(-12.34 / float(2 * row["singles_value"]))
    assert [bought["name"] for bought in result["rows"]] == [EQUALS, ANGELS]
    assert result["rows"][1]["realised_value"] == float(value)
    table = story.act("results").stdout
    assert ANGELS in table
    assert "1 of 2 have a result." in table
    events = [event for name, event, _ in story.arb.events() if name == ANGELS]
    assert sorted(set(events)) == ["confirmed", "executed", "expired", "opened", "realised"]


class TestDagster:
    """Content and actions of the Dagster UI."""

    @staticmethod
    def defs(story: Story, job: str, config: dict[str, object]) -> dg.ExecuteInProcessResult:
        with story.arb._as_process():
            from arb_pipeline.definitions import defs

            steps = {"ops": {"expire_unconfirmed": {"config": config}}}
            return defs().resolve_job_def(job).execute_in_process(run_config=steps, raise_on_error=False)

    def test_the_cleanup_job(self, story: Story) -> None:
        story.arb.execute("UPDATE arbitrage_opportunities SET status = 'active' WHERE as_of = :day", day=FOUR)
        active = "SELECT count(*) AS n FROM arbitrage_opportunities WHERE status = 'active'"
        for now, left in (("2025-06-06T20:00:00Z", 4), ("2025-06-06T20:00:01Z", 0), ("", 0)):
            assert self.defs(story, "cleanup_expired_opportunities", {"now": now, "grace_hours": 0}).success
            assert story.arb.rows(active) == [{"n": left}]

    def test_a_time_without_a_zone_is_refused(self, story: Story) -> None:
        ended = self.defs(story, "cleanup_expired_opportunities", {"now": "2025-06-06T20:00:00"})
        assert not ended.success
        (failure,) = (e.step_failure_data.error for e in ended.all_events if e.is_step_failure)
        assert "names no zone" in str(failure)

    def test_the_asset_tells_events_and_states(self, story: Story) -> None:
        asset = "opportunities/arbitrage_opportunities"
        runs = story.arb.run(story.data, "--from", THREE, "--to", FOUR)
        assert runs
        event = story.arb.records.get_latest_materialization_event(dg.AssetKey(asset.split("/")))
        assert event is not None
        assert event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
        states = metadata["by_status"].value
        assert isinstance(states, dict)
        assert states["executed"] == 2
        assert "no rows" in str(metadata["events_of_this_run"].value)
