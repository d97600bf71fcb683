"""Events of realised results, and a log of events that cannot be emptied.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import op

if TYPE_CHECKING:
    import psycopg

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORDS = "'opened', 'confirmed', 'expired', 'executed', 'cancelled', 'noted'"


def upgrade() -> None:
    """Add what is new."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver itself: without parameters it takes a script of many statements, and `%` as it stands.
    driver = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    driver.execute(script)


def downgrade() -> None:
    """Take it back. Results become notes: the word is not known any more, what they say stays."""
    table = "ALTER TABLE opportunity_events"
    op.execute("DROP TRIGGER opportunity_events_never_emptied ON opportunity_events")
    op.execute(f"{table} DISABLE TRIGGER opportunity_events_append_only")
    op.execute("UPDATE opportunity_events SET event = 'noted' WHERE event = 'realised'")
    op.execute(f"{table} ENABLE TRIGGER opportunity_events_append_only")
    op.execute(f"{table} DROP CONSTRAINT opportunity_events_event_check")
    op.execute(f"{table} ADD CONSTRAINT opportunity_events_event_check CHECK (event IN ({WORDS}))")
