"""The `arb` command as a user runs it: a process of its own, with its own ARB_HOME."""

import io
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

PROGRAM = Path(sys.executable).with_name("arb")
SECONDS = 900
SMALL_MARKET = Path(__file__).with_name("small_market.yaml")
Done = subprocess.CompletedProcess[str]
KEYS = {
    "products": "id",
    "product_singles": "sealed_product_id, single_product_id, is_foil, printing, pack, sheet",
    "price_history": "product_id, source, price_type, printing, condition, language, recorded_at",
    "sealed_valuations": "product_id, as_of",
    "valuation_singles": "product_id, as_of, rank",
    "arbitrage_opportunities": "id",
    "opportunity_events": "id",
    "load_ledger": "source, category, day, package_id, parser_version",
}
"""Tables and the order of their rows."""
CLOCK = ("created_at", "updated_at", "loaded_at", "fetched_at")


@dataclass
class Arb:
    """One ARB_HOME. `url`: a database of a running server; without one the embedded server of the home."""

    home: Path
    url: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    params: Path | None = SMALL_MARKET
    """Parameters of its own; None: as shipped."""

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes: ours without any ARB_ setting, and no mart unless a test asks."""
        own = {k: v for k, v in os.environ.items() if not k.startswith(("ARB_", "DAGSTER_"))}
        own |= {"ARB_HOME": str(self.home), "NO_COLOR": "1", "COLUMNS": "200", "ARB_MART": "false"}
        own["ARB_EXPIRE_FROM"] = "prices"  # days of years ago, and tables that must be equal
        if self.url:
            own["ARB_DATABASE_URL"] = self.url
        if self.params:
            own["ARB_PARAMS"] = str(self.params)
        return own | self.environment

    def __call__(self, *arguments: object, code: int | None = 0) -> Done:
        """Runs `arb ARGUMENTS` as a process and holds its exit code against `code` (None: any)."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.env,
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return _checked(done, code)

    @staticmethod
    def command(*arguments: object) -> list[str]:
        """The command line of a process."""
        return [str(PROGRAM), *map(str, arguments)]

    def quick(self, *arguments: object, code: int | None = 0) -> Done:
        """Runs a command through the same entry point in this process: no seconds of imports each."""
        with self._as_process():
            from arb_pipeline.cli.main import run

            out, err, exit_code = io.StringIO(), io.StringIO(), 0
            argv = patch.object(sys, "argv", ["arb", *map(str, arguments)])
            with argv, redirect_stdout(out), redirect_stderr(err):
                try:
                    run()
                except SystemExit as ended:
                    exit_code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        return _checked(Done(self.command(*arguments), exit_code, out.getvalue(), err.getvalue()), code)

    def reference_data(self, data: Path) -> list[str]:
        """The first half of `arb run` alone, for Magic: catalogue and contents. Returns its failures."""
        with self._as_process():
            from arb_pipeline.runner import Runner
            from arb_pipeline.settings import settings
            from arb_pipeline.storage.postgres.engine import connect
            from arb_pipeline.storage.postgres.migrate import migrate

            engine = connect(settings())
            migrate(engine)
            engine.dispose()
            runner = Runner(settings(), data=data, categories=["mtg"], listener=lambda _: None)
            return runner.reference_data().failures

    @contextmanager
    def _as_process(self) -> Iterator[None]:
        """The environment of this home in this process; settings, read once a process, are read again."""
        home = patch.dict(os.environ, self.env, clear=True)
        with home, chdir(self.home.parent), warnings.catch_warnings(action="ignore"):
            from arb_pipeline.settings import settings
            from arb_pipeline.storage import params

            settings.cache_clear()
            try:
                with patch("arb_pipeline.runner.asset_graph.open_instance", lambda _: self.records):
                    yield
            finally:
                settings.cache_clear()
                params.install({})  # values that administrators of this home entered

    @cached_property
    def records(self) -> Any:
        """Dagster's records of the runs in this process, in memory: files of SQLite are half of a run's time.

        test_run_records.py has a home whose runs are recorded in PostgreSQL, as everywhere else.
        """
        from dagster import DagsterInstance

        instance = DagsterInstance.ephemeral()
        instance.dispose = lambda: None  # those who opened it close it
        return instance

    def json(self, *arguments: object, code: int | None = 0) -> Any:
        """Output of a command with --json."""
        return json.loads(self.quick(*arguments, "--json", code=code).stdout)

    def run(self, data: Path, *arguments: object, code: int | None = 0) -> list[dict[str, Any]]:
        """`arb run --data DATA ARGUMENTS --json`, in this process; without history unless a test asks for it."""
        arguments = arguments if "--history" in arguments else (*arguments, "--history", 0)
        done = self.quick("run", "--data", data, *arguments, "--json", code=code)
        runs: list[dict[str, Any]] = json.loads(done.stdout)
        return runs

    @cached_property
    def engine(self) -> sa.Engine:
        """The results, as a BI tool reaches them."""
        url = self.url or self("db", "url", "--password").stdout.strip()
        return sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)

    def rows(self, query: str, **values: object) -> list[dict[str, Any]]:
        """Rows of a query."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    def execute(self, statement: str, **values: object) -> int:
        """Changes rows as a person would; tells how many."""
        with self.engine.begin() as connection:
            return connection.execute(sa.text(statement), values).rowcount

    def valuation(self, name: str, day: object) -> dict[str, Any]:
        """One product's row of `sealed_valuations`."""
        query = (
            "SELECT v.* FROM sealed_valuations v JOIN products p ON p.id = v.product_id"
            " WHERE p.name = :name AND v.as_of = :day"
        )
        (row,) = self.rows(query, name=name, day=day)
        return row

    def opportunities(self) -> list[tuple[str, str, str, str]]:
        """(product, status, opened_on, as_of) of every opportunity."""
        query = (
            "SELECT p.name, o.status, o.opened_on, o.as_of FROM arbitrage_opportunities o"
            " JOIN products p ON p.id = o.sealed_product_id ORDER BY p.name, o.opened_on, o.id"
        )
        return [(r["name"], r["status"], str(r["opened_on"]), str(r["as_of"])) for r in self.rows(query)]

    def events(self) -> list[tuple[str, str, str]]:
        """(product, event, as_of) of every event."""
        query = (
            "SELECT p.name, e.event, e.as_of FROM opportunity_events e"
            " JOIN arbitrage_opportunities o ON o.id = e.opportunity_id"
            " JOIN products p ON p.id = o.sealed_product_id ORDER BY p.name, e.as_of, e.event"
        )
        return [(r["name"], r["event"], str(r["as_of"])) for r in self.rows(query)]

    def hashes(self, *, without: tuple[str, ...] = ()) -> dict[str, tuple[int, str]]:
        """Table -> (rows, md5 over its ordered rows), all columns but those of `without`."""
        result = {}
        with self.engine.connect() as connection:
            connection.execute(sa.text("SET TIME ZONE 'UTC'"))
            for table, order in KEYS.items():
                names = [c["name"] for c in sa.inspect(connection).get_columns(table)]
                row = ", ".join(f't."{name}"' for name in sorted(names) if name not in without)
                query = (
                    f"SELECT count(*), coalesce(md5(string_agg(md5(ROW({row})::text), '' ORDER BY {order})), '')"
                    f" FROM {table} t"
                )
                result[table] = tuple(connection.execute(sa.text(query)).one())
        return result

    def close(self) -> None:
        """Ends the embedded server of this home."""
        self.__dict__.pop("engine", None)
        if self.url is None:
            self("db", "stop", code=None)


def _checked(done: Done, code: int | None) -> Done:
    if code is not None and done.returncode != code:
        command = " ".join(map(str, done.args))
        message = f"{command}: exit code {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
        raise AssertionError(message)
    return done


@contextmanager
def home_of(folder: Path, name: str, url: str | None = None) -> Iterator[Arb]:
    """An ARB_HOME in a folder, its server stopped at the end."""
    arb = Arb(folder / name, url)
    # Run records in files: their own database takes seconds a home (test_run_records.py has one).
    records = arb.home / "dagster" / "dagster.yaml"
    records.parent.mkdir(parents=True)
    records.write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n", "utf-8")
    try:
        yield arb
    finally:
        arb.close()
