"""The outbox of alerts: what was decided to be told, to whom, and whether it has left.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back; what was told is forgotten."""
    op.drop_table("alert_outbox")
