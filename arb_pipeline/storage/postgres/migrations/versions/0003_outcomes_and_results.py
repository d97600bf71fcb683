"""Outcome distributions, the offer's source, printings of singles, and what became of what was bought.

The statements are in the SQL file of the same name, so that they can be read and reviewed as such.
"""

from alembic import op

from arb_pipeline.storage.postgres.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OUTCOME = ("sealed_source", "outcome_mean", "outcome_sd", "p5", "p50", "p95")
RESULT = ("execution_price", "realised_value", "realised_at")
COLUMNS = {"sealed_valuations": OUTCOME, "arbitrage_opportunities": (*OUTCOME, *RESULT)}


def upgrade() -> None:
    """Add what is new."""
    run_script(__file__)


def downgrade() -> None:
    """Take it back. Lines that differ in their printing alone become one: the next run writes them anew."""
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    op.execute(
        "DELETE FROM product_singles a USING product_singles b WHERE a.id > b.id"
        " AND (a.sealed_product_id, a.single_product_id, a.is_foil, a.pack, a.sheet)"
        " = (b.sealed_product_id, b.single_product_id, b.is_foil, b.pack, b.sheet)"
    )
    op.drop_constraint("product_singles_natural_key", "product_singles")
    op.drop_column("product_singles", "printing")
    op.create_unique_constraint(
        "product_singles_natural_key",
        "product_singles",
        ["sealed_product_id", "single_product_id", "is_foil", "pack", "sheet"],
    )
