"""Coverage of fields: an empty answer and a changed layout differ from a bad record."""

from typing import Any

import pytest

from scrapy_project.coverage import Coverage

REQUIRED = {"price": ("productId", "low"), "group": ("groupId",)}


def coverage(**changes: Any) -> Coverage:
    return Coverage(REQUIRED, **changes)


def counted(good: int, bad: int, **record: Any) -> Coverage:
    """So many whole prices, and so many with another `low`."""
    result = coverage()
    for n in range(good):
        result.add("price", {"productId": n, "low": 1.5})
    for n in range(bad):
        result.add("price", {"productId": n, **record})
    return result


def test_whole_records_are_no_fault() -> None:
    result = counted(10, 0)
    assert result.fault() == ""
    assert result.counts == {"price": 10, "group": 0}
    assert result.shares() == {"price": {"productId": 1.0, "low": 1.0}}


def test_a_field_may_be_missing_in_a_tenth_of_the_records() -> None:
    assert counted(9, 1).fault() == ""


def test_a_field_missing_in_more_than_a_tenth_is_a_new_layout() -> None:
    fault = counted(89, 11).fault()
    assert "only 89% of 100 price records carry 'low', expected 90%" in fault
    assert "\n" not in fault


@pytest.mark.parametrize("value", [None, ""])
def test_a_field_without_a_value_is_not_carried(value: Any) -> None:
    assert "'low'" in counted(1, 1, low=value).fault()


@pytest.mark.parametrize("value", [0, 0.0, False, []])
def test_zero_is_a_value(value: Any) -> None:
    assert counted(1, 1, low=value).fault() == ""


def test_no_record_at_all_is_a_fault() -> None:
    assert "no record at all (price, group)" in coverage().fault()


def test_no_record_at_all_is_a_good_answer_to_a_search() -> None:
    assert coverage(may_be_empty=True).fault() == ""


def test_an_answer_that_is_known_already_need_not_be_read() -> None:
    result = coverage()
    result.is_known = True
    assert result.fault() == ""


def test_an_unknown_kind_is_a_mistake_of_the_spider() -> None:
    with pytest.raises(KeyError):
        coverage().add("offer", {})
