"""Faults in the input are named and affect nothing else. Numbers of sound products as in `test_one_day`."""

import copy
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from signal import SIGINT, raise_signal
from typing import Any
from unittest.mock import patch

import orjson
import pytest
import yaml
from arb_command import Arb, home_of
from folder import (
    BOOSTER,
    BOX,
    CARDS_GROUP,
    COLLECTION,
    DAY,
    DECK,
    FORMULA,
    MIXTURE,
    PACK,
    QUOTES,
    SEALED,
    Folder,
    before,
    body,
    name_of,
    record,
    records,
)

from arb_pipeline.storage.landing import Landing

YESTERDAY, TOMORROW = before(1), before(-1)
RING_A, RING_B, LISTED_ONLY = 2101, 2102, 2104


def said(run: dict[str, Any]) -> str:
    """Warnings and failures of a run."""
    return "\n".join(run["warnings"] + run["failures"])


class TestAskingForWhatIsNotThere:
    """Nothing is started or written for a folder or day that is not there."""

    def test_a_missing_folder_is_named(self, place: Path) -> None:
        done = Arb(place / "nobody")("run", "--data", place / "nowhere", code=1)
        assert f"{place / 'nowhere'}" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (place / "nobody").exists()

    def test_a_folder_without_prices_says_where_they_belong(self, place: Path) -> None:
        (place / "bare").mkdir()
        done = Arb(place / "nobody").quick("run", "--data", place / "bare", code=2)
        assert "tcgcsv/archive" in done.stderr
        assert not (place / "nobody").exists()

    def test_no_folder_at_all_is_wrong_usage(self, place: Path) -> None:
        done = Arb(place / "nobody").quick("run", code=2)
        assert "ARB_DATA" in done.stderr

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("ARB_ENGINE", "flink", "allowed: duckdb or spark"),
            ("ARB_UI_PORT", "many", "valid integer"),
            ("ARB_DELAY_SECONDS", "1", "greater than or equal to 2"),
            ("ARB_TIMEZONE", "Mars", "Europe/Berlin"),
            ("ARB_PRICES_CRON", "99 * * * *", "0 to 59"),
        ],
    )
    def test_a_setting_that_is_wrong_is_named(self, place: Path, name: str, value: str, said: str) -> None:
        done = Arb(place / "nobody", environment={name: value}).quick("opportunities", code=1)
        assert f"arb: {name} is {value!r}; " in done.stderr
        assert said in done.stderr
        assert ".env" in done.stderr

    @pytest.mark.parametrize(
        "command",
        [
            ("list", "--source", "nope"),
            ("list", "--source", "nope", "--json"),
            ("list", "--source", ""),
            ("replay", "--source", "tcgcsv"),
            ("explain", "nope", "2025-10-10", "records.jsonl"),
        ],
        ids=" ".join,
    )
    def test_an_unknown_source_of_the_quarantine_is_refused_with_the_known_ones(
        self, place: Path, command: tuple[str, ...]
    ) -> None:
        done = Arb(place / "nobody").quick("quarantine", *command, code=2)
        assert "no such source of prices" in done.stderr
        for name in ("tcgplayer,", "cardmarket", "tcgplayer_api", "distributor"):
            assert name in done.stderr
        assert "Nothing is in quarantine" in Arb(place / "nobody").quick("quarantine", "list").stdout

    def test_a_folder_for_metrics_that_is_not_there_is_an_error_and_not_made(self, place: Path) -> None:
        done = Arb(place / "nobody").quick("metrics", "--textfile", place / "nope/x.prom", code=2)
        assert f"there is no folder {place / 'nope'}" in " ".join(done.stderr.split())
        assert not (place / "nope").exists()

    def test_a_home_without_anything_says_what_to_run(self, place: Path) -> None:
        with home_of(place, "empty") as arb:
            for words in (
                ("explain", "foo"),
                ("opportunity", "show", "foo"),
                ("value", "foo", "--buy-at", 5),
            ):
                output = arb.quick(*words, code=1).stderr
                assert "There is no catalogue yet" in output
                assert "arb run" in output
                assert "shorter part" not in output
            output = arb.quick("mart", "publish", code=1).stderr
            assert "nothing is analysed yet" in output
            assert "arb run" in output
            assert "Dagster" not in output
            output = arb.quick("mart", "docs", code=1).stderr
            assert "no mart is published yet. `arb mart publish` does it." in output
            assert not (arb.home / "mart").exists()
            for words in (("explain", ""), ("opportunity", "show", " "), ("value", "", "--buy-at", 5)):
                assert "The name is empty" in arb.quick(*words, code=2).stderr

    @pytest.mark.parametrize("asked", ["2019-05-04", "2031-05-04", "+1"])
    @pytest.mark.parametrize(
        "command",
        [
            ("run", "--data", "DATA", "--date", "DAY"),
            ("run", "--fetch", "--date", "DAY"),
            ("run", "--data", "DATA", "--from", "2025-10-01", "--to", "DAY"),
            ("run", "--data", "DATA", "--from", "DAY"),
            ("backfill", "tcgcsv", "--from", "2025-10-01", "--to", "DAY"),
            ("fetch", "tcgcsv", "--date", "DAY"),
        ],
        ids=" ".join,
    )
    def test_a_day_beyond_all_days_is_refused_before_anything_runs(
        self, place: Path, command: tuple[str, ...], asked: str
    ) -> None:
        """Before the source's first day, and after today: with the days that there can be."""
        today = datetime.now(UTC).date()
        day = str(today + timedelta(days=1)) if asked == "+1" else asked
        data = Folder(place / "beyond").write().root
        words = [{"DATA": str(data), "DAY": day}.get(word, word) for word in command]
        done = Arb(place / "nobody").quick(*words, code=2)
        assert f"{day} is no day of ours: they go from 2024-02-08 to" in done.stderr.replace("\n", " ")
        assert not (place / "nobody").exists()

    def test_a_folder_of_days_to_come_alone_is_refused_before_anything_runs(self, place: Path) -> None:
        folder = Folder(place / "ahead").write()
        folder.archive(date(2031, 5, 4))
        done = Arb(place / "nobody").quick("run", "--data", folder.root, code=2)
        assert "prices-2031-05-04.ppmd.7z is of no day" in done.stderr.replace("\n", " ")
        assert not (place / "nobody").exists()


