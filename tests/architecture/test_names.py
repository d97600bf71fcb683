"""Names say what they hold: `listing`, not `each`. ESLint's `id-denylist` holds the same for web/src."""

import ast
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

REPOSITORY = Path(__file__).parents[2]
PYTHON = ("arb_pipeline", "scrapy_project", "benchmarks", "deploy", "tests")
UNWANTED = {"each", "found", "told", "mine"}


def bound(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of every binding: assignments, targets, parameters, fields, functions, imports."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.alias(name=name, asname=asname):
                yield node.lineno, asname or name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield node.lineno, name


def names_in_template(text: str) -> set[str]:
    """Names that a template sets, loops over or takes from its caller."""
    return {node.name for node in jinja2.Environment(autoescape=True).parse(text).find_all(nodes.Name)}


def test_names_in_python_say_what_they_hold():
    unwanted = [
        f"{file.relative_to(REPOSITORY)}:{line}: {name}"
        for place in PYTHON
        for file in sorted((REPOSITORY / place).rglob("*.py"))
        for line, name in bound(file.read_text("utf-8"))
        if name in UNWANTED
    ]

    assert unwanted == [], "Name it for what it holds."


def test_names_in_templates_say_what_they_hold():
    templates = sorted((REPOSITORY / "arb_pipeline/reporting").glob("*.j2"))
    unwanted = {file.name: names_in_template(file.read_text("utf-8")) & UNWANTED for file in templates}

    assert unwanted
    assert not any(unwanted.values()), unwanted


@pytest.mark.parametrize(
    "text",
    [
        "each = 1",
        "each: int = 1",
        "(a, *each) = 1, 2",
        "for each in ():\n    pass",
        "[each for each in ()]",
        "if each := 1:\n    pass",
        "with open('a') as each:\n    pass",
        "def f(*, each=1):\n    pass",
        "f = lambda each: 1",
        "def each():\n    pass",
        "async def each():\n    pass",
        "class A:\n    each: int",
        "a.each = 1",
        "from a import each",
        "from a import b as each",
        "try:\n    pass\nexcept ValueError as each:\n    pass",
        "match 1:\n    case [each]:\n        pass",
    ],
)
def test_every_binding_is_seen(text):
    assert "each" in {name for _, name in bound(text)}


@pytest.mark.parametrize("text", ["a = b.each", "f(each=1)", "print(each)", '"each"', "import a.each"])
def test_a_use_is_no_binding(text):
    assert "each" not in {name for _, name in bound(text)}


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ("{{ each.price }}", True),
        ("{% for each in rows %}{{ each }}{% endfor %}", True),
        ("{% set each = 1 %}", True),
        ("{% macro row(each) %}{% endmacro %}", True),
        ("each {{ row.each }}", False),
    ],
)
def test_names_of_a_template_are_seen(text, is_there):
    assert ("each" in names_in_template(text)) is is_there
