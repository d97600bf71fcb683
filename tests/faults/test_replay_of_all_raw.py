"""A run of all landed packages into an empty home gives the tables of the home in use."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))

from arb_command import CLOCK, Arb, home_of
from folder import BOX, DAY, DECK, RING, Folder, before

pytestmark = pytest.mark.faults

FIRST = before(3)


def hashes(arb: Arb) -> dict[str, tuple[int, str]]:
    return arb.hashes(without=CLOCK)


def replayed(place: Path, used: Arb, name: str) -> dict[str, tuple[int, str]]:
    """The tables of a new home that has nothing but the landing of the one in use."""
    with home_of(place, name) as fresh:
        shutil.copytree(used.home / "landing", fresh.home / "landing")
        fresh("run", "--from", FIRST, "--to", DAY)
        return hashes(fresh)


@pytest.fixture(scope="module")
def used(place: Path) -> Iterator[tuple[Arb, Folder]]:
    """Four days, run one after the other and some twice; each day's prices differ."""
    folder = Folder(place / "data").write()
    with home_of(place, "used") as arb:
        for n in (3, 2, 1, 0):
            price = {
                (DECK, "Normal"): (25.0 + n, 27.0 + n, 26.0 + n),
                (BOX, "Normal"): (250.0 - n, 262.0, 258.0),
            }
            folder.archive(before(n), price)
            arb.run(folder.root, "--date", before(n))
        arb.run(folder.root, "--date", before(1))
        yield arb, folder


def test_a_replay_of_all_raw_equals_the_tables_in_use(place: Path, used: tuple[Arb, Folder]) -> None:
    arb, _ = used
    expected = hashes(arb)
    assert expected["load_ledger"][0] == 3 * 4
    assert expected["sealed_valuations"][0] == 4 * 11
    assert replayed(place, arb, "fresh") == expected


def test_a_replay_of_a_day_that_landed_twice_equals_the_tables_in_use(
    place: Path, used: tuple[Arb, Folder]
) -> None:
    """The second package has other prices, and one product less: its price of the first still stands."""
    arb, folder = used
    folder.archive(DAY, {(DECK, "Normal"): (24.0, 27.0, 25.0), (RING, "Normal"): None})
    arb.run(folder.root, "--date", DAY)
    expected = hashes(arb)
    assert expected["load_ledger"][0] == 3 * 5
    result = replayed(place, arb, "fresh_twice")
    assert {table: result[table] for table in ("price_history", "load_ledger", "sealed_valuations")} == {
        table: expected[table] for table in ("price_history", "load_ledger", "sealed_valuations")
    }
