"""A server as `arb serve` starts it, in processes of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from arb_pipeline.storage.ports import free_port

ARB = Path(sys.executable).with_name("arb")
START_SECONDS, STOP_SECONDS = 120, 120


@contextmanager
def serving(environment: Mapping[str, str], log: Path, *arguments: str) -> Iterator[tuple[str, int]]:
    """Base URL and process id of `arb serve ARGUMENTS` once it answers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [ARB, "serve", "--port", str(port), "--no-link", *arguments],
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(log.read_text("utf-8")[-3000:])
            time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False
