"""`arb mart`: the tables that BI tools read."""

from typing import Annotated

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import echo, print_error

app = typer.Typer(help="The mart that BI tools read: publish it, document it.", no_args_is_help=True)


@app.command()
def publish(json: Json = False) -> None:
    """Builds the mart beside the one in use, checks it, and publishes it.

    Exit code 1: a check failed, and the last mart stays.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.runner import mart
    from arb_pipeline.settings import settings

    console = render.progress_console(quiet=json)
    with reading() as connection:
        mart.check_analysed(connection)
    done = mart.publish(settings())
    for failure in done.failures:
        print_error(failure)
    if json:
        echo(render.to_json(done))
    for name, rows in done.tables.items():
        console.print(f"  mart.{name:<24} {rows:>12,} rows")
    if not done.success:
        raise typer.Exit(1)


@app.command()
def docs() -> None:
    """Writes the documentation of the published mart, as one HTML page, to ARB_HOME/mart/docs."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import mart
    from arb_pipeline.settings import settings

    with reading() as connection:
        echo(mart.document(settings(), connection))


@app.command()
def manifest(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
) -> None:
    """Parses the dbt project for later loads (`make setup` runs it). Needs no database."""
    from arb_pipeline.services import mart

    made = mart.manifest()
    if not quiet:
        echo(made)
