"""Stages of which nothing has changed are skipped, and nothing stale ever passes.

One home. After each change it is run again, which skips what it can; then every stage is forced, as in a run
from scratch. Had anything stale been skipped, the forced run would write rows.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from arb_command import CLOCK, SMALL_MARKET, Arb, home_of
from folder import BOOSTER, DAY, DECK, DECKS, Folder, before, name_of

SKIPPED, RUN = True, False
START = before(30)
USER = "00000000-0000-4000-8000-000000000001"


@dataclass
class Home:
    """A market of two days, the home in which they were analysed, and its own parameters."""

    folder: Folder
    arb: Arb
    params: Path

    def run(self, *arguments: object) -> list[dict[str, Any]]:
        """Runs a day, by default the last; without the mart."""
        arguments = arguments if "--date" in arguments else ("--date", DAY, *arguments)
        runs = self.arb.run(self.folder.root, *arguments)
        assert [run["failures"] for run in runs] == [[]] * len(runs)
        return runs

    def skipped(self, *arguments: object) -> list[bool]:
        """Runs a day; whether its reference data and its day were skipped. A forced run then writes nothing."""
        runs = self.run(*arguments)
        result = self.arb.hashes()
        forced = self.run(*arguments, "--force")
        assert [run["unchanged_since"] for run in forced] == [None, None]
        assert [run["rows_written"] for run in forced] == [0, 0]
        assert self.arb.hashes() == result
        return [run["unchanged_since"] is not None for run in runs]


@pytest.fixture(scope="module")
def home(place: Path) -> Iterator[Home]:
    folder = Folder(place / "data").write()
    folder.archive(before(1))
    folder.archive(DAY)
    params = place / "params.yaml"
    shutil.copy(SMALL_MARKET, params)
    with home_of(place, "home") as arb:
        arb.params = params
        made = Home(folder, arb, params)
        made.run()
        yield made


def test_a_repeat_skips_every_stage_and_says_since_when(home: Home) -> None:
    first = home.run()
    hashes = home.arb.hashes()
    again = home.run()
    assert [run["unchanged_since"] is not None for run in again] == [SKIPPED, SKIPPED]
    assert [run["unchanged_since"] for run in again] == [run["unchanged_since"] for run in first]
    assert home.arb.hashes() == hashes
    # What stands is told, and that nothing was written: 23 quotes, 11 products valued, 3 published.
    last = again[-1]
    figures = ("prices", "refused", "valued", "published", "rows_written")
    assert [last[name] for name in figures] == [23, 0, 11, 3, 0]
    printed = home.arb.quick("run", "--data", home.folder.root, "--date", DAY, "--history", 0).stderr
    assert "catalogue and contents unchanged since 20" in printed
    assert "prices and valuations unchanged since 20" in printed


def test_dagster_shows_what_was_skipped(home: Home) -> None:
    from dagster import AssetKey, DagsterEventType

    home.run()
    for key, stage in {
        ("contents", "product_singles"): "reference_data",
        ("prices", "price_history"): "prices",
        ("opportunities", "arbitrage_opportunities"): "analysis",
    }.items():
        result = home.arb.records.fetch_observations(AssetKey(list(key)), limit=1).records
        assert result[0].event_log_entry.dagster_event_type is DagsterEventType.ASSET_OBSERVATION
        observation = result[0].asset_observation
        assert observation.description.startswith(f"Skipped: {stage} is unchanged since 20")
        assert observation.partition == (None if stage == "reference_data" else DAY.isoformat())


def test_every_source_of_the_reference_data_counts() -> None:
    from arb_pipeline.definitions import defs
    from arb_pipeline.services.stages import READ_FOR_REFERENCE

    job = defs().resolve_job_def("reference_data")
    landed = {key.path[1] for key in job.asset_layer.selected_asset_keys if key.path[0] == "landing"}
    assert landed
    assert landed <= set(READ_FOR_REFERENCE)


def price(home: Home) -> None:
    home.folder.archive(DAY, {(DECK, "Normal"): (26.00, 28.00, 27.00)})


def deck(home: Home) -> None:
    decks = deepcopy(DECKS)
    decks[0]["cards"][0][3] = 3  # three Beta Angels for two
    home.folder.put(home.folder.root / "mtg/precon_decks/decks.json", json.dumps(decks))


def pack(home: Home) -> None:
    booster = deepcopy(BOOSTER)
    booster["boosters"][0]["weight"] = 2
    home.folder.put(home.folder.root / "mtg/boosters/booster/tst-play.json", json.dumps(booster))


def own_parameter(home: Home) -> None:
    text = SMALL_MARKET.read_text("utf-8")
    home.params.write_text(f"{text}selling: {{cards_per_order: 4}}\n", "utf-8")


def fee(home: Home, start: date = START) -> None:
    values = {"id": USER, "day": start}
    home.arb.execute(
        "INSERT INTO users (id, name, role) VALUES (:id, 'admin', 'admin') ON CONFLICT DO NOTHING", id=USER
    )
    home.arb.execute(
        "INSERT INTO parameter_values (group_name, key, value, valid_from, source, user_id)"
        " VALUES ('tcgplayer', 'commission', '1200', :day, 'a test', :id)",
        **values,
    )


def fee_of_a_later_day(home: Home) -> None:
    fee(home, DAY + timedelta(days=1))


def correction(home: Home) -> None:
    home.arb.execute(
        "INSERT INTO product_corrections (product_id, field, value, reason, user_id)"
        " SELECT id, 'amazon_asin', 'B000000001', 'a test', :id FROM products WHERE name = :name",
        id=USER,
        name=name_of(DECK),
    )


def sql(*statements: str) -> Callable[[Home], None]:
    def change(home: Home) -> None:
        for statement in statements:
            assert home.arb.execute(statement)

    return change


def removed(pattern: str) -> Callable[[Home], None]:
    """Deletes files of the home."""

    def change(home: Home) -> None:
        result = list(home.arb.home.glob(pattern))
        assert result
        for path in result:
            path.unlink()

    return change


def damaged_record(home: Home) -> None:
    (home.arb.home / f"lake/stages/analysis/{DAY}.json").write_text("{", "utf-8")


CHANGES = {
    # change: (what the next run does with the reference data, and with the day)
    "nothing": (lambda _: None, SKIPPED, SKIPPED),
    "price": (price, SKIPPED, RUN),
    "fee": (fee, SKIPPED, RUN),
    "emptied valuations": (sql("DELETE FROM sealed_valuations"), SKIPPED, RUN),
}
RARER = {
    "deck": (deck, RUN, RUN),
    "pack": (pack, RUN, RUN),
    "own parameter": (own_parameter, SKIPPED, RUN),
    "fee of a later day": (fee_of_a_later_day, SKIPPED, SKIPPED),
    "correction": (correction, RUN, RUN),
    "emptied contents": (sql("DELETE FROM product_singles"), RUN, RUN),
    "prices deleted": (sql("DELETE FROM price_history WHERE recorded_at > '2025-06-08'"), SKIPPED, RUN),
    "value changed by hand": (sql("UPDATE sealed_valuations SET singles_value = 1"), SKIPPED, RUN),
    "card changed by hand": (sql("UPDATE product_singles SET expected_copies = 9"), RUN, RUN),
    "product changed by hand": (sql("UPDATE products SET name = 'x' WHERE product_type = 'sealed'"), RUN, RUN),
    "price changed by hand": (sql("UPDATE price_history SET price = 1 WHERE recorded_at > '2025-06-08'"), SKIPPED, RUN),
    "valuation file deleted": (removed(f"lake/valuation/sealed_valuations/day={DAY}/*"), SKIPPED, RUN),
    "rollup deleted": (removed(f"lake/prices/daily/*/day={DAY}/*"), SKIPPED, RUN),
    "contents file deleted": (removed("lake/contents/lines/*"), RUN, RUN),
    "package deleted": (removed("landing/mtg_decks/current/*/manifest.json"), RUN, RUN),
    "record damaged": (damaged_record, SKIPPED, RUN),
}  # fmt: skip


@pytest.mark.parametrize(
    "change", [*CHANGES, *(pytest.param(name, marks=pytest.mark.slow) for name in RARER)]
)
def test_what_has_changed_is_run_and_nothing_else(home: Home, change: str) -> None:
    home.run()
    made, of_reference_data, of_day = (CHANGES | RARER)[change]
    made(home)
    assert home.skipped() == [of_reference_data, of_day]


def test_another_version_of_the_code_runs_every_stage(home: Home) -> None:
    home.run()
    with patch("arb_pipeline.services.stages.code_version", return_value="another"):
        runs = home.run()
        assert [run["unchanged_since"] for run in runs] == [None, None]
        assert [run["unchanged_since"] is not None for run in home.run()] == [SKIPPED, SKIPPED]
    assert [run["unchanged_since"] for run in home.run()] == [None, None]


@pytest.mark.slow
def test_a_day_before_changes_the_days_that_rest_on_it(home: Home) -> None:
    home.run()
    # Its contents are known; its prices are new, and the later day rests on them: valued again at once.
    runs = home.run("--date", before(1))
    assert [(run["job"], run["unchanged_since"] is None) for run in runs] == [
        ("reference_data", False),
        ("daily_analysis", True),
        ("revaluation", True),
    ]
    assert [run["unchanged_since"] is not None for run in home.run()] == [SKIPPED, SKIPPED]
    # An analysis of a later day changes opportunities: the day before is not run again for that.
    assert [run["unchanged_since"] is not None for run in home.run("--date", before(1))] == [SKIPPED, SKIPPED]


@pytest.mark.slow
def test_another_scope_or_setting_runs_the_stages(home: Home) -> None:
    home.run()
    assert home.skipped("--category", "mtg") == [RUN, RUN]
    home.run()
    assert home.skipped("--confirmed") == [RUN, RUN]
    home.run()
    home.arb.environment["ARB_EXPIRE_FROM"] = "analysis"
    try:
        assert home.run()[1]["unchanged_since"] is None
    finally:
        del home.arb.environment["ARB_EXPIRE_FROM"]


@pytest.mark.slow
def test_a_failed_run_leaves_no_record(home: Home) -> None:
    home.run()
    archive = home.folder.archive(DAY)
    whole = archive.read_bytes()
    archive.write_bytes(b"no archive")
    assert [run["success"] for run in home.arb.run(home.folder.root, "--date", DAY, code=1)] == [True, False]
    assert not (home.arb.home / f"lake/stages/prices/{DAY}.json").exists()
    archive.write_bytes(whole)
    assert home.run()[1]["unchanged_since"] is None


@pytest.mark.slow
def test_after_all_of_it_the_results_are_those_of_a_new_home(home: Home, place: Path) -> None:
    home.run()
    tables = ("product_singles", "sealed_valuations", "valuation_singles")
    (where,) = home.arb.rows("SELECT count(*) AS days FROM (SELECT DISTINCT as_of FROM sealed_valuations) d")
    first = before(1) if where["days"] > 1 else DAY
    with home_of(place, "from_scratch") as arb:
        arb.params = home.params
        # The database's own figures: what administrators and corrections entered is no result.
        home.arb.execute("UPDATE parameter_values SET withdrawn_at = now()")
        home.run()
        arb.run(home.folder.root, "--from", first, "--to", DAY)
        ours, new = home.arb.hashes(without=CLOCK), arb.hashes(without=CLOCK)
        assert {table: ours[table] for table in tables} == {table: new[table] for table in tables}
