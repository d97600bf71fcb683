"""Columns of tables and frames, each declared once. `schema` derives the rest from a declaration.

To add a column to a valuation:

1. Declare it in `SEALED_VALUATIONS`, at its place. `in_opportunity=True` if opportunities take it over.
2. Compute it: a column of that name in the frame that `core.valuation.sealed.value_sealed` selects.
3. Add a test of the number, worked by hand.
4. Add a migration: `ALTER TABLE sealed_valuations ADD COLUMN ...` (and `arbitrage_opportunities`, see 1).

Then `make columns openapi` rewrites the dbt files, the docs and the OpenAPI document. Frame contract,
SQLAlchemy table, mart, export, views of the services, models of the API and comments in PostgreSQL follow. A
column of the mart alone is declared in `mart_models`. Flags and the values of enumerations are in `enums`.
"""

from dataclasses import replace
from typing import Any

from arb_pipeline.contracts.categories import CATEGORIES, Category
from arb_pipeline.contracts.enums import (
    BUYABLE_PRICE_TYPES,
    CompetitionLevel,
    ExclusionReason,
    Exit,
    OpportunityEvent,
    OpportunityStatus,
    ProductType,
    RiskLevel,
)
from arb_pipeline.contracts.schema import (
    BOOLEAN,
    CHANCE,
    COUNT,
    DAY,
    FACTOR,
    ID,
    JSON,
    MONEY,
    PERCENT,
    REAL,
    SCORE,
    SHARE,
    SUM,
    TEXT,
    WHEN,
    WIDE_PERCENT,
    WORDS,
    Column,
    FrameType,
    Shown,
    Table,
    char,
    decimal,
    in_order,
    varchar,
)

GAMES = tuple(CATEGORIES)
KEPT = Shown.TABLE | Shown.API
"""Places of a column that the database fills: table and API, not results."""
PRINTINGS = "Printing: normal, foil, holofoil, reverse_holofoil, 1st_edition ..."

CREATED = Column("created_at", WHEN, "Time of the first write of the row.", KEPT, default="now()")
UPDATED = Column("updated_at", WHEN, "Time of the last change of a value of the row.", KEPT, default="now()")
AS_OF = Column("as_of", DAY, "Day of the analysis.", key=True)


def own_id(meaning: str = "Identifier, derived from the natural key.", shown: Shown = Shown.STORED) -> Column:
    """Primary key of a table."""
    return Column("id", ID, meaning, shown, key=True, default="gen_random_uuid()")


PRODUCTS = Table(
    "products",
    "Sealed products and single cards.",
    (
        replace(own_id("Product identifier, derived from game, set and name."), shown=Shown.EVERYWHERE),
        Column("name", varchar(500), "Name of the product, as its source writes it."),
        Column("set_name", varchar(200), "Name of the set or expansion.", nullable=True),
        Column("set_code", varchar(20), "Code of the set, such as MH3.", nullable=True),
        Column("release_date", DAY, "First day of sale.", nullable=True),
        Column("language", varchar(30), "Language of the printed text.", default="'English'"),
        Column("product_type", varchar(50), "Kind of the row.", enum=ProductType),
        Column(
            "kind",
            varchar(40),
            "Kind of the product, as its source names it: booster_box, deck, card ...",
            nullable=True,
        ),
        Column("category", varchar(50), "Game: mtg, pokemon or yugioh.", values=GAMES, python=Category),
        Column(
            "tcg_product_id",
            varchar(100),
            "Product identifier at TCGplayer.",
            nullable=True,
            unique_in_table=True,
        ),
        Column("ebay_product_id", varchar(100), "Product identifier at eBay.", Shown.STORED, nullable=True),
        Column("amazon_asin", varchar(20), "Product identifier at Amazon.", Shown.STORED, nullable=True),
        Column("description", TEXT, "Description of the product.", Shown.STORED, nullable=True),
        Column("image_url", varchar(500), "Address of a picture.", Shown.STORED, nullable=True),
        Column(
            "is_active",
            BOOLEAN,
            "False once withdrawn. Rows are never deleted.",
            Shown.STORED,
            default="true",
        ),
        Column(
            "is_featured", BOOLEAN, "True if a person put it on top of lists.", Shown.STORED, default="false"
        ),
        CREATED,
        UPDATED,
    ),
)

