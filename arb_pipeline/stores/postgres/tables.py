"""The tables of the database, each declared once here with the unit and meaning of its columns.

The migrations build them and a test holds the two against each other; rows are written by `merge`.
Money is in US dollars unless a column says otherwise; every timestamp is UTC.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

MONEY = sa.Numeric(12, 2)
SUM = sa.Numeric(14, 2)
SHARE = sa.Numeric(9, 6)
CHANCE = sa.Numeric(6, 5)
SCORE = sa.Numeric(3, 2)
FACTOR = sa.Numeric(6, 4)
COUNT = sa.Integer()
WIDE_COUNT = sa.BigInteger()
REAL: sa.Double[float] = sa.Double()
DAY = sa.Date()
WHEN = sa.DateTime(timezone=True)
FLAG = sa.Boolean()
WORDS = ARRAY(sa.Text())
LEVELS = ("low", "medium", "high")


def _text(length: int) -> sa.String:
    return sa.String(length)


def _must(name: str, kind: Any, comment: str, default: str | None = None) -> sa.Column[Any]:
    """Return a column that always has a value."""
    server_default = sa.text(default) if default is not None else None
    return sa.Column(name, kind, nullable=False, comment=comment, server_default=server_default)


def _may(name: str, kind: Any, comment: str) -> sa.Column[Any]:
    """Return a column that may be empty: not known."""
    return sa.Column(name, kind, comment=comment)


def _id(*, comment: str = "Ours; derived from the natural key by the loads.") -> sa.Column[Any]:
    return sa.Column(
        "id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"), comment=comment
    )


def _product(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey("products.id"), nullable=False, comment=comment, **options
    )


def _created() -> sa.Column[Any]:
    return _must("created_at", WHEN, "When the row was first written.", "now()")


def _updated() -> sa.Column[Any]:
    return _must("updated_at", WHEN, "When a value of the row last changed.", "now()")


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    """Return the check that a column holds one of these words."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


products = sa.Table(
    "products",
    metadata,
    _id(),
    _must("name", _text(500), "As the source writes it."),
    _may("set_name", _text(200), "Name of the set or expansion."),
    _may("set_code", _text(20), "Code of the set, such as MH3."),
    _may("release_date", DAY, "First day of sale."),
    _must("language", _text(30), "Language printed on it.", "'English'"),
    _must("product_type", _text(50), "sealed or single."),
    _may("kind", _text(40), "booster_box, deck, card, ..."),
    _must("category", _text(50), "Game: mtg, pokemon, yugioh."),
    sa.Column("tcg_product_id", sa.String(100), unique=True, comment="Id at TCGplayer."),
    _may("ebay_product_id", _text(100), "Id at eBay."),
    _may("amazon_asin", _text(20), "Id at Amazon."),
    _may("description", sa.Text(), "Free text."),
    _may("image_url", _text(500), "Picture."),
    _must("is_active", FLAG, "False once withdrawn: rows are never deleted.", "true"),
    _must("is_featured", FLAG, "Shown first; set by a person.", "false"),
    _created(),
    _updated(),
    _one_of("product_type", "sealed", "single"),
    sa.Index(None, "category", "product_type"),
    comment="Sealed products and single cards.",
)

price_history = sa.Table(
    "price_history",
    metadata,
    sa.Column(
        "id", sa.Uuid(), primary_key=True, server_default=sa.text("gen_random_uuid()"), comment="Of the row."
    ),
    _product("product_id", "What is priced."),
    _must("price", MONEY, "Per piece, without shipping, in `currency`."),
    _must("condition", _text(20), "near_mint, ...; of a sealed product: unopened.", "'near_mint'"),
    _must("printing", _text(30), "normal, foil, holofoil, reverse_holofoil, 1st_edition, ...", "'normal'"),
    _must("language", _text(30), "Language of the offer.", "'English'"),
    _must("currency", sa.CHAR(3), "ISO 4217 code.", "'USD'"),
    _must("source", _text(50), "tcgplayer, cardkingdom, ebay, amazon, ..."),
    _may("source_url", _text(500), "Page of the offer."),
    _may("seller_count", COUNT, "Sellers that offer it."),
    _may("available_quantity", COUNT, "Pieces on offer."),
    _may("shipping_cost", MONEY, "To the buyer, in `currency`."),
    _must("price_type", _text(20), "market, low, mid, high, trend, buylist, ...", "'market'"),
    _must("is_foil", FLAG, "Whether the printing is a foil of any kind.", "false"),
    _must("confidence_level", _text(20), "Of the observation: high, medium, low.", "'high'"),
    _must("data_source_quality", SCORE, "Of the source and field, 0 to 1.", "1.0"),
    sa.Column(
        "recorded_at", WHEN, primary_key=True, server_default=sa.text("now()"), comment="When the price held."
    ),
    _created(),
    _may("fetched_at", WHEN, "When we fetched it: of two of a key the later is kept."),
    sa.CheckConstraint("price >= 0", name="price"),
    sa.UniqueConstraint(
        *("product_id", "source", "price_type", "printing", "condition", "language", "recorded_at"),
        name="price_history_natural_key",
    ),
    postgresql_partition_by="RANGE (recorded_at)",
    comment="Cleaned price observations, partitioned by month (UTC).",
)

