"""What is expected of the mart's tables as a whole: distributions, and limits of what can be believed.

Sums and keys are dbt's tests. A blocking expectation keeps a mart from being published; the others warn.
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
        "A mart without a valued product is no mart.",
        {"min_value": 1},
    ),
    Expected(
        "sealed_valuations",
        "expect_prices_above_zero",
        BETWEEN,
        "A product that costs nothing is a wrong price.",
        {"column": "sealed_price", "min_value": 0, "strict_min": True},
    ),
    Expected(
        "sealed_valuations",
        "expect_values_not_negative",
        BETWEEN,
        "Cards that would net less than nothing are not sold.",
        {"column": "singles_value", "min_value": 0},
    ),
    Expected(
        "sealed_valuations",
        "expect_margins_to_be_believable",
        BETWEEN,
        "No more is lost than was paid; all but 1 in 100 margins are under 500 %.",
        {"column": "margin_percentage", "min_value": -100, "max_value": 500, "mostly": 0.99},
        blocking=False,
    ),
    Expected(
        "sealed_valuations",
        "expect_most_margins_to_be_losses",
        "ExpectColumnMedianToBeBetween",
        "At retail nearly every product is worth less opened than closed.",
        {"column": "margin_percentage", "min_value": -100, "max_value": 10},
        blocking=False,
    ),
    Expected(
        "sealed_valuations",
        "expect_some_values",
        KNOWN,
        "One product in ten or more has a value: else contents or prices are missing at large.",
        {"column": "singles_value", "min_value": 0.1},
        blocking=False,
    ),
    Expected(
        "opportunities",
        "expect_reasons",
        "ExpectColumnValueLengthsToBeBetween",
        "Every opportunity says why it is one.",
        {"column": "why", "min_value": 20},
    ),
    Expected(
        "opportunities",
        "expect_margins_to_be_believable",
        BETWEEN,
        "A margin above 300 % is a wrong price until somebody has looked.",
        {"column": "margin_percentage", "min_value": 0, "max_value": 300},
        blocking=False,
    ),
    Expected(
        "opportunity_history",
        "expect_confidence",
        BETWEEN,
        "Every opportunity, past or present, has a confidence from 0 to 1.",
        {"column": "confidence_score", "min_value": 0, "max_value": 1},
    ),
    Expected(
        "singles_breakdown",
        "expect_shares",
        BETWEEN,
        "A card carries a part of its product.",
        {"column": "value_share", "min_value": 0, "max_value": 1, "strict_min": True},
    ),
    Expected(
        "singles_breakdown",
        "expect_cards_in_contents",
        KNOWN,
        "Nearly all cards are still listed in the contents of their product.",
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
        "Prices above 100,000 are looked at.",
        {"column": "price", "min_value": 0, "max_value": 100_000},
        blocking=False,
    ),
    Expected("source_health", "expect_rows", ROWS, "Some source has been loaded.", {"min_value": 1}),
    Expected(
        "source_health",
        "expect_sources_to_keep_up",
        BETWEEN,
        "No source is more than three days behind the newest.",
        {"column": "days_behind", "min_value": 0, "max_value": 3},
        blocking=False,
    ),
    Expected("daily_summary", "expect_rows", ROWS, "Some day is summed up.", {"min_value": 1}),
)
