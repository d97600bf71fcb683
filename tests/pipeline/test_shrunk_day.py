"""A day with fewer than half the prices of the day before: nothing of it is used until somebody confirms it."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from arb_command import Arb, home_of
from folder import CARDS, DAY, DECK, QUOTES, Folder, before, name_of

pytestmark = pytest.mark.slow

LEFT = {(DECK, "Normal"): (21.00, 22.00, 21.50), (1001, "Normal"): QUOTES[1001, "Normal"]}


@pytest.fixture(scope="module")
def data(place: Path) -> Path:
    """The day before is whole; of the day there are two records, the deck 5 dollars cheaper in one."""
    folder = Folder(place / "shrunk").write()
    folder.archive(before(1))
    folder.archive(DAY, dict.fromkeys(QUOTES) | LEFT)
    return folder.root


@pytest.fixture(scope="module")
def arb(place: Path, data: Path) -> Iterator[Arb]:
    with home_of(place, "shrunk_home") as arb:
        arb.run(data, "--date", before(1), "--no-mart")
        yield arb


def test_a_shrunk_day_is_valued_only_once_it_is_confirmed(arb: Arb, data: Path) -> None:
    assert len(CARDS) > len(LEFT)
    refused = arb.run(data, "--date", DAY, "--no-mart", code=1)[-1]
    assert not refused["success"]
    assert "Less than half is refused" in "\n".join(refused["failures"])
    assert refused["valued"] == 0
    assert arb.rows("SELECT 1 FROM sealed_valuations WHERE as_of = :day", day=DAY) == []
    assert arb.rows("SELECT 1 FROM arbitrage_opportunities WHERE as_of = :day", day=DAY) == []

    confirmed = arb.run(data, "--date", DAY, "--no-mart", "--confirmed")[-1]
    assert confirmed["success"]
    # The lowest ask of the day: what the refused file says, now that somebody has looked.
    assert arb.valuation(name_of(DECK), DAY)["sealed_list_price"] == Decimal("21.00")

    again = arb.run(data, "--date", DAY, "--no-mart")[-1]
    assert again["success"], "what was let in once is not asked about again"
