"""Files derived from the declared columns: YAML and macros of dbt, tables of the documentation.

`make columns` writes them; a test compares them with the declarations. Of a model's YAML its own
`data_tests` are written by hand and kept.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from arb_pipeline.contracts.columns import EXPORTS, TABLES, exported
from arb_pipeline.contracts.enums import FLAGS, Described, ExclusionReason
from arb_pipeline.contracts.mart_models import MART_MODELS, SELECTED
from arb_pipeline.contracts.schema import Column, Table

ROOT = Path(__file__).parents[2]
MACROS = "dbt/macros/declared_columns.sql"
SOURCES = "dbt/models/sources.yml"
MART_PAGE = "docs/mart.md"
EXPORTS_PAGE = "docs/exports.md"
WRITTEN = "Written by `make columns` from arb_pipeline/contracts"
PAGE_MARK = f"<!-- {WRITTEN}, down to the end of the page. -->\n"
OWN_TESTS = re.compile(r"^    data_tests:\n.*?(?=^    columns:)", re.MULTILINE | re.DOTALL)


def derived_files(root: Path = ROOT) -> dict[str, str]:
    """Path inside the repository -> text, of every derived file."""
    files = {f"dbt/models/{name}.yml": "" for name in MART_MODELS}
    for path, model in zip(files, MART_MODELS.values(), strict=True):
        files[path] = model_yaml(model, (root / path).read_text("utf-8"))
    files[MACROS] = macros()
    files[SOURCES] = sources_yaml((root / SOURCES).read_text("utf-8"))
    for path, text in ((MART_PAGE, mart_tables()), (EXPORTS_PAGE, export_tables())):
        files[path] = _page((root / path).read_text("utf-8"), text)
    return files


def write(root: Path = ROOT) -> list[str]:
    """Write the derived files that differ from the declarations; return their paths."""
    changed = [path for path, text in derived_files(root).items() if not _is(root / path, text)]
    for path, text in derived_files(root).items():
        if path in changed:
            (root / path).write_text(text, "utf-8")
    return changed


def model_yaml(model: Table, current: str) -> str:
    """YAML of a model: description and columns as declared, its own tests as in `current`."""
    tests = OWN_TESTS.search(current)
    columns = yaml.safe_dump(
        [_yaml_column(column) for column in model.columns], sort_keys=False, width=10_000, allow_unicode=True
    )
    return (
        f"# {WRITTEN}, but for the data_tests of the model as a whole.\n"
        "models:\n"
        f"  - name: {model.name}\n"
        f"    description: {_quoted(model.meaning)}\n"
        f"{tests.group() if tests else ''}"
        "    columns:\n"
        f"{_indented(columns, 6)}"
    )


def macros() -> str:
    """Macros that select the declared columns of a table, in the types of the mart."""
    parts = [f"{{# {WRITTEN}. #}}\n"]
    for name, columns in SELECTED.items():
        selected = ",\n".join(
            f"    {_selected(column, is_plain=name == 'opportunity_figures')}" for column in columns
        )
        argument = "" if name == "opportunity_figures" else "table"
        parts.append(f"{{% macro {name}({argument}) %}}\n{selected}\n{{%- endmacro %}}\n")
    return "\n".join(parts)


def sources_yaml(current: str) -> str:
    """YAML of the source tables with the declared meaning of each."""

    def described(match: re.Match[str]) -> str:
        table = TABLES.get(match["name"])
        return f"{match['head']}{_quoted(table.meaning)}\n" if table else match.group()

    return re.sub(r"(?P<head>      - name: (?P<name>\w+)\n        description: )[^\n]*\n", described, current)


def mart_tables() -> str:
    """The part of docs/mart.md that lists columns and flags."""
    models = "\n".join(
        f"### {m.name}\n\n{m.meaning}\n\n{columns_table(m.columns)}" for m in MART_MODELS.values()
    )
    flags = ["| flag | meaning | blocks publication | caps confidence |", "|---|---|---|---|"]
    flags += [
        f"| `{name}` | {flag.meaning} | {_yes(flag.blocks_publication)} | {_yes(flag.caps_confidence)} |"
        for name, flag in FLAGS.items()
    ]
    return f"{models}\n## Flags\n\n" + "\n".join(flags) + f"\n\n## Values\n\n{_enumerations()}"


def export_tables() -> str:
    """The part of docs/exports.md that lists columns."""
    parts = [
        f"### arb export {what}\n\n{table.meaning}\n\n{columns_table(exported(what), is_mart=False)}"
        for what, table in EXPORTS.items()
    ]
    return "\n".join(parts)


def columns_table(columns: Iterable[Column], *, is_mart: bool = True) -> str:
    """Columns as a Markdown table: name, type, unit, meaning."""
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in columns:
        kind = column.kind.mart_type if is_mart else column.kind.sql_type
        lines.append(f"| `{column.name}` | {kind} | {column.unit_shown} | {column.description} |")
    return "\n".join(lines) + "\n"


def _enumerations() -> str:
    columns = [column for model in MART_MODELS.values() for column in model.columns if column.enum]
    enums: dict[str, type[Described]] = {column.name: column.enum for column in columns if column.enum}
    enums["exclusion reason of an offer"] = ExclusionReason
    lines = ["| column | value | meaning |", "|---|---|---|"]
    lines += [
        f"| {name} | `{member.value}` | {member.meaning} |" for name, enum in enums.items() for member in enum
    ]
    return "\n".join(lines) + "\n"


def _yaml_column(column: Column) -> dict[str, Any]:
    tests = list(column.mart_tests)
    if column.allowed:
        tests.append({"accepted_values": {"arguments": {"values": list(column.allowed)}}})
    described = {"name": column.name, "data_type": column.kind.mart_type, "description": column.comment}
    return {**described, "data_tests": tests} if tests else described


def _selected(column: Column, *, is_plain: bool) -> str:
    """Expression that selects a column in its type of the mart."""
    if is_plain:
        return column.name
    name = f"{{{{ table }}}}.{column.name}"
    if column.kind.sql == "text[]":
        return f"array_to_string({name}, '{column.separator}') as {column.name}"
    return name if column.kind.mart_type == column.kind.sql_type else f"{name}::text as {column.name}"


def _page(current: str, text: str) -> str:
    written, mark, _ = current.partition(PAGE_MARK)
    if not mark:
        message = f"The page has no line {PAGE_MARK.strip()!r}. Put it where the derived part begins."
        raise ValueError(message)
    return f"{written}{mark}\n{text}"


def _indented(text: str, width: int) -> str:
    return "".join(f"{' ' * width}{line}\n" for line in text.splitlines())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _yes(is_so: bool) -> str:  # noqa: FBT001 - a cell
    return "yes" if is_so else ""


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    for path in write():
        print(f"wrote {path}")  # noqa: T201 - a command of the Makefile
