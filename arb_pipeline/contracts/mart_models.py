"""Models of the mart: columns of the declared tables, and those that the mart computes, declared here.

`make columns` writes them to the YAML of dbt, to its macros and to docs/mart.md. The tests of a whole model
are in its YAML, and stay as written.
"""

from dataclasses import replace
from typing import Any

from arb_pipeline.contracts.columns import (
    ARBITRAGE_OPPORTUNITIES,
    OPPORTUNITY_FIGURES,
    PRICE_HISTORY,
    PRODUCTS,
    SEALED_VALUATIONS,
    VALUATION_SINGLES,
)
from arb_pipeline.contracts.schema import (
    BOOLEAN,
    COUNT,
    DAY,
    MONEY,
    SHARE,
    SUM,
    TEXT,
    WHEN,
    WIDE_COUNT,
    WIDE_PERCENT,
    Column,
    Shown,
    Table,
    in_order,
)

NOT_NULL = "not_null"
UNIQUE = "unique"


def _ranked(name: str, description: str, descending: str, **more: Any) -> dict[str, Any]:
    """Test that ranks are 1, 2, 3 ... in the descending order of a column."""
    arguments = {"descending": descending, **more}
    return {"ranked_from_one": {"name": name, "description": description, "arguments": arguments}}


def _plain(name: str, kind: Any, meaning: str, *tests: Any, nullable: bool = True, **more: Any) -> Column:
    """Column that the mart computes."""
    return Column(name, kind, meaning, Shown.USERS, nullable=nullable, mart_tests=tests, **more)


def _of(table: Table, *names: str) -> list[Column]:
    return [table[name] for name in names]


def _others(table: Table, *named: str) -> tuple[Column, ...]:
    """Columns that a table shows in the mart, but for those named."""
    return tuple(column for column in table.shown(Shown.MART) if column.name not in named)


PRODUCT_NAMES = (
    replace(PRODUCTS["name"], name="product_name", mart_tests=(NOT_NULL,)),
    replace(PRODUCTS["category"], mart_tests=(NOT_NULL,)),
    *_of(PRODUCTS, "set_code", "set_name", "kind", "tcg_product_id"),
)
"""Columns of the sealed product: the macro `named`."""

_LIST_ORDER = (
    *("sealed_price", "sealed_list_price", "sealed_source", "gross_singles_value", "singles_value", "profit"),
    *(
        "margin_percentage",
        "confidence_score",
        "risk_level",
        "competition_level",
        "seller_count",
        "rank_score",
    ),
    *("outcome_mean", "outcome_sd", "p5", "p50", "p95", "p_profit", "priced_share", "flags", "why"),
)
"""Order of the first marts, kept."""
FIGURES = tuple(replace(column, mart_tests=()) for column in in_order(OPPORTUNITY_FIGURES, _LIST_ORDER))
_LISTED = tuple(
    replace(column, mart_tests=(NOT_NULL,)) if column.name == "why" else column for column in FIGURES
)

OPPORTUNITY_ID = replace(ARBITRAGE_OPPORTUNITIES["id"], name="opportunity_id", mart_tests=(NOT_NULL, UNIQUE))
CONFIRMED_ON = replace(ARBITRAGE_OPPORTUNITIES["as_of"], name="confirmed_on")
DAYS_LISTED = _plain(
    "days_listed", COUNT, "Number of days from its opening to its latest confirmation, both included."
)
TO_BUY = replace(ARBITRAGE_OPPORTUNITIES["sealed_product_id"], name="product_id", mart_tests=(NOT_NULL,))

