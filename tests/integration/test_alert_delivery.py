"""Delivery through Apprise: over real sockets to local hosts, else up to the HTTP request."""

import email
import json
import logging
import os
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from receivers import mail_server, webhook

from arb_pipeline.core.alerting.rules import RuleFile
from arb_pipeline.notifications.alert_rules import AlertRuleError
from arb_pipeline.notifications.apprise_sender import AppriseSender, redacted, secrets_of
from arb_pipeline.notifications.outbox_delivery import DeliveryError, Message

MESSAGE = Message(
    "11111111-2222-5333-8444-555555555555",
    "cheap",
    "t",
    "New: Box <b> & *co*",
    "Buy at $1.00\nline",
    ("new",),
)
CANARY = "c4n4ry-s3cr3t"


def sender(url: str, **options: object) -> AppriseSender:
    return AppriseSender(RuleFile.model_validate({"targets": {"t": {"url": url, **options}}}))


def test_a_webhook_receives_title_body_and_an_id_to_drop_repeats_by():
    with webhook() as hook:
        sender(f"json://127.0.0.1:{hook.port}/in?+X-Key=abc")(MESSAGE)

    (result,) = hook.received
    assert (result["title"], result["message"], result["type"]) == (MESSAGE.title, MESSAGE.body, "success")
    assert result["message_id"] == result["headers"]["Idempotency-Key"] == MESSAGE.message_id
    assert (result["path"], result["headers"]["X-Key"]) == ("/in", "abc")


def test_a_mail_is_sent_to_a_mail_server():
    with mail_server() as mailbox:
        url = f"mailto://127.0.0.1:{mailbox.port}?smtp=127.0.0.1&mode=insecure&from=arb@example.org&to=me@example.org"
        sender(url)(MESSAGE)

    (text,) = mailbox.received
    result = email.message_from_string(text)
    assert result["To"].endswith("me@example.org")
    assert result["Idempotency-Key"] == MESSAGE.message_id
    assert "New: Box" in str(email.header.make_header(email.header.decode_header(result["Subject"])))
    body = (
        next(p for p in result.walk() if p.get_content_type() == "text/plain")
        .get_payload(decode=True)
        .decode()
    )
    assert body.splitlines()[:2] == ["Buy at $1.00", "line"]


class Edge:
    """Stands where `requests` leaves the machine."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[tuple[str, dict]] = []
        self.status = status

    def __call__(self, *args, **kwargs):
        url = next(a for a in args if isinstance(a, str) and "://" in a)
        data = kwargs.get("data") or kwargs.get("json") or "{}"
        assert kwargs.get("allow_redirects") is False
        self.asked.append((url, json.loads(data) if isinstance(data, str | bytes) else data))
        answer = {"ok": True, "result": {"message_id": 1}}
        content = b"ok" if "slack" in url else json.dumps(answer).encode()
        return SimpleNamespace(
            status_code=self.status, content=content, text=content.decode(), headers={}, json=lambda: answer
        )


@pytest.mark.parametrize(
    ("url", "host", "field"),
    [
        (
            "discord://417429632418316298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
            "https://discord.com/api/webhooks/417429632418316298/",
            "content",
        ),
        (
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#deals",
            "https://hooks.slack.com/services/T1JJ3T3L2/",
            "text",
        ),
        (
            "tgram://123456789:abcdefg_hijklmnop/12315544/",
            "https://api.telegram.org/bot123456789:abcdefg_hijklmnop/sendMessage",
            "text",
        ),
    ],
)
def test_discord_slack_and_telegram_are_spoken_to_at_their_own_hosts(url, host, field):
    edge = Edge()
    with (
        patch("requests.post", edge),
        patch("requests.request", edge),
        patch("requests.Session.request", edge),
    ):
        sender(url)(MESSAGE)

    sent, payload = edge.asked[-1]
    assert sent.startswith(host)
    assert "Buy at $1.00" in json.dumps(payload)
    assert field in json.dumps(payload)


@pytest.mark.parametrize("status", [500, 429, 404, 302])
def test_a_webhook_that_refuses_is_a_failure_and_no_redirect_is_followed(status):
    with webhook() as hook:
        hook.status = status
        with pytest.raises(DeliveryError, match=str(status)):
            sender(f"json://127.0.0.1:{hook.port}/in")(MESSAGE)
        hook.status = 200

    assert hook.received == []


@pytest.mark.parametrize("scheme", ["json", "mailto"])
def test_nobody_there_is_a_failure_without_secrets(scheme, caplog, capfd):
    url = {
        "json": f"json://user:{CANARY}@127.0.0.1:9/{CANARY}/",
        "mailto": f"mailto://user:{CANARY}@127.0.0.1:9?mode=insecure&from=a@example.org&to=b@example.org",
    }[scheme]
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as error:
        sender(url)(MESSAGE)

    assert CANARY not in f"{error.value}{caplog.text}{capfd.readouterr()}"
    assert logging.getLogger("apprise").propagate


def test_a_secret_from_the_environment_is_in_no_message_of_a_failure(caplog):
    with patch.dict(os.environ, {"TOKEN": CANARY}), pytest.raises(DeliveryError) as error:
        sender("json://127.0.0.1:9/${TOKEN}?+X-Key=${TOKEN}")(MESSAGE)

    assert CANARY not in f"{error.value}{caplog.text}"


def test_what_a_url_holds_is_taken_out_of_a_text():
    secrets = secrets_of("tgram://123456789:abcdef/-100200/", [])

    assert (
        redacted("HTTP 401 at /bot123456789:ABCDEF/x to -100200", secrets) == "HTTP 401 at /bot***/x to ***"
    )


@pytest.mark.parametrize("url", ["nosuch://x/y", "mailto://", "slack://tooshort"])
def test_a_url_that_apprise_does_not_take_is_named_by_its_target_alone(url):
    with pytest.raises(AlertRuleError, match="target 't': Apprise does not take its URL") as error:
        sender(url).check("t")

    assert url not in str(error.value)


@pytest.mark.parametrize(
    "url", ["json://10.1.2.3/hook", "mailto://u:p@example.org?mode=insecure&to=a@example.org"]
)
def test_plain_text_to_another_machine_is_refused_unless_allowed(url):
    with pytest.raises(AlertRuleError, match="in the clear"):
        sender(url).check("t")

    assert sender(url, insecure=True).check("t")


@pytest.mark.parametrize(
    "url", ["jsons://example.org/hook", "mailtos://u:p@example.org", "json://localhost:1/", "json://[::1]/"]
)
def test_secure_targets_and_this_machine_need_no_leave(url):
    assert sender(url).check("t")
