"""`arb new-source` in a copy of this checkout: what it makes is formatted, passes its tests, and is fetched."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PARTS = ("arb_pipeline", "scrapy_project", "dbt", "docs/sources", "tests/unit", "tests/architecture")
MAKE = "import typer; from arb_pipeline.cli.new_source import new_source; typer.run(new_source)"
FETCH = """
import sys
from pathlib import Path
from arb_pipeline.simulator.replay import ReplayServer
import os
with ReplayServer(Path(sys.argv[2]), sources=[sys.argv[1]]) as server:
    os.environ |= server.environment() | {"ARB_LOOPBACK_DELAY_SECONDS": "0"}
    from arb_pipeline.settings import settings
    from arb_pipeline.fetching.crawls import fetch
    for _ in range(2):
        done = fetch(sys.argv[1], settings=settings())
        print(done.status, dict(done.counts), done.reason)
"""
CLEAN = """
import sys
from datetime import UTC, datetime
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.settings import settings
from arb_pipeline.sources.registry import MARKETPLACES
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.marketplace_files import batches
landing = Landing(settings().landing)
for day in landing.days(sys.argv[1]):
    for package in landing.packages(sys.argv[1], part=day):
        found = MARKETPLACES[sys.argv[1]].clean(batches(package), rates=Rates(), now=datetime.now(UTC))
        print(found.quotes["price_cents"].to_list(), found.rejected.height)
"""
ASSETS = """
import sys
from arb_pipeline.definitions import defs
keys = {key.to_user_string() for key in defs().resolve_asset_graph().get_all_asset_keys()}
print(*sorted(key for key in keys if sys.argv[1] in key))
"""
LONGEST_NAME, LONGEST_TITLE = "abcdefghijklmnopq_rst_uvw_x123", "Sixty letters " + "of a title " * 4 + "at"
LONG_URL = "https://abcdefghijklmnopqrstuvwxyz.example.com/api/v2"
MADE = {
    "card_bazaar": (
        "Card Bazaar's price list",
        "https://api.cardbazaar.example",
        "--category",
        "mtg",
        "--daily",
    ),
    "fx": ("A", "https://a.example", "--kind", "rates"),
    LONGEST_NAME: (LONGEST_TITLE, LONG_URL),
    f"{LONGEST_NAME[:-1]}4": (LONGEST_TITLE, LONG_URL, "--kind", "contents", "--category", "pokemon"),
}


def run(checkout: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python program in the checkout, with its packages before those installed."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ARB_")}
    return subprocess.run(
        [sys.executable, *command],
        cwd=checkout,
        env=ours | {"PYTHONPATH": str(checkout), "COLUMNS": "300", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def copied(to: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", to)
    return to


def files(checkout: Path) -> dict[str, bytes]:
    result = (path for path in checkout.rglob("*") if path.is_file() and path.suffix in {".py", ".md"})
    return {path.relative_to(checkout).as_posix(): path.read_bytes() for path in result}


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Path:
    """A copy in which nothing was made: refusals leave it as it is."""
    return copied(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy with all of MADE."""
    folder = copied(tmp_path_factory.mktemp("checkout"))
    for name, arguments in MADE.items():
        done = run(folder, "-c", MAKE, name, *arguments)
        assert done.returncode == 0, done.stderr
    return folder


def of(checkout: Path, *names: str) -> list[str]:
    """The Python files that were made for sources."""
    stems = {stem for name in names for stem in (name, f"test_{name}", f"test_{name}_cleaning")}
    return sorted(name for name in files(checkout) if name.endswith(".py") and Path(name).stem in stems)


def test_it_makes_every_part_and_says_so(checkout, plain):
    new = files(checkout).keys() - files(plain).keys()

    assert {name for name in new if "card_bazaar" in name} == {
        "scrapy_project/spiders/card_bazaar.py",
        "arb_pipeline/sources/parsing/card_bazaar.py",
        "arb_pipeline/sources/cleaning/card_bazaar.py",
        "arb_pipeline/simulator/source_apis/card_bazaar.py",
        "docs/sources/card_bazaar.md",
        "tests/unit/sources/parsing/test_card_bazaar.py",
        "tests/unit/sources/cleaning/test_card_bazaar_cleaning.py",
    }
    assert "arb_pipeline/sources/cleaning/fx.py" not in new  # rates are no prices


def test_names_and_titles_of_the_greatest_length_were_tried(plain):
    limits = "from arb_pipeline.cli.new_source import *; print(LONGEST_NAME, LONGEST_TITLE)"

    assert run(plain, "-c", limits).stdout.split() == [str(len(LONGEST_NAME)), str(len(LONGEST_TITLE))]


def test_what_it_makes_is_formatted_and_free_of_lint(checkout):
    made = [*of(checkout, *MADE), "arb_pipeline/contracts/sources.py"]
    before = run(ROOT, "-m", "ruff", "check", "--no-cache", "arb_pipeline/contracts/sources.py")

    formatted = run(checkout, "-m", "ruff", "format", "--check", "--no-cache", *made)
    linted = run(
        checkout, "-m", "ruff", "check", "--no-cache", *(made if before.returncode == 0 else made[:-1])
    )

    assert len(made) == 4 * 4 + 2 * 2 + 1
    assert formatted.returncode == 0, formatted.stdout
    assert linted.returncode == 0, linted.stdout


