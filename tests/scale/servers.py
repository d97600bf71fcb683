"""Servers of the scale tests, all on loopback: S3 (SeaweedFS), a Sail cluster, and a proxy that breaks S3.

Every wait is bounded. A server that does not answer in time ends the test with the tail of its log.
"""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

HOST = "127.0.0.1"
PROGRAMS = Path(sys.executable).parent
LAST_PORT = 55_535
"""SeaweedFS listens 10,000 above each port too."""
START_SECONDS = 90
END_SECONDS = 15
KEY, SECRET, BUCKET = "arb-test", "arb-test-secret", "arb"
S3_CONFIGURATION = f"""{{"identities": [{{
  "name": "test", "credentials": [{{"accessKey": "{KEY}", "secretKey": "{SECRET}"}}],
  "actions": ["Admin", "Read", "Write", "List"]}}]}}"""


def free_ports(count: int) -> list[int]:
    """Ports of loopback that are free, and whose neighbours 10,000 above are free and exist."""
    result: list[int] = []
    for port in range(20_000 + os.getpid() % 20_000, LAST_PORT):
        if port not in result and all(_is_free(number) for number in (port, port + 10_000)):
            result.append(port)
        if len(result) == count:
            return result
    raise AssertionError("no free ports below 55,536")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class Server:
    """A process that answers when `is_ready` says so; its output goes to a file."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment, start_new_session=True
            )

    def wait(self, is_ready: Callable[[], bool]) -> None:
        """Returns when it answers."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self._log.read_text("utf-8", errors="replace")[-3000:]
                raise AssertionError(f"{self._process.args} does not answer:\n{tail}")
            time.sleep(0.2)

    def kill(self) -> None:
        """Ends it without notice, and what it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(END_SECONDS)


def listens(port: int) -> bool:
    """True if something accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


@contextmanager
def s3_server(folder: Path) -> Iterator[int]:
    """Port of an S3 server with an empty bucket."""
    master, volume, filer, s3 = free_ports(4)
    configuration = folder / "s3.json"
    configuration.write_text(S3_CONFIGURATION, "utf-8")
    data = folder / "s3"
    data.mkdir()
    command = [
        *(str(PROGRAMS / "weed"), "server", f"-dir={data}", f"-ip={HOST}", f"-ip.bind={HOST}"),
        *(f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3}"),
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # else on fixed ports: one server a machine
        *("-filer", "-s3", f"-s3.config={configuration}", "-volume.max=10", "-master.volumeSizeLimitMB=64"),
    ]
    server = Server(command, folder / "s3.log", dict(os.environ))
    try:
        server.wait(lambda: _has_bucket(s3))
        yield s3
    finally:
        server.kill()


def _has_bucket(port: int) -> bool:
    """Makes the bucket once the server is up: volumes come some seconds after its ports."""
    if not listens(port):
        return False
    import botocore.exceptions
    import botocore.session

    client = botocore.session.Session().create_client(
        "s3",
        endpoint_url=f"http://{HOST}:{port}",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    try:
        client.create_bucket(Bucket=BUCKET)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            return False
    except botocore.exceptions.BotoCoreError:
        return False
    try:
        client.put_object(Bucket=BUCKET, Key="ready", Body=b"1")
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
        return False
    return True


def s3_environment(port: int) -> dict[str, str]:
    """Environment of clients of the server: botocore's names, and those of Sail's object store."""
    url = f"http://{HOST}:{port}"
    names = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    names |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT": url}
    names |= {"AWS_ALLOW_HTTP": "true", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false"}
    return names | {"AWS_EC2_METADATA_DISABLED": "true"}


def sail_cluster(folder: Path, port: int, environment: dict[str, str]) -> Server:
    """A Spark Connect server that plans and passes the work to two workers over RPC."""
    command = [str(PROGRAMS / "sail"), "spark", "server", "--ip", HOST, "--port", str(port)]
    # Between two steps the client plans for seconds, in which a worker without work would end.
    workers = {"SAIL_CLUSTER__WORKER_INITIAL_COUNT": "2", "SAIL_CLUSTER__WORKER_MAX_IDLE_TIME_SECS": "900"}
    mode = {"SAIL_MODE": "local-cluster"} | workers
    server = Server(command, folder / "sail.log", dict(os.environ) | environment | mode)
    server.wait(lambda: listens(port))
    return server


class FaultProxy:
    """HTTP proxy in front of the S3 server: each `every`-th request gets the next fault, in turn.

    `503`: the answer of a store that asks for patience. `slow`: the answer comes after a pause. `reset`: the
    connection breaks before the answer, after the store did its work.
    """

    KINDS = ("503", "slow", "reset")
    PAUSE_SECONDS = 0.5

    def __init__(self, upstream: int, *, every: int) -> None:
        self.upstream, self.every = upstream, every
        self.given = dict.fromkeys(self.KINDS, 0)
        self.requests = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(END_SECONDS)

    def next_fault(self) -> str | None:
        """Fault of this request; None for most."""
        with self._lock:
            self.requests += 1
            if self.requests % self.every:
                return None
            kind = self.KINDS[self.requests // self.every % len(self.KINDS)]
            self.given[kind] += 1
            return kind


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.next_fault()
        if fault == "503":
            text = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
            self._answer(503, [("Content-Type", "application/xml")], text)
            return
        status, headers, answer = self._asked(body)
        if fault == "slow":
            time.sleep(FaultProxy.PAUSE_SECONDS)
        if fault == "reset":  # SO_LINGER of 0 seconds: the peer sees ECONNRESET
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self._answer(status, headers, answer)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass  # noqa: N815 - names of the base class

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        store = HTTPConnection(HOST, self.proxy.upstream, timeout=30)
        try:
            store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                store.putheader(name, value)
            store.endheaders(body)
            result = store.getresponse()
            return result.status, result.getheaders(), result.read()
        except (OSError, HTTPException) as error:
            return 502, [], str(error).encode()
        finally:
            store.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        length = next((value for name, value in headers if name.lower() == "content-length"), None)
        for name, value in headers:
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        is_head = self.command == "HEAD"
        self.send_header("Content-Length", length if is_head and length else str(len(body)))
        self.end_headers()
        if not is_head:
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""
