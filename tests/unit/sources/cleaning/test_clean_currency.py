"""ECB rates: the rate of the day or the last one before it, one rounding."""

from datetime import date
from decimal import Decimal

import pytest

from arb_pipeline.core.pricing.currency import Rates

FRIDAY = date(2024, 11, 29)
RECORDS = [
    {"time": "2024-11-29", "currency": "USD", "rate": "1.0562"},
    {"time": "2024-11-28", "currency": "USD", "rate": "1.0540"},
    {"time": "2024-11-29", "currency": "GBP", "rate": "0.83205"},
    {"time": "2024-11-29", "currency": "JPY", "rate": "158.74"},
]
RATES = Rates.from_records(RECORDS)


def test_euros_at_the_rate_of_the_day() -> None:
    # 0.07 x 1.0562 = 0.073934; 100 x 1.0562 = 105.62
    assert RATES.to_cents(Decimal("0.07"), "EUR", FRIDAY) == 7
    assert RATES.to_cents(Decimal(100), "EUR", FRIDAY) == 10562


def test_a_weekend_has_the_rate_of_the_friday_before_it() -> None:
    assert RATES.to_cents(Decimal(100), "EUR", date(2024, 12, 1)) == 10562


def test_a_later_rate_is_never_used() -> None:
    assert RATES.to_cents(Decimal(100), "EUR", date(2024, 11, 28)) == 10540
    assert RATES.to_cents(Decimal(100), "EUR", date(2024, 11, 27)) is None


def test_a_rate_holds_seven_days_and_not_eight() -> None:
    assert RATES.converts("EUR", date(2024, 12, 6))
    assert not RATES.converts("EUR", date(2024, 12, 7))
    assert RATES.to_cents(Decimal(1), "EUR", date(2024, 12, 7)) is None


def test_another_currency_goes_through_the_euro() -> None:
    # 10 GBP / 0.83205 x 1.0562 = 12.69394868 dollars; 1,000 JPY / 158.74 x 1.0562 = 6.6536475
    assert RATES.to_cents(Decimal(10), "GBP", FRIDAY) == 1269
    assert RATES.to_cents(Decimal(1000), "JPY", FRIDAY) == 665


def test_dollars_need_no_rate() -> None:
    assert Rates().to_cents(Decimal("12.34"), "USD", FRIDAY) == 1234
    assert Rates().converts("USD", FRIDAY)
    assert not Rates().converts("EUR", FRIDAY)


def test_a_half_cent_goes_away_from_zero() -> None:
    assert Rates().to_cents(Decimal("1.005"), "USD", FRIDAY) == 101
    assert Rates().to_cents(Decimal("1.015"), "USD", FRIDAY) == 102
    assert Rates().to_cents(Decimal("-1.005"), "USD", FRIDAY) == -101


def test_a_cent_is_rounded_once() -> None:
    # 1.00 EUR x 1.00449 = 100.449 cents: rounding to mills first would make 101 of 100.45.
    rates = Rates.from_records([{"time": "2024-11-29", "currency": "USD", "rate": "1.004499"}])
    assert rates.to_cents(Decimal(1), "EUR", FRIDAY) == 100


def test_an_unknown_currency_has_no_rate() -> None:
    assert RATES.to_cents(Decimal(1), "XXX", FRIDAY) is None
    assert RATES.currencies == ("EUR", "GBP", "JPY", "USD")


def test_order_of_the_records_does_not_matter() -> None:
    assert Rates.from_records(reversed(RECORDS)) == RATES


@pytest.mark.parametrize(
    "record",
    [
        {"time": "yesterday", "currency": "USD", "rate": "1"},
        {"time": "2024-11-29", "currency": "USD", "rate": "one"},
        {"time": "2024-11-29", "currency": "USD"},
        {"time": "2024-11-29", "currency": "USD", "rate": "0"},
        {"time": "2024-11-29", "currency": "USD", "rate": "-1.05"},
        {"time": "2024-11-29", "currency": "USD", "rate": "NaN"},
    ],
)
def test_a_wrong_rate_stops_everything(record: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="rate"):
        Rates.from_records([record])
