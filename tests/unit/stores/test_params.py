"""Dated parameters, and a buyer's own file on top."""

from datetime import date
from pathlib import Path

import pytest
from builders import PARAMETERS
from builders import parameters as defaults

from arb_pipeline.stores.params import ParameterError, parameters

DAY = date(2026, 11, 22)


def own(tmp_path: Path, text: str) -> Path:
    """A buyer's own file."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_values_are_those_of_valuation_md() -> None:
    # Sound rows of the tests have ten copies of a card.
    shipped = parameters(DAY)
    expected = defaults(selling={"channels": ["tcgplayer", "ebay"]}, guards={"many_copies": 4})
    for group in PARAMETERS:
        if group != "selling":
            assert getattr(shipped, group) == getattr(expected, group), group
    assert shipped.selling.cards_per_order == 3
    assert shipped.selling.bulk_floor == 50
    assert {
        r: shipped.selling.bulk_value.get(r, 0) for r in ("common", "uncommon", "land", "rare", "mythic")
    } == {
        "common": 0,
        "uncommon": 0,
        "land": 0,
        "rare": 5,
        "mythic": 5,
    }


def test_before_the_first_date_the_first_value_holds() -> None:
    assert parameters(date(1999, 1, 1)) == parameters(DAY)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2019, 1, 1), 2),
        (date(2020, 1, 1), 2),
        (date(2024, 12, 31), 2),
        (date(2025, 1, 1), 5),
        (date(2030, 1, 1), 9),
    ],
)
def test_a_dated_value_holds_from_its_day_until_the_next(tmp_path: Path, day: date, value: int) -> None:
    text = "selling: {cards_per_order: {values: {2025-01-01: 5, 2020-01-01: 2, 2026-06-01: 9}}}"
    assert parameters(day, own(tmp_path, text)).selling.cards_per_order == value


def test_an_own_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    mine = parameters(DAY, own(tmp_path, "selling: {cards_per_order: 5}\nbuying: {tax: 825}"))
    shipped = parameters(DAY)
    assert (mine.selling.cards_per_order, mine.buying.tax) == (5, 825)
    assert mine.selling.bulk_floor == shipped.selling.bulk_floor
    assert mine.tcgplayer == shipped.tcgplayer


def test_an_own_file_leaves_the_shipped_values_alone(tmp_path: Path) -> None:
    parameters(DAY, own(tmp_path, "selling: {cards_per_order: 5}"))
    assert parameters(DAY).selling.cards_per_order == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seling: {cards_per_order: 5}", r"mine.yaml: unknown group 'seling'. Known: \['buying'"),
        ("selling: 5", "mine.yaml.*'selling'"),
        ("selling: {cards_per_ordre: 5}", r"mine.yaml: selling.cards_per_ordre = 5"),
        (
            "selling: {cards_per_order: 0}",
            r"mine.yaml: selling.cards_per_order = 0: .*greater than or equal to 1",
        ),
        ("selling: {cards_per_order: many}", r"mine.yaml: selling.cards_per_order = 'many'"),
        ("tcgplayer: {commission: 10001}", r"tcgplayer.commission = 10001"),
        ("tcgplayer: {commission: -1}", r"tcgplayer.commission = -1"),
        ("selling: {channels: []}", r"selling.channels"),
        ("selling: {cards_per_order: {values: {}}}", r"mine.yaml.*cards_per_order"),
        ("selling: {cards_per_order: {values: {soon: 5}}}", r"mine.yaml.*cards_per_order"),
        ("confidence: {margin_full: 0.9}", r"margin_full <= margin_fading < margin_unbelievable"),
        (
            "confidence: {weights: {price_stability: 0.3, seller_count: 0.2, volume_history: 0.2, margin_size: 0.2}}",
            "should sum to 1",
        ),
        ("confidence: {weights: {price_stability: 0.5, luck: 0.5}}", "luck"),
        ("risk: {rank_weight: {low: 1.0}}", "rank_weight"),
        ("- a list", "should map groups to values"),
        ("", "should map groups to values"),
        ("selling: {cards_per_order: [", "does not read as YAML"),
    ],
)
def test_a_wrong_value_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        parameters(DAY, own(tmp_path, text))


def test_an_own_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"gone.yaml does not read"):
        parameters(DAY, tmp_path / "gone.yaml")


def test_an_unknown_channel_in_an_own_file_is_named_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="garage"):
        parameters(DAY, own(tmp_path, "selling: {channels: [garage]}"))