OPPORTUNITIES = Table(
    "opportunities",
    "Active opportunities, best first. One row per product. Amounts are in US dollars.",
    (
        _plain(
            "rank",
            COUNT,
            "Rank in the list, by rank_score, then profit; 1 is the best.",
            NOT_NULL,
            _ranked(
                "opportunities_ranks_are_dense_and_follow_the_score",
                "Ranks are 1, 2, 3 ... without a gap, in the order of the score.",
                "rank_score",
            ),
        ),
        replace(
            OPPORTUNITY_ID,
            mart_tests=(
                *(NOT_NULL, UNIQUE),
                {
                    "relationships": {
                        "arguments": {"to": "ref('opportunity_history')", "field": "opportunity_id"}
                    }
                },
            ),
        ),
        replace(TO_BUY, mart_tests=(NOT_NULL, UNIQUE)),
        *PRODUCT_NAMES,
        *_LISTED,
        ARBITRAGE_OPPORTUNITIES["opened_on"],
        CONFIRMED_ON,
        _plain(
            "age_days",
            COUNT,
            "Days from its prices to the build of the mart. Beyond prices.stale_days, buy nothing at them.",
            NOT_NULL,
        ),
        DAYS_LISTED,
        ARBITRAGE_OPPORTUNITIES["expires_at"],
    ),
)

OPPORTUNITY_HISTORY = Table(
    "opportunity_history",
    "All opportunities, past and present, with their life and result. One row per opportunity. Figures are"
    " those of its latest confirmation, in US dollars.",
    (
        OPPORTUNITY_ID,
        TO_BUY,
        *PRODUCT_NAMES,
        *_of(ARBITRAGE_OPPORTUNITIES, "status", "opened_on"),
        CONFIRMED_ON,
        _plain("ended_on", DAY, "Day on which it expired, was executed or was cancelled."),
        DAYS_LISTED,
        _plain(
            "changes",
            COUNT,
            "Number of its events: opened, confirmed on a new day or with new figures, ended.",
        ),
        _plain("opening_price", MONEY, "sealed_price when it was opened."),
        _plain("opening_profit", MONEY, "profit when it was opened."),
        _plain("best_profit", MONEY, "Highest profit of its life."),
        *FIGURES,
        _plain("expired_because", TEXT, "Reason of its expiry, if it expired."),
        *_of(ARBITRAGE_OPPORTUNITIES, "expires_at", "execution_quantity", "execution_price", "executed_at"),
        *_of(ARBITRAGE_OPPORTUNITIES, "realised_value", "realised_at"),
        _plain("realised_profit", SUM, "realised_value - what all purchases cost."),
    ),
)

VALUATIONS = Table(
    "sealed_valuations",
    "Valued products of the last 90 days, published or not, with the reasons. One row per product and day."
    " Null: not enough data. Amounts are in US dollars.",
    (
        *_of(SEALED_VALUATIONS, "product_id", "as_of"),
        _plain("is_newest", BOOLEAN, "True for the newest analysed day of its game."),
        *PRODUCT_NAMES,
        *_others(SEALED_VALUATIONS, "product_id", "as_of"),
    ),
)

_BREAKDOWN_FIRST = ("product_id", "as_of", "rank", "single_product_id", "printing", "is_foil")

SINGLES_BREAKDOWN = Table(
    "singles_breakdown",
    "Highest-value cards: the 20 cards with the most net value in each product with a value, on the newest"
    " day of its game. One row per product and rank. Amounts are in US dollars.",
    (
        VALUATION_SINGLES["product_id"],
        replace(
            VALUATION_SINGLES["rank"],
            mart_tests=(
                NOT_NULL,
                _ranked(
                    "singles_breakdown_ranks_are_dense_and_follow_the_value",
                    "Ranks of a product are 1, 2, 3 ... in the order of the value.",
                    "value",
                    within=["product_id"],
                ),
            ),
        ),
        VALUATION_SINGLES["as_of"],
        replace(PRODUCTS["name"], name="product_name"),
        *_of(PRODUCTS, "category", "set_code"),
        *_of(SEALED_VALUATIONS, "published", "sealed_price", "singles_value"),
        VALUATION_SINGLES["single_product_id"],
        replace(
            PRODUCTS["name"],
            name="card_name",
            meaning="Name of the card, as its source writes it.",
            mart_tests=(NOT_NULL,),
        ),
        replace(PRODUCTS["set_code"], name="card_set_code", meaning="Code of the set of the card."),
        *_of(VALUATION_SINGLES, "printing", "is_foil"),
        _plain(
            "is_guaranteed",
            BOOLEAN,
            "True if always inside, false if drawn at random. Null: the contents have changed since.",
        ),
        *_others(VALUATION_SINGLES, *_BREAKDOWN_FIRST, "value_share"),
        replace(
            VALUATION_SINGLES["value_share"],
            mart_tests=(
                {
                    "sums_to_at_most_one": {
                        "name": "singles_breakdown_shares_sum_to_at_most_one",
                        "description": "The shares of a product's cards sum to 1 at most.",
                        "arguments": {"within": ["product_id"]},
                    }
                },
            ),
        ),
        _plain("cumulative_share", SHARE, "Share of the net value of this card and those before it."),
    ),
)

