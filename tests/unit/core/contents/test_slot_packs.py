"""Slots: chances of classes become one sheet, whose pulls are the chances again."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arb_pipeline.core.contents.booster import pulls
from arb_pipeline.core.contents.slot_packs import Draw, Slot, SlotError, booster


def expected(*slots: Slot) -> dict[str, float]:
    """number -> expected copies in a pack."""
    result: dict[str, float] = defaultdict(float)
    for pull in pulls(booster(slots)):
        result[pull.number] += pull.expected_copies
    return dict(result)


def test_a_hit_displaces_the_rest_and_its_cards_are_alike() -> None:
    slot = Slot(
        "rare", 1, [Draw("double", 0.2, ["s:1:holofoil", "s:2:holofoil"]), Draw("rare", 0.8, ["s:3"])]
    )
    assert expected(slot) == pytest.approx({"1": 0.1, "2": 0.1, "3": 0.8})


def test_each_card_of_a_slot_is_one_draw() -> None:
    assert expected(Slot("common", 4, [Draw("common", 1.0, ["s:1", "s:2"])])) == pytest.approx(
        {"1": 2, "2": 2}
    )


@given(
    st.lists(st.tuples(st.floats(0.001, 100), st.integers(1, 9)), min_size=1, max_size=8), st.integers(1, 8)
)
def test_a_slot_yields_as_many_cards_as_it_has(classes: list[tuple[float, int]], cards: int) -> None:
    total = sum(weight for weight, _ in classes)
    draws = [
        Draw(f"class {n}", weight / total, [f"s:{n}-{i}" for i in range(size)])
        for n, (weight, size) in enumerate(classes)
    ]
    result = expected(Slot("slot", cards, draws))
    assert sum(result.values()) == pytest.approx(cards)
    for n, (weight, size) in enumerate(classes):
        assert result[f"{n}-0"] == pytest.approx(cards * weight / total / size)


@pytest.mark.parametrize("chances", [(0.5, 0.4), (0.7, 0.4), (1.2, -0.2)])
def test_chances_that_do_not_sum_to_one_are_refused(chances: tuple[float, float]) -> None:
    draws = [Draw("a", chances[0], ["s:1"]), Draw("b", chances[1], ["s:2"])]
    with pytest.raises(SlotError, match=r"slot 'odd' should be from 0 and sum to 1: a .*, b "):
        booster([Slot("odd", 1, draws)])


def test_a_class_with_a_chance_and_no_card_is_refused_by_name() -> None:
    with pytest.raises(SlotError, match=r"slot 'rare' holds hyper by 0\.02, and no card of it is known"):
        booster([Slot("rare", 1, [Draw("hyper", 0.02, []), Draw("rare", 0.98, ["s:1"])])])
