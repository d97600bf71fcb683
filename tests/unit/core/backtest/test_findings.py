"""Three products on four days, put together: groups, what was published, bins; and the page made of it."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from arb_pipeline.core.backtest.findings import Findings, Scope, findings
from arb_pipeline.reporting.backtest import render, write_backtest

FIRST = date(2025, 10, 1)
WEIGHTS = {"price_stability": 0.3, "seller_count": 0.2, "volume_history": 0.2, "margin_size": 0.3}
NAMES = pl.DataFrame({"product_id": ["a", "b", "c"], "name": ["Good <b>Deck</b>", "Turned Deck", "Bad Box"]})
SCOPE = Scope(
    first=FIRST,
    last=FIRST + timedelta(days=3),
    horizon=14,
    within=0.1,
    is_published_only=False,
    days={"mtg": [FIRST + timedelta(days=n) for n in range(4)]},
    skipped={},
    history=(1, 4),
    walk_forward=[FIRST + timedelta(days=n) for n in range(1, 4)],
    in_force=[FIRST],
)


def row(
    product: str, day: int, cost: int, value: int, realised: int, score: float, *, published: bool
) -> dict:
    margin, came = 10_000 * (value - cost) // cost, 10_000 * (realised - cost) // cost
    factors = {name: (None if name == "seller_count" else score) for name in WEIGHTS}
    return {
        "product_id": product,
        "category": "mtg",
        "day": FIRST + timedelta(days=day),
        "published": published,
        "confidence_score": score,
        "p_profit": float(value > cost),
        "flags": ["presale"] if product == "b" else [],
        "sealed_price_cents": cost,
        "singles_value_cents": value,
        "profit_cents": value - cost,
        "margin_bps": margin,
        "is_random": False,
        "priced_share": 1.0,
        "gross_singles_value_cents": 2 * value,
        "rank_score": float(margin),
        "old_rank": score,
        "held_later": None,
        **dict.fromkeys(("level", "concentration", "trading"), float(cost)),
        "realised_cents": realised,
        "realised_profit_cents": realised - cost,
        "realised_margin_bps": came,
        "kept_margin_bps": came,
        "value_change": realised / value - 1,
        "lost_share": 0.0,
        "gained_share": 0.0,
        "stayed": float(realised > cost),
        "came_true": float(realised > cost),
        **factors,
        **{f"{name}_filled": score if factors[name] is not None else 0.5 for name in WEIGHTS},
    }


# a: $100 for $150, $145 later, every day. b: $100 for $110, published on the first two days, $90 later on those,
# $105 on the others. c: $100 for $50, $50 later.
ROWS = pl.DataFrame(
    [
        *(row("a", n, 10_000, 15_000, 14_500, 0.85, published=True) for n in range(4)),
        *(row("b", n, 10_000, 11_000, 9_000 if n < 2 else 10_500, 0.62, published=n < 2) for n in range(4)),
        *(row("c", n, 10_000, 5_000, 5_000, 0.3, published=False) for n in range(4)),
    ],
    schema_overrides={"seller_count": pl.Float64, "flags": pl.List(pl.String)},
)
BANDS = pl.DataFrame(
    [
        {"product_id": product, "category": "mtg", "is_random": False, "day": FIRST + timedelta(days=day)}
        | {"moved": moved, "low": -0.1, "middle": 0.0, "high": 0.1, "pit": 0.5 + 4 * moved}
        | dict.fromkeys(("value", "level", "concentration", "trading"), 1.0)
        for product, moved in (("a", 0.0), ("b", -0.12))
        for day in range(4)
    ]
)
MOVES = pl.DataFrame(
    {
        "kind": ["singles"] * 3,
        "product_id": ["x", "y", "z"],
        "cents": [300, 300, 300],
        "moved": [0.1, -0.1, None],
    }
)


@pytest.fixture
def result() -> Findings:
    return findings(ROWS, MOVES, BANDS, NAMES, SCOPE, WEIGHTS)


def test_groups(result: Findings) -> None:
    groups = {g.name: g for g in result.groups}
    sizes = {name: (g.rows, g.products) for name, g in groups.items()}
    assert sizes == {
        "published": (6, 2),
        "forecast profit, not published": (2, 1),
        "forecast loss": (4, 1),
        "all": (12, 3),
    }
    published = groups["published"]
    # Margins 50 % four times and 10 % twice; later 45 % and -10 %. Changes 4 x -5 and 2 x -20: mean -10 points.
    assert (published.forecast_median, published.realised_median) == (5000, 4500)
    assert published.change.value == pytest.approx(-1000)
    assert published.in_profit == pytest.approx(4 / 6)
    assert (published.profit_cents, published.realised_profit_cents) == (
        4 * 5000 + 2 * 1000,
        4 * 4500 - 2 * 1000,
    )
    assert published.change.low is None  # two products


def test_what_was_published_is_reported_by_product(result: Findings) -> None:
    good, turned = result.published
    assert (good.name, good.days, good.days_in_profit) == ("Good <b>Deck</b>", 4, 4)
    assert (turned.days, turned.margin, turned.realised, turned.worst) == (2, 1000, -1000, -1000)
    assert (turned.days_in_profit, turned.flags) == (0, ["presale"])
    assert (turned.first, turned.last) == (FIRST, FIRST + timedelta(days=1))


def test_confidence_in_bins(result: Findings) -> None:
    # Within 10 %: a is 3.3 % off; b is 18 % off on two days, 4.5 % on two; c is right.
    held = {b.low: (b.rows, b.products, b.share) for b in result.confidence_held}
    assert held == {0.3: (4, 1, 1.0), 0.6: (4, 1, 0.5), 0.8: (4, 1, 1.0)}
    # Of the forecast profits alone.
    assert {b.low: b.share for b in result.confidence_stayed} == {0.6: 0.5, 0.8: 1.0}
    assert result.stayed_rises is None  # a product per bin tells nothing


def test_brier_by_kind(result: Findings) -> None:
    # Of the nine of days whose law knew nothing of later ones, b's first was wrong.
    assert result.brier["all"].score.value == pytest.approx(1 / 9)
    near = result.brier["certain contents, forecast margin within 10 %"]
    assert (near.rows, near.score.value) == (3, pytest.approx(1 / 3))  # b alone
    assert result.near["all"] == result.near["mtg"] == near
    assert {name: b.rows for name, b in result.near.items() if name.startswith("price,")} == {
        f"price, third {n}": 1 for n in (1, 2, 3)
    }
    assert "random contents" not in result.brier


def test_bands_are_of_days_whose_law_knew_nothing_of_later_ones(result: Findings) -> None:
    # On three days: a at the middle, b below the band.
    fixed = next(row for row in result.coverage if row.group == "fixed contents")
    assert (fixed.rows, fixed.held, fixed.below) == (6, 0.5, 0.5)
    # PIT 0.5 and 0.02.
    assert (fixed.pit[5], fixed.pit[0]) == (0.5, 0.5)
    assert [day.rows for day in result.coverage_by_day] == [2] * 4


def test_without_a_law_of_the_days_themselves_all_days_count(result: Findings) -> None:
    blind = replace(SCOPE, walk_forward=[], in_force=[FIRST + timedelta(days=n) for n in range(4)])
    output = findings(ROWS, MOVES, BANDS, NAMES, blind, WEIGHTS)
    assert output.brier["all"].rows == 12
    assert (result.scope.law, output.scope.law) == ("walk-forward", "in force")
    assert "which may have seen these days" in render(output)
    assert "estimated anew for each of 3 days" in render(result)


def test_published_only(result: Findings) -> None:
    only = findings(ROWS, MOVES, BANDS, NAMES, replace(SCOPE, is_published_only=True), WEIGHTS)
    assert (only.rows, only.products) == (6, 2)
    assert only.published == result.published


def test_the_page_says_how_little_it_rests_on_and_escapes_names(result: Findings, tmp_path) -> None:
    text = write_backtest(tmp_path / "reports/b.html", result).read_text("utf-8")
    assert "Good &lt;b&gt;Deck&lt;/b&gt;" in text
    assert "<b>Deck" not in text
    assert "12 forecasts of 3 products" in text
    assert "The first day had 1 day of prices behind it, the last 4" in text
    assert text.count("Too few products for a word") == 2
    assert "no data" in text  # sellers
    assert text.count("<svg") == 5
    assert "http" not in text.split("<svg")[0].replace('http-equiv="', "")  # nothing is loaded
    assert render(result) == render(result)


def test_the_page_of_nothing_published(result: Findings) -> None:
    text = render(replace(result, published=[], drift=[], moves={}))
    assert "None was published on these days." in text
    assert "No price over $2 on these days." in text
