"""The cards that carry each valuation.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back. The next analysis of a day writes its rows anew."""
    op.drop_table("valuation_singles")