PRICE_DAILY = Table(
    "price_daily",
    "Last price of each of the last 30 days, of sealed products and of their highest-value cards. One row per"
    " product, source, kind of price, printing, condition, language and day.",
    (
        replace(PRICE_HISTORY["product_id"], mart_tests=(NOT_NULL,)),
        _plain("day", DAY, "Day of the price (UTC).", NOT_NULL),
        *(replace(PRICE_HISTORY[name], mart_tests=(NOT_NULL,)) for name in ("source", "price_type")),
        *_of(PRICE_HISTORY, "printing", "condition", "language"),
        replace(
            PRODUCTS["name"],
            name="product_name",
            meaning="Name of the product or card, as its source writes it.",
        ),
        *_of(PRODUCTS, "category", "set_code", "product_type"),
        replace(PRICE_HISTORY["price"], mart_tests=(NOT_NULL,)),
        *_of(PRICE_HISTORY, "currency", "shipping_cost", "seller_count", "available_quantity", "recorded_at"),
    ),
)

SOURCE_HEALTH = Table(
    "source_health",
    "State of each source: its newest load, the share of rejected records, the days behind the newest source."
    " One row per source and game.",
    (
        _plain("source", TEXT, "Source of the prices.", NOT_NULL),
        _plain("category", TEXT, "Game, or all if the records do not name it.", NOT_NULL),
        _plain("oldest_day", DAY, "First loaded day."),
        _plain("newest_day", DAY, "Last loaded day.", NOT_NULL),
        _plain("days_behind", COUNT, "Number of days between newest_day and the newest day of any source."),
        _plain("last_loaded_at", WHEN, "Time of the latest load."),
        _plain("loads", COUNT, "Number of loads."),
        _plain("rows_raw", WIDE_COUNT, "Records of the newest load: accepted + duplicate + quarantined."),
        _plain("rows_accepted", WIDE_COUNT, "Records of the newest load that became observations."),
        _plain(
            "rows_duplicate", WIDE_COUNT, "Records of the newest load that repeat another of its package."
        ),
        _plain(
            "rows_quarantined", WIDE_COUNT, "Records of the newest load that were rejected, with a reason."
        ),
        _plain("quarantined_share", SHARE, "rows_quarantined / rows_raw. Null: the load was empty."),
        _plain("accepted_in_all", WIDE_COUNT, "Accepted records of all loads."),
        _plain("quarantined_in_all", WIDE_COUNT, "Rejected records of all loads."),
    ),
)

DAILY_SUMMARY = Table(
    "daily_summary",
    "Number of products valued and published, of opportunities opened and ended. One row per analysed day of"
    " the last 90 and game. Amounts are in US dollars.",
    (
        replace(SEALED_VALUATIONS["as_of"], mart_tests=(NOT_NULL,)),
        replace(PRODUCTS["category"], mart_tests=(NOT_NULL,)),
        _plain("products_valued", COUNT, "Number of products with a price or contents."),
        _plain("products_complete", COUNT, "Number of these whose contents are completely known."),
        _plain("products_with_value", COUNT, "Number of these with a value."),
        _plain("products_with_margin", COUNT, "Number of these with a value and an offer."),
        _plain("published", COUNT, "Number of products that became or remained an opportunity."),
        _plain("median_margin", WIDE_PERCENT, "Median margin of products_with_margin."),
        _plain("best_margin", WIDE_PERCENT, "Highest margin of the published products."),
        _plain("published_profit", SUM, "Sum of the profits of the published products, one piece each."),
        _plain("opened", COUNT, "Number of opportunities that the analysis of the day opened."),
        _plain("ended", COUNT, "Number of opportunities that ended on the day."),
        _plain(
            "prices_accepted", WIDE_COUNT, "Observations loaded for the day, from sources that name the game."
        ),
        _plain("prices_quarantined", WIDE_COUNT, "Records of these sources that were rejected."),
    ),
)

