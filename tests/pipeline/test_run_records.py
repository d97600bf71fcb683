"""Runs of the command line are in the home's one Dagster instance, which the UI shows."""

import sqlalchemy as sa
from arb_command import Arb
from folder import DAY, Folder, before


def test_runs_and_materialisations_of_the_command_line_are_in_the_homes_database(open_folder):
    folder = Folder(open_folder / "records_market").write()
    folder.archive(DAY)
    folder.archive(before(1))
    folder.archive(before(2))
    arb = Arb(open_folder / "records_home")
    try:
        done = arb("run", "--data", folder.root, "--date", DAY, "--category", "mtg")
        assert f"{before(2)} (history, 1 of 2" in done.stdout + done.stderr  # loaded without being asked for
        url = sa.make_url(arb("db", "url", "--password").stdout.strip()).set(
            drivername="postgresql+psycopg", database="dagster"
        )
        records = sa.create_engine(url, poolclass=sa.NullPool)
        with records.connect() as connection:
            counts = connection.execute(sa.text("SELECT pipeline_name, count(*) FROM runs GROUP BY 1"))
            jobs = {job: runs for job, runs in counts}  # noqa: C416 - dict() wants the deprecated tuples()
            assets = set(connection.scalars(sa.text("SELECT asset_key FROM asset_keys")))
            waits = connection.scalar(sa.text("SHOW synchronous_commit"))
        assert waits == "off"  # 0.6 instead of 3 ms for each of hundreds of records a run
        assert jobs == {"reference_data": 1, "day_prices": 2, "daily_analysis": 1}
        assert '["valuation", "sealed_valuations"]' in assets
        again = arb("run", "--data", folder.root, "--date", DAY, "--category", "mtg")
        assert "history" not in again.stdout + again.stderr  # loaded already
    finally:
        arb.close()
