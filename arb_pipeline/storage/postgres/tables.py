"""Tables of the database. Columns that users see are declared in `contracts.columns`, keys and indexes here.

The migrations build them and a test compares the two; rows are written by `merge`. Money is in US dollars
unless a column says otherwise; every timestamp is UTC.
"""

import sqlalchemy as sa

from arb_pipeline.contracts.columns import (
    ARBITRAGE_OPPORTUNITIES,
    OPPORTUNITY_EVENTS,
    PRICE_HISTORY,
    PRODUCT_SINGLES,
    PRODUCTS,
    SEALED_VALUATIONS,
    VALUATION_SINGLES,
)
from arb_pipeline.storage.postgres.columns import (
    DAY,
    WHEN,
    WIDE_COUNT,
    declared,
    nullable,
    own_id,
    required,
    text,
)

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

products = sa.Table(
    PRODUCTS.name,
    metadata,
    *declared(PRODUCTS),
    sa.Index(None, "category", "product_type"),
    comment=PRODUCTS.meaning,
)

price_history = sa.Table(
    PRICE_HISTORY.name,
    metadata,
    *declared(PRICE_HISTORY),
    sa.UniqueConstraint(
        *("product_id", "source", "price_type", "printing", "condition", "language", "recorded_at"),
        name="price_history_natural_key",
    ),
    postgresql_partition_by="RANGE (recorded_at)",
    comment=PRICE_HISTORY.meaning,
)

product_singles = sa.Table(
    PRODUCT_SINGLES.name,
    metadata,
    *declared(PRODUCT_SINGLES),
    sa.UniqueConstraint(
        *("sealed_product_id", "single_product_id", "is_foil", "printing", "pack", "sheet"),
        name="product_singles_natural_key",
    ),
    comment=PRODUCT_SINGLES.meaning,
)

arbitrage_opportunities = sa.Table(
    ARBITRAGE_OPPORTUNITIES.name,
    metadata,
    *declared(ARBITRAGE_OPPORTUNITIES),
    sa.Index(None, "status", sa.text("rank_score DESC")),
    sa.Index(
        "arbitrage_opportunities_one_active",
        "sealed_product_id",
        unique=True,
        postgresql_where=sa.text("status = 'active'"),
    ),
    comment=ARBITRAGE_OPPORTUNITIES.meaning,
)

opportunity_events = sa.Table(
    OPPORTUNITY_EVENTS.name, metadata, *declared(OPPORTUNITY_EVENTS), comment=OPPORTUNITY_EVENTS.meaning
)

sealed_valuations = sa.Table(
    SEALED_VALUATIONS.name,
    metadata,
    *declared(SEALED_VALUATIONS),
    sa.Index(None, "as_of", sa.text("margin_percentage DESC")),
    comment=SEALED_VALUATIONS.meaning,
)

valuation_singles = sa.Table(
    VALUATION_SINGLES.name, metadata, *declared(VALUATION_SINGLES), comment=VALUATION_SINGLES.meaning
)

load_ledger = sa.Table(
    "load_ledger",
    metadata,
    own_id(comment="Identifier of the load."),
    required("source", text(50), "Source of the package."),
    required("category", text(20), "Game of the records, or all."),
    required("day", DAY, "Day of the prices."),
    required("package_id", sa.CHAR(64), "SHA-256 of the package."),
    required("parser_version", text(20), "Version of the parser."),
    required("rows_raw", WIDE_COUNT, "Records read: accepted + duplicate + quarantined."),
    required("rows_accepted", WIDE_COUNT, "Records that became observations."),
    required("rows_duplicate", WIDE_COUNT, "Records that repeat another of the package."),
    required("rows_quarantined", WIDE_COUNT, "Records rejected, with a reason."),
    required("rows_written", WIDE_COUNT, "Rows that the load inserted or changed."),
    required("loaded_at", WHEN, "Time of the commit.", "now()"),
    nullable("fetched_at", WHEN, "Time of the download."),
    sa.CheckConstraint("rows_raw = rows_accepted + rows_duplicate + rows_quarantined", name="balance"),
    sa.UniqueConstraint(
        *("source", "category", "day", "package_id", "parser_version"), name="load_ledger_natural_key"
    ),
    comment="One row per load, committed together with its prices.",
)

retired_months = sa.Table(
    "retired_months",
    metadata,
    sa.Column("month", sa.Date(), primary_key=True, comment="First day of the month."),
    required("detached_at", WHEN, "Time at which the partition was detached from price_history.", "now()"),
    nullable("file", sa.Text(), "Parquet file, relative to the lake; null until it is verified."),
    nullable("file_sha256", sa.CHAR(64), "SHA-256 of the file."),
    nullable("rows", WIDE_COUNT, "Rows in the file."),
    nullable("rows_hash", sa.Text(), "Sum of the hashes of the rows, independent of their order."),
    nullable("dropped_at", WHEN, "Time at which the partition was dropped, after its file was verified."),
    comment="Months of price_history that were moved to the lake.",
)
