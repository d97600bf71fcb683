"""Files between parent and child process read back as written."""

from datetime import date

import orjson
import pytest

from arb_pipeline.contracts.crawling import Kept, Known, Order, Result

DAY = date(2026, 1, 31)
KEPT = Kept(
    "k", "https://tcgcsv.com/x", "x", "0" * 64, 3, '"e"', "then", True, "2026-01-31T00:00:00+00:00", "p"
)


def order(**changes: object) -> Order:
    return Order(**({"source": "tcgcsv", "today": DAY} | changes))  # type: ignore[arg-type]


def test_an_order_comes_through_json() -> None:
    whole = order(
        days=(date(2026, 1, 30), DAY),
        categories=("mtg", "pokemon"),
        options={"set": ["sv01"]},
        part="p",
        known={"https://tcgcsv.com/x": Known("/landing/x", "0" * 64, '"e"', "then")},
    )
    assert Order.from_json(orjson.loads(orjson.dumps(whole.to_json()))) == whole


def test_an_order_without_anything_comes_through_json() -> None:
    assert Order.from_json(orjson.loads(orjson.dumps(order().to_json()))) == order()


def test_the_day_of_an_order_is_the_last_of_its_days() -> None:
    assert order(days=(date(2026, 1, 30), DAY)).day == DAY
    assert order().day is None


def test_a_result_comes_through_json() -> None:
    whole = Result(
        finished=True,
        reason="finished",
        is_refusal=False,
        part="current",
        kept=(KEPT,),
        counts={"price": 4},
        coverage={"price": {"low": 0.75}},
        stats={"requests": 2.0},
        warnings=("one",),
    )
    assert Result.from_json(orjson.loads(orjson.dumps(whole.to_json()))) == whole


@pytest.mark.parametrize("missing", ["finished", "reason", "kept", "warnings"])
def test_a_result_that_lacks_something_is_no_result(missing: str) -> None:
    content = Result(finished=True, reason="finished", is_refusal=False, part="").to_json()
    del content[missing]
    with pytest.raises((KeyError, TypeError)):
        Result.from_json(content)
