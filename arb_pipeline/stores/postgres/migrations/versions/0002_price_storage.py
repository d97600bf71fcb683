"""Price history for the long run: which of two observations is later, months in the lake, newest prices.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import op

if TYPE_CHECKING:
    import psycopg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is new."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver itself: without parameters it takes a script of many statements, and `%` as it stands.
    driver = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    driver.execute(script)


def downgrade() -> None:
    """Take it back. Months that are retired stay in the lake and are not known any more."""
    op.execute("DROP VIEW latest_prices")
    op.execute("DROP TABLE retired_months")
    op.execute("ALTER TABLE load_ledger DROP COLUMN fetched_at")
    op.execute("ALTER TABLE price_history DROP COLUMN fetched_at")
    op.execute(
        "CREATE INDEX price_history_product_id_recorded_at_idx ON price_history (product_id, recorded_at)"
    )