def test_what_it_makes_is_typed_as_strictly_as_the_rest(checkout):
    cleaning = [name for name in of(checkout, *MADE) if name.startswith("arb_pipeline/sources/cleaning/")]

    typed = run(checkout, "-m", "mypy", *cleaning, MYPY_CACHE_DIR=str(checkout / "types"))

    assert len(cleaning) == 2
    assert typed.returncode == 0, typed.stdout


def test_the_tests_that_it_makes_pass(checkout):
    tests = [name for name in of(checkout, *MADE) if name.startswith("tests/")]

    done = run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)

    assert done.returncode == 0, done.stdout


def test_the_naming_test_holds_for_what_it_makes(checkout):
    naming = "tests/architecture/test_source_naming.py"
    command = ("-m", "pytest", "-p", "no:cacheprovider", naming, "-k")

    done = run(checkout, *command, f"({' or '.join(MADE)}) or test_every_source_has_one_row")

    assert done.returncode == 0, done.stdout
    assert f"{2 * len(MADE) + 1} passed" in done.stdout


def test_a_parser_that_takes_anything_fails_the_test_that_was_made(checkout, tmp_path):
    shutil.copytree(checkout, tmp_path, dirs_exist_ok=True)
    (tmp_path / "arb_pipeline/sources/parsing/fx.py").write_text(
        'REQUIRED = {"rate": ("date", "currency", "rate")}\n\n\ndef rates(_body):\n    return []\n'
    )

    test = "tests/unit/sources/parsing/test_fx.py"
    done = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", test)

    assert done.returncode == 1
    assert "sign in" in done.stdout


def test_a_made_source_lands_its_sample_once(checkout, tmp_path):
    done = run(checkout, "-c", FETCH, "card_bazaar", str(tmp_path), ARB_HOME=str(tmp_path / "home"))

    assert done.stdout.splitlines() == ["landed {'price': 2} ", "unchanged {'price': 2} "], done.stderr
    (page,) = (tmp_path / "home/landing/card_bazaar").glob("*/*/files/prices.json*")
    assert page.stat().st_size > 0

    cleaned = run(checkout, "-c", CLEAN, "card_bazaar", ARB_HOME=str(tmp_path / "home"))
    assert cleaned.stdout.split("\n")[0] == "[11999, 449] 0", cleaned.stderr


def test_a_made_source_of_prices_has_its_assets_without_another_edit(checkout, tmp_path):
    done = run(checkout, "-c", ASSETS, "card_bazaar", ARB_HOME=str(tmp_path))

    assert done.stdout.split() == [
        "landing/card_bazaar",
        "prices/card_bazaar/balance",
        "prices/card_bazaar/history",
        "prices/card_bazaar/quotes",
        "prices/card_bazaar/rejected",
    ], done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ebay", "T", "https://a.example"), "'ebay' is taken"),
        (("base", "T", "https://a.example"), "'base' is taken"),
        (("all", "T", "https://a.example"), "means something else"),
        (("CardBazaar", "T", "https://a.example"), "is no name for a source"),
        (("card-bazaar", "T", "https://a.example"), "is no name for a source"),
        (("_card", "T", "https://a.example"), "is no name for a source"),
        (("class", "T", "https://a.example"), "is no name for a source"),
        ((f"{LONGEST_NAME}4", "T", "https://a.example"), "is no name for a source"),
        (("card", 'A "title"', "https://a.example"), "is no title"),
        (("card", "two\nlines", "https://a.example"), "is no title"),
        (("card", f"{LONGEST_TITLE}!", "https://a.example"), "is no title"),
        (("card", "T", "http://a.example"), "is no base URL"),
        (("card", "T", "https://a.example/"), "is no base URL"),
        (("card", "T", "a.example"), "is no base URL"),
        (("card", "T", "https://a.example", "--kind", "gossip"), "gossip"),
        (("card", "T", "https://a.example", "--category", "chess"), "chess"),
    ],
)
def test_what_cannot_be_a_source_is_refused_and_nothing_made(arguments, message, plain):
    before = files(plain)

    done = run(plain, "-c", MAKE, *arguments)

    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert files(plain) == before


def test_a_name_is_taken_once_it_was_made(checkout):
    done = run(checkout, "-c", MAKE, "fx", "Another", "https://b.example")

    assert done.returncode == 2
    assert "'fx' is taken" in done.stderr


def test_outside_of_a_checkout_it_says_where_to_go(tmp_path):
    done = run(tmp_path, "-c", MAKE, "card", "T", "https://a.example", PYTHONPATH=str(ROOT))

    assert done.returncode == 2
    assert "is no checkout" in done.stderr
    assert not list(tmp_path.iterdir())
