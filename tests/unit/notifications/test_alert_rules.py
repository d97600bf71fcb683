"""The rule file: what it takes, and what it says of what it does not."""

import os
from datetime import time
from pathlib import Path
from unittest.mock import patch

import pytest

from arb_pipeline.contracts.enums import AlertEvent
from arb_pipeline.notifications.alert_rules import AlertRuleError, read_rules, url_of
from arb_pipeline.notifications.apprise_sender import AppriseSender

GOOD = """
timezone: Europe/Berlin
targets:
  phone: tgram://${BOT}/${CHAT}
  desk: {url: json://10.0.0.5/hook, insecure: true}
rules:
  - name: cheap
    targets: phone
    on: [new, gone]
    category: mtg
    min_margin: 30
    quiet_hours: 22:00-07:00
    digest: daily at 08:00
operations:
  targets: [desk]
  stale_hours: {daily: 30}
"""


@pytest.fixture
def write(tmp_path):
    def written(text: str):
        path = tmp_path / "alerts.yaml"
        path.write_text(text)
        return path

    return written


def test_a_file_is_read_with_its_defaults(write):
    file = read_rules(write(GOOD))

    (rule,) = file.rules
    assert rule.on == ("new", "gone")
    assert (rule.targets, rule.category, rule.min_margin) == (("phone",), ("mtg",), 30)
    assert (rule.quiet_hours.start, rule.quiet_hours.end) == (time(22), time(7))
    assert (rule.digest.every, rule.digest.at) == ("daily", time(8))
    assert (rule.max_per_message, rule.change_percent) == (10, 10)
    assert file.targets["desk"].insecure
    assert list(file.deliveries) == ["cheap", "operations"]
    assert read_rules(write("targets: {a: json://h}\nrules: [{name: x, targets: a}]")).rules[0].on == tuple(
        AlertEvent
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "category: mtg",
            "category: magic",
            ["rule 'cheap': category.0 is 'magic'", "allowed: mtg, pokemon or yugioh"],
        ),
        ("on: [new, gone]", "on: [newer]", ["rule 'cheap': on.0 is 'newer'", "new, better, worse or gone"]),
        ("min_margin: 30", "min_margin: much", ["rule 'cheap': min_margin is 'much'", "decimal"]),
        (
            "min_margin: 30",
            "min_magrin: 30",
            ["rule 'cheap': min_magrin is unknown; allowed: targets, digest"],
        ),
        ("min_margin: 30", "sets: 2026-13-01", ["line 11", "'2026-13-01' is no date"]),
        ("min_margin: 30", "min_margin: 30\n    min_margin: 3", ["line 12", "'min_margin' is there twice"]),
        ("operations:", "rules: []\noperations:", ["line 14", "'rules' is there twice"]),
        ("daily: 30", "daily: .inf", ["stale_hours.daily is inf", "finite"]),
        ("daily: 30", "daily: .nan", ["stale_hours.daily is nan", "finite"]),
        ("min_margin: 30", "min_p_profit: 70", ["min_p_profit is 70", "less than or equal to 1"]),
        ("22:00-07:00", "22-7", ["quiet_hours is '22-7'", "'22' is no time of day: write it as 08:00"]),
        ("22:00-07:00", "'09:00-09:00'", ["quiet_hours is '09:00-09:00'", "its ends apart"]),
        (
            "daily at 08:00",
            "weekly",
            ["digest is 'weekly'", "allowed: immediately, hourly, 'daily at 08:00'"],
        ),
        ("Europe/Berlin", "Europe/Berlim", ["timezone is 'Europe/Berlim'", "no such time zone"]),
        ("targets: phone", "targets: fax", ["rule 'cheap': targets = 'fax'; allowed: phone, desk"]),
        ("targets: phone", "target: phone", ["rule 'cheap': targets is missing"]),
        (
            "{daily: 30}",
            "{tcgcvs: 30}",
            ["stale_hours.tcgcvs: no such source; allowed: daily, other, tcgcsv"],
        ),
        ("{daily: 30}", "{daily: 0}", ["stale_hours.daily is 0.0; allowed: hours above 0"]),
        (
            "operations:",
            "operation:",
            ["operation is unknown; allowed: timezone, targets, rules, operations"],
        ),
    ],
)
def test_a_mistake_is_named_with_file_rule_key_value_and_what_is_allowed(write, old, new, message):
    assert old in GOOD
    path = write(GOOD.replace(old, new))

    with pytest.raises(AlertRuleError) as error:
        read_rules(path)

    assert str(error.value).startswith(str(path))
    assert [part for part in message if part not in str(error.value)] == [], str(error.value)


