"""`arb params`: what it prints, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from arb_pipeline.settings import settings

# Typer's own import uses a name that Click has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:'click:DeprecationWarning")


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes the buyer's own file and names it in ARB_PARAMS."""

    def write(text: str) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_text(text, "utf-8")
        monkeypatch.setenv("ARB_PARAMS", str(path))
        settings.cache_clear()
        return path

    yield write
    settings.cache_clear()


@pytest.fixture
def run() -> Any:
    from typer.testing import CliRunner

    from arb_pipeline.cli.params import app

    return lambda *words: CliRunner().invoke(app, words)


def test_a_group_is_shown_with_unit_source_and_what_is_one_s_own(run: Any, own_file: Any) -> None:
    own_file("tcgplayer: {commission: 1025}")
    shown = run("show", "tcgplayer", "--date", "2026-11-22", "--json")
    assert shown.exit_code == 0
    result = {entry["key"]: entry for entry in json.loads(shown.output)}
    assert {entry["group"] for entry in result.values()} == {"tcgplayer"}
    assert (result["commission"]["value"], result["commission"]["is_own"]) == (1025, True)
    assert result["payment"] == {
        "group": "tcgplayer",
        "key": "payment",
        "value": 250,
        "unit": "bps of order total",
        "source": "help.tcgplayer.com article 201357836",
        "checked_on": "2026-11-22",
        "is_own": False,
    }


def test_the_table_marks_what_is_one_s_own(run: Any, own_file: Any) -> None:
    own_file("selling: {cards_per_order: 5}")
    text = run("show", "selling").output
    assert "5 (yours)" in text
    assert text.count("(yours)") == 1


def test_a_dated_value_is_that_of_the_day(run: Any, own_file: Any) -> None:
    own_file("buying: {tax: {values: {2025-01-01: 700, 2026-06-01: 825}}}")
    for day, tax in (("2026-05-31", 700), ("2026-06-01", 825)):
        result = json.loads(run("show", "buying", "--date", day, "--json").output)
        assert [entry["value"] for entry in result if entry["key"] == "tax"] == [tax]


def test_a_sound_file_is_reported_with_what_it_changes(run: Any, own_file: Any) -> None:
    own_file("selling: {cards_per_order: 5}")
    checked = run("check", "--date", "2026-11-22")
    assert checked.exit_code == 0
    assert "sound. selling.cards_per_order = 5" in checked.output
    assert "warning" not in checked.output


def test_a_bad_file_is_reported_line_by_line_and_fails(run: Any, own_file: Any, tmp_path: Path) -> None:
    own_file("selling: {cards_per_order: 5}")
    bad = tmp_path / "bad.yaml"
    bad.write_text("selling: {cards_per_order: 0}\nebay: {commission: 20000}", "utf-8")
    checked = run("check", str(bad))
    assert checked.exit_code == 1
    assert f"{bad}: selling.cards_per_order is 0; " in checked.output
    assert f"{bad}: ebay.commission is 20000; " in checked.output


def test_a_figure_not_checked_for_a_year_warns_and_does_not_fail(run: Any, own_file: Any) -> None:
    own_file("selling: {cards_per_order: 5}")
    checked = run("check", "--date", "2028-01-01")
    assert checked.exit_code == 0
    assert "warning: ebay.commission was last checked on 2026-10-09" in checked.output
