"""Expectations on the mart's tables as a whole: distributions and limits of plausible values.

Sums and keys are dbt's tests. A blocking expectation prevents the publication of a mart; the others warn.
"""

from arb_pipeline.mart.expectations import Expected

ROWS = "ExpectTableRowCountToBeBetween"
BETWEEN = "ExpectColumnValuesToBeBetween"
KNOWN = "ExpectColumnProportionOfNonNullValuesToBeBetween"

EXPECTED = (
    Expected(
        "sealed_valuations",
        "expect_rows",
        ROWS,
        "The mart has at least one valued product.",
        {"min_value": 1},
    ),
    Expected(
        "sealed_valuations",
        "expect_prices_above_zero",
        BETWEEN,
        "A landed cost is above 0.",
        {"column": "sealed_price", "min_value": 0, "strict_min": True},
    ),
    Expected(
        "sealed_valuations",
        "expect_values_not_negative",
        BETWEEN,
        "A singles value is not negative.",
        {"column": "singles_value", "min_value": 0},
    ),
    Expected(
        "sealed_valuations",
        "expect_margins_to_be_believable",
        BETWEEN,
        "A margin is at least -100 %; at most 1 in 100 margins exceeds 500 %.",
        {"column": "margin_percentage", "min_value": -100, "max_value": 500, "mostly": 0.99},
        blocking=False,
    ),
    Expected(
        "sealed_valuations",
        "expect_most_margins_to_be_losses",
        "ExpectColumnMedianToBeBetween",
        "The median margin is negative or small: at retail most products are worth less opened than sealed.",
        {"column": "margin_percentage", "min_value": -100, "max_value": 10},
        blocking=False,
    ),
    Expected(
        "sealed_valuations",
        "expect_some_values",
        KNOWN,
        "At least one product in ten has a value. Otherwise contents or prices are missing.",
        {"column": "singles_value", "min_value": 0.1},
        blocking=False,
    ),
    Expected(
        "opportunities",
        "expect_reasons",
        "ExpectColumnValueLengthsToBeBetween",
        "Every opportunity has a reason.",
        {"column": "why", "min_value": 20},
    ),
    Expected(
        "opportunities",
        "expect_margins_to_be_believable",
        BETWEEN,
        "A margin above 300 % points to a wrong price.",
        {"column": "margin_percentage", "min_value": 0, "max_value": 300},
        blocking=False,
    ),
    Expected(
        "opportunity_history",
        "expect_confidence",
        BETWEEN,
        "The confidence score of every opportunity is between 0 and 1.",
        {"column": "confidence_score", "min_value": 0, "max_value": 1},
    ),
    Expected(
        "singles_breakdown",
        "expect_shares",
        BETWEEN,
        "The value share of a card is above 0 and at most 1.",
        {"column": "value_share", "min_value": 0, "max_value": 1, "strict_min": True},
    ),
    Expected(
        "singles_breakdown",
        "expect_cards_in_contents",
        KNOWN,
        "At least 95 % of the cards are in the current contents of their product.",
        {"column": "is_guaranteed", "min_value": 0.95},
        blocking=False,
    ),
    Expected(
        "price_daily",
        "expect_currencies",
        "ExpectColumnValuesToMatchRegex",
        "Currencies are ISO 4217 codes.",
        {"column": "currency", "regex": "^[A-Z]{3}$"},
    ),
    Expected(
        "price_daily",
        "expect_prices_to_be_believable",
        BETWEEN,
        "A price is at most 100,000.",
        {"column": "price", "min_value": 0, "max_value": 100_000},
        blocking=False,
    ),
    Expected("source_health", "expect_rows", ROWS, "At least one source is loaded.", {"min_value": 1}),
    Expected(
        "source_health",
        "expect_sources_to_keep_up",
        BETWEEN,
        "No source is more than three days behind the newest.",
        {"column": "days_behind", "min_value": 0, "max_value": 3},
        blocking=False,
    ),
    Expected("daily_summary", "expect_rows", ROWS, "At least one day is summarised.", {"min_value": 1}),
)
