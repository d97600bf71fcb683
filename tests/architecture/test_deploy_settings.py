"""deploy/, the Dockerfile and Compose use settings, options of `arb` and files of the image that exist."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from arb_pipeline.cli.main import app
from arb_pipeline.settings import FILE_SUFFIX, Settings

ROOT = Path(__file__).parents[2]
FILES = [
    ROOT / "Dockerfile",
    *ROOT.glob("compose*.yaml"),
    *(path for path in (ROOT / "deploy").rglob("*") if path.suffix in {".yaml", ".yml", ".sh", ".py"}),
]
SET = re.compile(r"\bARB_[A-Z_]+\b")
OF_SCRIPTS = {
    "ARB_VERSION": "Compose: tag of the image",
    "ARB_COMMIT": "Compose: label of the image",
    "ARB_PORT": "Compose: published port of the API",
    "ARB_GRAFANA_PORT": "Compose: published port of Grafana",
    "ARB_IN_IMAGE": "Dockerfile: argument of make",
    "ARB_RUN_IMAGE": "Kubernetes: image of a run's pod, read by dagster.yaml",
    "ARB_BASE_IMAGE": "build_image.sh: the base image",
    "ARB_DEPLOY_BIN": "check.sh: folder of its programs",
}
"""Variables that are no settings of ours, and who reads them."""


def known() -> set[str]:
    settings = {f"ARB_{name.upper()}" for name in Settings.model_fields}
    return settings | {name + FILE_SUFFIX for name in settings} | OF_SCRIPTS.keys()


def test_every_setting_that_is_set_exists() -> None:
    used = {name: path for path in FILES for name in SET.findall(path.read_text("utf-8"))}
    assert {name: str(path.relative_to(ROOT)) for name, path in used.items() if name not in known()} == {}
    assert OF_SCRIPTS.keys() <= used.keys()
    assert {"ARB_API_POOL", "ARB_DATABASE_TLS", "ARB_LAKE", "ARB_DATABASE_URL_FILE"} <= used.keys()


def command_lines() -> Iterator[list[str]]:
    """Arguments of every container that runs `arb`."""
    for service in yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"].values():
        if "build" in service and "entrypoint" not in service:
            yield service["command"]
    for path in (ROOT / "deploy" / "kubernetes").rglob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            for container in _containers(document):
                if container.get("command", ["arb"]) == ["arb"] and "args" in container:
                    yield container["args"]


def _containers(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield from node.get("containers", ())
        for inner in node.values():
            yield from _containers(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _containers(inner)


def parsed(arguments: list[str]) -> None:
    """Parses a command line without running it."""
    import typer.main

    command: Any = typer.main.get_command(app)
    rest, context = list(arguments), None
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    context = command.make_context(command.name, rest, resilient_parsing=False)
    assert context.params is not None


def test_every_command_line_of_a_container_parses() -> None:
    lines = list(command_lines())
    assert [line[0] for line in lines].count("serve") == 2  # Compose, Kubernetes
    assert {line[0] for line in lines} == {"serve", "db", "metrics", "backup"}
    for line in lines:
        parsed(line)


def test_an_option_that_does_not_exist_would_be_noticed() -> None:
    import click

    with pytest.raises(click.NoSuchOption):
        parsed(["serve", "--nosuch", "x"])
