"""`arb new-source`: generates the files of a new source in a checkout, from `templates/`."""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from arb_pipeline.cli.terminal import echo
from arb_pipeline.contracts.categories import Category

SOURCES_FILE = "arb_pipeline/contracts/sources.py"
INDEX = "docs/sources/README.md"
CHECKOUT = ("pyproject.toml", SOURCES_FILE, "scrapy_project/spiders/base.py", INDEX)
"""Files that identify a checkout."""
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME, LONGEST_TITLE = 30, 60
"""Beyond them the lines made of them do not fit into 110 columns."""
URL = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._~-]+)*")
RESERVED = ("all", "replay", "new_source")


class Kind(StrEnum):
    """Kind of data of a source."""

    PRICES = "prices"
    CONTENTS = "contents"
    RATES = "rates"


@dataclass(frozen=True, slots=True)
class Sample:
    """Sample records of the generated parser, until real ones replace them."""

    record: str
    plural: str
    fields: tuple[str, ...]
    gives: str
    rows: tuple[str, str]
    """Two records, as JSON; `GAME` stands for the game."""


SAMPLES = {
    Kind.PRICES: Sample(
        "price",
        "prices",
        ("id", "name", "game", "price"),
        "a price in US dollars per product",
        (
            '{"id": 1001, "name": "Sample Booster Box", "game": "GAME", "price": "119.99"}',
            '{"id": 1002, "name": "Sample Booster Pack", "game": "GAME", "price": "4.49"}',
        ),
    ),
    Kind.CONTENTS: Sample(
        "product",
        "products",
        ("id", "name", "game", "packs"),
        "sealed products with the number of their packs",
        (
            '{"id": 1001, "name": "Sample Booster Box", "game": "GAME", "packs": 30}',
            '{"id": 1002, "name": "Sample Booster Pack", "game": "GAME", "packs": 1}',
        ),
    ),
    Kind.RATES: Sample(
        "rate",
        "rates",
        ("date", "currency", "rate"),
        "units of a currency for one euro, per day",
        (
            '{"date": "2026-01-02", "currency": "USD", "rate": "1.1750"}',
            '{"date": "2026-01-02", "currency": "JPY", "rate": "184.20"}',
        ),
    ),
}


def new_source(
    name: Annotated[str, typer.Argument(help="snake_case: of its spider, its settings, its folder.")],
    title: Annotated[str, typer.Argument(help="What it is, in a few words.")],
    url: Annotated[str, typer.Argument(help="Its base URL, https.")],
    category: Annotated[
        list[Category] | None, typer.Option(help="A game it is about; repeatable. All by default.")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="What it holds.")] = Kind.PRICES,
    daily: Annotated[
        bool, typer.Option("--daily", help="Keep a package a day; else one is current.")
    ] = False,
) -> None:
    """Makes the files of a new source in this checkout: they work at once, on a small sample.

    NAME is snake_case, TITLE a few words, URL the base URL without a slash at its end. Run it where
    pyproject.toml is; docs/adding-a-source.md describes the remaining steps.
    """
    root = Path.cwd()
    _check_values(name, title, url)
    games = tuple(game.value for game in category or ())
    values = _values(name, title, url, games, kind, is_daily=daily)
    made = {root / path: _filled(template, values) for path, template in _paths(name, kind).items()}
    _check_checkout(root, name, made)
    changed = {
        root / SOURCES_FILE: _with_entry((root / SOURCES_FILE).read_text("utf-8"), values),
        root / INDEX: _with_row((root / INDEX).read_text("utf-8"), _filled("row.tmpl", values)),
    }
    for path, text in (made | changed).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for path in made:
        echo(f"made     {path.relative_to(root)}")
    for path in changed:
        echo(f"changed  {path.relative_to(root)}")
    echo(_next_steps(name, kind, [path.relative_to(root).as_posix() for path in made]))


def _paths(name: str, kind: Kind) -> dict[str, str]:
    """Files to make -> their templates."""
    paths = {
        f"scrapy_project/spiders/{name}.py": "spider.py.tmpl",
        f"arb_pipeline/sources/parsing/{name}.py": "parser.py.tmpl",
        f"arb_pipeline/simulator/source_apis/{name}.py": "source_api.py.tmpl",
        f"docs/sources/{name}.md": "page.md.tmpl",
        f"tests/unit/sources/parsing/test_{name}.py": "test_parser.py.tmpl",
    }
    if kind is Kind.PRICES:
        paths[f"arb_pipeline/sources/cleaning/{name}.py"] = "cleaning.py.tmpl"
        paths[f"tests/unit/sources/cleaning/test_{name}_cleaning.py"] = "test_cleaning.py.tmpl"
    return paths