product_singles = sa.Table(
    "product_singles",
    metadata,
    _id(),
    _product("sealed_product_id", "What is opened."),
    _product("single_product_id", "The card inside.", index=True),
    _must("is_foil", FLAG, "Foil and normal copies are two rows.", "false"),
    _must("quantity", COUNT, "Packs opened, or guaranteed copies.", "1"),
    _must("guaranteed", FLAG, "True: always inside; false: a random pull.", "true"),
    _may("rarity", _text(20), "As printed."),
    _may("pull_probability", sa.Numeric(14, 10), "Expected copies per pack, so above 1 is legal."),
    _must("expected_copies", REAL, "quantity x pull_probability.", "1"),
    _must("pack", _text(80), "Kind of pack that it is in; empty when guaranteed.", "''"),
    _must("sheet", _text(120), "Print sheet it is drawn from; empty when guaranteed.", "''"),
    _created(),
    _updated(),
    sa.UniqueConstraint(
        *("sealed_product_id", "single_product_id", "is_foil", "pack", "sheet"),
        name="product_singles_natural_key",
    ),
    comment="What is in a sealed product.",
)

arbitrage_opportunities = sa.Table(
    "arbitrage_opportunities",
    metadata,
    _id(),
    _product("sealed_product_id", "What to buy.", index=True),
    _must("sealed_price", MONEY, "Cheapest landed cost: price + shipping + tax."),
    _may("sealed_list_price", MONEY, "Price alone of that offer."),
    _may("gross_singles_value", MONEY, "Expected copies x reference price."),
    _must("singles_value", MONEY, "Expected copies x net of the best exit channel."),
    _must("profit", MONEY, "singles_value - sealed_price."),
    _must("margin_percentage", MONEY, "100 x profit / sealed_price."),
    _must("confidence_score", SCORE, "0 to 1."),
    _must("risk_level", _text(20), "low, medium or high."),
    _may("seller_count", COUNT, "Sellers of the sealed product."),
    _must("competition_level", _text(20), "low, medium, high or unknown.", "'unknown'"),
    _may("rank_score", REAL, "Order of the list, highest first."),
    _may("p_profit", CHANCE, "Chance that the net value exceeds sealed_price."),
    _may("priced_share", SHARE, "Expected copies with a price / all."),
    _must("flags", WORDS, "Warnings.", "'{}'"),
    _may("why", sa.Text(), "The explanation, in words."),
    _must("status", _text(20), "active, expired, executed or cancelled.", "'active'"),
    _must("opened_on", DAY, "Day of the analysis that opened it."),
    _must("as_of", DAY, "Day of the latest analysis that confirmed it."),
    _must("execution_quantity", COUNT, "Pieces bought; set by a person.", "0"),
    _may("execution_notes", _text(500), "Set by a person."),
    _created(),
    _updated(),
    _may("expires_at", WHEN, "Not to be trusted after this."),
    _may("executed_at", WHEN, "When a person bought it."),
    _one_of("status", "active", "expired", "executed", "cancelled"),
    _one_of("risk_level", *LEVELS),
    _one_of("competition_level", *LEVELS, "unknown"),
    sa.CheckConstraint("confidence_score BETWEEN 0 AND 1", name="confidence_score"),
    sa.Index(None, "status", sa.text("rank_score DESC")),
    sa.Index(
        "arbitrage_opportunities_one_active",
        "sealed_product_id",
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    ),
    comment="Sealed products that cost less than their singles net, and what became of each.",
)

opportunity_events = sa.Table(
    "opportunity_events",
    metadata,
    _id(comment="Of the event."),
    sa.Column(
        *("opportunity_id", sa.Uuid(), sa.ForeignKey("arbitrage_opportunities.id")),
        nullable=False,
        index=True,
        comment="What changed.",
    ),
    _must("event", _text(20), "opened, confirmed, expired, executed, cancelled or noted."),
    _must("as_of", DAY, "Day of the analysis, or of the person's act."),
    _must("details", JSONB(), "What changed, and why.", "'{}'"),
    _created(),
    _one_of("event", "opened", "confirmed", "expired", "executed", "cancelled", "noted"),
    comment="Every change of an opportunity; append-only, held by a trigger.",
)

