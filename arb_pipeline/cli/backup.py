"""`arb backup`: archive of a home, and its restoration."""

from pathlib import Path
from typing import Annotated

import typer

from arb_pipeline.cli.terminal import echo

app = typer.Typer(
    help="Back up database, landing packages and lake into one archive; restore it into an empty home.",
    no_args_is_help=True,
)
Archive = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="The archive, e.g. arb-2026-01-31.tar.")]


@app.command()
def create(archive: Archive) -> None:
    """Write an archive of this home; it holds no password and no setting."""
    from arb_pipeline.services.backup import create_backup
    from arb_pipeline.settings import settings

    view = create_backup(settings(), archive.expanduser().resolve(), progress=_progress)
    rows = sum(view.manifest.rows.values())
    files = sum(view.manifest.files.values())
    echo(
        f"{view.archive}: {view.bytes / 1e6:,.1f} MB, {rows:,} rows in "
        f"{len(view.manifest.rows)} tables, {files:,} files"
    )


@app.command()
def restore(archive: Archive) -> None:
    """Restore an archive into this home, which must be empty, and compare every table with it.

    BI tools log in again after `arb db role`; users of the dashboard keep their passwords.
    """
    from arb_pipeline.services.backup import restore_backup
    from arb_pipeline.settings import settings

    view = restore_backup(settings(), archive.expanduser().resolve(), progress=_progress)
    echo(
        f"restored the home of {view.manifest.created_at:%Y-%m-%d %H:%M} UTC into {settings().home}: "
        f"{sum(view.manifest.rows.values()):,} rows in {len(view.manifest.rows)} tables, as backed up"
    )
    echo("Next: `arb db migrate`, then `arb db role` for BI tools.", err=True)


def _progress(part: str, done: int, total: int) -> None:
    if done == total or done % 200 == 0:
        echo(f"{part}: {done:,} of {total:,} files", err=True)
