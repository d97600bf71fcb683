"""Forecasts held against later nets, on three products worked by hand."""

from datetime import date
from math import log2

import polars as pl
import pytest
from builders import frame, line_row, net_row, parameters

from arb_pipeline.contracts.contents import Draws, Lines, PackSheets
from arb_pipeline.contracts.valuation import CardNets, Valuations
from arb_pipeline.core.backtest.realised import chances_later, compared, later_values, random_products
from arb_pipeline.core.outcome.frames import Drawn
from arb_pipeline.core.valuation.buylist_cap import with_line_nets

DAY = date(2025, 10, 3)
LINES = frame(
    [
        # The deck holds ten of card a. The pair: one of b and one of c. The pack: half a card a, half a card b.
        line_row(sealed_product_id="deck", single_product_id="a"),
        line_row(sealed_product_id="pair", single_product_id="b", quantity=1, expected_copies=1.0),
        line_row(sealed_product_id="pair", single_product_id="c", quantity=1, expected_copies=1.0),
        *(
            line_row(
                sealed_product_id="pack",
                single_product_id=card,
                pack="tst",
                sheet="rare",
                quantity=1,
                guaranteed=False,
                pull_probability=0.5,
                expected_copies=0.5,
            )
            for card in "ab"
        ),
    ],
    Lines,
)


def nets(**cents: float | None) -> pl.DataFrame:
    rows = [
        net_row(single_product_id=card, net_cents=net, reference_cents=None if net is None else 1000)
        for card, net in cents.items()
    ]
    return frame(rows, CardNets)


THEN = nets(a=800.0, b=2000.0, c=None)
LATER = nets(a=700.0, b=None, c=500.0)


def forecast(product: str, cost: int, value: int | None, **changes: object) -> dict[str, object]:
    margin = None if value is None else round(10_000 * (value - cost) / cost)
    return {
        "product_id": product,
        "published": True,
        "sealed_price_cents": cost,
        "singles_value_cents": value,
        "profit_cents": None if value is None else value - cost,
        "margin_bps": margin,
        "p_profit": 1.0,
        "confidence_score": 0.7,
        "price_stability": 0.5,
        "seller_count_factor": 0.5,
        "volume_history": 0.9,
        "margin_size": 1.0,
        "missing_factors": ["price_stability", "seller_count"],
        "flags": [],
        "priced_share": 1.0,
        "gross_singles_value_cents": value,
        "rank_score": 0.1,
        "risk_level": "medium",
        "p5_cents": 100,
        "p95_cents": 700,
    } | changes


def test_what_lines_net_later() -> None:
    result = {row["product_id"]: row for row in later_values(LINES, THEN, LATER).to_dicts()}
    # Deck 10 x 7.00. Pair: b netted 20.00 and has no price now, c had none and nets 5.00. Pack half of each.
    figures = {p: [row[n] for n in ("realised", "kept", "lost", "gained")] for p, row in result.items()}
    assert figures == {
        "deck": [7000.0, 7000.0, 0.0, 0.0],
        "pair": [500.0, 2500.0, 2000.0, 500.0],
        "pack": [350.0, 1350.0, 1000.0, 0.0],
    }
    assert {p: row["is_random"] for p, row in result.items()} == {"deck": False, "pair": False, "pack": True}


def test_a_buylist_that_wants_fewer_copies_later_pays_for_fewer() -> None:
    # Ten copies: four at 8.00 on the buylist, six at 5.00 elsewhere: 32.00 + 30.00.
    capped = frame([net_row(wanted=4, net_cents=800.0, uncapped_net_cents=500.0)], CardNets)
    result = later_values(LINES.filter(pl.col("sealed_product_id").cast(pl.String) == "deck"), THEN, capped)
    assert result["realised"].to_list() == [pytest.approx(6200.0)]


