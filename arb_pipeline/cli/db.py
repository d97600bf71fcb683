"""`arb db`: the database."""

from typing import Annotated

import typer

app = typer.Typer(help="The database: start, stop, migrate, where it is.", no_args_is_help=True)


@app.command()
def start() -> None:
    """Starts the embedded PostgreSQL of ARB_HOME (once) and prints its url without the password."""
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.postgres.engine import connect

    engine = connect(settings())
    typer.echo(engine.url.render_as_string(hide_password=True))
    engine.dispose()


@app.command()
def stop(
    delete: Annotated[bool, typer.Option("--delete", help="Also delete the embedded database.")] = False,
) -> None:
    """Stops the embedded PostgreSQL of ARB_HOME. A server of ARB_DATABASE_URL is not touched."""
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(settings().home)
    stopped = server.stop()
    typer.echo("stopped" if stopped else "was not running")
    if delete and server.delete():
        typer.echo("deleted the embedded database")


@app.command("migrate")
def migrate_() -> None:
    """Brings the tables to the version of this program."""
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.postgres.engine import connect
    from arb_pipeline.stores.postgres.migrate import current, migrate

    engine = connect(settings())
    applied = migrate(engine)
    typer.echo(f"applied {', '.join(applied)}" if applied else f"up to date at {current(engine)}")
    engine.dispose()


@app.command()
def url(
    password: Annotated[
        bool, typer.Option("--password", help="With the password, for psql and BI tools.")
    ] = False,
) -> None:
    """Prints the database's url for psql (starts the embedded server if need be)."""
    from arb_pipeline.settings import settings
    from arb_pipeline.stores.postgres.engine import connect

    engine = connect(settings())
    typer.echo(engine.url.set(drivername="postgresql").render_as_string(hide_password=not password))
    engine.dispose()
