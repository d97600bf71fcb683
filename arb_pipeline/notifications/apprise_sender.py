"""Delivery through Apprise: mail, Discord, Slack, Telegram, webhooks and others.

Apprise is imported for the first message. A target's URL is in no message and in no log.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from arb_pipeline.contracts.enums import AlertEvent, IncidentEvent
from arb_pipeline.core.alerting.rules import RuleFile
from arb_pipeline.notifications.alert_rules import AlertRuleError, url_of
from arb_pipeline.notifications.outbox_delivery import DeliveryError, Message

LOGGER = "apprise"
KINDS = {IncidentEvent.FAILED: "failure", AlertEvent.WORSE: "warning", AlertEvent.GONE: "info"}
SHORTEST_SECRET = 4
KEY_HEADER = "Idempotency-Key"
HOSTED = {"discord", "slack", "tgram"}
"""Plugins that use https to their own hosts, whatever the URL's scheme."""


class AppriseSender:
    """Sends to the targets of a rule file."""

    def __init__(self, file: RuleFile) -> None:
        """`file`: rule file with the targets."""
        self._file = file

    def check(self, name: str) -> str:
        """Builds a target without sending; returns the service's name. Raises `AlertRuleError`."""
        return str(self._plugin(name)[0].service_name)

    def __call__(self, message: Message) -> None:
        """Sends one message. Raises `DeliveryError`, also for a target that cannot be built."""
        from apprise import NotifyFormat, NotifyType
        from apprise.exception import AppriseException

        try:
            plugin, secrets = self._plugin(message.target)
        except AlertRuleError as error:
            raise DeliveryError(str(error)) from None
        _name(plugin, message.message_id)
        kind = next((KINDS[event] for event in message.events if event in KINDS), "success")
        warnings: list[str] = []
        with _heard(warnings):
            try:
                is_sent = plugin.notify(
                    body=message.body,
                    title=message.title,
                    notify_type=NotifyType(kind),
                    body_format=NotifyFormat.TEXT,
                )
            except (AppriseException, OSError, ValueError, TypeError) as error:
                warnings.append(str(error))
                is_sent = False
        if not is_sent:
            why = " ".join("; ".join(warnings).split()) or "no reason was given"
            raise DeliveryError(redacted(why, secrets))

    def _plugin(self, name: str) -> tuple[Any, list[str]]:
        from apprise import Apprise, AppriseAsset, OverflowMode

        if name not in self._file.targets:
            msg = f"target {name!r} is not in the rule file; allowed: {', '.join(self._file.targets)}"
            raise AlertRuleError(msg)
        target = self._file.targets[name]
        url, named = url_of(name, target)
        # No redirects: a webhook's answer must not direct a message elsewhere.
        asset = AppriseAsset(app_id="arb", app_desc="arb alerts", http_redirects=False, async_mode=False)
        with _heard([]):
            plugin: Any = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if plugin is None:
            msg = (
                f"target {name!r}: Apprise does not take its URL (scheme {url.partition(':')[0][:12]!r})."
                " docs/alerts.md has the forms for mail, Discord, Slack, Telegram and webhooks."
            )
            raise AlertRuleError(msg)
        if not target.insecure and _is_plain(plugin) and not _is_loopback(str(plugin.host)):
            msg = (
                f"target {name!r} would send in the clear to another machine."
                " Use its secure form (jsons://, mailtos:// ...), or say `insecure: true`."
            )
            raise AlertRuleError(msg)
        plugin.overflow_mode = OverflowMode.SPLIT
        return plugin, secrets_of(url, named)


def secrets_of(url: str, named: Sequence[SecretStr]) -> list[str]:
    """Strings of a URL to redact: all of it, its secrets, user, password, and the parts of its path."""
    try:
        parts = urlsplit(url)
        pieces = [parts.username or "", parts.password or "", *parts.path.split("/"), *parts.query.split("&")]
        if parts.scheme in HOSTED:
            pieces.append(parts.netloc)
    except ValueError:
        pieces = []
    values = [url, *(secret.get_secret_value() for secret in named), *pieces]
    both = {text for value in values for text in (value, unquote(value), quote(value, safe=""))}
    return sorted((t for t in both if len(t) >= SHORTEST_SECRET), key=len, reverse=True)


def redacted(text: str, secrets: Sequence[str]) -> str:
    """The text with every secret replaced, case-insensitively."""
    for secret in secrets:
        text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
    return text


def _is_plain(plugin: Any) -> bool:
    """True if it is unencrypted although it could be encrypted."""
    mode = getattr(plugin, "secure_mode", None)
    if mode is not None:
        return str(getattr(mode, "value", mode)) == "insecure"
    has_both = bool(getattr(plugin, "protocol", None)) and bool(getattr(plugin, "secure_protocol", None))
    return has_both and not plugin.secure


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _name(plugin: Any, message_id: str) -> None:
    """Sets the message id in a header and a webhook's field, so that receivers can drop repeats."""
    if isinstance(getattr(plugin, "headers", None), dict):
        plugin.headers[KEY_HEADER] = message_id
    if isinstance(getattr(plugin, "payload_extras", None), dict):
        plugin.payload_extras["message_id"] = message_id


class _Listener(logging.Handler):
    def __init__(self, warnings: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._warnings = warnings

    def emit(self, record: logging.LogRecord) -> None:
        self._warnings.append(record.getMessage())


@contextmanager
def _heard(warnings: list[str]) -> Iterator[None]:
    """Collects Apprise's warnings, which may hold a URL, instead of logging them."""
    logger, listener = logging.getLogger(LOGGER), _Listener(warnings)
    propagates, handlers = logger.propagate, list(logger.handlers)
    logger.propagate, logger.handlers = False, [listener]
    try:
        yield
    finally:
        logger.propagate, logger.handlers = propagates, handlers
