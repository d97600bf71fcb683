"""One S3 server for all scale tests, and the faulty way to it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "pipeline")]

from servers import FaultProxy, s3_environment, s3_server  # noqa: E402 - on the path from here on

NEVER = 10**9


@pytest.fixture(scope="session")
def s3(open_folder: Path) -> Iterator[int]:
    """Port of the S3 server."""
    folder = open_folder / "scale"
    folder.mkdir()
    with s3_server(folder) as port:
        yield port


@pytest.fixture(scope="session")
def proxy(s3: int) -> Iterator[FaultProxy]:
    """The way to it, at first without faults (`every` of a test's own switches them on)."""
    with FaultProxy(s3, every=NEVER) as proxy:
        yield proxy


@pytest.fixture
def environment(proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The store's address and keys, for this process and those that it starts."""
    names = s3_environment(proxy.port)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    yield names
    proxy.every = NEVER
