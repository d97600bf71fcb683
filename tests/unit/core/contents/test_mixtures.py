"""Mixtures: expected draws of each alternative."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.core.contents.mixtures import VariableError, expected_draws

LIMITED = settings(max_examples=60, deadline=None)


def test_alternatives_without_chances_are_alike() -> None:
    assert expected_draws([None] * 4) == [0.25] * 4


def test_chances_are_weights() -> None:
    assert expected_draws([90, 9, 1]) == pytest.approx([0.90, 0.09, 0.01])


def test_draws_with_replacement_are_the_count_times_the_chance() -> None:
    assert expected_draws([3, 1], count=4, replacement=True) == pytest.approx([3.0, 1.0])


def test_equal_alternatives_without_replacement_share_the_count() -> None:
    assert expected_draws([None] * 5, count=2) == pytest.approx([0.4] * 5)


def test_unequal_draws_without_replacement_follow_the_weights_that_are_left() -> None:
    # Weights 2, 1, 1, two draws. The first comes first (1/2), or second after either other (2 x 1/4 x 2/3): 5/6.
    # Each other: first 1/4, second after the first 1/2 x 1/2, second after its twin 1/4 x 1/3: 7/12.
    assert expected_draws([2, 1, 1], count=2) == pytest.approx([5 / 6, 7 / 12, 7 / 12])


def test_all_alternatives_drawn_without_replacement_are_certain() -> None:
    assert expected_draws([5, 3, 1], count=3) == pytest.approx([1.0, 1.0, 1.0])


def test_an_alternative_of_no_weight_is_never_drawn() -> None:
    assert expected_draws([0, 1, 1]) == pytest.approx([0.0, 0.5, 0.5])
    assert expected_draws([0, 2, 1], count=2) == pytest.approx([0.0, 1.0, 1.0])


def test_chances_that_reach_the_stated_weight_pass() -> None:
    assert expected_draws([60, 40], declared=100) == pytest.approx([0.6, 0.4])


def test_chances_that_miss_the_stated_weight_are_an_error_with_both_numbers() -> None:
    with pytest.raises(VariableError, match=r"\[60, 30\] sum to 90, the stated weight is 100"):
        expected_draws([60, 30], declared=100)


@pytest.mark.parametrize(
    "chances", [[], [0, 0], [1, -1], [1, None], [1, "2"], [1, True], [1, float("nan")], [1, float("inf")]]
)
def test_chances_that_do_not_read_are_an_error(chances: list[float | None]) -> None:
    with pytest.raises(VariableError):
        expected_draws(chances)


@pytest.mark.parametrize("count", [0, -1, 4])
def test_a_count_that_cannot_be_drawn_is_an_error(count: int) -> None:
    with pytest.raises(VariableError, match=f"{count} draws from 3 alternatives without replacement"):
        expected_draws([None] * 3, count=count)


@pytest.mark.parametrize("count", [1.5, True])
def test_a_count_that_is_no_whole_number_is_an_error(count: int) -> None:
    with pytest.raises(VariableError):
        expected_draws([None] * 3, count=count)


CHANCES = st.lists(st.integers(1, 100), min_size=1, max_size=6)


@LIMITED
@given(CHANCES, st.data())
def test_draws_without_replacement_sum_to_the_count_and_none_exceeds_one(
    chances: list[int], data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, len(chances)))
    draws = expected_draws(chances, count=count)
    assert sum(draws) == pytest.approx(count)
    assert all(-1e-12 <= draw <= 1 + 1e-12 for draw in draws)


@LIMITED
@given(CHANCES, st.integers(1, 40))
def test_draws_with_replacement_sum_to_the_count(chances: list[int], count: int) -> None:
    assert sum(expected_draws(chances, count=count, replacement=True)) == pytest.approx(count)


@LIMITED
@given(CHANCES, st.data())
def test_a_heavier_alternative_is_never_drawn_less(chances: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(chances)))
    draws = sorted(zip(chances, expected_draws(chances, count=count), strict=True))
    assert all(b[1] >= a[1] - 1e-9 for a, b in pairwise(draws))
