"""A source has one name for spider, parser, source API and page. Spiders declare, parsers are pure."""

import ast
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest
from rooms import PACKAGE, ROOT, dotted, trees
from test_pure_rooms import impure

from arb_pipeline.contracts.sources import SOURCES, spider_class
from arb_pipeline.sources.registry import LANDED_AS, MARKETPLACES, PRICED_AS
from scrapy_project.spiders import spider_of

CRAWLING = ROOT / "scrapy_project"
SPIDERS, PARSERS = CRAWLING / "spiders", PACKAGE / "sources/parsing"
SPEAKERS, PAGES = PACKAGE / "simulator/source_apis", ROOT / "docs/sources"
SHARED_SPIDERS = {"base"}
SHARED_PARSERS = {"published", "tables", "values"}
SHARED_SPEAKERS = {"helpers"}
"""Modules in these folders that belong to no source."""
FORBIDDEN = {
    *("scrapy", "twisted", "os", "io", "time", "pathlib", "shutil", "tempfile", "subprocess", "socket"),
    *("requests", "urllib", "http", "asyncio", "sys", "logging", "random"),
}
PURE_PARTS = {"io.BytesIO", "io.StringIO", "io.TextIOWrapper", "pathlib.PurePosixPath"}
"""Modules above that have no side effects."""


