"""Reads and validates the rule file of alerts and the secrets of its targets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from arb_pipeline.contracts.errors import ConfigurationError
from arb_pipeline.contracts.validation import fault_text, path_of
from arb_pipeline.core.alerting.rules import SECRET, Operations, Rule, RuleFile, Target
from arb_pipeline.settings import secrets_named
from arb_pipeline.sources.yaml_text import OwnLoader

KEYS: dict[str, type[BaseModel]] = {"rules": Rule, "operations": Operations, "targets": Target}


class AlertRuleError(ConfigurationError, ValueError):
    """A rule file that cannot be used; the message names file, rule, key, value and what is allowed."""


class _Loader(OwnLoader):
    """YAML in which only true and false are booleans: YAML 1.1 reads the key `on` as True."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_rules(path: Path) -> RuleFile:
    """The rules of a file. Raises `AlertRuleError`."""
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506 - a SafeLoader with fewer booleans
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}. Correct it, or unset ARB_ALERTS."
        raise AlertRuleError(msg) from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        problem = getattr(error, "problem", None) or "it does not parse"
        msg = f"{path}{line}: no YAML: {problem}."  # not the text around it, which may hold a secret
        raise AlertRuleError(msg) from None
    if not isinstance(document, Mapping):
        msg = f"{path} should map targets and rules to their values; docs/alerts.md has an example."
        raise AlertRuleError(msg)
    try:
        return RuleFile.model_validate(document)
    except ValidationError as error:
        text = "; ".join(_text(document, fault) for fault in error.errors(include_url=False))
        msg = f"{path}: {text}."
        raise AlertRuleError(msg) from None


def _text(document: Mapping[str, Any], fault: ErrorDetails) -> str:
    """One fault as `rule 'cheap': risk is 'tiny'; allowed: low, medium or high`."""
    loc = [part for part in fault["loc"] if part != "function-after"]
    part = str(loc[0]) if loc else ""
    where, key = "", path_of(loc)
    if part == "rules" and len(loc) > 1 and isinstance(loc[1], int):
        entry = document["rules"][loc[1]]
        name = entry.get("name") if isinstance(entry, Mapping) else None
        where, key = f"rule {name or loc[1] + 1!r}: ", path_of(loc[2:])
    model: type[BaseModel] = KEYS.get(part, RuleFile) if len(loc) > 1 else RuleFile
    # A target's value is its URL, with whatever secret somebody wrote into it.
    return where + fault_text(fault, key=key, model=model, shows_value=part != "targets")


def url_of(name: str, target: Target) -> tuple[str, list[SecretStr]]:
    """A target's URL with its secrets filled in, and the secrets, for redaction.

    `${NAME}` is the environment variable NAME, percent-encoded; a URL that consists of `${NAME}` alone
    is used unchanged. Raises `AlertRuleError` for one that is not set.
    """
    names = SECRET.findall(target.url)
    secrets = secrets_named(names)
    missing = sorted(set(names) - secrets.keys())
    if missing:
        msg = f"target {name!r} names {', '.join(missing)}, not set. Set it in the environment or in .env."
        raise AlertRuleError(msg)
    whole = SECRET.fullmatch(target.url)
    if whole:
        return secrets[whole[1]].get_secret_value(), [*secrets.values()]
    return SECRET.sub(lambda match: quote(secrets[match[1]].get_secret_value(), safe=""), target.url), [
        *secrets.values()
    ]
