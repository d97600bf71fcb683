"""`arb mart`: what BI tools read."""

from typing import Annotated

import typer

from arb_pipeline.cli.options import Json

app = typer.Typer(help="The mart that BI tools read: publish it, document it.", no_args_is_help=True)
NOTHING_YET = (
    "nothing is analysed yet, so there is no mart to publish. "
    "`arb run --fetch` or `arb run --data DIR` analyses a day, and publishes the mart at its end."
)


@app.command()
def publish(json: Json = False) -> None:
    """Builds the mart beside the one in use, checks it, and puts it in its place.

    Exit code 1: a check failed, and the last mart stays.
    """
    import json as jsonlib

    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.contracts.categories import CATEGORIES
    from arb_pipeline.runner import Runner
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres import queries

    console = render.progress_console(quiet=json)
    with reading() as connection:
        if queries.latest_day(connection) is None:
            typer.echo(f"arb: {NOTHING_YET}", err=True)
            raise typer.Exit(1)
    runner = Runner(settings(), data=None, categories=CATEGORIES, listener=lambda _: None)
    done = runner.mart()
    for failure in done.failures:
        typer.echo(f"arb: {failure}", err=True)
    tables = done.value("mart/published", "tables", {})
    if json:
        told = {"success": done.success, "run_id": done.run_id, "seconds": round(done.seconds, 2)}
        typer.echo(jsonlib.dumps(told | {"tables": tables, "failures": done.failures}, indent=1))
    for name, rows in tables.items():
        console.print(f"  mart.{name:<24} {rows:>12,} rows")
    if not done.success:
        raise typer.Exit(1)


@app.command()
def docs() -> None:
    """Writes the documentation of the published mart, as one HTML page, to ARB_HOME/mart/docs."""
    from arb_pipeline.cli.database import reading
    from arb_pipeline.mart import dbt
    from arb_pipeline.mart.publication import MART, built_at
    from arb_pipeline.settings import settings

    with reading() as connection:
        if built_at(connection) is None:
            typer.echo("arb: no mart is published yet. `arb mart publish` does it.", err=True)
            raise typer.Exit(1)
        page = dbt.document(connection.engine.url, MART, settings().mart_folder / "docs")
    typer.echo(page)


@app.command()
def manifest(
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing.")] = False,
) -> None:
    """Parses the dbt project beforehand (`make setup`), so that the first load need not. Asks no database."""
    from arb_pipeline.mart import dbt

    made = dbt.manifest()
    if not quiet:
        typer.echo(made)
