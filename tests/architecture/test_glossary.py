"""One term per thing: words of the glossary's column "not" do not appear in code, help texts or pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
GLOSSARY = REPOSITORY / "docs/glossary.md"
SEARCHED = ("arb_pipeline", "scrapy_project", "dbt/models", "dbt/macros", "dbt/tests", "docs", "README.md")
SUFFIXES = {".py", ".md", ".yml", ".yaml", ".sql"}
HISTORY = ("docs/adr/", "docs/glossary.md", "arb_pipeline/storage/postgres/migrations/")
"""Decisions and migrations stay as they were written."""
STORED = (
    "price_held_back",
    "held_back_share",
    "is_shipping_told",
    "asked_day",
    "demo_market",
    '"objection"',
    ".objection",
    "objection=pl.",
    "objection: str",
)
"""Stored flags, parameter keys, columns and folders keep their names."""


def rows(text: str) -> list[tuple[str, list[str]]]:
    """Terms of a glossary with the words that are not used for them."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [
        (term, [word.strip() for word in words.split(",") if word.strip()]) for term, _, words in cells[2:]
    ]


def occurs(text: str, word: str) -> bool:
    """True if a word or phrase occurs, also as a part of a name: `held_back_cents`, `heldBack`."""
    for name in STORED:
        text = text.replace(name, "")
    phrase = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_]+", word)))
    return re.search(rf"(?<![a-z]){phrase}(?![a-z])", text, re.IGNORECASE) is not None


def files() -> Iterator[tuple[str, str]]:
    """Path and text of every searched file."""
    for place in SEARCHED:
        root = REPOSITORY / place
        for file in sorted(root.rglob("*")) if root.is_dir() else [root]:
            path = str(file.relative_to(REPOSITORY))
            if file.suffix in SUFFIXES and not path.startswith(HISTORY):
                yield path, file.read_text("utf-8")


QUESTIONS = ("What ", "Whether ", "Who ", "How ", "Where ", "When ", "Which ", "Why ")
PYTHON = ("arb_pipeline", "scrapy_project", "benchmarks", "deploy", "tests")


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of every module."""
    for place in PYTHON:
        for file in sorted((REPOSITORY / place).rglob("*.py")):
            yield str(file.relative_to(REPOSITORY)), ast.parse(file.read_text("utf-8"))


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Docstrings of a module and all that is in it, those below an assignment included."""
    for node in ast.walk(tree):
        body = getattr(node, "body", [])
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                yield str(statement.value.value)


def test_docstrings_state_their_subject():
    questions = [
        f"{path}: {text.splitlines()[0]}"
        for path, tree in modules()
        for text in docstrings(tree)
        if text.startswith(QUESTIONS)
    ]

    assert questions == [], "Begin with the subject: `Reason that ...`, `True if ...`."


def test_docstrings_are_found_everywhere():
    tree = ast.parse(
        'ONE = 1\n"""What one is."""\nclass A:\n    """How."""\n    def f(self):\n        """Whether."""\n'
    )

    assert sorted(docstrings(tree)) == ["How.", "What one is.", "Whether."]


def uses() -> set[str]:
    """`path: word` of every use of an unwanted word."""
    words = {word for _, unwanted in rows(GLOSSARY.read_text("utf-8")) for word in unwanted}
    return {f"{path}: {word}" for path, text in files() for word in words if occurs(text, word)}


def test_unwanted_words_do_not_occur():
    assert sorted(uses()) == [], "Use the term of docs/glossary.md."


def test_terms_are_in_order_and_none_is_unwanted_elsewhere():
    terms = rows(GLOSSARY.read_text("utf-8"))
    names = [term for term, _ in terms]

    assert names == sorted(names, key=str.casefold)
    unwanted = {word for _, words in terms for word in words}
    assert {name for name in names if any(occurs(name, word) for word in unwanted)} == set()


@pytest.mark.parametrize(
    ("text", "word", "is_found"),
    [
        ("What was told.", "told", True),
        ("untold", "told", False),
        ("told_cents = 1", "told", True),
        ("held_back = price", "held back", True),
        ("held\n    back", "held back", True),
        ('"price_held_back"', "held back", False),
        ("withheld background", "held back", False),
    ],
)
def test_a_word_is_found_in_texts_and_names(text, word, is_found):
    assert occurs(text, word) is is_found


def test_a_glossary_is_read_from_its_table():
    table = (
        "| term | meaning | not |\n|---|---|---|\n| flag | A warning | hint, remark |\n| ask | A price | |\n"
    )

    assert rows(table) == [("flag", ["hint", "remark"]), ("ask", [])]
