"""The outbox of alerts: what was decided to be told, to whom, and whether it has left.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import op

if TYPE_CHECKING:
    import psycopg

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver itself: without parameters it takes a script of many statements, and `%` as it stands.
    driver = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    driver.execute(script)


def downgrade() -> None:
    """Take it back; what was told is forgotten."""
    op.drop_table("alert_outbox")
