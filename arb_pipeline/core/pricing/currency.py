"""Foreign money in US cents, at the ECB's reference rates: units of a currency for one euro, by day."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any

EURO = "EUR"
DOLLAR = "USD"
MAX_AGE = timedelta(days=7)
"""The ECB's longest pause is Easter's four days; a rate that is older was discontinued, or we missed it."""
DIGITS = 50
"""Digits of a quotient: enough for two rates of ten digits and an amount without an error of a cent."""
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates by currency, ascending by day."""

    days: Mapping[str, list[date]] = field(default_factory=dict)
    values: Mapping[str, list[Decimal]] = field(default_factory=dict)

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, Any]]) -> "Rates":
        """From records `{time, currency, rate}`; of one day's two rates the later record counts.

        Raises:
            ValueError: a record is no rate. One wrong rate misprices every product in its currency.
        """
        by_currency: dict[str, dict[date, Decimal]] = {}
        for record in records:
            day, currency, rate = _rate(record)
            by_currency.setdefault(currency, {})[day] = rate
        ordered = {currency: sorted(rates.items()) for currency, rates in by_currency.items()}
        return cls(
            days={currency: [day for day, _ in rates] for currency, rates in ordered.items()},
            values={currency: [rate for _, rate in rates] for currency, rates in ordered.items()},
        )

    @property
    def currencies(self) -> tuple[str, ...]:
        """All known currencies; USD and EUR are known without a rate."""
        return tuple(sorted({EURO, DOLLAR, *self.days}))

    def per_euro(self, currency: str, day: date) -> Decimal | None:
        """The rate of the day or the last one before it; None where that is older than a week."""
        if currency == EURO:
            return ONE
        days = self.days.get(currency, [])
        at = bisect_right(days, day) - 1
        if at < 0 or day - days[at] > MAX_AGE:
            return None
        return self.values[currency][at]

    def converts(self, currency: str, day: date) -> bool:
        """True if a currency converts to US dollars."""
        return currency == DOLLAR or None not in (self.per_euro(currency, day), self.per_euro(DOLLAR, day))

    def to_cents(self, amount: Decimal, currency: str, day: date) -> int | None:
        """US cents, rounded once, half away from zero; None without a rate. Dollars need none."""
        is_dollar = currency == DOLLAR
        theirs = ONE if is_dollar else self.per_euro(currency, day)
        dollars = ONE if is_dollar else self.per_euro(DOLLAR, day)
        if theirs is None or dollars is None:
            return None
        with localcontext(prec=DIGITS):
            return int((amount * 100 * dollars / theirs).quantize(ONE, rounding=ROUND_HALF_UP))


def _rate(record: Mapping[str, Any]) -> tuple[date, str, Decimal]:
    try:
        day, currency = date.fromisoformat(str(record["time"])), str(record["currency"])
        rate = Decimal(str(record["rate"]))
    except (KeyError, ValueError, InvalidOperation) as error:
        msg = f"{dict(record)!r} is no rate of the ECB: it has to have time (a day), currency and rate"
        raise ValueError(msg) from error
    if not rate.is_finite() or rate <= 0:
        msg = f"The ECB's rate of {currency} on {day} is {rate}; it has to be above 0. Fetch the rates again."
        raise ValueError(msg)
    return day, currency, rate
