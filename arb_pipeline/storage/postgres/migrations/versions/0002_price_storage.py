"""Price history for the long run: which of two observations is later, months in the lake, newest prices.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back. Months that are retired stay in the lake and are not known any more."""
    op.execute("DROP VIEW latest_prices")
    op.execute("DROP TABLE retired_months")
    op.execute("ALTER TABLE load_ledger DROP COLUMN fetched_at")
    op.execute("ALTER TABLE price_history DROP COLUMN fetched_at")
    op.execute(
        "CREATE INDEX price_history_product_id_recorded_at_idx ON price_history (product_id, recorded_at)"
    )
