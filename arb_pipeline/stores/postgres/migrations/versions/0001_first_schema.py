"""The first schema: products, prices, contents, valuations, opportunities and the ledger of loads.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import op

if TYPE_CHECKING:
    import psycopg

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
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # The driver itself: without parameters it takes a script of many statements, and `%` as it stands.
    driver = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    driver.execute(script)


def downgrade() -> None:
    """Drop everything, and all rows with it."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION refuse_change()")
