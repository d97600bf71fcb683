"""Purchases and sales: pieces of an offer, buyers without an account, what a sale was of, imported orders.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
oldest_code = "0009"
"""Purchases without a buyer: code of 0008 reads a buyer from each."""

OF_SALES = ("kind", "quantity", "single_product_id", "gross", "fees", "forecast_value", "import_key")


def upgrade() -> None:
    """Add what is new; purchases that were recorded on their opportunity become rows of their own."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back. Purchases without a buyer, and sales below nothing, have no place in the old tables."""
    op.execute("DELETE FROM sales WHERE proceeds < 0")
    op.execute("DELETE FROM sales WHERE purchase_id IN (SELECT id FROM purchases WHERE buyer_id IS NULL)")
    op.execute("DELETE FROM purchases WHERE buyer_id IS NULL")
    op.drop_index("sales_import_key_idx", "sales")
    for column in OF_SALES:
        op.drop_column("sales", column)
    op.execute("ALTER TABLE sales ADD CONSTRAINT sales_proceeds_check CHECK (proceeds >= 0)")
    op.drop_index("purchases_product_id_idx", "purchases")
    op.alter_column("purchases", "buyer_id", nullable=False)
    for table in ("sealed_valuations", "arbitrage_opportunities"):
        op.drop_column(table, "sealed_quantity")
