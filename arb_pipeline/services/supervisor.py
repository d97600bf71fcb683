"""Services of `arb up`: code server, daemon, web server, and the embedded PostgreSQL.

supervisord starts and restarts them, and rotates their logs. They listen on 127.0.0.1 only.
"""

import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from filelock import FileLock

from arb_pipeline.contracts.errors import FailedError
from arb_pipeline.settings import Settings, environment_with
from arb_pipeline.storage.dagster_home import prepare, serve
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.local_redis import LocalRedis
from arb_pipeline.storage.ports import HOST, free_port, is_free
from arb_pipeline.storage.postgres.engine import connected
from arb_pipeline.storage.postgres.migrate import migrate

READY_SECONDS = 180
STOP_SECONDS = 120
GONE = ("no such file", "refused connection", "SHUTDOWN_STATE")
SUPERVISORD = """\
# Written by `arb up`, at every start.
[supervisord]
logfile={folder}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={folder}/supervisord.pid
childlogdir={folder}
umask=077
{user}
[unix_http_server]
file={socket}
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{socket}
"""
PROGRAM = """\
[program:{name}]
command={command}
autorestart=true
startsecs=3
startretries=1000000
priority={priority}
stopwaitsecs={stop}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={folder}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""
WORKSPACE = """\
# Written by `arb up`, at every start.
load_from:
  - grpc_server: {{host: {host}, port: {port}, location_name: arb_pipeline}}
