"""An outcome in the terminal."""

from decimal import Decimal
from typing import Any

import pytest

from arb_pipeline.cli.outcome import Outcome, outcome_lines
from arb_pipeline.services.what_if import OutcomeBar


def outcome(**changes: Any) -> Outcome:
    figures = {"mean": 20, "sd": 10, "p5": 5, "p50": 15, "p95": 39, "price": 25} | changes
    p_profit = figures.pop("p_profit", 0.3)
    amounts = {name: None if value is None else Decimal(value) for name, value in figures.items()}
    return Outcome(**amounts, p_profit=p_profit)


def bars(*chances: float) -> list[OutcomeBar]:
    """Bars of ten dollars from 0 on."""
    return [
        OutcomeBar(low=Decimal(10 * i), high=Decimal(10 * (i + 1)), chance=chance)
        for i, chance in enumerate(chances)
    ]


def test_a_bar_is_as_long_as_its_share_of_the_longest():
    message, *lines = outcome_lines(outcome(), bars(0.4, 0.3, 0.2, 0.1))

    assert message.endswith("mean $20.00, sd $10.00, p5 $5.00, p50 $15.00, p95 $39.00, P(profit) 30 %")
    assert [line.count("█") for line in lines] == [48, 36, 24, 12]
    assert [line.split("%")[1].strip() for line in lines] == ["p5", "p50", "price", "p95"]


def test_a_price_beyond_the_bars_is_reported_at_their_end():
    _, *lines = outcome_lines(outcome(price=900, p95=19), bars(0.5, 0.5))

    assert lines[-1].endswith("50.00% price $900.00 p50 p95")


def test_without_a_price_there_is_none_to_mark():
    message, *lines = outcome_lines(outcome(price=None, p_profit=None), bars(0.5, 0.5))

    assert "P(profit)" not in message
    assert not any("price" in line for line in lines)


def test_what_is_certain_is_stated_in_one_line():
    assert list(outcome_lines(outcome(), bars(1.0))) == [
        "Outcome: $20.00, from contents and prices that do not vary"
    ]


def test_what_has_no_value_has_no_outcome():
    assert list(outcome_lines(outcome(p50=None), [])) == []


@pytest.mark.parametrize(("chance", "end"), [(0.5 / 48, "▌"), (1.25 / 48, "█▎"), (0.0, "")])
def test_parts_of_a_block_are_eighths(chance: float, end: str):
    line = list(outcome_lines(outcome(), bars(1.0, chance)))[2]

    assert line.split("$10.00 ")[1][:48].rstrip() == end