@pytest.fixture(scope="module")
def spoiled(place: Path) -> Iterator[tuple[Arb, list[dict[str, Any]]]]:
    """A folder in which much is wrong, and what `arb run` made of it."""
    folder = Folder(place / "spoiled", dict(SEALED), copy.deepcopy(BOOSTER))
    # The rare sheet says 8 and its weights sum to 9.
    folder.booster["sheets"]["rare"]["cards"]["tst:7"] = 4  # type: ignore[index]
    folder.sealed[RING_A] = ("Snake Box", {"sealed": [{"count": 2, "name": "Snake Case", "set": "tst"}]})
    folder.sealed[RING_B] = (
        "Snake Case",
        {
            "sealed": [{"count": 1, "name": "Snake Box", "set": "tst"}],
            "card": [{"name": "Beta Angel", "set": "tst", "number": 2}],
        },
    )
    folder.write()
    data = folder.root / "mtg/sealed_content/data"
    ids = {"identifiers": {"tcgplayerProductId": LISTED_ONLY}}
    folder.put(data / "products/BAD.yaml", "code: bad\nproducts:\n  Half Written: {category: [\n")
    folder.put(data / "products/ODD.yaml", yaml.safe_dump({"code": "odd", "products": {"Odd Box": ids}}))
    folder.put(data / "contents/ODD.yaml", "code: odd\nproducts:\n\t- Odd Box: {\n")
    folder.put(folder.root / "mtg/boosters/booster/cut-play.json", orjson.dumps(BOOSTER)[:200])
    whole = records()
    # Kappa's group is cut at half; its sound twin comes in a group of its own with seven more records.
    cards = [r for r in whole[CARDS_GROUP] if r["productId"] != 1010]
    kappa = [r for r in whole[CARDS_GROUP] if r["productId"] == 1010]
    others = [
        record(1004, 0.80, 1.10, 1.00),  # Delta again, the same: a copy
        record(3001, None, None, None),
        record(3002, -1.00, 2.00, 2.00),
        record(3003, 1.00, 2.00, 0),
        record(3004, 1.00, "n/a", 2.00),
        record(3005, 1.00, 2.00, 2.00),
    ]
    cut = body(kappa)
    folder.tree(DAY, {CARDS_GROUP: body(cards), 902: cut[: len(cut) // 2], 903: body(others)})
    folder.archive(date(2031, 5, 4))  # is left out: the newest day is DAY
    with home_of(place, "spoiled_home") as arb:
        yield arb, arb.run(folder.root)


Spoiled = tuple[Arb, list[dict[str, Any]]]


class TestASpoiledFolder:
    """Every fault is told, and the sound products are valued as ever."""

    def test_the_run_is_a_success_with_warnings(self, spoiled: Spoiled) -> None:
        assert [(run["job"], run["success"]) for run in spoiled[1]] == [
            ("reference_data", True),
            ("daily_analysis", True),
        ]

    def test_sound_products_are_valued(self, spoiled: Spoiled) -> None:
        row = spoiled[0].valuation(name_of(DECK), DAY)
        assert (row["singles_value"], row["profit"]) == (Decimal("43.84"), Decimal("13.34"))
        assert row["published"]

    def test_a_booster_file_that_does_not_add_up_is_named(self, spoiled: Spoiled) -> None:
        output = said(spoiled[1][0])
        assert "tst-play" in output
        assert "'rare'" in output
        assert "sum to 9, its total_weight says 8" in output

    @pytest.mark.parametrize("product", [PACK, BOX])
    def test_its_packs_are_incomplete_by_name(self, spoiled: Spoiled, product: int) -> None:
        row = spoiled[0].valuation(name_of(product), DAY)
        assert (row["contents_complete"], row["singles_value"], row["published"]) == (False, None, False)
        assert "tst/play" in row["unknown_parts"][0]
        assert "'rare'" in row["unknown_parts"][0]

    def test_a_booster_file_that_is_cut_is_named(self, spoiled: Spoiled) -> None:
        assert "cut-play" in said(spoiled[1][0])

    @pytest.mark.parametrize("product", ["Snake Box", "Snake Case"])
    def test_contents_that_go_in_a_circle_are_named(self, spoiled: Spoiled, product: str) -> None:
        # The snakes have no price; without a known card of its own the box is not valued at all.
        rows = spoiled[0].rows(
            "SELECT v.* FROM sealed_valuations v JOIN products p ON p.id = v.product_id WHERE p.name = :name",
            name=product,
        )
        assert all(not row["contents_complete"] and row["singles_value"] is None for row in rows)
        assert all("Snake Box" in row["unknown_parts"][0] for row in rows)
        assert all("circle" in row["unknown_parts"][0] for row in rows)
        assert rows

    def test_yaml_that_does_not_parse_is_named(self, spoiled: Spoiled) -> None:
        output = said(spoiled[1][0])
        assert "contents/ODD.yaml" in output
        assert "products/BAD.yaml" in output

    def test_a_group_cut_at_half_is_named_and_the_other_groups_count(self, spoiled: Spoiled) -> None:
        assert "902/prices" in said(spoiled[1][1])
        # Without Kappa: 0.75 x 27.188333 = 20.39125; priced 1.5 of 1.75 copies = 0.857143.
        row = spoiled[0].valuation(name_of(MIXTURE), DAY)
        assert (row["singles_value"], row["priced_share"]) == (Decimal("20.39"), Decimal("0.857143"))
        assert row["flags"] == ["incomplete_contents"]

    @pytest.mark.parametrize("product", [3001, 3002, 3003, 3004])
    def test_a_bad_record_is_named(self, spoiled: Spoiled, product: int) -> None:
        assert f"903/prices: productId {product}" in said(spoiled[1][1])

    def test_the_load_balances(self, spoiled: Spoiled) -> None:
        # 23 quotes, less Kappa's, and six more of which one is a copy and four are refused.
        (row,) = spoiled[0].rows("SELECT * FROM load_ledger WHERE category = 'mtg'")
        assert (row["rows_raw"], row["rows_accepted"]) == (28, 23)
        assert (row["rows_duplicate"], row["rows_quarantined"]) == (1, 4)
        assert (spoiled[1][1]["prices"], spoiled[1][1]["refused"]) == (23, 5)  # four records, one file


@pytest.fixture(scope="module")
def days(place: Path) -> Iterator[tuple[Arb, Folder, list[dict[str, Any]]]]:
    """Three days, the archive of the second cut at half, all asked for at once."""
    folder = Folder(place / "days").write()
    for day in (before(2), YESTERDAY, DAY):
        path = folder.archive(day)
    path = folder.root / f"tcgcsv/archive/prices-{YESTERDAY}.ppmd.7z"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with home_of(place, "days_home") as arb:
        done = arb("run", "--data", folder.root, "--from", before(2), "--to", DAY, "--json", code=1)
        yield arb, folder, orjson.loads(done.stdout)


Days = tuple[Arb, Folder, list[dict[str, Any]]]


class TestDaysOfARange:
    """A bad day of a range costs that day."""

    def test_an_archive_cut_at_half_is_named(self, days: Days) -> None:
        by_day = {run["day"]: run for run in days[2]}
        assert not by_day[str(YESTERDAY)]["success"]
        assert f"prices-{YESTERDAY}.ppmd.7z" in said(by_day[str(YESTERDAY)])

    def test_the_good_days_are_loaded_and_valued(self, days: Days) -> None:
        arb = days[0]
        assert [run["success"] for run in days[2]] == [True, True, False, True]
        loaded = arb.rows(
            "SELECT recorded_at::date AS day, count(*) AS n FROM price_history GROUP BY 1 ORDER BY 1"
        )
        assert [(r["day"], r["n"]) for r in loaded] == [(before(2), 45), (DAY, 45)]
        valued = arb.rows("SELECT as_of, count(*) AS n FROM sealed_valuations GROUP BY 1 ORDER BY 1")
        assert [(r["as_of"], r["n"]) for r in valued] == [(before(2), 11), (DAY, 11)]
        assert arb.rows("SELECT * FROM load_ledger WHERE day = :day", day=YESTERDAY) == []

    def test_a_day_that_is_not_there_is_named_with_those_that_are(self, days: Days) -> None:
        arb, folder, _ = days
        hashes = arb.hashes()
        requested = before(5)
        output = said(arb.run(folder.root, "--date", requested, code=1)[-1])
        assert str(requested) in output
        assert f"{before(2)} to {DAY}" in output
        assert arb.hashes() == hashes

    def test_ctrl_c_ends_the_run_and_not_only_its_day(self, days: Days) -> None:
        """Dagster makes a failed step of it: the days after it ran on, and the exit code was 1."""
        arb, folder, _ = days
        hashes = arb.hashes()
        interrupt = patch.object(Landing, "land", side_effect=lambda *_, **__: raise_signal(SIGINT))
        with interrupt as requested:
            done = arb.quick("run", "--data", folder.root, "--from", before(2), "--to", DAY, code=130)
        assert requested.call_count == 1
        assert "interrupted" in done.stderr
        assert "Traceback" not in done.stderr
        assert arb.hashes() == hashes

    def test_an_empty_folder_of_a_day_is_no_day(self, days: Days) -> None:
        """The newest day with prices is DAY; a folder made and never filled must not hide it."""
        arb, folder, _ = days
        empty = folder.root / f"tcgcsv/raw/{before(-3)}"
        empty.mkdir(parents=True)
        try:
            runs = arb.run(folder.root, code=None)
        finally:
            empty.rmdir()
        assert [(run["day"], run["success"]) for run in runs[1:]] == [(str(DAY), True)]

    def test_too_many_bad_records_fail_the_day_and_publish_nothing(self, days: Days) -> None:
        """Six bad of 29 are 20.7 %: more than 20 %. Yesterday's opportunities stay as they are."""
        arb, folder, _ = days
        hashes = arb.hashes()
        active = arb.opportunities()
        assert {row[1] for row in active} == {"active"}
        bad = [record(3000 + n, 1.00, 2.00, -5.00) for n in range(6)]
        folder.tree(TOMORROW, {903: body(bad)}, {(DECK, "Normal"): (45.00, 50.00, 46.00)})
        runs = arb.run(folder.root, "--date", TOMORROW, code=1)
        output = said(runs[-1])
        assert str(TOMORROW) in output
        assert "6 of 29" in output
        assert "20%" in output
        assert arb.hashes() == hashes
        assert arb.opportunities() == active

    def test_the_day_counts_once_it_is_mended(self, days: Days) -> None:
        arb, folder, _ = days
        shutil.rmtree(folder.tree(TOMORROW))
        # Five bad of 28 are 17.9 %.
        bad = [record(3000 + n, 1.00, 2.00, -5.00) for n in range(5)]
        folder.tree(TOMORROW, {903: body(bad)}, {(DECK, "Normal"): (45.00, 50.00, 46.00)})
        runs = arb.run(folder.root, "--date", TOMORROW)
        assert (runs[-1]["prices"], runs[-1]["refused"]) == (23, 5)
        states = {row[0]: row[1] for row in arb.opportunities()}
        assert states == {
            name_of(COLLECTION): "active",
            name_of(DECK): "expired",
            name_of(FORMULA): "active",
        }

    def test_a_broken_archive_counts_once_it_is_replaced(self, days: Days) -> None:
        """Its half was refused by name. The whole one needs no --confirmed: nothing of the half was kept."""
        arb, folder, _ = days
        folder.archive(YESTERDAY)
        mended = arb.run(folder.root, "--date", YESTERDAY, "--category", "mtg")[1]
        assert (mended["success"], mended["prices"]) == (True, 23)
        # 23 records: 45 prices, since a record has a low, a mid and a market price, or null.
        loaded = arb.rows(
            "SELECT count(*) AS n FROM price_history WHERE recorded_at::date = :day", day=YESTERDAY
        )
        assert loaded == [{"n": 45}]
        (valued,) = arb.rows("SELECT count(*) AS n FROM sealed_valuations WHERE as_of = :day", day=YESTERDAY)
        assert valued == {"n": 11}

    def test_a_day_that_shrank_counts_once_it_is_replaced(self, days: Days) -> None:
        """Two records are less than half of 23: refused. The next package of the day has all, and counts."""
        arb, folder, _ = days
        later = before(-2)
        folder.archive(later, dict.fromkeys(QUOTES) | {(DECK, "Normal"): (1.00, 2.00, 3.00)})
        refused = arb.run(folder.root, "--date", later, "--category", "mtg", code=1)[-1]
        assert "Less than half is refused" in said(refused)
        folder.archive(later)
        mended = arb.run(folder.root, "--date", later, "--category", "mtg")[-1]
        assert (mended["success"], mended["prices"], mended["valued"]) == (True, 23, 11)


ODDITIES = {
    "an identifiers entry that is a text": ("products", {"Odd Box": {"identifiers": "none"}}),
    "a variable mode that is a list": (
        "contents",
        {"Odd Box": {"variable": [{"card": []}], "variable_mode": ["count", 1]}},
    ),
    "a product without a name": ("products", {"": {"category": "BUNDLE"}}),
    "a name of 600 letters": ("products", {"x" * 600: {"category": "BUNDLE"}}),
    "a category of 60 letters": ("products", {"Odd Box": {"category": "x" * 60}}),
    "a language that is a list": ("products", {"Odd Box": {"language": ["English", "German"]}}),
    "contents that are a text": ("contents", {"Odd Box": "see the other file"}),
    "an entry that is a number": ("contents", {"Odd Box": {"sealed": 5, "pack": 3, "deck": 2, "card": 1}}),
    "a count that is a text": (
        "contents",
        {"Odd Box": {"sealed": [{"count": "two", "name": "Test Booster Pack", "set": "tst"}]}},
    ),
}


@pytest.fixture(scope="module")
def odd_home(place: Path) -> Iterator[Arb]:
    """A home for odd records, in which the sound products were known before."""
    with home_of(place, "odd_home") as arb:
        assert arb.reference_data(Folder(place / "sound").write().root) == []
        yield arb


@pytest.mark.parametrize("oddity", ODDITIES)
def test_an_odd_record_costs_only_itself(place: Path, odd_home: Arb, oddity: str) -> None:
    """A record that no rule foresaw, in a file of its own beside the sound ones."""
    kind, products = ODDITIES[oddity]
    folder = Folder(place / oddity.replace(" ", "_")).write()
    data = folder.root / "mtg/sealed_content/data"
    if kind == "contents":
        folder.put(data / "products/ODD.yaml", yaml.safe_dump({"code": "odd", "products": {"Odd Box": {}}}))
    folder.put(data / f"{kind}/ODD.yaml", yaml.safe_dump({"code": "odd", "products": products}))
    assert odd_home.reference_data(folder.root) == []
    lines = "SELECT count(*) AS n FROM product_singles s JOIN products p ON p.id = s.sealed_product_id"
    assert odd_home.rows(f"{lines} WHERE p.set_code = 'tst'") == [{"n": 36}]


def test_the_columns_that_are_documented_are_enough(place: Path, odd_home: Arb) -> None:
    """docs/data-folder.md promises six for sealed_products.csv; with exactly those the run failed."""
    text = (Path(__file__).parents[2] / "docs/data-folder.md").read_text("utf-8")
    output = text.partition("`sealed_products.csv` holds the same in columns: `")[2].partition("`")[0]
    columns = [name.strip() for name in output.split(",")]
    assert len(columns) == 6
    folder = Folder(place / "six_columns").write()
    row = {"tcgplayerProductId": "2999", "set": "tst", "name": "Listed Only", "release_date": "2024-08-02"}
    lines = [",".join(columns), ",".join(row.get(name, "") for name in columns)]
    folder.put(folder.root / "tcgcsv/sealed_products.csv", "\n".join(lines))
    assert odd_home.reference_data(folder.root) == []
    assert odd_home.rows("SELECT set_code, tcg_product_id FROM products WHERE name = 'Listed Only'") == [
        {"set_code": "tst", "tcg_product_id": "2999"}
    ]


def test_two_booster_files_of_one_code_do_not_count_twice(place: Path, odd_home: Arb) -> None:
    """A copy under another name says the same of the same pack: it holds eleven cards, not 22 (or is refused)."""
    folder = Folder(place / "twice").write()
    copied = folder.root / "mtg/boosters/booster/tst-play (1).json"
    shutil.copyfile(folder.root / "mtg/boosters/booster/tst-play.json", copied)
    assert odd_home.reference_data(folder.root) == []
    (cards,) = odd_home.rows(
        "SELECT sum(s.expected_copies) AS n FROM product_singles s JOIN products p ON p.id = s.sealed_product_id"
        " WHERE p.name = :name",
        name=name_of(PACK),
    )
    assert cards["n"] is None or cards["n"] == pytest.approx(11)
