"""Corrected purchases as events, and purchases and sales that were removed.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
oldest_code = "0011"
"""Events of the kind `corrected`: code of 0010 does not know the word and cannot read their rows."""

WORDS = "'opened', 'confirmed', 'expired', 'executed', 'cancelled', 'noted', 'realised'"


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back. Corrections become notes: the word is not known any more, what they say stays."""
    op.drop_table("removed_entries")
    table = "ALTER TABLE opportunity_events"
    op.execute(f"{table} DISABLE TRIGGER opportunity_events_append_only")
    op.execute("UPDATE opportunity_events SET event = 'noted' WHERE event = 'corrected'")
    op.execute(f"{table} ENABLE TRIGGER opportunity_events_append_only")
    op.execute(f"{table} DROP CONSTRAINT opportunity_events_event_check")
    op.execute(f"{table} ADD CONSTRAINT opportunity_events_event_check CHECK (event IN ({WORDS}))")