def _check_values(name: str, title: str, url: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or len(name) > LONGEST_NAME:
        msg = (
            f"{name!r} is no name for a source. Write it in snake_case, with at most {LONGEST_NAME} "
            "characters, such as 'card_market'."
        )
        raise typer.BadParameter(msg, param_hint="NAME")
    if name in RESERVED:
        msg = f"{name!r} means something else to `arb`. Take another name."
        raise typer.BadParameter(msg, param_hint="NAME")
    is_plain = title.isascii() and title.isprintable() and not set(title) & set('"\\|`<>')
    if not is_plain or title != title.strip() or not 0 < len(title) <= LONGEST_TITLE:
        msg = (
            f"{title!r} is no title. Write at most {LONGEST_TITLE} plain characters on one line, without "
            "quotation marks, backslash, backtick, <, > or |."
        )
        raise typer.BadParameter(msg, param_hint="TITLE")
    if not URL.fullmatch(url):
        msg = f"{url!r} is no base URL. Write it as https://api.example.com, with no slash at its end."
        raise typer.BadParameter(msg, param_hint="URL")


def _check_checkout(root: Path, name: str, made: Mapping[Path, str]) -> None:
    """Exits with code 2 where there is no checkout, or the name is already used."""
    from arb_pipeline.contracts.sources import SOURCES

    if absent := [file for file in CHECKOUT if not (root / file).is_file()]:
        msg = f"{root} is no checkout of arb_pipeline, it has no {absent[0]}. Go to where pyproject.toml is."
        raise typer.BadParameter(msg)
    there = [path.relative_to(root).as_posix() for path in made if path.exists()]
    if name in SOURCES or f'"{name}",' in (root / SOURCES_FILE).read_text("utf-8"):
        there.append(f"{name!r} in {SOURCES_FILE}")
    if there:
        msg = f"{name!r} is taken: there is {', '.join(there)}. Nothing was made; take another name."
        raise typer.BadParameter(msg, param_hint="NAME")


def _values(
    name: str, title: str, url: str, games: tuple[str, ...], kind: Kind, *, is_daily: bool
) -> dict[str, str]:
    """Values of the templates' placeholders."""
    from arb_pipeline.contracts.categories import CATEGORIES
    from arb_pipeline.contracts.sources import spider_class

    sample = SAMPLES[kind]
    named = games or tuple(CATEGORIES)
    listed = ", ".join(f'"{game}"' for game in named) + ("," if len(named) == 1 else "")
    more = [f"({listed}),"] * bool(games) + ["is_daily=True,"] * is_daily
    first, second = (row.replace("GAME", named[0]) for row in sample.rows)
    return {
        "name": name,
        "title": title,
        "url": url,
        "class_name": spider_class(name),
        "setting": f"ARB_SOURCE_{name}_URL".upper(),
        "holds": kind.value,
        "more": "".join(f"            {line}\n" for line in more),
        "record": sample.record,
        "plural": sample.plural,
        "fields": ", ".join(f'"{field}"' for field in sample.fields),
        "named": ", ".join(f"`{field}`" for field in sample.fields),
        "field": sample.fields[-1],
        "gives": sample.gives,
        "first": first,
        "second": second,
        "game": named[0],
        "games": listed,
        "covers": ", ".join(games) or "all",
        "package": "There is a package per day of fetching." if is_daily else "One package is current.",
    }


def _filled(template: str, values: Mapping[str, str]) -> str:
    text = (files("arb_pipeline.cli") / "templates/new_source" / template).read_text("utf-8")
    return Template(text).substitute(values)


def _with_entry(text: str, values: Mapping[str, str]) -> str:
    """`contracts/sources.py` with one more source, the last of its tuple."""
    end = text.find("\n    )\n}\n", text.find("SOURCES: dict[str, Source] = {"))
    if end < 0:
        msg = f"{SOURCES_FILE} does not end its tuple of sources with ')' and '}}' on lines of their own."
        raise typer.BadParameter(msg)
    return f"{text[: end + 1]}{_filled('source.tmpl', values)}{text[end + 1 :]}"


def _with_row(text: str, row: str) -> str:
    """The index of sources with one more row, the last of its first table."""
    start = text.find("| [`")
    end = text.find("\n\n", start)
    if start < 0:
        msg = f"{INDEX} has no table whose rows start with '| [`'."
        raise typer.BadParameter(msg)
    return f"{text[: end + 1]}{row}{text[end + 1 :]}" if end > 0 else f"{text.rstrip()}\n{row}"


def _next_steps(name: str, kind: Kind, made: list[str]) -> str:
    tests = " ".join(path for path in made if path.startswith("tests/"))
    cleaning = (
        f"""
  4. Map its fields in arb_pipeline/sources/cleaning/{name}.py. It is registered: `arb run` cleans it."""
        if kind is Kind.PRICES
        else """
  4. Read its packages in the package of its game (arb_pipeline/games/)."""
    )
    return f"""
It works on a sample already:
  pytest {tests} tests/architecture/test_source_naming.py
  arb demo serve --env-file replay.env &
  env $(cat replay.env) arb fetch {name}
What is left to do (docs/adding-a-source.md):
  1. Put a real answer into FROZEN of the test and SAMPLE of the simulated source, shortened, without names of
  people.
  2. Make the parser read it; keep the test that refuses a login page.
  3. Correct path, hosts, keys and limits: in the spider, and in its entry in {SOURCES_FILE}.{cleaning}
  5. Read its terms and robots.txt, and say in docs/sources/{name}.md and its row what it may not do."""