def faults(source: str, root: Path = ROOT) -> list[str]:
    """Sources with a wrong name or a missing part."""
    spider = root / f"scrapy_project/spiders/{source}.py"
    parts = {
        "spider": spider,
        "parser": root / f"arb_pipeline/sources/parsing/{source}.py",
        "speaker": root / f"arb_pipeline/simulator/source_apis/{source}.py",
        "page": root / f"docs/sources/{source}.md",
    }
    result = [f"{source} has no {part}" for part, path in parts.items() if not path.is_file()]
    if not spider.is_file():
        return result
    tree = ast.parse(spider.read_text("utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if [node.name for node in classes] != [spider_class(source)]:
        return [*result, f"{source}: {[node.name for node in classes]} is not [{spider_class(source)!r}]"]
    declared = {name: value for node in classes[0].body for name, value in _declaration(node)}
    if declared.get("name") != ast.dump(ast.Constant(source)):
        result.append(f"{source}: name is {declared.get('name')}")
    if "required" not in declared:
        result.append(f"{source} declares no required fields")
    imported = {module for module, _ in imports(tree)}
    if not imported & {f"arb_pipeline.sources.parsing.{source}", "arb_pipeline.sources.parsing"}:
        result.append(f"{source} does not use its parser")
    return result


def _declaration(node: ast.stmt) -> list[tuple[str, str]]:
    """(name, value) of an assignment in a class."""
    if isinstance(node, ast.Assign):
        return [(t.id, ast.dump(node.value)) for t in node.targets if isinstance(t, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        return [(node.target.id, ast.dump(node.value))]
    return []


def imports(tree: ast.AST) -> list[tuple[str, str]]:
    """(module, name) of everything imported, wherever it stands; the name is '' for a whole module."""
    result = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            result += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            result += [(node.module or "", alias.name) for alias in node.names]
    return result


def kinds(tree: ast.AST) -> set[str]:
    """The kinds of records that a spider names where it counts or takes them."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    counted = (call.args[0] for call in calls if dotted(call.func) in {"self.count", "self.take"})
    return {kind.value for kind in counted if isinstance(kind, ast.Constant)}


def outside(tree: ast.AST) -> list[str]:
    """Imports of, and calls to, what reaches out of a parser."""
    used = {f"{node.value.id}.{node.attr}" for node in ast.walk(tree) if _is_of_module(node)}
    result = []
    for module, name in imports(tree):
        if module.partition(".")[0] not in FORBIDDEN or f"{module}.{name}" in PURE_PARTS:
            continue
        parts = {part for part in used if part.startswith(f"{module}.")}
        if name or not parts or parts - PURE_PARTS:
            result.append(f"import {module} {name}".strip())
    return result + impure(tree)


def _is_of_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)


def stems(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def rows(table: str) -> list[str]:
    """The sources that have a row of the index, linked to their page."""
    return [match[1] for match in re.finditer(r"^\| \[`(\w+)`\]\(\1\.md\) \|", table, re.MULTILINE)]


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_has_one_name(source):
    assert faults(source) == []


@pytest.mark.parametrize("source", SOURCES)
def test_a_spider_declares_the_kinds_that_it_counts(source):
    required = spider_of(source).required
    text = (SPIDERS / f"{source}.py").read_text("utf-8")

    assert required
    assert all(required.values())
    assert kinds(ast.parse(text)) <= required.keys()
    assert required == getattr(import_module(f"arb_pipeline.sources.parsing.{source}"), "REQUIRED", required)


def test_an_entry_of_the_sources_is_called_as_its_key():
    assert [key for key, source in SOURCES.items() if source.name != key] == []


def test_no_module_is_there_without_its_source():
    assert stems(SPIDERS) == SOURCES.keys() | SHARED_SPIDERS
    assert stems(PARSERS) == SOURCES.keys() | SHARED_PARSERS
    assert stems(SPEAKERS) == SOURCES.keys() | SHARED_SPEAKERS
    assert {path.stem for path in PAGES.glob("*.md")} == SOURCES.keys() | {"README"}


def test_every_source_has_one_row_in_the_index():
    assert sorted(rows((PAGES / "README.md").read_text("utf-8"))) == sorted(SOURCES)


def test_parsers_reach_for_nothing_outside():
    result = {file: outside(tree) for file, tree in trees(PARSERS).items()}

    assert not {file: ways for file, ways in result.items() if ways}


GOOD = {
    "scrapy_project/spiders/card_shop.py": (
        "from arb_pipeline.sources.parsing.card_shop import prices\n"
        'class CardShopSpider:\n    name = "card_shop"\n    required = {}\n'
    ),
    "arb_pipeline/sources/parsing/card_shop.py": "",
    "arb_pipeline/simulator/source_apis/card_shop.py": "",
    "docs/sources/card_shop.md": "",
}


def checkout(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_source_whose_names_agree_passes(tmp_path):
    assert faults("card_shop", checkout(tmp_path, GOOD)) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("CardShopSpider", "Card_ShopSpider", "is not ['CardShopSpider']"),
        ('"card_shop"', '"cardshop"', "name is"),
        ("required", "needed", "declares no required fields"),
        ("parsing.card_shop", "parsing.ebay", "does not use its parser"),
    ],
)
def test_a_spider_of_another_name_is_noticed(old, new, message, tmp_path):
    spider = "scrapy_project/spiders/card_shop.py"

    (fault,) = faults("card_shop", checkout(tmp_path, GOOD | {spider: GOOD[spider].replace(old, new)}))

    assert message in fault


@pytest.mark.parametrize("missing", GOOD)
def test_a_part_that_is_missing_is_noticed(missing, tmp_path):
    rest = {name: text for name, text in GOOD.items() if name != missing}

    assert any("has no" in fault for fault in faults("card_shop", checkout(tmp_path, rest)))


@pytest.mark.parametrize(
    "code",
    [
        "from scrapy import Request",
        "import twisted.web",
        "import os",
        "from time import time",
        "from pathlib import Path",
        "import io\nwith io.open('x') as file: pass",
        "import io\nfile = io.FileIO('x')",
        "from urllib.request import urlopen",
        "today = date.today()",
        "text = open('prices.json').read()",
    ],
)
def test_a_parser_that_reaches_out_is_noticed(code):
    assert outside(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    ["import io\nfile = io.BytesIO(body)", "from io import BytesIO", "import orjson", "import gzip"],
)
def test_a_parser_of_bytes_in_memory_is_pure(code):
    assert outside(ast.parse(code)) == []


def test_the_kinds_that_a_spider_counts_are_seen():
    code = "self.count('price', found)\nyield from self.take('offer', found)\nself.count(kind, found)"

    assert kinds(ast.parse(code)) == {"price", "offer"}


def test_a_row_without_its_page_is_none():
    table = "| [`ecb`](ecb.md) | rates |\n| [`ebay`](amazon.md) | offers |\n| `tcgdex` | cards |\n"

    assert rows(table) == ["ecb"]


def test_every_marketplace_is_a_source_of_prices_with_one_name_in_the_tables():
    assert all(SOURCES[source].holds == "prices" for source in MARKETPLACES)
    assert len({"tcgplayer", *PRICED_AS.values()}) == len(MARKETPLACES) + 1
    assert all(LANDED_AS.get(priced, priced) == landed for landed, priced in PRICED_AS.items())


def test_every_source_of_prices_is_cleaned_by_a_module_of_its_own():
    """TCGCSV's archive is TCGplayer's prices of record: its cleaner makes observations, not quotes."""
    assert {name for name, source in SOURCES.items() if source.holds == "prices"} == {*MARKETPLACES, "tcgcsv"}
