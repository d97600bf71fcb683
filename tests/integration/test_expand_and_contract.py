"""Expand, then contract: a migration leaves the version before able to work (docs/deployment.md, *New versions*).

Two checks: of the schema, revision by revision; and of the previous version's own API, taken from the history
of this repository, beside the present one on one database.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from arb_pipeline.access.api_keys import create_api_key
from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.storage.ports import free_port
from arb_pipeline.storage.postgres import migrate as migrations
from arb_pipeline.storage.postgres import tables
from arb_pipeline.storage.postgres.migrate import head, migrate

ROOT = Path(__file__).parents[2]
VERSIONS = "arb_pipeline/storage/postgres/migrations/versions"
START_SECONDS = 60
PROGRAM = "from arb_pipeline.cli.main import run; run()"
COLUMNS = """
    SELECT table_name || '.' || column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,
           is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'arb_schema_version'
"""
OBJECTS = """
    SELECT 'function ' || p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'type ' || typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
    UNION ALL SELECT 'table ' || relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
"""
RULES = """
    SELECT c.conrelid::regclass || ' ' || pg_get_constraintdef(c.oid),
           (SELECT array_agg(a.attname::text) FROM pg_attribute a
            WHERE a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)), c.conrelid::regclass::text
    FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('c', 'u', 'f', 'x', 'p')
"""


class Schema:
    """Objects that code can use: tables, columns, functions; and constraints on its rows."""

    def __init__(self, engine: sa.Engine) -> None:
        with engine.connect() as connection:
            self.columns = {row[0]: tuple(row[1:]) for row in connection.execute(sa.text(COLUMNS))}
            self.objects = set(connection.scalars(sa.text(OBJECTS)))
            self.rules = {row[0]: (set(row[1] or ()), row[2]) for row in connection.execute(sa.text(RULES))}


def faults(before: Schema, after: Schema) -> list[str]:
    """Objects that the code of `before` loses, or may no longer write, at `after`."""
    result = [f"{name} is gone" for name in sorted(before.objects - after.objects)]
    tables = {name.partition(".")[0] for name in before.columns}
    for name, column in before.columns.items():
        if name not in after.columns:
            result.append(f"{name} is gone")
        elif after.columns[name] != column:
            result.append(f"{name} was {column}, is {after.columns[name]}")
    for name in sorted(set(after.columns) - set(before.columns)):
        *_, is_nullable, default = after.columns[name]
        if name.partition(".")[0] in tables and is_nullable == "NO" and default is None:
            result.append(f"{name} is new, required, and has no default: old code cannot insert")
    for name in sorted(set(after.rules) - set(before.rules)):
        columns, table = after.rules[name]
        if table in tables and all(f"{table}.{column}" in before.columns for column in columns):
            result.append(f"new rule on old columns: {name}")
    return result


def revisions() -> list[str]:
    scripts = ScriptDirectory.from_config(migrations._config()).walk_revisions()
    return [script.revision for script in reversed(list(scripts))]


def upgrade(engine: sa.Engine, revision: str) -> None:
    config = migrations._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_the_newest_migration_only_adds(empty_engine: sa.Engine) -> None:
    """Or it says the oldest code that can work on it, which is then at least that of the revision before."""
    *_, previous, newest = revisions()
    upgrade(empty_engine, previous)
    before = Schema(empty_engine)
    upgrade(empty_engine, newest)
    assert len(before.columns) > 100
    result = faults(before, Schema(empty_engine))
    assert result == [] or migrations.oldest_code() > previous, result


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("ALTER TABLE products DROP COLUMN set_name", "products.set_name is gone"),
        ("ALTER TABLE products RENAME COLUMN set_name TO series", "products.set_name is gone"),
        ("DROP TABLE load_ledger CASCADE", "table load_ledger is gone"),
        ("ALTER TABLE products ALTER COLUMN set_name SET NOT NULL", "products.set_name was"),
        ("ALTER TABLE products ALTER COLUMN name TYPE text", "products.name was"),
        ("ALTER TABLE products ADD COLUMN weight int NOT NULL", "products.weight is new, required"),
        ("ALTER TABLE products ADD CHECK (length(name) < 90)", "new rule on old columns: products CHECK"),
        ("ALTER TABLE products ADD UNIQUE (name, set_code)", "new rule on old columns: products UNIQUE"),
        ("ALTER TABLE products ADD COLUMN weight int CHECK (weight > 0)", ""),
        ("ALTER TABLE products ADD COLUMN weight int NOT NULL DEFAULT 0", ""),
        ("CREATE TABLE weights (id int PRIMARY KEY, grams int NOT NULL)", ""),
        ("CREATE INDEX ON products (set_name)", ""),
    ],
)
def test_what_the_check_finds(engine: sa.Engine, change: str, fault: str) -> None:
    before = Schema(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    result = faults(before, Schema(engine))
    assert any(text.startswith(fault) for text in result) if fault else result == []


# The version before, beside the present one --------------------------------------------------------------------


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def previous_code(open_folder: Path) -> Path:
    """The package as it was before the newest migration was added."""
    newest = next((ROOT / VERSIONS).glob(f"{head()}_*.py")).relative_to(ROOT)
    added = git("log", "--diff-filter=A", "--format=%H", "-1", "--", str(newest)).decode().strip()
    assert added, f"the history of {newest} is not here: git fetch --unshallow"
    folder = open_folder / "previous"
    archive = git("archive", f"{added}^", "arb_pipeline", "scrapy_project", "pyproject.toml")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


@contextmanager
def serving(code: Path, home: Path, url: str) -> Iterator[str]:
    """Base URL of the API of some code, in a process of its own."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARB_")}
    environment |= {"ARB_HOME": str(home), "ARB_DATABASE_URL": url, "PYTHONPATH": str(code)}
    program = f"import arb_pipeline; assert arb_pipeline.__file__.startswith({str(code)!r})\n{PROGRAM}"
    arguments = ["serve", "--port", str(port)]
    log = home / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            env=environment,
            cwd=home,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/healthz"):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(log.read_text("utf-8")[-3000:])
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def asked(base: str, path: str, key: str, body: dict[str, Any] | None = None) -> Any:
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/json",
        "Idempotency-Key": uuid.uuid4().hex,
    }
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(base + path, data, headers), timeout=20) as answer:
        return json.loads(answer.read())


