"""Error tracking by the Sentry protocol: optional, off without ARB_SENTRY_DSN, and without personal data.

The log of this program is its only input: each line of level error becomes an event. An event holds the kind
of the fault, its stack without local variables, and the run. It never holds an address, a user, a body, a
header or a query of a request. Texts are cleaned of secrets, e-mail addresses and values of SQL statements.
"""

import atexit
import re
from collections.abc import MutableMapping
from importlib.metadata import version
from importlib.util import find_spec
from sys import exc_info
from typing import Any

from pydantic import SecretStr

from arb_pipeline.contracts.errors import ConfigurationError
from arb_pipeline.settings import Settings

KEPT = ("job", "day", "run_id", "request_id", "category", "source")
"""Fields of a log line that an event carries. All others stay in the log."""
TEXTS = ("why", "error")
MASK = "***"
SHORTEST_SECRET = 6
CLOSE_SECONDS = 2.0
PATTERNS = (
    (re.compile(r"\[parameters: .*", re.DOTALL), f"[parameters: {MASK}]"),
    (re.compile(r"\[SQL: .*?\](?=\s|$)", re.DOTALL), f"[SQL: {MASK}]"),
    (re.compile(r"DETAIL: .*"), f"DETAIL: {MASK}"),
    (re.compile(r"(?<=://)[^/\s@]+@"), f"{MASK}@"),
    (re.compile(r"\?[^\s'\")]*=[^\s'\")]*"), f"?{MASK}"),
    (re.compile(r"\b(Bearer|Basic)\s+\S+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), MASK),
    (re.compile(r"/(?:home|Users|root)(?:/[\w.-]+)?"), "~"),
)
"""Values of statements, credentials in URLs, queries, tokens, e-mail and IP addresses, home folders."""


class Tracker:
    """The connection to one tracker."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        """Raises `ConfigurationError` without the package, or for a DSN that is none."""
        if find_spec("sentry_sdk") is None:
            message = "ARB_SENTRY_DSN is set and the package sentry-sdk is not installed"
            raise ConfigurationError(message, next_step="Install it: `pip install 'arb-pipeline[sentry]'`.")
        import sentry_sdk
        from sentry_sdk.utils import BadDsn

        self._secrets = _secrets(settings)
        try:
            self._client = sentry_sdk.Client(
                dsn,
                release=f"arb-pipeline@{version('arb-pipeline')}",
                server_name="",
                default_integrations=False,
                auto_enabling_integrations=False,
                include_local_variables=False,
                include_source_context=True,
                max_breadcrumbs=0,
                send_client_reports=False,
                before_send=self._cleaned,
            )
        except BadDsn:
            message = "ARB_SENTRY_DSN is no DSN"
            raise ConfigurationError(message, allowed="https://key@host/project") from None
        atexit.register(self.close)

    def capture(self, line: MutableMapping[str, Any]) -> None:
        """Sends a log line as an event. Sending happens in a thread and never fails the caller."""
        from sentry_sdk.utils import event_from_exception

        event: dict[str, Any] = {"level": "error", "logger": "arb"}
        fault = line.get("exc_info")
        fault = exc_info()[1] if fault is True else fault
        if isinstance(fault, BaseException):
            report, _ = event_from_exception(fault, client_options=self._client.options)
            event |= report
        texts = [str(line["event"]), *(str(line[name]) for name in TEXTS if line.get(name))]
        event["logentry"] = {"formatted": ": ".join(texts)}
        event["tags"] = {name: str(line[name]) for name in KEPT if line.get(name) is not None}
        self._client.capture_event(event)  # type: ignore[arg-type]

    def close(self) -> None:
        """Sends what waits, for two seconds at most."""
        self._client.close(timeout=CLOSE_SECONDS)

    def clean(self, text: str) -> str:
        """A text without secrets and personal data."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def _cleaned(self, event: Any, _hint: Any) -> Any:
        for unwanted in ("user", "request", "breadcrumbs", "modules", "extra", "server_name"):
            event.pop(unwanted, None)
        return _each_text(event, self.clean)


_tracker: list[Tracker] = []
"""The tracker of this process, once it is started."""


def start(settings: Settings) -> None:
    """Starts tracking if ARB_SENTRY_DSN is set. Idempotent. Raises `ConfigurationError`."""
    if settings.sentry_dsn is not None and not _tracker:
        _tracker.append(Tracker(settings, settings.sentry_dsn.get_secret_value()))


def stop() -> None:
    """Ends tracking, after sending what waits."""
    while _tracker:
        _tracker.pop().close()


def track(_logger: Any, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor of log lines: passes them on unchanged, and errors to the tracker."""
    if _tracker and level in {"error", "critical", "exception"}:
        _tracker[0].capture(line)
    return line


def _secrets(settings: Settings) -> list[str]:
    """Values of all secret settings, and the passwords in their URLs; longest first."""
    secrets: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            secrets |= {text, *re.findall(r"://[^:/@\s]*:([^@/\s]+)@", text)}
    return sorted((text for text in secrets if len(text) >= SHORTEST_SECRET), key=len, reverse=True)


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each_text(inner, change) for inner in value]
    return value
