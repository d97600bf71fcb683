"""Tables of users' data: purchases, sales, price lists, corrections, overrides. See also `tables`.

`data_changes` records the kind of data a statement changed, which invalidates cached answers.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from arb_pipeline.storage.postgres.access_tables import user
from arb_pipeline.storage.postgres.columns import (
    COUNT,
    DAY,
    WHEN,
    created,
    nullable,
    one_of_words,
    own_id,
    required,
    text,
    updated,
)
from arb_pipeline.storage.postgres.tables import metadata, products

SALE_KINDS = ("singles", "sealed", "whole", "correction")


def product(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    """A reference to a product."""
    return sa.Column(
        name, sa.Uuid(), sa.ForeignKey("products.id"), nullable=False, comment=comment, **options
    )


purchases = sa.Table(
    "purchases",
    metadata,
    own_id(comment="Of the purchase."),
    user("buyer_id", "Who bought; null: not stated.", optional=True, index=True),
    sa.Column(
        *("opportunity_id", sa.Uuid(), sa.ForeignKey("arbitrage_opportunities.id")),
        nullable=False,
        index=True,
        comment="What it was based on.",
    ),
    product("product_id", "The sealed product.", index=True),
    required("quantity", COUNT, "Pieces."),
    required("price", sa.Numeric(12, 2), "Paid per piece, landed, in US dollars."),
    required("forecast", JSONB(), "Figures per piece, prices and parameters at that time.", "'{}'"),
    nullable("notes", text(500), "The buyer's."),
    required("purchased_at", WHEN, "When."),
    required("is_final", sa.Boolean(), "True: nothing of it is left to sell.", "false"),
    created(),
    updated(),
    sa.CheckConstraint("quantity > 0 AND price > 0", name="positive"),
    comment="What buyers bought, with the forecast of that moment.",
)

sales = sa.Table(
    "sales",
    metadata,
    own_id(comment="Of the sale."),
    sa.Column(
        *("purchase_id", sa.Uuid(), sa.ForeignKey("purchases.id")),
        nullable=False,
        index=True,
        comment="Of which purchase.",
    ),
    required("kind", text(20), "singles, sealed, whole, or correction: of the sum alone.", "'singles'"),
    required("quantity", COUNT, "Cards; of sealed and whole, pieces of the product. 0: not stated.", "0"),
    sa.Column("single_product_id", sa.Uuid(), sa.ForeignKey("products.id"), comment="Card; null: several."),
    nullable("gross", sa.Numeric(14, 2), "Paid by the marketplace's buyer for the goods, in US dollars."),
    nullable("fees", sa.Numeric(14, 2), "Fees and postage between gross and proceeds, in US dollars."),
    required("proceeds", sa.Numeric(14, 2), "Net of fees and postage, in US dollars."),
    nullable("forecast_value", sa.Numeric(14, 2), "Forecast of what was sold; null: not known."),
    required("sold_on", DAY, "When."),
    nullable("channel", text(80), "Where."),
    nullable("description", text(500), "What."),
    nullable("import_key", sa.CHAR(64), "SHA-256 of the line of an order export; null: entered by hand."),
    created(),
    one_of_words("kind", *SALE_KINDS),
    sa.CheckConstraint("quantity >= 0", name="quantity"),
    sa.Index("sales_import_key_idx", "purchase_id", "import_key", unique=True),
    comment="Proceeds from purchases.",
)

removed_entries = sa.Table(
    "removed_entries",
    metadata,
    sa.Column("id", sa.Uuid(), primary_key=True, comment="Of the purchase or sale."),
    required("kind", text(20), "purchase or sale."),
    sa.Column(
        *("opportunity_id", sa.Uuid(), sa.ForeignKey("arbitrage_opportunities.id")),
        nullable=False,
        index=True,
        comment="Of which opportunity.",
    ),
    user("buyer_id", "Whose it was; null: not stated.", optional=True, index=True),
    required("entry", JSONB(), "The row as it was."),
    required("reason", text(500), "Why."),
    user("removed_by", "Who removed it; null: not stated.", optional=True),
    required("removed_at", WHEN, "When."),
    one_of_words("kind", "purchase", "sale"),
    comment="Purchases and sales that a person removed: no figure counts them.",
)

price_lists = sa.Table(
    "price_lists",
    metadata,
    own_id(comment="Of the list."),
    user("user_id", "Whose.", index=True),
    required("name", text(200), "Of the file."),
    required("status", text(20), "queued, running, done or failed.", "'queued'"),
    required("options", JSONB(), "Channels, chance and day.", "'{}'"),
    nullable("file", sa.LargeBinary(), "As uploaded; removed with the list."),
    nullable("rows", COUNT, "Rows read; null until it was read."),
    required("rows_done", COUNT, "Rows with a result or a reason.", "0"),
    required("valued", COUNT, "Rows with a result.", "0"),
    required("unmatched", COUNT, "Rows without one product that they mean.", "0"),
    required("worth_buying", COUNT, "Rows worth buying.", "0"),
    nullable("error", sa.Text(), "Why it failed."),
    created(),
    nullable("started_at", WHEN, "When its valuation began."),
    nullable("finished_at", WHEN, "When it ended."),
    nullable("heartbeat_at", WHEN, "Last sign of life of the process that values it."),
    one_of_words("status", "queued", "running", "done", "failed"),
    comment="Price lists that users uploaded.",
)

price_list_rows = sa.Table(
    "price_list_rows",
    metadata,
    sa.Column(
        *("price_list_id", sa.Uuid(), sa.ForeignKey("price_lists.id", ondelete="CASCADE")),
        primary_key=True,
        comment="Of which list.",
    ),
    sa.Column("line", sa.Integer(), primary_key=True, autoincrement=False, comment="Line in the file."),
    required("given", JSONB(), "The row as read.", "'{}'"),
    required("state", text(20), "valued, unmatched or not_valued."),
    required("result", JSONB(), "Figures or reason, as the API answers them.", "'{}'"),
    nullable("rank", sa.Double(), "P(profit) x profit; null without figures."),
    nullable("profit", sa.Numeric(14, 2), "Of all pieces."),
    nullable("margin_percentage", sa.Numeric(14, 2), "In % of the cost."),
    nullable("p_profit", sa.Double(), "Probability of a profit."),
    one_of_words("state", "valued", "unmatched", "not_valued"),
    comment="Rows of price lists with their results.",
)

product_corrections = sa.Table(
    "product_corrections",
    metadata,
    own_id(comment="Of the correction."),
    product("product_id", "Which product.", index=True),
    required("field", text(40), "tcg_product_id, ebay_product_id or amazon_asin."),
    nullable("value", text(100), "What it is; null: the product has none."),
    nullable("value_before", text(100), "What the source stated."),
    required("reason", text(500), "Why."),
    user("user_id", "Who."),
    nullable("withdrawn_at", WHEN, "Superseded by a later correction or taken back."),
    created(),
    one_of_words("field", "tcg_product_id", "ebay_product_id", "amazon_asin"),
    sa.Index(
        "product_corrections_one_in_force",
        "product_id",
        "field",
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    ),
    comment="Ids corrected by a person; each load applies those in force.",
)

user_products = sa.Table(
    "user_products",
    metadata,
    product("product_id", "Which product.", primary_key=True),
    user("user_id", "Who created it."),
    created(),
    comment="Products that a user created: a source's reload leaves them alone.",
)

parameter_values = sa.Table(
    "parameter_values",
    metadata,
    own_id(comment="Of the value."),
    required("group_name", text(80), "Group of the parameter."),
    required("key", text(80), "Its key."),
    required("value", JSONB(), "Its value."),
    required("valid_from", DAY, "First day on which it holds."),
    required("source", text(500), "Where it is from."),
    user("user_id", "Who entered it."),
    nullable("withdrawn_at", WHEN, "When it was replaced by another of the same day."),
    created(),
    sa.Index(
        "parameter_values_one_in_force",
        *("group_name", "key", "valid_from"),
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    ),
    comment="Parameters entered by administrators: they win over the shipped ones, the own file over them.",
)

alert_rules = sa.Table(
    "alert_rules",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True, comment="Of the rule."),
    required("rule", JSONB(), "As in the rule file, without the name."),
    required("is_active", sa.Boolean(), "False: kept, and not evaluated.", "true"),
    user("user_id", "Who changed it last."),
    created(),
    updated(),
    comment="Rules of alerts beside those of the rule file; the file's rule of a name wins.",
)

data_changes = sa.Table(
    "data_changes",
    metadata,
    sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True, comment="Of the change."),
    required("scope", text(20), "Kind of data that a statement changed."),
    required("changed_at", WHEN, "When.", "clock_timestamp()"),
    sa.Index(None, "changed_at"),
    comment="One row per statement that changed data which answers show; pruned after a day.",
)

sa.Index("products_name_id_idx", products.c.name, products.c.id)  # pages of the list of products

SEARCHED = (
    "to_tsvector('simple'::regconfig, search_words((((((COALESCE(set_code, ''::character varying)::text"
    " || ' '::text) || COALESCE(set_name, ''::character varying)::text) || ' '::text) || name::text)"
    " || ' '::text) || COALESCE(kind, ''::character varying)::text))"
)
"""Search expression of products, as PostgreSQL writes it: the index has the same."""
