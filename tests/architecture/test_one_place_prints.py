"""Text reaches the terminal through `cli/terminal.py` and the consoles of `cli/render.py`: both sanitise it."""

import ast

import pytest
from rooms import PACKAGE, dotted, trees

PRINTERS = {"arb_pipeline/cli/terminal.py", "arb_pipeline/cli/render.py"}
WAYS = {"print", "typer.echo", "typer.secho", "click.echo", "click.secho", "Console", "rich.print", "escape"}


def printed(tree: ast.AST) -> list[str]:
    """Calls that write to the terminal without the sanitiser."""
    calls = (dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sorted(call for call in calls if call in WAYS)


def test_commands_print_through_the_sanitiser():
    result = {file: printed(tree) for file, tree in trees(PACKAGE / "cli").items() if file not in PRINTERS}

    assert {file: calls for file, calls in result.items() if calls} == {}


@pytest.mark.parametrize("code", ["typer.echo(name)", "print(name)", "Console().print(name)", "escape(name)"])
def test_another_way_to_print_is_noticed(code):
    assert len(printed(ast.parse(code))) == 1
