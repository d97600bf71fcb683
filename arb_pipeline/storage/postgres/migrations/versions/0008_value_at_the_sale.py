"""Horizon and parts of the spread of an outcome, and the exits beside the patient sale of singles.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = (
    *("horizon_days", "contents_sd", "price_sd"),
    *("quick_sale_value", "quick_sale_margin_percentage", "cash_value", "resale_value"),
)


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back."""
    for table in ("sealed_valuations", "arbitrage_opportunities"):
        for column in COLUMNS:
            op.drop_column(table, column)
