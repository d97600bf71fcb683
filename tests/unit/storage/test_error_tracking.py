"""Error tracking: off by default; an event holds the fault, and nothing of persons or secrets."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

import pytest

from arb_pipeline.contracts.errors import ConfigurationError
from arb_pipeline.settings import Settings
from arb_pipeline.storage import error_tracking, logs

PASSWORD = "hunter2-of-the-database"
UNPACKED = {"gzip": gzip.decompress, "br": lambda body: import_module("brotli").decompress(body), None: bytes}
"""By Content-Encoding: the client packs by brotli where it is installed."""
DATABASE = f"postgresql://arb:{PASSWORD}@127.0.0.1:5432/arb"


class Receiver:
    """A tracker of the Sentry protocol on loopback: keeps what it is sent."""

    def __init__(self) -> None:
        receiver = self
        self.bodies: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.bodies.append(UNPACKED[self.headers["Content-Encoding"]](body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.dsn = f"http://public@127.0.0.1:{self.server.server_address[1]}/1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        """Payloads of all events: an envelope is a line each of header, item header, payload."""
        error_tracking.stop()  # sends what waits
        return [json.loads(body.split(b"\n")[2]) for body in self.bodies]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    result = Receiver()
    try:
        yield result
    finally:
        error_tracking.stop()
        result.server.shutdown()
        result.server.server_close()


def test_without_a_dsn_nothing_is_sent(receiver: Receiver, tmp_path) -> None:
    logs.configure(Settings(home=tmp_path))
    logs.logger().error("fault", exc_info=RuntimeError("broken"))
    assert receiver.events() == []


def test_a_fault_is_an_event_with_its_stack_and_its_run(receiver: Receiver, tmp_path) -> None:
    logs.configure(Settings(home=tmp_path, sentry_dsn=receiver.dsn))
    logs.logger().info("run opened")
    logs.logger().warning("warning", why="old prices")
    try:
        int("no deck")
    except ValueError as error:
        logs.logger().error(
            "fault", exc_info=error, job="daily_analysis", run_id="r1", path="/api/v1/products"
        )
    (event,) = receiver.events()
    (thrown,) = event["exception"]["values"]
    assert (thrown["type"], thrown["value"]) == (
        "ValueError",
        "invalid literal for int() with base 10: 'no deck'",
    )
    frame = thrown["stacktrace"]["frames"][-1]
    assert frame["function"] == "test_a_fault_is_an_event_with_its_stack_and_its_run"
    assert "vars" not in frame
    assert event["tags"] == {"job": "daily_analysis", "run_id": "r1"}
    assert event["logentry"]["formatted"] == "fault"
    assert event["level"] == "error"


def test_an_event_holds_no_secret_and_nobody(receiver: Receiver, tmp_path) -> None:
    settings = Settings(
        home=tmp_path, sentry_dsn=receiver.dsn, database_url=DATABASE, oidc_client_secret="secret-of-sign-in"
    )
    logs.configure(settings)
    bought = "INSERT INTO portfolio VALUES (%s)] [parameters: {'buyer': 'Ada Lovelace', 'paid': 'fourteen-ninety-nine'}]"
    texts = [
        f"connection to {DATABASE} failed",
        f"password {PASSWORD} refused, secret-of-sign-in too",
        "mail to ada@cards.example from 203.0.113.7",
        "GET https://shop.example/orders?key=AKIA123&user=7 answered 500",
        "Authorization: Bearer eyJhbGciOi.abc.def",
        f"(IntegrityError) [SQL: {bought}",
        "duplicate key\nDETAIL: Key (email)=(grace) already exists.",
        "cannot read /home/ada/lists/x.csv",
    ]
    for text in texts:
        logs.logger().error("fault", exc_info=RuntimeError(text), user_id="u-77", address="198.51.100.9")
        logs.logger().error("failure", why=text, user="grace.hopper")
    events = receiver.events()
    assert len(events) == 2 * len(texts)
    sent = b"".join(receiver.bodies).decode()
    unwanted = [
        PASSWORD,
        "secret-of-sign-in",
        "ada@",
        "203.0.113.7",
        "AKIA123",
        "eyJhbGciOi",
        "Lovelace",
        "fourteen-ninety-nine",
    ]
    unwanted += ["(grace)", "/home/ada", "u-77", "198.51.100.9", "grace.hopper", str(tmp_path)]
    assert [text for text in unwanted if text in sent] == []
    assert "connection to *** failed" in sent
    assert "GET https://shop.example/orders?*** answered 500" in sent
    assert {"user", "request", "breadcrumbs", "server_name", "modules", "extra"}.isdisjoint(events[0])


def test_a_dsn_that_is_none_is_refused_without_printing_it(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="ARB_SENTRY_DSN is no DSN") as refused:
        logs.configure(Settings(home=tmp_path, sentry_dsn="secret-but-no-dsn"))
    assert "secret-but" not in str(refused.value)


def test_without_the_package_the_next_step_is_told(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_tracking, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"arb-pipeline\[sentry\]"):
        logs.configure(Settings(home=tmp_path, sentry_dsn="https://k@t.example/1"))


def test_a_tracker_that_does_not_answer_stops_nothing(tmp_path) -> None:
    """Port 9 of loopback refuses; the line is in the log all the same."""
    logs.configure(Settings(home=tmp_path, sentry_dsn="http://public@127.0.0.1:9/1"))
    logs.logger().error("failure", why="broken")
    error_tracking.stop()
    assert '"why":"broken"' in (tmp_path / "logs" / "arb.jsonl").read_text("utf-8")
