"""The simulated market, end to end: all that is planted is found, and no trap is published."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from arb_command import Arb, Done, home_of

from arb_pipeline.simulator.fixtures import DISAPPEARED_DAYS
from arb_pipeline.simulator.ground_truth import Planted

pytestmark = pytest.mark.slow


@dataclass
class Demo:
    """The home of `arb demo run`, what it printed, and what is planted."""

    arb: Arb
    done: Done
    planted: Planted


@pytest.fixture(scope="module")
def demo(place: Path) -> Iterator[Demo]:
    """`arb demo run`, once."""
    with home_of(place, "home") as arb:
        arb.environment["ARB_MART"] = "true"
        arb.params = None
        done = arb("demo", "run", code=None)
        yield Demo(arb, done, Planted.read(arb.home / "demo_market"))


def test_it_says_that_all_was_found_and_no_trap_published(demo: Demo) -> None:
    assert demo.done.returncode == 0, demo.done.stdout + demo.done.stderr
    planted, traps = len(demo.planted.opportunities), len(demo.planted.traps)
    assert f"Found {planted} of {planted} planted opportunities" in demo.done.stdout
    assert f"published 0 of {traps} traps" in demo.done.stdout


def test_each_planted_opportunity_is_active(demo: Demo) -> None:
    active = {row["tcg_product_id"] for row in demo.arb.json("opportunities")}
    assert {str(o.tcg_product_id) for o in demo.planted.opportunities} <= active


def test_no_trap_was_published_once_it_was_one(demo: Demo) -> None:
    """On none of the ten days; those whose price vanished are sound until it was older than 72 hours."""
    sound_until = demo.planted.as_of - timedelta(days=DISAPPEARED_DAYS) + timedelta(days=3)
    traps = {str(t.tcg_product_id): t.kind for t in demo.planted.traps}
    rows = demo.arb.rows(
        "SELECT p.tcg_product_id, v.as_of FROM sealed_valuations v JOIN products p ON p.id = v.product_id"
        " WHERE v.published"
    )
    fell_for = [(traps[r["tcg_product_id"]], r["as_of"]) for r in rows if r["tcg_product_id"] in traps]
    assert [(kind, day) for kind, day in fell_for if kind != "stale_price" or day > sound_until] == []


def test_each_trap_says_why(demo: Demo) -> None:
    """A trap with a price or known contents is listed among the near misses with a reason."""
    valued = {row["name"]: row for row in demo.arb.json("valuations", "--limit", 100_000)}
    for trap in demo.planted.traps:
        row = valued.get(trap.name)
        assert row is not None, trap
        assert not row["published"], trap
        assert row["why"], trap


def test_the_box_to_resell_is_listed_as_such_and_no_trap_is(demo: Demo) -> None:
    rows = {row["tcg_product_id"]: row for row in demo.arb.json("opportunities", "--closed")}
    (box,) = demo.planted.resales
    row = rows[str(box.tcg_product_id)]
    assert (row["exit"], row["published"]) == ("resale", False)
    assert row["resale_p5"] < row["resale_value"] < row["resale_p95"]
    assert {str(trap.tcg_product_id) for trap in demo.planted.traps} & rows.keys() == set()


def test_few_products_are_published(demo: Demo) -> None:
    """A tool that reports many fat margins is wrong."""
    rows = demo.arb.json("valuations", "--limit", 100_000)
    with_margin = [row for row in rows if row["margin_percentage"] is not None]
    published = [row for row in with_margin if row["published"]]
    assert len(published) <= len(demo.planted.opportunities) + 0.05 * len(with_margin)


def test_the_last_five_days_are_valued_on_a_month_of_history(demo: Demo) -> None:
    (days,) = demo.arb.rows("SELECT count(DISTINCT as_of) AS n, max(as_of) AS last FROM sealed_valuations")
    assert (days["n"], days["last"]) == (5, demo.planted.as_of)
    (loads,) = demo.arb.rows("SELECT count(DISTINCT day) AS n FROM load_ledger WHERE category = 'mtg'")
    assert loads["n"] == 35


def test_the_mart_lists_what_was_found(demo: Demo) -> None:
    listed = {row["tcg_product_id"] for row in demo.arb.rows("SELECT tcg_product_id FROM mart.opportunities")}
    assert listed == {row["tcg_product_id"] for row in demo.arb.json("opportunities")}
    (days,) = demo.arb.rows("SELECT count(DISTINCT as_of) AS n FROM mart.daily_summary")
    assert days["n"] == 5
    (carried,) = demo.arb.rows(
        "SELECT count(*) AS n FROM mart.opportunities o"
        " WHERE NOT EXISTS (SELECT 1 FROM mart.singles_breakdown s WHERE s.product_id = o.product_id)"
    )
    assert carried["n"] == 0


def test_the_sums_hold(demo: Demo) -> None:
    rows = demo.arb.rows(
        "SELECT * FROM sealed_valuations WHERE profit <> singles_value - sealed_price"
        " OR abs(margin_percentage - 100 * profit / sealed_price) > 0.01"
    )
    assert rows == []
