"""PostgreSQL: tables, migrations, the merge, writers and queries."""