PORTFOLIO = Table(
    "portfolio",
    "Purchases with their forecast, their sales, and what is unsold at today's nets. One row per purchase,"
    " all pieces together. The buyer is not named. Amounts are in US dollars.",
    (
        replace(
            ARBITRAGE_OPPORTUNITIES["id"],
            name="purchase_id",
            meaning="Identifier of the purchase.",
            mart_tests=(NOT_NULL, UNIQUE),
        ),
        replace(ARBITRAGE_OPPORTUNITIES["id"], name="opportunity_id", mart_tests=(NOT_NULL,)),
        replace(TO_BUY, meaning="Sealed product that was bought."),
        *PRODUCT_NAMES,
        _plain("bought_on", DAY, "Day of the purchase (UTC).", NOT_NULL),
        _plain("quantity", COUNT, "Number of pieces bought.", NOT_NULL),
        _plain("pieces_left", COUNT, "Number of pieces neither resold unopened nor sold whole."),
        _plain("price", MONEY, "Landed cost paid per piece.", NOT_NULL),
        _plain("spent", SUM, "quantity x price.", NOT_NULL),
        _plain("forecast_as_of", DAY, "Day of the analysis whose forecast is kept."),
        _plain("forecast_value", SUM, "quantity x singles_value of that analysis."),
        _plain("forecast_profit", SUM, "forecast_value - spent."),
        _plain("p5", SUM, "5 % quantile of the net value of all pieces at the sale, as forecast."),
        _plain("p50", SUM, "Median of that value."),
        _plain("p95", SUM, "95 % quantile of that value."),
        _plain("sales", COUNT, "Number of recorded sales."),
        _plain("last_sold_on", DAY, "Day of the latest sale."),
        _plain("proceeds", SUM, "Net proceeds of its sales.", NOT_NULL),
        _plain("fees", SUM, "Fees and postage of sales whose gross is recorded."),
        _plain("is_final", BOOLEAN, "True if nothing of it is left to sell.", NOT_NULL),
        _plain("realised_profit", SUM, "proceeds - spent, once it is final."),
        _plain("forecast_error", SUM, "proceeds - forecast_value, once it is final."),
        _plain(
            "is_within",
            BOOLEAN,
            "True if the proceeds lie within p5 to p95. Null: not final, or a piece was resold unopened.",
        ),
        _plain("current_value", SUM, "quantity x singles_value of the newest valuation."),
        _plain("current_as_of", DAY, "Day of that valuation."),
        _plain("unsold_value", SUM, "Part of current_value that is not sold; 0 once it is final."),
        _plain("unrealised_profit", SUM, "proceeds + unsold_value - spent, while it is not final."),
    ),
)

MART_MODELS = {
    model.name: model
    for model in (
        *(OPPORTUNITIES, OPPORTUNITY_HISTORY, VALUATIONS, SINGLES_BREAKDOWN),
        *(PRICE_DAILY, SOURCE_HEALTH, DAILY_SUMMARY, PORTFOLIO),
    )
}
"""Models of the mart by name, in the order of docs/mart.md."""

SELECTED = {
    "valuation_columns": _others(SEALED_VALUATIONS, "product_id", "as_of"),
    "opportunity_columns": _others(ARBITRAGE_OPPORTUNITIES),
    "opportunity_figures": FIGURES,
    "single_columns": _others(VALUATION_SINGLES, "product_id", "as_of", "rank", "single_product_id"),
}
"""Macro of dbt -> columns that it selects from the table of its alias."""
