"""Alembic's entry: runs the migrations on the connection that `migrate` hands over, in its transaction."""

from alembic import context

from arb_pipeline.storage.postgres.migrate import options

context.configure(
    connection=context.config.attributes["connection"],
    on_version_apply=context.config.attributes.get("on_version_apply"),
    **options(),
)
with context.begin_transaction():
    context.run_migrations()