PRODUCT_IDENTITY = ("product_id", "category", "set_code", "name", "tcg_product_id")
"""Columns that begin each row of an export."""

PRICE_HISTORY = Table(
    "price_history",
    "Price observations after cleaning, partitioned by month (UTC).",
    (
        replace(own_id("Identifier of the row, derived from its natural key."), shown=Shown.TABLE),
        Column("product_id", ID, "Product that is priced.", Shown.STORED, references="products.id"),
        Column(
            "price",
            MONEY,
            "Price per piece, without shipping.",
            Shown.STORED,
            ge=0,
            checked=True,
            unit="`currency`",
        ),
        Column(
            *(
                "condition",
                varchar(20),
                "Condition: near_mint ...; unopened for a sealed product.",
                Shown.STORED,
            ),
            default="'near_mint'",
        ),
        Column("printing", varchar(30), PRINTINGS, Shown.STORED, default="'normal'"),
        Column("language", varchar(30), "Language of the offer.", Shown.STORED, default="'English'"),
        Column("currency", char(3), "Currency, an ISO 4217 code.", Shown.STORED, default="'USD'"),
        Column("source", varchar(50), "Source: tcgplayer, cardkingdom, ebay, amazon ...", Shown.STORED),
        Column("source_url", varchar(500), "Address of the offer.", Shown.STORED, nullable=True),
        Column("seller_count", COUNT, "Number of sellers that offer it.", Shown.STORED, nullable=True),
        Column(
            "available_quantity",
            COUNT,
            "Number of pieces on offer; for a buylist, wanted.",
            Shown.STORED,
            nullable=True,
        ),
        Column(
            "shipping_cost", MONEY, "Shipping to the buyer.", Shown.STORED, nullable=True, unit="`currency`"
        ),
        Column(
            "price_type",
            varchar(20),
            "Kind of price: market, low, mid, high, trend, buylist ...",
            Shown.STORED,
            default="'market'",
        ),
        Column("is_foil", BOOLEAN, "True for a foil printing of any kind.", Shown.STORED, default="false"),
        Column(
            *(
                "confidence_level",
                varchar(20),
                "Quality of the observation: high, medium or low.",
                Shown.STORED,
            ),
            values=RiskLevel.values(),
            default="'high'",
        ),
        Column(
            "data_source_quality",
            SCORE,
            "Quality of the source and field, 0 to 1.",
            Shown.STORED,
            default="1.0",
        ),
        Column(
            "recorded_at", WHEN, "Time at which the price was valid.", Shown.STORED, key=True, default="now()"
        ),
        CREATED,
        Column(
            "fetched_at",
            WHEN,
            "Time of the download. Of two rows with one key the later is kept.",
            KEPT,
            nullable=True,
        ),
    ),
)

PRODUCT_SINGLES = Table(
    "product_singles",
    "Expected contents of a sealed product: one row per card, printing, pack and sheet.",
    (
        replace(own_id(), shown=Shown.TABLE),
        Column(
            *("sealed_product_id", ID, "Sealed product that is opened."),
            frame_type=FrameType.SEALED_IDS,
            references="products.id",
        ),
        Column("single_product_id", ID, "Card inside.", references="products.id", index=True),
        Column(
            "is_foil", BOOLEAN, "True for a foil. Foil and plain copies are separate rows.", default="false"
        ),
        Column("printing", varchar(30), PRINTINGS, default="'normal'"),
        Column(
            "card_id",
            TEXT,
            "Card and printing as one key for joins.",
            Shown.FRAME,
            frame_type=FrameType.CARD_IDS,
        ),
        Column("quantity", COUNT, "Number of packs, of draws, or of guaranteed copies.", ge=1, default="1"),
        Column("guaranteed", BOOLEAN, "True if always inside, false if drawn at random.", default="true"),
        Column("rarity", varchar(20), "Rarity as printed.", nullable=True),
        Column(
            *(
                "pull_probability",
                decimal(14, 10),
                "Expected copies per pack or draw; may exceed 1. 1 if guaranteed.",
            ),
            ge=0,
            null_in_table=True,
        ),
        Column(
            "expected_copies",
            REAL,
            "Expected copies in one product: quantity x pull_probability.",
            ge=0,
            default="1",
        ),
        Column("pack", varchar(80), "Kind of pack that holds the card; empty if guaranteed.", default="''"),
        Column(
            *(
                "sheet",
                varchar(120),
                "Print sheet of the card; empty if guaranteed, 'variable' in a mixture.",
            ),
            default="''",
        ),
        CREATED,
        UPDATED,
    ),
)


