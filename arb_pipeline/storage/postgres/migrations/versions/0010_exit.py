"""The exit that a purchase rests on, and the band of a resale.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back."""
    for table in ("sealed_valuations", "arbitrage_opportunities"):
        for column in ("resale_p5", "resale_p95", "exit"):
            op.drop_column(table, column)
