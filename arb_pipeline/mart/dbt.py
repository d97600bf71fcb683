"""dbt runs of the mart project, each in its own process, with the database in its environment.

What is built is in `dbt/`; publishing it is `postgres.mart`. No secret is written to disk: dbt masks
variables that begin with DBT_ENV_SECRET_ in its logs.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from arb_pipeline.contracts.errors import FailedError
from arb_pipeline.settings import settings

IN_WHEEL, IN_CHECKOUT = Path(__file__).parent / "project", Path(__file__).parents[2] / "dbt"
PROJECT = IN_WHEEL if IN_WHEEL.is_dir() else IN_CHECKOUT
"""dbt's project: a wheel holds it inside this package."""
MAIN = ("-c", "from dbt.cli.main import cli; cli()")
MAIN_OF_PARSED = ("-m", "arb_pipeline.mart.dbt_program")
MANIFEST, PARSED = "manifest.json", "partial_parse.msgpack"
"""Names of the files that a parse leaves: for Dagster, and for dbt itself."""
PROGRAMS = ("dbt-core", "dbt-postgres")
SOURCE = re.compile(r"""source\(\s*['"]pipeline['"]\s*,\s*['"](\w+)['"]\s*\)""")
"""A table of the pipeline in a model."""
BY_LIBPQ = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "options", "passfile")
"""Parameters of a url that libpq also takes as variables: PGSSLMODE ..."""


class DbtError(FailedError, RuntimeError):
    """A dbt command failed; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one model or test."""

    unique_id: str
    status: str
    """success, error, skipped (models); pass, fail, warn, error, skipped (tests)."""
    failures: int
    """Failing rows of a test."""
    seconds: float
    rows: int | None
    message: str


DRAFT = "draft-"
"""Prefix of the folder that one process parses into."""


@dataclass(frozen=True, slots=True)
class Done:
    """A completed dbt run, with or without failures."""

    results: list[Result] = field(default_factory=list)

    @property
    def bad(self) -> list[Result]:
        """Failed models and tests, without those skipped after them."""
        return [r for r in self.results if r.status in {"error", "fail", "runtime error"}]


def manifest() -> Path:
    """The project's manifest, parsed if dbt or its files have changed since (without a database).

    Raises `DbtError`.
    """
    manifests = _manifests()
    made = manifests / _digest() / MANIFEST
    if made.exists():
        return made
    if not (PROJECT / "dbt_project.yml").exists():
        message = f"{PROJECT} has no dbt project. Install the package again, or run from a checkout."
        raise DbtError(message)
    manifests.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=manifests, prefix=DRAFT) as draft:
        _dbt(["parse"], {}, Path(draft))
        made.parent.mkdir(exist_ok=True)
        for name in (
            PARSED,
            MANIFEST,
        ):  # concurrent parses write the same files; the last one says that both are here
            Path(draft, name).replace(made.with_name(name))
    for old in manifests.iterdir():
        is_draft = old.name.startswith(DRAFT)  # of another process that parses now
        if old != made.parent and not is_draft and (old / MANIFEST).exists():
            shutil.rmtree(old, ignore_errors=True)
    return made


def read_tables() -> list[str]:
    """Tables of the pipeline that any model or test of the project reads."""
    files = [path for folder in ("models", "tests", "macros") for path in (PROJECT / folder).rglob("*.sql")]
    return sorted({name for path in files for name in SOURCE.findall(path.read_text("utf-8"))})


def price_days() -> int:
    """Days of prices up to the newest valuation that the mart holds."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text("utf-8"))
    return int(project["vars"]["price_days"])


def _manifests() -> Path:
    """Folder of manifests: dbt/target of a checkout; the home for a wheel, which may be read-only."""
    return PROJECT / "target" if PROJECT == IN_CHECKOUT else settings().mart_folder / "manifests"


def build(url: sa.URL, schema: str, target: Path) -> Done:
    """Builds all models into a schema and runs all tests; artifacts go to `target`. Raises `DbtError`."""
    variables = environment(url, schema)
    place = (manifest().with_name(PARSED), variables["ARB_MART_DATABASE"], schema)
    # Its log of everything takes a tenth of the time.
    done = _dbt(
        ["build", "--log-level-file", "info"],
        variables,
        target,
        may_fail=True,
        main=(*MAIN_OF_PARSED, *map(str, place)),
    )
    path = target / "run_results.json"
    if not path.exists():
        raise DbtError(_failure("build", done))
    return Done([_result(row) for row in json.loads(path.read_text("utf-8"))["results"]])


def document(url: sa.URL, schema: str, target: Path) -> Path:
    """Writes the static documentation of a schema: one HTML page that needs no server. Raises `DbtError`."""
    _dbt(["docs", "generate", "--static"], environment(url, schema), target)
    return target / "static_index.html"


def environment(url: sa.URL, schema: str) -> dict[str, str]:
    """Environment of dbt/profiles.yml and libpq: the database's address and schema."""
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    variables = {
        "ARB_MART_HOST": url.host or query.get("host") or "localhost",
        "ARB_MART_PORT": str(url.port or query.get("port") or 5432),
        "ARB_MART_USER": url.username or "",
        "DBT_ENV_SECRET_ARB_MART": str(url.password or ""),
        "ARB_MART_DATABASE": url.database or "",
        "ARB_MART_SCHEMA": schema,
    }
    return variables | {f"PG{name.upper()}": query[name] for name in BY_LIBPQ if name in query}


def _dbt(
    arguments: Sequence[str],
    variables: dict[str, str],
    target: Path,
    *,
    may_fail: bool = False,
    main: Sequence[str] = MAIN,
) -> subprocess.CompletedProcess[str]:
    target.mkdir(parents=True, exist_ok=True)
    where = (
        "--project-dir",
        PROJECT,
        "--profiles-dir",
        PROJECT,
        "--target-path",
        target,
        "--log-path",
        target,
    )
    command = [sys.executable, "-P", *main, *arguments, *map(str, where)]
    # Only these variables: dbt gets none of the sources' keys.
    plain = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "DO_NOT_TRACK": "1"}
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        command,
        env=plain | variables,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and not may_fail:
        raise DbtError(_failure(" ".join(arguments), done))
    return done


def _failure(what: str, done: subprocess.CompletedProcess[str]) -> str:
    tail = "\n".join(f"  {line}" for line in (done.stdout + done.stderr).strip().splitlines()[-12:])
    return f"dbt {what} ended with code {done.returncode}:\n{tail}"


def _result(row: dict[str, Any]) -> Result:
    rows = (row.get("adapter_response") or {}).get("rows_affected")
    return Result(
        unique_id=row["unique_id"],
        status=row["status"],
        failures=row.get("failures") or 0,
        seconds=round(row.get("execution_time") or 0.0, 3),
        rows=rows if isinstance(rows, int) and rows >= 0 else None,
        message=(row.get("message") or "").strip(),
    )


def _digest() -> str:
    """Digest of dbt's version and files; each manifest belongs to one."""
    hashed = hashlib.sha256(" ".join(map(version, PROGRAMS)).encode())
    for path in sorted(PROJECT.rglob("*")):
        if path.is_file() and path.suffix in {".sql", ".yml"} and IN_CHECKOUT / "target" not in path.parents:
            hashed.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()[:16]