def test_the_example_of_the_documentation_is_a_rule_file_whose_targets_apprise_takes(write):
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text()
    file = read_rules(write(page.partition("```yaml\n")[2].partition("```")[0]))
    secrets = {
        "TELEGRAM_TOKEN": "123456789:abcdefg_hijklmnop",
        "TELEGRAM_CHAT": "12315544",
        "DISCORD_WEBHOOK": "https://discord.com/api/webhooks/417429632418316298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
        "SLACK_WEBHOOK": "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7",
        "MAIL_USER": "arb",
        "MAIL_PASSWORD": "p@ss/word",
    }
    with patch.dict(os.environ, secrets):
        services = {name: AppriseSender(file).check(name) for name in file.targets}

    assert services == {
        "phone": "Telegram",
        "deals": "Discord",
        "team": "Slack",
        "mail": "E-Mail",
        "shop": "JSON",
    }


def test_two_rules_of_a_name_are_refused(write):
    with pytest.raises(AlertRuleError, match="rule 'x': name is used twice"):
        read_rules(write("targets: {a: json://h}\nrules: [{name: x, targets: a}, {name: x, targets: a}]"))


@pytest.mark.parametrize("text", ["targets: [", "just words", "targets: {phone: 5}"])
def test_what_is_no_rule_file_is_refused_by_name(write, text):
    path = write(text)

    with pytest.raises(AlertRuleError) as error:
        read_rules(path)

    assert str(path) in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AlertRuleError, match="cannot be read"):
        read_rules(tmp_path / "none.yaml")


def test_a_secret_written_into_a_target_is_not_repeated_in_an_error(write):
    path = write("targets: {phone: {url: 'tgram://s3cr3t', secure: 1, insecure: [s3cr3t]}}\nrules: []")

    with pytest.raises(AlertRuleError) as error:
        read_rules(path)

    assert "s3cr3t" not in str(error.value)
    assert "targets.phone" in str(error.value)


def test_secrets_come_from_the_environment_and_are_encoded_in_a_url(write):
    target = read_rules(write(GOOD)).targets["phone"]
    with patch.dict(os.environ, {"BOT": "1:a/b@c", "CHAT": "42"}):
        url, secrets = url_of("phone", target)

    assert url == "tgram://1%3Aa%2Fb%40c/42"
    assert sorted(s.get_secret_value() for s in secrets) == ["1:a/b@c", "42"]


def test_a_url_that_is_a_secret_as_a_whole_is_taken_as_it_is(write):
    file = read_rules(write("targets: {d: '${HOOK}'}\nrules: []"))
    with patch.dict(os.environ, {"HOOK": "https://discord.com/api/webhooks/1/a%2Fb"}):
        assert url_of("d", file.targets["d"])[0] == "https://discord.com/api/webhooks/1/a%2Fb"


def test_a_secret_that_is_not_set_is_named(write):
    target = read_rules(write(GOOD)).targets["phone"]
    with (
        patch.dict(os.environ, {"BOT": "x"}),
        pytest.raises(AlertRuleError, match="'phone' names CHAT, not set"),
    ):
        url_of("phone", target)