sealed_valuations = sa.Table(
    "sealed_valuations",
    metadata,
    _product("product_id", "The sealed product.", primary_key=True),
    sa.Column("as_of", sa.Date(), primary_key=True, comment="Day of the analysis."),
    _may("sealed_price", MONEY, "Cheapest landed cost."),
    _may("sealed_list_price", MONEY, "Price alone of that offer."),
    _may("market_price", MONEY, "What others paid of late."),
    _may("gross_singles_value", SUM, "Expected copies x reference price."),
    _may("singles_value", SUM, "Expected copies x net of the best exit channel."),
    _may("profit", SUM, "singles_value - sealed_price."),
    _may("margin_percentage", SUM, "100 x profit / sealed_price."),
    _may("priced_share", SHARE, "Expected copies with a price / all."),
    _must("contents_complete", FLAG, "Whether all contents are known."),
    _must("unknown_parts", WORDS, "Contents that could not be resolved.", "'{}'"),
    _must("extras", COUNT, "Unpriced extras: counted, worth 0.", "0"),
    _may("confidence_score", SCORE, "0 to 1."),
    _may("price_stability", FACTOR, "Confidence factor, 0 to 1."),
    _may("seller_count_factor", FACTOR, "Confidence factor, 0 to 1."),
    _may("volume_history", FACTOR, "Confidence factor, 0 to 1."),
    _may("margin_size", FACTOR, "Confidence factor, 0 to 1."),
    _must("missing_factors", WORDS, "Factors without data, scored 0.5.", "'{}'"),
    _may("seller_count", COUNT, "Sellers of the sealed product."),
    _may("risk_level", _text(20), "low, medium or high."),
    _may("competition_level", _text(20), "low, medium, high or unknown."),
    _may("rank_score", REAL, "Order of the list, highest first."),
    _may("p_profit", CHANCE, "Chance that the net value exceeds sealed_price."),
    _must("published", FLAG, "Whether it became an opportunity.", "false"),
    _must("flags", WORDS, "Warnings.", "'{}'"),
    _may("why", sa.Text(), "Why published or not, in words."),
    _created(),
    _updated(),
    _one_of("risk_level", *LEVELS),
    _one_of("competition_level", *LEVELS, "unknown"),
    sa.Index(None, "as_of", sa.text("margin_percentage DESC")),
    comment="Every valued product of every day, published or not.",
)

load_ledger = sa.Table(
    "load_ledger",
    metadata,
    _id(comment="Of the load."),
    _must("source", _text(50), "Where the package is from."),
    _must("category", _text(20), "Game."),
    _must("day", DAY, "Day that the package is of."),
    _must("package_id", sa.CHAR(64), "sha256 of the package."),
    _must("parser_version", _text(20), "Version of the code that read it."),
    _must("rows_raw", WIDE_COUNT, "Records read = accepted + duplicate + quarantined."),
    _must("rows_accepted", WIDE_COUNT, "Records that became observations."),
    _must("rows_duplicate", WIDE_COUNT, "Records seen already in the package."),
    _must("rows_quarantined", WIDE_COUNT, "Records refused, with a reason."),
    _must("rows_written", WIDE_COUNT, "Rows inserted or changed by the load."),
    _must("loaded_at", WHEN, "When the load committed.", "now()"),
    _may("fetched_at", WHEN, "When the package was fetched, as in its rows."),
    sa.CheckConstraint("rows_raw = rows_accepted + rows_duplicate + rows_quarantined", name="balance"),
    sa.UniqueConstraint(
        *("source", "category", "day", "package_id", "parser_version"), name="load_ledger_natural_key"
    ),
    comment="One row per load, committed with its rows.",
)

retired_months = sa.Table(
    "retired_months",
    metadata,
    sa.Column("month", sa.Date(), primary_key=True, comment="First day of the month."),
    _must("detached_at", WHEN, "When the partition left price_history.", "now()"),
    _may("file", sa.Text(), "Parquet file, relative to the lake; empty until it is verified."),
    _may("file_sha256", sa.CHAR(64), "Of the file."),
    _may("rows", WIDE_COUNT, "Rows in the file."),
    _may("rows_hash", sa.Text(), "Sum of hashes of the rows, whatever their order."),
    _may("dropped_at", WHEN, "When the partition was dropped, its file verified."),
    comment="Months of price_history that are in the lake instead.",
)