def test_a_forecast_beside_what_came_of_it() -> None:
    valued = frame(
        [
            forecast("deck", 5000, 8000),
            forecast("pair", 1600, 2000),
            forecast("pack", 300, 1400, p_profit=0.9),
            forecast("unknown", 300, None),
        ],
        Valuations,
    )
    later = pl.DataFrame({"product_id": ["pack"], "p_later": [0.5], "held_later": [0.9]})
    values = later_values(LINES, THEN, LATER)
    rows = compared(valued, values, later, risk=parameters().risk, day=DAY, category="mtg")
    result = {row["product_id"]: row for row in rows.to_dicts()}

    assert set(result) == {"deck", "pair", "pack"}  # without a value nothing was forecast
    # Deck: 70.00 for 50.00: 40 %. Pair: 5.00 for 16.00: -68.75 %; had b kept its price 25.00: 56.25 %.
    deck, pair, pack = result["deck"], result["pair"], result["pack"]
    assert (deck["realised_cents"], deck["realised_margin_bps"], deck["margin_bps"]) == (7000, 4000, 6000)
    assert (pair["realised_margin_bps"], pair["kept_margin_bps"]) == (-6875, 5625)
    assert (deck["stayed"], deck["came_true"], pair["stayed"], pair["came_true"]) == (1.0, 1.0, 0.0, 0.0)
    assert deck["value_change"] == pytest.approx(-0.125)  # 70 / 80 - 1
    assert (pair["lost_share"], pair["gained_share"]) == (1.0, 0.25)  # of 20.00: 20.00 and 5.00
    # The pack's mean is 3.50, more than its 3.00; one opened then nets more with a chance of 0.5.
    assert (pack["stayed"], pack["came_true"], pack["p_profit"]) == (1.0, 0.5, 0.9)
    # Deck: 0.7 x 1 x log2(1.6) x 0.7, the weight of medium risk.
    assert deck["old_rank"] == pytest.approx(0.7 * log2(1.6) * 0.7)
    assert (deck["held_later"], pack["held_later"]) == (None, 0.9)


def test_a_factor_without_data_is_null_beside_its_neutral_value() -> None:
    rows = compared(
        frame([forecast("deck", 5000, 8000)], Valuations),
        later_values(LINES, THEN, LATER),
        pl.DataFrame(schema={"product_id": pl.String, "p_later": pl.Float64, "held_later": pl.Float64}),
        risk=parameters().risk,
        day=DAY,
        category="mtg",
    ).row(0, named=True)
    assert (rows["price_stability"], rows["price_stability_filled"]) == (None, 0.5)
    assert (rows["volume_history"], rows["volume_history_filled"]) == (0.9, 0.9)


def test_an_opening_at_later_nets_is_above_its_price_or_within_its_band_by_chance() -> None:
    # Later one pack in two holds a at 7.00, one holds b, which has no price. Paid 3.00: half net more.
    # Forecast 1.00 to 7.00: a is within, to the cent; nothing is not. Forecast 0.00 to 6.99: the other half.
    sheet = {"pack": "tst", "configuration": 0, "chance": 1.0, "sheet": "rare", "taken": 1, "is_fixed": False}
    held = {"sealed_product_id": "pack", "bundle": 0, "parent": None, "mixture": None, "repeats": 1}
    held |= {"draws": 1, "replacement": False, "weight": 1.0, "pack": "tst", "card_id": None, "quantity": 1}
    unmeasured = {"population": None, "sample_packs": None}
    drawn = Drawn(frame([sheet | unmeasured], PackSheets), frame([held], Draws))
    lines = with_line_nets(random_products(LINES, pl.Series(["pack"])), LATER)
    for low, high in ((100, 700), (0, 699), (0, 700)):
        requested = pl.DataFrame(
            {"product_id": ["pack"], "sealed_price_cents": [300], "p5_cents": [low], "p95_cents": [high]}
        )
        result = chances_later(lines, drawn, requested)
        expected = 1.0 if (low, high) == (0, 700) else 0.5
        assert result.to_dicts() == [
            {"product_id": "pack", "p_later": pytest.approx(0.5), "held_later": pytest.approx(expected)}
        ]


def test_only_products_with_a_draw_are_random() -> None:
    result = random_products(LINES, pl.Series(["deck", "pack"]))
    assert set(result["sealed_product_id"].cast(pl.String)) == {"pack"}
    assert result.height == 2
