"""Source files as text and as syntax trees, for the architecture tests."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "arb_pipeline"


def texts(folder: Path) -> dict[str, str]:
    """Python files below a folder by their path from the project's root."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))
    }


def trees(*folders: Path) -> dict[str, ast.Module]:
    """The same, parsed."""
    return {name: ast.parse(text) for folder in folders for name, text in texts(folder).items()}


def dotted(node: ast.expr) -> str:
    """`a.b.c` of names and attributes; '' for anything else at the root."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else f".{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