def _factor(name: str, meaning: str) -> Column:
    return Column(name, FACTOR, f"Confidence factor, 0 to 1: {meaning}", ge=0, le=1, null_in_table=True)


SEALED_VALUATIONS = Table(
    "sealed_valuations",
    "One row per sealed product and analysed day, published or not. Null: not enough data.",
    (
        Column(
            *("product_id", ID, "Sealed product.", Shown.EVERYWHERE & ~Shown.EXPORT),
            unique=True,
            key=True,
            references="products.id",
            mart_tests=("not_null",),
        ),
        replace(AS_OF, mart_tests=("not_null",)),
        Column(
            "sealed_price",
            MONEY,
            "Lowest landed cost of one product: price, shipping and tax. Null: no usable offer.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            *("sealed_list_price", MONEY, "Price of that offer, without shipping and tax."),
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            *(
                "sealed_source",
                varchar(50),
                "Source of that offer: tcgplayer, cardkingdom, a distributor ...",
            ),
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            *("sealed_quantity", COUNT, "Number of pieces of that offer. Null: its source states none."),
            nullable=True,
            ge=0,
            in_opportunity=True,
        ),
        Column(
            "market_price", MONEY, "Market price of the sealed product, from recent sales.", nullable=True
        ),
        Column(
            "gross_singles_value",
            SUM,
            "Expected copies x reference price, summed over all cards, before fees.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "singles_value",
            SUM,
            "Net proceeds of the expected copies in their best channels, after fees and postage.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "profit",
            SUM,
            "Expected profit: singles_value - sealed_price.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "margin_percentage",
            WIDE_PERCENT,
            "Expected margin: 100 x profit / sealed_price.",
            nullable=True,
            frame_name="margin_bps",
            in_opportunity=True,
        ),
        Column(
            *("priced_share", SHARE, "Share of the expected cards that have a price, 0 to 1."),
            nullable=True,
            ge=0,
            le=1,
            in_opportunity=True,
        ),
        Column("contents_complete", BOOLEAN, "True if all contents are known. Otherwise there is no value."),
        Column(
            *("unknown_parts", WORDS, "Parts of the contents that could not be resolved."),
            default="'{}'",
            separator="; ",
        ),
        Column(
            "extras", COUNT, "Number of parts without a price, such as dice. They count as 0.", default="0"
        ),
        Column(
            "confidence_score",
            SCORE,
            "Weighted mean of the confidence factors, 0 to 1. It is not a probability.",
            ge=0,
            le=1,
            null_in_table=True,
            in_opportunity=True,
        ),
        _factor("price_stability", "how little prices moved."),
        _factor("seller_count_factor", "how few sellers offer the product."),
        _factor("volume_history", "on how many days there was trading."),
        _factor("margin_size", "how large, and how plausible, the margin is."),
        Column("missing_factors", WORDS, "Confidence factors without data; each counts 0.5.", default="'{}'"),
        Column(
            *("seller_count", COUNT, "Number of sellers of the sealed product."),
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            *("risk_level", varchar(20), "Risk class, from confidence and margin."),
            enum=RiskLevel,
            null_in_table=True,
            in_opportunity=True,
        ),
        Column(
            *("competition_level", varchar(20), "Competition class, from the number of sellers."),
            enum=CompetitionLevel,
            null_in_table=True,
            in_opportunity=True,
        ),
        Column(
            "rank_score",
            REAL,
            "Sort key of the list; the highest is best.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            *("horizon_days", COUNT, "Days from the analysis to the sale that the distribution is for."),
            nullable=True,
            ge=1,
            in_opportunity=True,
        ),
        Column(
            *("outcome_mean", SUM, "Mean net value at the sale, of one product opened."),
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            *("outcome_sd", SUM, "Standard deviation of the net value at the sale: contents and prices."),
            nullable=True,
            ge=0,
            in_opportunity=True,
        ),
        Column(
            *("contents_sd", SUM, "Standard deviation from the contents alone. 0: all are guaranteed."),
            nullable=True,
            ge=0,
            in_opportunity=True,
        ),
        Column(
            *("price_sd", SUM, "Standard deviation from the movement of prices up to the sale alone."),
            nullable=True,
            ge=0,
            in_opportunity=True,
        ),
        Column("p5", SUM, "5 % quantile of the net value at the sale.", nullable=True, in_opportunity=True),
        Column("p50", SUM, "Median net value at the sale.", nullable=True, in_opportunity=True),
        Column("p95", SUM, "95 % quantile of the net value at the sale.", nullable=True, in_opportunity=True),
        Column(
            *("p_profit", CHANCE, "Probability that the net value at the sale exceeds sealed_price."),
            nullable=True,
            ge=0,
            le=1,
            in_opportunity=True,
        ),
        Column(
            "quick_sale_value",
            SUM,
            "Net proceeds of the expected copies if each undercuts the lowest ask.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "quick_sale_margin_percentage",
            WIDE_PERCENT,
            "Margin of that exit: 100 x (quick_sale_value - sealed_price) / sealed_price.",
            nullable=True,
            frame_name="quick_sale_margin_bps",
            in_opportunity=True,
        ),
        Column(
            "cash_value",
            SUM,
            "Proceeds of the copies that buylists take today. Null: no buylist has a price.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "resale_value",
            SUM,
            "Net proceeds of the sealed product resold unopened, in its best channel: at its market price, or"
            " just under the lowest other ask there.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "resale_p5",
            SUM,
            "5 % quantile of the net proceeds resold unopened, at the sale.",
            nullable=True,
            in_opportunity=True,
        ),
        Column(
            "resale_p95", SUM, "95 % quantile of the same net proceeds.", nullable=True, in_opportunity=True
        ),
        Column(
            *("exit", varchar(20), "Sale that the purchase rests on. Null: neither pays by the limits."),
            enum=Exit,
            nullable=True,
            in_opportunity=True,
        ),
        Column("published", BOOLEAN, "True if the product became an opportunity.", default="false"),
        Column("flags", WORDS, "Warnings; empty if there are none.", default="'{}'", in_opportunity=True),
        Column(
            "why",
            TEXT,
            "Reasons for or against publication, in words.",
            null_in_table=True,
            in_opportunity=True,
        ),
        CREATED,
        UPDATED,
    ),
)

