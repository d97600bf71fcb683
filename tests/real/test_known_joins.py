"""Shares of cards with a price that the join of the sources is known to reach (data/README.md, known-good joins)."""

from pathlib import Path
from typing import Any

import pytest

WHOLE = [
    f"{set_code}-{kind}"
    for set_code in ("eld", "thb", "iko", "znr", "m21", "stx", "mh2", "afr", "mid", "vow")
    for kind in ("draft", "set", "collector")
]
PARTIAL = {
    "blb-play": 0.99,
    "dmu-collector": 0.83,
    "blb-collector": 0.86,
    "fdn-collector": 0.72,
    "otj-collector": 0.67,
}


@pytest.fixture(scope="module")
def shares(ours: Any, data: Path) -> dict[str, float]:
    """Pack -> share of its expected copies that have a price."""
    files = [c for c in (*WHOLE, *PARTIAL) if (data / f"mtg/boosters/booster/{c}.json").exists()]
    packs = {("tst", c): {"pack": [dict(zip(("set", "code"), c.split("-"), strict=True))]} for c in files}
    return dict(ours.value(packs).select("name", "priced_share").iter_rows())


@pytest.mark.parametrize("pack", WHOLE)
def test_packs_of_the_well_known_sets_are_priced_nearly_whole(shares: dict[str, float], pack: str) -> None:
    if pack not in shares:
        pytest.skip(f"there is no booster file {pack}")
    # 97.8 to 100 %, +- 1 point.
    assert 0.968 <= shares[pack] <= 1.0


@pytest.mark.parametrize(("pack", "share"), PARTIAL.items())
def test_packs_of_later_sets_are_priced_as_far_as_the_id_map_knows_them(
    shares: dict[str, float], pack: str, share: float
) -> None:
    if pack not in shares:
        pytest.skip(f"there is no booster file {pack}")
    assert shares[pack] == pytest.approx(share, abs=0.01)
