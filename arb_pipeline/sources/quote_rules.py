"""Rules of valid records. A reason is `slug: sentence`; slugs are stable, counts are by slug."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.contracts.quotes import MAX_CENTS
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.raw_frames import COMMA, MARK

SCIENTIFIC = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
WHOLE = r"[0-9]{1,9}"
ADVICE = {
    "future": "Check this machine's clock, then the source's: the file is not used until that day.",
    "no_rate": "Run `arb fetch ecb`, then replay the record.",
    "unknown_currency": "If it is a currency, run `arb fetch ecb`; else report it to the source.",
    "decimal_comma": "`1,234` is ambiguous: add the source's format to its parser, then replay.",
    "contradiction": "None of them is used; the product keeps its last good price for 72 h.",
    "unreadable_row": "Correct the row or its mapping file, and fetch again.",
    "unknown_condition": "If it is sound, add it to the source's module in core/cleaning, and replay.",
}
REPORT = (
    "The record is left out; the product keeps its last good price for 72 h. "
    "Report it to the source if it stays."
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that every valid record meets."""

    broken: pl.Expr
    slug: str
    """Stable; alerts and counts use it."""
    sentence: str
    value: pl.Expr

    @property
    def reason(self) -> str:
        """Slug and sentence."""
        return f"{self.slug}: {self.sentence}"

    @property
    def advice(self) -> str:
        """Next step for the user."""
        return ADVICE.get(self.slug, REPORT)


def whole_rule(field: str) -> Rule:
    """Rejects values that are not whole numbers of things."""
    return Rule(
        _is_not(pl.col(field), WHOLE),
        "not_a_whole_number",
        f"{field} is no whole number of 9 digits at most",
        pl.col(field),
    )


def missing_rule(field: str, sentence: str) -> Rule:
    """Rejects records without a field."""
    return Rule(pl.col(field).fill_null("") == "", f"no_{field.strip('_').lower()}", sentence, pl.lit("null"))


def known_rule(column: pl.Expr, known: Sequence[str], slug: str, what: str) -> Rule:
    """Rejects unknown values; null passes."""
    return Rule(~column.is_in(list(known)), slug, f"{what} is none of {', '.join(known)}", column)


def _is_not(column: pl.Expr, pattern: str) -> pl.Expr:
    return ~column.str.contains(f"^(?:{pattern})$")


CONTRADICTION = Rule(
    pl.lit(value=False),
    "contradiction",
    "two records of one product, at one time, with different terms",
    pl.lit("see the other records of this product"),
)


def shared_rules(
    fields: Iterable[str], amounts: Mapping[str, bool], rates: Rates, days: pl.DataFrame
) -> list[Rule]:
    """Rules of every source.

    Args:
        fields: All fields that are not amounts.
        amounts: Fields of money -> whether they may be 0.
        rates: The ECB's.
        days: `_currency` and `_day` of the records.
    """
    currency = pl.col("_currency")
    is_priced = pl.any_horizontal(pl.col(field).is_not_null() for field in amounts)
    pairs = days.drop_nulls().unique().rows()
    without = [
        (code, day) for code, day in pairs if code in rates.currencies and not rates.converts(code, day)
    ]
    no_rate = pl.any_horizontal(
        pl.lit(value=False), *((currency == code) & (pl.col("_day") == day) for code, day in without)
    )
    rules = [
        Rule(
            pl.col(field).str.starts_with(MARK),
            "wrong_type",
            f"{field} has the wrong type",
            pl.col(field),
        )
        for field in fields
    ]
    rules += [
        missing_rule("_id", "the record does not say which product it is of"),
        known_rule(pl.col("_category"), tuple(CATEGORIES), "unknown_category", "the game"),
        Rule(
            is_priced & (currency.fill_null("") == ""), "no_currency", "no currency is stated", pl.lit("null")
        ),
        Rule(
            is_priced & ~currency.is_in(rates.currencies),
            "unknown_currency",
            f"the currency is none of {', '.join(rates.currencies)}",
            currency,
        ),
        Rule(
            is_priced & no_rate,
            "no_rate",
            "the ECB has no rate of the day, or of 7 days before it",
            pl.format("{} on {}", currency, "_day"),
        ),
    ]
    for field, may_be_zero in amounts.items():
        rules += _amount_rules(field, may_be_zero=may_be_zero)
    return rules


def _amount_rules(field: str, *, may_be_zero: bool) -> list[Rule]:
    text, cents = pl.col(field), pl.col(f"{field}_cents")
    rules = [
        (_is_not(text, f"{SCIENTIFIC}|{COMMA}"), "not_a_number", f"{field} is not a number"),
        (
            _is_not(text, SCIENTIFIC),
            "decimal_comma",
            f"{field} has a comma, where a dot is the source's way",
        ),
        (cents < 0, "negative", f"{field} is negative"),
        (text.str.contains("[1-9]") & (cents == 0), "below_a_cent", f"{field} is less than half a cent"),
        (cents > MAX_CENTS, "absurd", f"{field} is above $9,999,999.99"),
    ]
    if not may_be_zero:
        rules.append((cents == 0, "zero", f"{field} is 0"))
    return [Rule(broken, slug, sentence, text) for broken, slug, sentence in rules]