_OPPORTUNITY_ORDER = (
    *("sealed_price", "sealed_list_price", "sealed_source", "gross_singles_value", "singles_value", "profit"),
    *(
        "margin_percentage",
        "confidence_score",
        "risk_level",
        "seller_count",
        "competition_level",
        "rank_score",
    ),
    *("outcome_mean", "outcome_sd", "p5", "p50", "p95", "p_profit", "priced_share", "flags", "why"),
)
"""Order of the first exports, kept. A new figure follows the one that it follows in `SEALED_VALUATIONS`."""
_OF_OPPORTUNITIES: dict[str, dict[str, Any]] = {
    "sealed_price": {"nullable": False},
    "gross_singles_value": {"kind": MONEY},
    "singles_value": {"kind": MONEY, "nullable": False},
    "profit": {"kind": MONEY, "nullable": False},
    "margin_percentage": {"kind": PERCENT, "nullable": False},
    "confidence_score": {"null_in_table": False, "checked": True},
    "risk_level": {"null_in_table": False},
    "competition_level": {"null_in_table": False, "default": "'unknown'"},
}
"""Differences from the valuation: an opportunity always has a margin, and narrower sums."""

OPPORTUNITY_FIGURES = in_order(
    (
        replace(column, **_OF_OPPORTUNITIES.get(column.name, {}))
        for column in SEALED_VALUATIONS.columns
        if column.in_opportunity
    ),
    _OPPORTUNITY_ORDER,
)
"""Columns of a valuation that an opportunity takes over at each confirmation."""

