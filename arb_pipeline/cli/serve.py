"""`arb serve`, `arb user`, `arb api-key`, `arb redis`: the API server and its accounts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arb_pipeline.services.view import View

user_app = typer.Typer(help="Users of the API and dashboard.", no_args_is_help=True)
key_app = typer.Typer(help="API keys of programs.", no_args_is_help=True)
redis_app = typer.Typer(help="Optional Redis-compatible server of this home.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the user.")]
RoleOption = Annotated[str, typer.Option("--role", help="viewer, buyer, operator or admin.")]


def serve(
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="ARB_API_PORT by default.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to serve on; 127.0.0.1 by default.")
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes.")] = 1,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Certificate (PEM).", exists=True)
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key (PEM).", exists=True)] = None,
    print_link: Annotated[
        bool, typer.Option("--print-link", help="Print a sign-in link to a running server, and exit.")
    ] = False,
    no_link: Annotated[bool, typer.Option("--no-link", help="Print no sign-in link.")] = False,
) -> None:
    """Serves the API and the dashboard, and prints a one-time sign-in link on a loopback address."""
    from arb_pipeline.api import server
    from arb_pipeline.settings import settings

    given = settings()
    place, number = host or given.api_host, port or given.api_port
    tls = (tls_cert, tls_key) if tls_cert and tls_key else None
    base = given.api_url.rstrip("/") or f"{'https' if tls else 'http'}://{place}:{number}"
    if print_link:
        echo(server.sign_in_link(given, base))
        return
    server.check_port(place, number)
    if server.is_loopback(place):
        echo(f"Serving {base} (documentation: {base}/docs). Ctrl-C stops it.", err=True)
    if server.is_loopback(place) and not no_link:
        echo(f"Sign in once, within 10 minutes: {server.sign_in_link(given, base)}", err=True)
    server.serve(given, host=place, port=number, tls=tls, workers=workers)


@user_app.command("create")
def create_user(
    name: Name,
    role: RoleOption,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="File with the password; else it is prompted for.")
    ] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="The user signs in by link or OpenID Connect.")
    ] = False,
) -> None:
    """Creates a user."""
    from arb_pipeline.services import accounts

    password = None if no_password else _password(password_file)
    accounts.create(name, role, password)
    echo(f"created {name} ({role})")


@user_app.command("list")
def list_users(json: Json = False) -> None:
    """Lists the users."""
    from arb_pipeline.services import accounts

    _print(accounts.listed_users(), ("name", "kind", "role", "is_active", "last_seen_at"), as_json=json)


@user_app.command("password")
def set_password(
    name: Name,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="File with the password; else it is prompted for.")
    ] = None,
) -> None:
    """Sets a user's password; the user's sessions end."""
    from arb_pipeline.services import accounts

    accounts.change(name, password=_password(password_file))
    echo(f"password of {name} set")


@user_app.command("role")
def set_role(name: Name, role: RoleOption) -> None:
    """Changes a user's role."""
    from arb_pipeline.services import accounts

    accounts.change(name, role=accounts.role(role))
    echo(f"{name} is {role}")


@user_app.command("deactivate")
def deactivate(name: Name) -> None:
    """Ends a user's sessions; neither sign-in nor keys are accepted from now on."""
    from arb_pipeline.services import accounts

    accounts.change(name, is_active=False)
    echo(f"{name} is inactive")


@user_app.command("activate")
def activate(name: Name) -> None:
    """Accepts a user again."""
    from arb_pipeline.services import accounts

    accounts.change(name, is_active=True)
    echo(f"{name} is active")


@user_app.command("link")
def link(name: Name) -> None:
    """Prints a one-time sign-in link; it holds for 10 minutes."""
    from arb_pipeline.services import accounts

    echo(accounts.link(name))


@user_app.command("export")
def export(name: Name) -> None:
    """Prints everything that is stored of a user, as JSON."""
    from arb_pipeline.services import accounts

    echo(accounts.export(name))


@user_app.command("erase")
def erase(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Erases an account. Its purchases stay, without the name."""
    from arb_pipeline.services import accounts

    if not yes:
        typer.confirm(f"Erase the account {name}? This cannot be undone.", abort=True)
    accounts.erase(name)
    echo(f"{name} is erased")


@key_app.command("create")
def create_key(
    name: Annotated[str, typer.Option("--name", help="Purpose of the key.")],
    role: RoleOption,
    user: Annotated[
        str | None, typer.Option("--user", help="Owner of the key; by default a program of the same name.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option("--scope", help="read, buy, operate, administer; all by default.")
    ] = None,
    expires: Annotated[
        datetime | None, typer.Option("--expires", help="First day on which the key is refused.")
    ] = None,
) -> None:
    """Creates an API key and prints it, alone, on the last line. It is not shown again."""
    from arb_pipeline.services import accounts

    echo(f"Key of {name} ({role}); send it as `Authorization: Bearer KEY`. It is shown once:", err=True)
    echo(accounts.create_key(name, role, user=user, scopes=scope or [], expires=expires))


@key_app.command("list")
def list_keys(json: Json = False) -> None:
    """Lists the API keys, never the keys themselves."""
    from arb_pipeline.services import accounts

    columns = ("id", "prefix", "name", "role", "user", "last_used_at", "revoked_at")
    _print(accounts.listed_keys(), columns, as_json=json)


@key_app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Id of the key, or the beginning that `list` shows.")],
) -> None:
    """Revokes an API key at once."""
    from arb_pipeline.services import accounts

    accounts.revoke_key(key)
    echo("revoked")


@redis_app.command("start")
def redis_start() -> None:
    """Starts a Valkey server of this home on 127.0.0.1; prints its ARB_REDIS_URL."""
    from arb_pipeline.services.supervisor import start_redis
    from arb_pipeline.settings import settings

    echo(f"ARB_REDIS_URL={start_redis(settings())}")


@redis_app.command("stop")
def redis_stop() -> None:
    """Stops it."""
    from arb_pipeline.services.supervisor import stop_redis
    from arb_pipeline.settings import settings

    echo("stopped" if stop_redis(settings()) else "was not running")


def _password(file: Path | None) -> str:
    if file is not None:
        return file.read_text("utf-8").rstrip("\r\n")
    answer: str = typer.prompt("Password (12 characters at least)", hide_input=True, confirmation_prompt=True)
    return answer


def _print(views: "Sequence[View]", columns: tuple[str, ...], *, as_json: bool) -> None:
    import json as jsonlib

    rows = [view.model_dump() for view in views]
    if as_json:
        echo(jsonlib.dumps(rows, indent=1, default=str))
        return
    from rich.table import Table

    from arb_pipeline.cli import render

    table = Table(*columns, header_style="bold")
    for row in rows:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in columns))
    render.console().print(table)
