"""The ten best by rank formula, on two days worked by hand."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.backtest.ranks import NEW, choices

DAYS = (date(2025, 10, 1), date(2025, 10, 2))
OLD, PEERS, ALL = (
    "confidence x P(profit) x log2(1 + m) x risk weight (before)",
    "gross > 1.1 x price, fattest first",
    "all with gross > 1.1 x price",
)


def row(product: str, day: date, gain: float, **changes: Any) -> dict[str, Any]:
    """A product of $100.00 that later came to `gain` of its price."""
    row = {"product_id": product, "day": day, "published": False, "is_random": False, "priced_share": 1.0}
    row |= {"sealed_price_cents": 10_000, "gross_singles_value_cents": 10_000, "rank_score": 0.0}
    return row | {"old_rank": 0.0, "realised_profit_cents": round(10_000 * gain)} | changes


def choices_of(*rows: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(choice.universe, choice.rule): choice for choice in choices(pl.DataFrame(rows))}


def test_each_rank_takes_its_own_ten() -> None:
    # By growth the first ten of twelve, each +10 %; before, the last ten: eight +10 %, two -30 %.
    rows = [
        row(f"p{n:02}", day, -0.3 if n >= 10 else 0.1, rank_score=12.0 - n, old_rank=float(n))
        for n in range(12)
        for day in DAYS
    ]
    of = choices_of(*rows)
    new, old = of["fixed contents", NEW], of["fixed contents", OLD]

    assert (new.rows, new.products, new.days, new.mean_return.value) == (20, 10, 2, pytest.approx(0.1))
    # (8 x 0.1 - 2 x 0.3) / 10 = 0.02, 0.08 less.
    assert (old.mean_return.value, old.in_profit) == (pytest.approx(0.02), 0.8)
    assert old.beyond_new.value == pytest.approx(-0.08)
    assert (new.beyond_new.value, old.worst_day) == (None, pytest.approx(0.02))
    assert old.beyond_new.low < -0.08 < old.beyond_new.high
    assert of["all", NEW] == of["fixed contents", NEW].__class__(
        **{name: getattr(new, name) for name in new.__dataclass_fields__} | {"universe": "all"}
    )


def test_the_rule_of_peers_looks_at_the_gross_value_alone() -> None:
    # Gross 2 x, 1.2 x and 1.1 x the price: the last is not more. Returns -50 % and 0 %.
    rows = [
        row("fat", DAYS[0], -0.5, gross_singles_value_cents=20_000),
        row("lean", DAYS[0], 0.0, gross_singles_value_cents=12_000),
        row("even", DAYS[0], 0.4, gross_singles_value_cents=11_000),
    ]
    peers = choices_of(*rows)["all", PEERS]

    assert (peers.products, peers.mean_return.value, peers.in_profit) == (2, pytest.approx(-0.25), 0.0)
    # ln(1 - 0.25) and ln 1, over two.
    assert peers.growth == pytest.approx(-0.143841)


def test_the_fattest_come_first_and_all_of_them_in_the_last_rule() -> None:
    # Eleven with gross 2 x the price; the eleventh by id is left out of the ten. It alone gained 11 %.
    rows = [
        row(f"p{n:02}", DAYS[0], 0.11 if n == 10 else 0.0, gross_singles_value_cents=20_000)
        for n in range(11)
    ]
    of = choices_of(*rows)

    assert of["all", PEERS].mean_return.value == 0
    assert of["all", ALL].mean_return.value == pytest.approx(0.01)


def test_what_is_cheap_or_hardly_priced_is_in_no_universe() -> None:
    rows = [
        row("cheap", DAYS[0], 1.0, sealed_price_cents=499),
        row("unpriced", DAYS[0], 1.0, priced_share=0.79),
        row("box", DAYS[0], 0.2, is_random=True, published=True),
    ]
    of = choices_of(*rows)

    assert {key for key in of if key[1] == NEW} == {
        ("published", NEW),
        ("random contents", NEW),
        ("all", NEW),
    }
    assert of["all", NEW].mean_return.value == pytest.approx(0.2)