ARBITRAGE_OPPORTUNITIES = Table(
    "arbitrage_opportunities",
    "Sealed products that cost less than the net proceeds of their singles, and what became of each.",
    (
        replace(own_id("Identifier of the opportunity."), shown=Shown.TABLE | Shown.EXPORT | Shown.API),
        Column(
            *("sealed_product_id", ID, "Sealed product to buy.", Shown.TABLE | Shown.API),
            references="products.id",
            index=True,
        ),
        *OPPORTUNITY_FIGURES,
        Column(
            *("status", varchar(20), "State of the opportunity.", Shown.STORED),
            enum=OpportunityStatus,
            default="'active'",
        ),
        Column(
            "opened_on", DAY, "Day of the analysis that opened it.", Shown.STORED, mart_tests=("not_null",)
        ),
        Column(
            *("as_of", DAY, "Day of the latest analysis that confirmed it.", Shown.STORED & ~Shown.MART),
        ),
        Column(
            *("execution_quantity", COUNT, "Number of pieces bought, by all buyers together.", Shown.STORED),
            default="0",
        ),
        Column(
            *("execution_notes", varchar(500), "Note of the person who bought or rejected it."),
            Shown.STORED & ~Shown.MART,
            nullable=True,
        ),
        Column(
            *(
                "execution_price",
                MONEY,
                "Mean landed cost paid per piece, of all purchases.",
                Shown.STORED,
            ),
            nullable=True,
        ),
        Column(
            "realised_value",
            SUM,
            "Net proceeds of all pieces, once the sales of all purchases are final.",
            Shown.STORED,
            nullable=True,
        ),
        Column("realised_at", WHEN, "Time at which that result was recorded.", Shown.STORED, nullable=True),
        CREATED,
        UPDATED,
        Column(
            "expires_at", WHEN, "Time after which the figures are out of date.", Shown.STORED, nullable=True
        ),
        Column("executed_at", WHEN, "Time of the latest purchase.", Shown.STORED, nullable=True),
    ),
)

OPPORTUNITY_EVENTS = Table(
    "opportunity_events",
    "Every change of an opportunity. Rows are only appended, which a trigger enforces.",
    (
        own_id("Identifier of the event."),
        Column(
            *("opportunity_id", ID, "Opportunity that changed.", Shown.STORED),
            references="arbitrage_opportunities.id",
            index=True,
        ),
        Column("event", varchar(20), "Kind of change.", Shown.STORED, enum=OpportunityEvent),
        Column("as_of", DAY, "Day of the analysis, or day on which the person acted.", Shown.STORED),
        Column("details", JSON, "Figures and reasons of the change.", Shown.STORED, default="'{}'"),
        CREATED,
    ),
)

