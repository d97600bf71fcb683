"""A process that lands and loads days of prices, as `arb backfill` does, and what kills and compares it."""

import multiprocessing
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from arb_pipeline.contracts.categories import CATEGORIES
from arb_pipeline.sources.cleaning import tcgplayer
from arb_pipeline.storage.landing import Landing, files_under
from arb_pipeline.storage.postgres import exports
from arb_pipeline.storage.postgres.embedded import EmbeddedPostgres
from arb_pipeline.storage.postgres.embedded_programs import run
from arb_pipeline.storage.postgres.prices import Load, save_prices
from arb_pipeline.storage.tcgcsv_files import price_files

SOURCE = "tcgcsv"
FORKS = multiprocessing.get_context("forkserver")
"""Starts a process in hundredths of a second: the imports are made once, in a server without threads."""
FORKS.set_forkserver_preload(
    ["arb_pipeline.sources.cleaning.tcgplayer", "arb_pipeline.storage.postgres.prices", "py7zr"]
)
Told = Callable[[str], None]
Kept = tuple[tuple[int, str], list[tuple[Any, ...]]]


def land_and_load(
    data: Path, home: Path, engine: sa.Engine, tell: Told = lambda _: None, *, commits: bool = True
) -> int:
    """Takes every day of a folder of unpacked archives through landing, cleaning and loading: days loaded.

    A day that the ledger has is not loaded again. `tell`: told of every stage as it begins.
    """
    landing, loaded = Landing(home / "landing"), 0
    with engine.connect() as connection:
        query = "SELECT id::text AS product_id, tcg_product_id FROM products"
        known = pl.read_database(sa.text(query), connection)
        done = set(connection.scalars(sa.text("SELECT DISTINCT package_id FROM load_ledger")))
    for folder in sorted(data.iterdir()):
        day = date.fromisoformat(folder.name)
        tell("landing")
        fetched_at = datetime.combine(day, time(21), UTC)
        crawl = {"answers": [{"fetched_at": fetched_at.isoformat()}]}
        files = files_under(folder, "*/*/prices")
        landing.land(SOURCE, files, part=folder.name, origin=str(data), crawl=crawl)
        package = landing.latest(SOURCE, part=folder.name)
        if package.package_id in done:
            continue
        tell("cleaning")
        parsed = list(price_files(package.files, day=folder.name))
        cleaned = {
            name: tcgplayer.clean([f for f in parsed if f.category == name], day=day) for name in CATEGORIES
        }
        observations = pl.concat([result.observations for result in cleaned.values()])
        counts = {
            name: (result.raw, result.observations.height, result.duplicates, result.refused_records)
            for name, result in cleaned.items()
        }
        loads = [
            Load(
                "tcgplayer", name, day, package.package_id, "1", *counts[name], fetched_at=package.fetched_at
            )
            for name in CATEGORIES
        ]
        tell("saving")
        with engine.connect() as connection:
            save_prices(connection, loads, observations, known)
            tell("committing")
            if commits:
                connection.commit()
        loaded += 1
    tell("done")
    return loaded


def _work(data: Path, home: Path, url: str) -> None:
    """The process that is killed; the stages it reached are the lines of `home/stages`."""
    with (home / "stages").open("ab", buffering=0) as stages:
        stages.write(b"starting\n")
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        land_and_load(data, home, engine, lambda stage: stages.write(f"{stage}\n".encode()) and None)


@dataclass
class Bench:
    """A folder of days, a cluster of our own with a catalogue, and a home to land in."""

    data: Path
    home: Path
    cluster: EmbeddedPostgres
    url: str

    @property
    def engine(self) -> sa.Engine:
        """The database; each connection is a new one."""
        return sa.create_engine(self.url, poolclass=sa.NullPool, connect_args={"options": "-c timezone=UTC"})

    def worker(self) -> ForkServerProcess:
        """Starts a process that lands and loads all days."""
        process = FORKS.Process(target=_work, args=(self.data, self.home, self.url))
        process.start()
        return process

    def load(self, **options: Any) -> int:
        """The same in this process."""
        return land_and_load(self.data, self.home, self.engine, **options)

    def stage(self) -> str:
        """Stage of the last worker."""
        return (self.home / "stages").read_text().split()[-1]

    def empty(self) -> None:
        """As before the first load; the catalogue stays."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE price_history, load_ledger")
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()

    def kept(self) -> Kept:
        """Rows and hash of price_history, and the ledger, without the times at which they were written."""
        ledger = sa.text("SELECT to_jsonb(l) - 'loaded_at' FROM load_ledger l ORDER BY source, category, day")
        with self.engine.connect() as connection:
            prices = exports.fingerprint(connection, "price_history", without=("created_at",))
            return prices, [tuple(sorted(row.items())) for row in connection.scalars(ledger)]

    def agrees(self) -> bool:
        """Does the ledger count the rows that are there?"""
        (rows, _), ledger = self.kept()
        return rows == sum(dict(entry)["rows_written"] for entry in ledger)

    def landed(self) -> list[tuple[str, str]]:
        """Day and id of every package; each has its files and is the one in use."""
        landing = Landing(self.home / "landing")
        result = [(day, landing.latest(SOURCE, part=day)) for day in landing.days(SOURCE)]
        assert all(package.manifest["files"] for _, package in result)
        return [(day, package.package_id) for day, package in result]

    def stop(self, mode: str = "immediate") -> None:
        """Stops the server: `immediate` is a crash, `fast` ends what is under way in order."""
        data = self.cluster.status().data_directory
        assert data is not None
        assert run(data.parent, "pg_ctl", "stop", "-D", str(data), "-w", "-m", mode).returncode == 0

    def start(self) -> None:
        """Starts it again."""
        self.url = self.cluster.start()

    @contextmanager
    def stopping(self, mode: str = "immediate") -> Any:
        """Whatever happens inside, the server runs afterwards."""
        try:
            yield lambda: self.stop(mode)
        finally:
            self.start()
