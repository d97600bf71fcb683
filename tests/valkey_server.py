"""A real Valkey server for tests, on a port of its own, which can be killed and started again."""

import subprocess
import time
from pathlib import Path

from redis import Redis, RedisError

from arb_pipeline.storage.local_redis import program
from arb_pipeline.storage.ports import free_port

SECONDS = 20.0
"""Longest time of a start."""


class Valkey:
    """A server without persistence."""

    def __init__(self, folder: Path) -> None:
        """`folder`: its working directory."""
        self.port, self.folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits for its first answer. Raises `TimeoutError`."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen([str(program()), *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                with Redis.from_url(self.url) as client:
                    client.ping()
            except (OSError, RedisError):
                time.sleep(0.05)
            else:
                return
        raise TimeoutError

    def kill(self) -> None:
        """Kills it where it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
