"""Days may come in any order, and homes have nothing to do with each other."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from arb_command import CLOCK, Arb, home_of
from folder import DAY, DECK, Folder, before, name_of

pytestmark = pytest.mark.slow

SETTLED = ("products", "product_singles", "price_history", "sealed_valuations", "load_ledger")
"""Tables that say the same whichever day came first. Opportunities tell when they were opened."""


def state(home: Path) -> dict[str, tuple[int, int]]:
    """Every file of a home but those that a running server touches by itself: size and time."""
    return {
        path.relative_to(home).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(home.rglob("*"))
        if path.is_file() and "postgres" not in path.relative_to(home).parts[0]
    }


@pytest.fixture(scope="module")
def data(place: Path) -> Path:
    """Two days; Gamma Golem has a price on the first only: on the second its price of the day before counts."""
    folder = Folder(place / "data").write()
    folder.archive(before(1))
    folder.archive(DAY, {(1003, "Normal"): None, (DECK, "Normal"): (26.00, 28.00, 27.00)})
    return folder.root


@pytest.fixture(scope="module")
def forwards(place: Path, data: Path) -> Iterator[Arb]:
    """A home in which the days came in order."""
    with home_of(place, "forwards") as arb:
        arb.run(data, "--from", before(1), "--to", DAY)
        yield arb


@pytest.fixture(scope="module")
def backwards(place: Path, data: Path, forwards: Arb) -> Iterator[Arb]:
    """A home in which the later day came first; what the other home looked like meanwhile."""
    files, hashes = state(forwards.home), forwards.hashes()
    with home_of(place, "backwards") as arb:
        arb.run(data, "--date", DAY)
        # Without Gamma's 4.00 at 3.096667: 43.841667 - 3.096667 = 40.745, 24 of 25 cards priced.
        first = arb.valuation(name_of(DECK), DAY)
        assert (first["singles_value"], first["priced_share"]) == (Decimal("40.75"), Decimal("0.96"))
        again = arb.run(data, "--date", before(1))
        assert [(run["job"], run["day"]) for run in again[1:]] == [
            ("daily_analysis", before(1).isoformat()),
            ("revaluation", DAY.isoformat()),
        ]
        assert state(forwards.home) == files
        assert forwards.hashes() == hashes
        yield arb


def test_two_days_in_either_order_leave_the_same_tables(forwards: Arb, backwards: Arb) -> None:
    own, others = forwards.hashes(without=CLOCK), backwards.hashes(without=CLOCK)
    assert {table: own[table] for table in SETTLED} == {table: others[table] for table in SETTLED}
    assert own["price_history"][0] == 45 + 43  # Gamma's market and low price are missing on the second day
    assert own["sealed_valuations"][0] == 22


def test_a_price_of_the_day_before_counts_whenever_it_arrives(forwards: Arb, backwards: Arb) -> None:
    for arb in (forwards, backwards):
        row = arb.valuation(name_of(DECK), DAY)
        # Landed 26 + 5.50 = 31.50, net 43.84 as in test_one_day.
        assert (row["singles_value"], row["profit"]) == (Decimal("43.84"), Decimal("12.34"))
        assert row["priced_share"] == 1


def test_homes_have_servers_of_their_own(forwards: Arb, backwards: Arb) -> None:
    assert forwards.engine.url.port != backwards.engine.url.port
    assert forwards.engine.url.password != backwards.engine.url.password
    backwards.quick("db", "stop")
    assert forwards.rows("SELECT 1 AS one") == [{"one": 1}]
    assert backwards.quick("db", "stop").stdout.strip() == "was not running"
    assert backwards.json("valuations", "--limit", 1) != []  # started again by whoever reads
