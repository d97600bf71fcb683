"""`arb up`, `arb down`, `arb status`: the servers that run the schedules."""

from typing import Annotated

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import echo, print_error

NOTHING = "nothing runs: `arb up` starts it."


def up() -> None:
    """Starts the Dagster UI, daemon, code server and the API on PostgreSQL, with schedules and sensors on.

    They run in the background, and are restarted when they end: `arb status`, `arb down`.
    """
    from arb_pipeline.services.supervisor import Services
    from arb_pipeline.settings import settings

    services = Services(settings())
    echo("Starting; this takes some 20 seconds", err=True)
    started = services.up()
    echo(f"{'up' if started else 'was up'}: {services.url}, logs in {services.folder}")
    echo(f"Dashboard and API: {services.api_url} (a sign-in link: `arb serve --print-link`)")


def dev(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: ARB_UI_PORT, else 3000.")
    ] = None,
) -> None:
    """Serves the Dagster UI of this home in the foreground, with reload; Ctrl-C ends it.

    It shows the runs of `arb run` too. Schedules and sensors are off.
    """
    from arb_pipeline.services.supervisor import develop
    from arb_pipeline.settings import settings

    develop(settings(), port or settings().ui_port)


def down() -> None:
    """Stops what `arb up` started, and the embedded PostgreSQL. Runs at work are ended."""
    from arb_pipeline.services import database
    from arb_pipeline.services.supervisor import Services
    from arb_pipeline.settings import settings

    stopped = Services(settings()).down()
    database.stop(settings())
    echo("down" if stopped else "was not up")


def status(json: Json = False) -> None:
    """Prints the services of `arb up` and their state. Exit code 1: one of them is not running."""
    import json as jsonlib
    from dataclasses import asdict

    from arb_pipeline.services.supervisor import Services
    from arb_pipeline.settings import settings

    services = Services(settings())
    processes = services.status()
    if json:
        echo(jsonlib.dumps([asdict(process) for process in processes], indent=1))
    elif processes:
        for process in processes:
            echo(f"{process.name:<12} {process.state:<9} {process.details}")
        echo(f"UI at {services.url}, logs in {services.folder}")
    ended = [process.name for process in processes if process.state != "RUNNING"]
    if not processes or ended:
        print_error(
            f"{', '.join(ended)} not running. See the logs in {services.folder}." if ended else NOTHING
        )
        raise typer.Exit(1)