BOX, DECK = (uuid.UUID(int=n) for n in (1, 2))
OF_BOX, OF_DECK = (uuid.UUID(int=n) for n in (101, 102))
READS = (
    "/api/v1/products",
    f"/api/v1/products/{BOX}",
    "/api/v1/opportunities",
    f"/api/v1/opportunities/{OF_BOX}",
    "/api/v1/portfolio",
)


def seed(connection: sa.Connection) -> str:
    """Two products with an opportunity each; an API key of a buyer. Columns of the first schema alone."""
    now = datetime.now(UTC)
    product = {"product_type": "sealed", "category": "mtg"}
    products = [product | {"id": BOX, "name": "Play Booster Box"}, product | {"id": DECK, "name": "Deck"}]
    connection.execute(sa.insert(tables.products), products)
    life = {
        "opened_on": now.date(),
        "as_of": now.date(),
        "status": "active",
        "expires_at": now + timedelta(hours=20),
    }
    money = {"sealed_price": 100, "singles_value": 150, "profit": 50, "margin_percentage": 50}
    row = life | money | {"confidence_score": 0.8, "risk_level": "low"}
    rows = [row | {"id": OF_BOX, "sealed_product_id": BOX}, row | {"id": OF_DECK, "sealed_product_id": DECK}]
    connection.execute(sa.insert(tables.arbitrage_opportunities), rows)
    return create_api_key(connection, COMMAND_LINE, "of-buyer", "buyer")[1]


@pytest.mark.slow
def test_two_versions_side_by_side(empty_engine: sa.Engine, previous_code: Path, open_folder: Path) -> None:
    """A deploy: the old API serves, the schema is migrated, the new one starts, both write; the old one ends."""
    upgrade(empty_engine, revisions()[-2])
    with empty_engine.begin() as connection:
        key = seed(connection)
    url = empty_engine.url.render_as_string(hide_password=False)
    homes = [open_folder / name for name in ("old_home", "new_home")]
    for home in homes:
        home.mkdir()
    bought = {"quantity": 2, "price": "95.00"}
    with serving(previous_code, homes[0], url) as old:
        before = {path: asked(old, path, key) for path in READS}
        assert len(before["/api/v1/opportunities"]["items"]) == 2
        assert migrate(empty_engine) == [head()]
        assert {path: asked(old, path, key) for path in READS} == before
        with serving(ROOT, homes[1], url) as new:
            asked(old, f"/api/v1/opportunities/{OF_BOX}/execute", key, bought)
            asked(new, f"/api/v1/opportunities/{OF_DECK}/execute", key, bought)
            for base in (old, new):
                status = {
                    str(id_): asked(base, f"/api/v1/opportunities/{id_}", key) for id_ in (OF_BOX, OF_DECK)
                }
                assert {result["status"] for result in status.values()} == {"executed"}
                assert {result["execution_price"] for result in status.values()} == {"95.00"}
