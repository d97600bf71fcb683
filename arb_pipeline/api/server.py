"""The server process: the application under uvicorn, and one-time sign-in links."""

import ipaddress
import logging
from pathlib import Path
from typing import Any

from arb_pipeline.access.audit import COMMAND_LINE
from arb_pipeline.access.sessions import create_link
from arb_pipeline.access.users import LOCAL_ADMIN, local_admin
from arb_pipeline.contracts.errors import ConfigurationError, ConflictError
from arb_pipeline.settings import Settings
from arb_pipeline.storage.ports import is_free
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate

STOP_SECONDS = 15
HEALTH_SECONDS = 60
"""A worker process that is silent for longer is replaced: imports on a machine under load take a while."""
LONGEST_HEADERS = 64 * 1024


def is_loopback(host: str) -> bool:
    """True if an address is a loopback one."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    settings: Settings, *, host: str, port: int, tls: tuple[Path, Path] | None = None, workers: int = 1
) -> None:
    """Serves until it is stopped. Raises `ConfigurationError` for plain HTTP beyond this machine."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from arb_pipeline.api.app import create_app
    from arb_pipeline.api.metrics import shared

    behind_proxy = bool(settings.api_proxies) or settings.api_url.startswith("https://")
    if not is_loopback(host) and tls is None and not behind_proxy:
        message = f"arb serve on {host} would send passwords and keys in clear text"
        step = (
            "Serve on 127.0.0.1, name a certificate with --tls-cert and --tls-key, or set ARB_API_URL to the "
        )
        raise ConfigurationError(message, next_step=step + "https address of the proxy before it.")
    options: dict[str, Any] = {}
    if tls is not None:
        options = {"ssl_certfile": str(tls[0]), "ssl_keyfile": str(tls[1])}
    configure_logs(settings)
    app: Any = (
        create_app(settings, is_warm=True) if workers == 1 else "arb_pipeline.api.server:app_of_environment"
    )
    config = uvicorn.Config(
        app,
        factory=workers > 1,
        workers=workers,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.api_proxies),
        forwarded_allow_ips=list(settings.api_proxies) or None,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=75,
        timeout_worker_healthcheck=HEALTH_SECONDS,
        h11_max_incomplete_event_size=LONGEST_HEADERS,
        limit_concurrency=1_000,
        lifespan="on",
        **options,
    )
    if workers == 1:
        uvicorn.Server(config).run()
        return
    sockets = [config.bind_socket()]
    with shared():
        Multiprocess(config, sockets=sockets).run()


def app_of_environment() -> Any:
    """The application of one of several worker processes."""
    from arb_pipeline.api.app import create_app
    from arb_pipeline.settings import settings

    configure_logs(settings())
    return create_app(settings(), is_warm=True)


def sign_in_link(settings: Settings, base: str) -> str:
    """One-time link that signs in the administrator of this machine, created with the first link."""
    with connected(settings) as engine:
        migrate(engine)
        with engine.begin() as connection:
            user = local_admin(connection, COMMAND_LINE)
            if not user.is_active:
                message = f"The user {LOCAL_ADMIN} is inactive"
                raise ConflictError(message, next_step="`arb user link NAME` makes a link for another one.")
            return f"{base}/sign-in?token={create_link(connection, COMMAND_LINE, str(user.id))}"


def check_port(host: str, port: int) -> None:
    """Raises `ConflictError` where another program has the port."""
    if is_loopback(host) and not is_free(port):
        thing = "Port"
        step = "Stop it, or choose another: `arb serve --port N`. A link to a running one: --print-link."
        raise ConflictError(thing, value=port, allowed="a port that no other program has", next_step=step)


def configure_logs(settings: Settings) -> None:
    """Configures structured logs of the server and uvicorn, whose own access log is off."""
    from arb_pipeline.storage import logs

    logs.configure(settings)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logs.logger().info("serving")
