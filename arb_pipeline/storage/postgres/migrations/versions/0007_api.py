"""Tables of the API: users, keys, sessions, audit, purchases, price lists, corrections, overrides, versions.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    *("sales", "purchases", "price_list_rows", "price_lists", "product_corrections", "user_products"),
    *("parameter_values", "alert_rules", "idempotency_keys", "audit_log", "sign_in_links", "sessions"),
    *("api_keys", "users"),
)
OLD_TABLES = (
    *("products", "product_singles", "price_history", "load_ledger", "sealed_valuations"),
    *("valuation_singles", "arbitrage_opportunities", "opportunity_events"),
)


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back; users, purchases and their records are lost."""
    for table in OLD_TABLES:
        op.execute(f"DROP TRIGGER {table}_changed ON {table}")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP TABLE data_changes")
    op.execute("DROP INDEX products_search_idx")
    op.execute("DROP INDEX products_name_id_idx")
    op.execute("DROP FUNCTION record_data_change(), refuse_audit_change(), search_words(text)")