VALUATION_SINGLES = Table(
    "valuation_singles",
    "Highest-value cards of each valued product and day, best first.",
    (
        Column(
            "product_id", ID, "Sealed product.", key=True, references="products.id", mart_tests=("not_null",)
        ),
        AS_OF,
        Column("rank", COUNT, "Rank of the card by value; 1 is the highest.", ge=1, key=True),
        Column(
            *("single_product_id", ID, "Card inside."),
            references="products.id",
            index=True,
            mart_tests=("not_null",),
        ),
        Column("printing", varchar(30), PRINTINGS),
        Column("is_foil", BOOLEAN, "True for a foil printing of any kind."),
        Column(
            "expected_copies", REAL, "Expected copies in one product, over all its packs and sheets.", gt=0
        ),
        Column("price", MONEY, "Reference price of one copy.", gt=0),
        Column("net", MONEY, "Net proceeds of one copy in its best channel, rounded.", ge=0),
        Column("channel", varchar(80), "That channel; 'bulk' for a card that is not listed singly."),
        Column("value", SUM, "Expected copies x net proceeds before rounding.", ge=0),
        Column(
            "value_share", SHARE, "Share of the net value of all cards of the product, 0 to 1.", gt=0, le=1
        ),
        CREATED,
        UPDATED,
    ),
)

OFFERED = Shown.FRAME | Shown.API

OFFERS = Table(
    "offers",
    "One row per offer of a sealed product in the last 72 hours, lowest landed cost first.",
    (
        Column("category", TEXT, "Game: mtg, pokemon or yugioh.", Shown.FRAME, values=GAMES, python=Category),
        Column("product_id", ID, "Sealed product.", OFFERED),
        Column("source", TEXT, "Source of the offer.", OFFERED),
        Column("source_product_id", TEXT, "Identifier of the product at the source.", OFFERED),
        Column(
            *("price_type", TEXT, f"Kind of price: {', '.join(BUYABLE_PRICE_TYPES)}.", OFFERED),
            values=BUYABLE_PRICE_TYPES,
        ),
        Column("list_price", MONEY, "Price without shipping and tax.", OFFERED, gt=0),
        Column(
            "shipping",
            MONEY,
            "Shipping as the source states it, else the default of its price band.",
            OFFERED,
            ge=0,
        ),
        Column("is_shipping_told", BOOLEAN, "True if the source states the shipping.", OFFERED),
        Column("landed", MONEY, "Landed cost: price, shipping and tax.", OFFERED, gt=0),
        Column(
            "sellers", COUNT, "Number of sellers of the product at the source.", OFFERED, nullable=True, ge=1
        ),
        Column("quantity", COUNT, "Number of pieces on offer.", OFFERED, nullable=True, ge=0),
        Column("moq", COUNT, "Minimum order quantity of the price.", OFFERED, nullable=True, ge=1),
        Column("is_presale", BOOLEAN, "True for a presale. Null: not known.", OFFERED, nullable=True),
        Column("recorded_at", WHEN, "Time of publication at the source, else of the request.", OFFERED),
        Column("source_url", TEXT, "Address of the offer.", OFFERED, nullable=True),
        Column(
            *("objection", TEXT, "Reason why the offer is not the price. Null: it can be bought.", OFFERED),
            nullable=True,
            enum=ExclusionReason,
        ),
        Column(
            *("days_moved", COUNT, "Number of days on which the quantity changed.", Shown.FRAME),
            nullable=True,
        ),
        Column(
            *(
                "days_compared",
                COUNT,
                "Number of days that could be compared with the day before.",
                Shown.FRAME,
            ),
            nullable=True,
        ),
    ),
)

TABLES = {
    table.name: table
    for table in (
        *(PRODUCTS, PRICE_HISTORY, PRODUCT_SINGLES, SEALED_VALUATIONS, VALUATION_SINGLES),
        *(ARBITRAGE_OPPORTUNITIES, OPPORTUNITY_EVENTS),
    )
}
"""Declared tables of the database, by name."""
EXPORTS = {"opportunities": ARBITRAGE_OPPORTUNITIES, "valuations": SEALED_VALUATIONS}
"""Name for `arb export` -> its table."""


def exported(what: str) -> tuple[Column, ...]:
    """Columns of an export in order: those that identify the product, then those of its table."""
    identity = [replace(PRODUCTS["id"], name="product_id"), *PRODUCTS.columns]
    by_name = {column.name: column for column in identity}
    return (*(by_name[name] for name in PRODUCT_IDENTITY), *EXPORTS[what].shown(Shown.EXPORT))
