"""Transitions by persons, and purchases compared with their forecasts."""

from typing import Any

import polars as pl
import pytest

from arb_pipeline.core.opportunities.transitions import (
    ACTS,
    STATUSES,
    ActRefusedError,
    Summary,
    check_left,
    check_purchase,
    check_state,
    check_text,
    check_value,
    compared,
    pieces_left,
    summed,
)

ALLOWED = {
    # act: (active, expired, executed, cancelled)
    "execute": (True, False, False, False),
    "cancel": (True, False, False, False),
    "note": (True, True, True, True),
    "result": (True, True, True, True),
    "correct": (True, True, True, True),
    "expire": (True, False, False, False),
}
CENTS = (
    *("execution_price", "singles_value", "outcome_sd", "contents_sd", "price_sd"),
    *("p5", "p95", "realised_value"),
)


def purchase(**changes: Any) -> dict[str, Any]:
    """Two of a box at $90.00 that nets $100.00 on average, sd $20.00: contents $16.00, prices $12.00."""
    row = {"execution_quantity": 2, "execution_price": 9000, "singles_value": 10000, "outcome_sd": 2000}
    row |= {"contents_sd": 1600, "price_sd": 1200, "p5": 7500, "p95": 14000, "realised_value": None}
    return row | changes


def held(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {"execution_quantity": pl.Int64} | {f"{name}_cents": pl.Int64 for name in CENTS}
    return compared(pl.DataFrame([tuple(row.values()) for row in rows], schema=schema, orient="row"))


def figures(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    result = held(row).row(0, named=True)
    return tuple(result[name if name == "within" else f"{name}_cents"] for name in names)


class TestStates:
    """Acts that each state allows."""

    @pytest.mark.parametrize("act", ALLOWED)
    @pytest.mark.parametrize("status", STATUSES)
    def test_the_table(self, act: str, status: str) -> None:
        if ALLOWED[act][("active", "expired", "executed", "cancelled").index(status)]:
            check_state(act, status, "Box", bought=1)
        else:
            with pytest.raises(ActRefusedError, match=f"Box is {status}: {act} needs one that is"):
                check_state(act, status, "Box")

    @pytest.mark.parametrize("status", STATUSES)
    def test_a_result_needs_a_purchase_in_every_state(self, status: str) -> None:
        with pytest.raises(ActRefusedError, match=f"Box is {status}: result needs one that is bought"):
            check_state("result", status, "Box")

    @pytest.mark.parametrize(
        ("offered", "bought", "left"),
        [(3, 0, 3), (3, 2, 1), (3, 3, 0), (3, 5, 0), (0, 0, 0), (None, 0, None), (None, 1, 0)],
    )
    def test_pieces_left_of_an_offer(self, offered: int | None, bought: int, left: int | None) -> None:
        assert pieces_left(offered, bought) == left

    @pytest.mark.parametrize(("quantity", "left"), [(1, 1), (2, 5), (900, None)])
    def test_what_is_left_can_be_bought(self, quantity: int, left: int | None) -> None:
        check_left("Box", quantity, left)

    @pytest.mark.parametrize(
        ("left", "message"),
        [(0, "has 0 pieces left: a purchase of 3"), (1, "1 piece left"), (2, "2 pieces left")],
    )
    def test_more_than_what_is_left_is_refused(self, left: int, message: str) -> None:
        with pytest.raises(ActRefusedError, match=message):
            check_left("Box", 3, left)

    def test_every_act_is_in_the_table(self) -> None:
        assert ACTS.keys() == ALLOWED.keys()

    def test_no_act_leads_back_to_active(self) -> None:
        assert {act.becomes for act in ACTS.values()} == {"executed", "cancelled", "expired", None}

    @pytest.mark.parametrize(
        ("act", "status", "advice"),
        [
            ("result", "active", "arb opportunity execute"),
            ("execute", "executed", "arb opportunity result"),
            ("execute", "expired", "a later day"),
            ("cancel", "cancelled", "arb opportunity note"),
        ],
    )
    def test_a_refusal_says_what_to_do(self, act: str, status: str, advice: str) -> None:
        with pytest.raises(ActRefusedError, match=advice):
            check_state(act, status, "Box")


class TestValues:
    """Values that a row accepts."""

    @pytest.mark.parametrize(("quantity", "price"), [(1, 1), (1_000_000, 10**12 - 1)])
    def test_the_least_and_the_greatest_purchase_are_allowed_and_one_beyond_is_not(
        self, quantity: int, price: int
    ) -> None:
        beyond = -1 if quantity == 1 else 1

        check_purchase(quantity, price)
        for wrong in ((quantity + beyond, price), (quantity, price + beyond)):
            with pytest.raises(ActRefusedError):
                check_purchase(*wrong)

    @pytest.mark.parametrize(
        ("quantity", "price", "message"),
        [
            (0, 100, "0 is no purchase"),
            (1_000_001, 100, "1,000,001"),
            (1, 0, r"\$0\.00"),
            (1, 10**12, "price"),
        ],
    )
    def test_no_purchase(self, quantity: int, price: int, message: str) -> None:
        with pytest.raises(ActRefusedError, match=message):
            check_purchase(quantity, price)

    def test_a_value(self) -> None:
        check_value(0)
        with pytest.raises(ActRefusedError, match=r"-0\.01"):
            check_value(-1)
        with pytest.raises(ActRefusedError):
            check_value(10**12)

    def test_a_note(self) -> None:
        check_text("é" * 500)
        with pytest.raises(ActRefusedError, match="501"):
            check_text("x" * 501)
        with pytest.raises(ActRefusedError, match="NUL"):
            check_text("a\0b")


class TestForecast:
    """All pieces together; money in cents."""

    def test_of_one_piece_is_its_own_distribution(self) -> None:
        # 75 - 90 = -15; 140 - 90 = 50.
        one = purchase(execution_quantity=1)
        assert figures(one, "spent", "forecast_profit", "forecast_low", "forecast_high") == (
            *(9000, 1000),
            *(-1500, 5000),
        )

    def test_of_many_spreads_with_the_root_of_their_number_and_their_common_prices(self) -> None:
        # 4 x 100 - 4 x 90 = 40; sd = root of 4 x 16^2 + 16 x 12^2 = 3328: 57.69; 1.644854 x 57.6888 = 94.89.
        four = purchase(execution_quantity=4)
        names = ("spent", "forecast_value", "forecast_profit", "forecast_sd", "forecast_low", "forecast_high")
        assert figures(four, *names) == (36000, 40000, 4000, 5769, -5489, 13489)

    def test_of_very_many_is_uncertain_by_the_prices_alone(self) -> None:
        # 10,000 pieces: sd 100 x 16 of the contents, 10,000 x 12 of the prices: root of 1,600^2 + 120,000^2.
        assert figures(purchase(execution_quantity=10_000), "forecast_sd") == (12_001_067,)

    def test_before_the_parts_were_stored_the_spread_is_of_the_contents(self) -> None:
        # sd 20 x 2 = 40; 1.644854 x 40 = 65.79: 40 -+ 65.79.
        old = purchase(execution_quantity=4, contents_sd=None, price_sd=None)
        assert figures(old, "forecast_sd", "forecast_low", "forecast_high") == (4000, -2579, 10579)

    def test_what_was_paid_in_all_counts_where_it_is_known(self) -> None:
        # 2 at a mean of $90.00 that cost $179.99: 200.00 - 179.99.
        frame = held(purchase()).select("execution_quantity", *(f"{name}_cents" for name in CENTS))
        result = compared(frame.with_columns(paid_cents=pl.lit(17999))).row(0, named=True)
        assert (result["spent_cents"], result["forecast_profit_cents"]) == (17999, 2001)

    def test_never_loses_more_than_was_paid(self) -> None:
        # sd = root of 2 x 16^2 + 4 x 12^2 = 32.98; 2 x 10 - 54.26 is below nothing: 2 x 90 are lost.
        assert figures(purchase(singles_value=1000), "forecast_low") == (-18000,)

    def test_of_guaranteed_contents_is_one_bet_on_the_prices(self) -> None:
        # Three of them net three times what one does: 3 x 75 - 270 = -45; 3 x 140 - 270 = 150; sd 3 x 20.
        fixed = purchase(execution_quantity=3, contents_sd=0, price_sd=2000)
        assert figures(fixed, "forecast_sd", "forecast_low", "forecast_high") == (6000, -4500, 15000)

    def test_without_a_spread_has_no_range(self) -> None:
        for quantity in (1, 3):
            still = {"outcome_sd": 0, "contents_sd": 0, "price_sd": 0}
            fixed = purchase(execution_quantity=quantity, **still, p5=10000, p95=10000, realised_value=1)
            assert figures(fixed, "forecast_low", "forecast_high", "within") == (None, None, None)

    def test_without_a_distribution_has_no_range(self) -> None:
        unknown = purchase(**dict.fromkeys(("outcome_sd", "contents_sd", "price_sd", "p5", "p95")))
        assert figures(unknown, "forecast_profit", "forecast_low", "forecast_high") == (2000, None, None)


class TestResults:
    """Realised against forecast."""

    def test_of_none_yet_is_not_known(self) -> None:
        assert figures(purchase(), "realised_profit", "error", "within") == (None, None, None)

    @pytest.mark.parametrize(
        ("value", "profit", "error", "within"),
        [
            # Forecast: 200 - 180 = 20; sd root of 2 x 16^2 + 4 x 12^2 = 1088: 32.985; x 1.644854 = 54.26.
            (19000, 1000, -1000, True),
            (14574, -3426, -5426, True),
            (14573, -3427, -5427, False),
            (25426, 7426, 5426, True),
            (25427, 7427, 5427, False),
        ],
    )
    def test_profit_error_and_range(self, value: int, profit: int, error: int, within: bool) -> None:
        row = purchase(realised_value=value)
        assert figures(row, "realised_profit", "error", "within") == (profit, error, within)

    def test_summed(self) -> None:
        # Errors: 190 - 200 = -10; 300 - 200 = 100 (outside); 95 - 100 = -5 (no range). (85 / 3 = 28.33)
        # Forecast values 200 + 200 + 100 = 500: 85 / 500 = 17 %.
        result = held(
            purchase(realised_value=19000),
            purchase(realised_value=30000),
            purchase(execution_quantity=1, outcome_sd=0, realised_value=9500),
            purchase(),
        )
        assert summed(result) == Summary(4, 3, 2833, pytest.approx(0.17), with_range=2, within=1)

    def test_summed_without_a_result(self) -> None:
        assert summed(held(purchase())) == Summary(1, 0, None, None, with_range=0, within=0)
        assert summed(held(purchase()).clear()) == Summary(0, 0, None, None, with_range=0, within=0)