"""


class ServicesError(FailedError, RuntimeError):
    """A service that did not start or stop; the message states its name, log and the next step."""


@dataclass(frozen=True, slots=True)
class Service:
    """One process that is kept running."""

    name: str
    state: str
    """State in supervisord: RUNNING, STARTING, BACKOFF, STOPPED ..."""
    details: str


class Services:
    """The services of one home."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is started before `up`."""
        self._settings = settings
        self.folder = settings.services
        self.url = f"http://{HOST}:{settings.ui_port}"
        self.api_url = settings.api_url.rstrip("/") or f"http://{settings.api_host}:{settings.api_port}"

    def up(self) -> bool:
        """Starts the services and waits for the UI; False when they already ran. Raises `ServicesError`."""
        with self._lock():
            if self.status():
                return False
            if not is_free(self._settings.api_port):
                msg = f"Port {self._settings.api_port} of {HOST} is taken: set ARB_API_PORT to another."
                raise ServicesError(msg)
            if not is_free(self._settings.ui_port):
                msg = f"Port {self._settings.ui_port} of {HOST} is taken: set ARB_UI_PORT to another."
                raise ServicesError(msg)
            with connected(self._settings) as engine:
                migrate(engine)
            home = serve(self._settings)
            self._configure()
            lead = {"DAGSTER_HOME": str(home), "ARB_AUTOMATE": "true", "ARB_HOME": str(self._settings.home)}
            done = subprocess.run(  # noqa: S603 - our own programs
                [_program("supervisord"), "-c", str(self._config)],
                env=environment_with(lead | {"DAGSTER_DISABLE_TELEMETRY": "1"}),
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                msg = f"supervisord did not start: {(done.stderr or done.stdout).strip()[-500:]}"
                raise ServicesError(msg)
            self._wait()
            return True

    def down(self) -> bool:
        """Stops all services and waits for their ends; False when none was running."""
        with self._lock():
            running = self.status()
            if not running:
                return False
            process = int((self.folder / "supervisord.pid").read_text("utf-8"))
            self._control("shutdown")
            deadline = time.monotonic() + STOP_SECONDS
            while Path(f"/proc/{process}").exists() or self._answers():
                if time.monotonic() > deadline:
                    msg = (
                        f"supervisord (process {process}) is still there: see {self.folder}/supervisord.log."
                    )
                    raise ServicesError(msg)
                time.sleep(0.2)
            return True

    def status(self) -> list[Service]:
        """Services with their states; empty when supervisord does not run."""
        if not self._config.exists():
            return []
        answer = self._control("status")
        if any(sign in answer for sign in GONE):
            return []
        lines = [line.split(None, 2) for line in answer.splitlines() if line.strip()]
        return [Service(name, state, rest[0] if rest else "") for name, state, *rest in lines]

    def log(self, name: str) -> Path:
        """A service's log."""
        return self.folder / f"{name}.log"

    @property
    def _config(self) -> Path:
        return self.folder / "supervisord.conf"

    def _configure(self) -> None:
        """Writes the configuration of supervisord and the servers, without secrets."""
        self.folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        workspace = self.folder / "workspace.yaml"
        server = f"{_program('dagster')} api grpc -h {HOST} -p {port} -m arb_pipeline.definitions"
        programs = {
            "code-server": (f"{server} --location-name arb_pipeline", 30),
            "daemon": (f"{_program('dagster-daemon')} run -w {workspace}", 30),
            "ui": (
                f"{_program('dagster-webserver')} -h {HOST} -p {self._settings.ui_port} -w {workspace}",
                10,
            ),
        }
        programs["api"] = (f"{_program('arb')} serve --no-link", 20)
        if port_of_metrics := self._settings.metrics_port:
            programs["metrics"] = (f"{_program('arb')} metrics --serve {port_of_metrics}", 5)
        if self._settings.database_url is None:
            programs = {"postgres": (f"{_program('arb')} db keep", 10), **programs}
        user = "user=root\n" if os.geteuid() == 0 else ""
        text = SUPERVISORD.format(folder=self.folder, socket=_socket(self.folder), user=user)
        for priority, (name, (command, stop)) in enumerate(programs.items()):
            text += PROGRAM.format(
                name=name,
                command=command.replace("%", "%%"),
                priority=priority,
                stop=stop,
                folder=self.folder,
            )
        for path, content in ((self._config, text), (workspace, WORKSPACE.format(host=HOST, port=port))):
            with written_whole(path) as aside:
                aside.write_text(content, "utf-8")

    def _control(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own programs
            [_program("supervisorctl"), "-c", str(self._config), *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not (self._answers() and all(process.state == "RUNNING" for process in self.status())):
            if time.monotonic() > deadline:
                late = [process for process in self.status() if process.state != "RUNNING"]
                named = (
                    ", ".join(f"{process.name} is {process.state}" for process in late)
                    or "the UI does not answer"
                )
                msg = f"{named} after {READY_SECONDS} s. See {self.log(late[0].name if late else 'ui')}."
                raise ServicesError(msg)
            time.sleep(0.5)

    def _answers(self) -> bool:
        connection = HTTPConnection(HOST, self._settings.ui_port, timeout=5)
        try:
            connection.request("GET", "/server_info")
            return connection.getresponse().status == 200  # noqa: PLR2004
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One `up` or `down` at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "lock"):
            yield


def develop(settings: Settings, port: int) -> None:
    """Replaces this process by `dg dev` on this home's run records."""
    environment = environment_with({"DAGSTER_HOME": str(prepare(settings)), "DAGSTER_DISABLE_TELEMETRY": "1"})
    program = _program("dg")
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)  # a shell's & leaves SIGINT ignored, and dg would inherit that
    arguments = [program, "dev", "--host", HOST, "--port", str(port)]
    os.execve(program, arguments, environment)  # noqa: S606 - our own program


def _program(name: str) -> str:
    """A program of this environment."""
    return str(Path(sys.executable).with_name(name))


def _socket(folder: Path) -> Path:
    """Socket of supervisord. A socket's path may have 107 bytes, and a home may be deep."""
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"arb-{os.geteuid()}-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.geteuid():
        msg = f"{place} belongs to another user: remove it, or set TMPDIR."
        raise ServicesError(msg)
    return place / "supervisor.sock"


def start_redis(settings: Settings) -> str:
    """Starts the Valkey server of a home, once; returns its URL, with the password."""
    return LocalRedis(settings.home).start()


def stop_redis(settings: Settings) -> bool:
    """Stops it; False where none ran."""
    return LocalRedis(settings.home).stop()
