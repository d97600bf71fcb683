"""PostgreSQL: tables, migrations, the merge, what is saved and what is read."""
