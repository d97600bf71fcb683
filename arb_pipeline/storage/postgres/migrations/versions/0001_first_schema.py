"""The first schema: products, prices, contents, valuations, opportunities and the ledger of loads.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    *("load_ledger", "sealed_valuations", "opportunity_events", "arbitrage_opportunities"),
    *("product_singles", "price_history", "products"),
)


def upgrade() -> None:
    """Create everything."""
    run_script(__file__)


def downgrade() -> None:
    """Drop everything, and all rows with it."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION refuse_change()")
