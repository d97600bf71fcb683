"""Commands that read results, on the market of `conftest.market`."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import sale
from arb_command import Arb
from folder import COLLECTION, DAY, DECK, FORMULA, GHOST, RING, SEALED, UNSOLD, before, name_of

if TYPE_CHECKING:
    from conftest import Market

COLUMNS = [
    "product_id",
    "category",
    "set_code",
    "name",
    "tcg_product_id",
    "as_of",
    "sealed_price",
    "sealed_list_price",
    "market_price",
    "gross_singles_value",
    "singles_value",
    "profit",
    "margin_percentage",
    "priced_share",
    "contents_complete",
    "confidence_score",
    "price_stability",
    "seller_count_factor",
    "volume_history",
    "margin_size",
    "missing_factors",
    "risk_level",
    "competition_level",
    "rank_score",
    "flags",
]
COMMANDS = [
    ["run"],
    ["opportunities"],
    ["valuations"],
    ["explain"],
    ["value"],
    ["export"],
    ["doctor"],
    ["db"],
    ["db", "start"],
    ["db", "stop"],
    ["db", "migrate"],
    ["db", "url"],
    ["opportunity"],
    ["opportunity", "execute"],
    ["demo"],
    ["demo", "build"],
    ["demo", "run"],
]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["name"] for row in rows]


class TestHelp:
    """Help needs no home, no database and no data."""

    def test_arb_alone_lists_the_commands(self, place: Path) -> None:
        done = Arb(place / "nobody")("--help")
        assert all(command[0] in done.stdout for command in COMMANDS)
        assert not (place / "nobody").exists()

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_of_each_command(self, place: Path, command: list[str]) -> None:
        done = Arb(place / "nobody").quick(*command, "--help")
        assert "Usage" in done.stdout
        assert command[-1] in done.stdout
        assert not (place / "nobody").exists()

    def test_an_unknown_command_is_wrong_usage(self, place: Path) -> None:
        assert "opportunites" in Arb(place / "nobody").quick("opportunites", code=2).stderr


class TestOpportunities:
    """`arb opportunities`: the active ones, best first."""

    def test_as_json(self, market: "Market") -> None:
        """Rank = expected log growth of money of which half buys (docs/adr/0013): the largest margin first.

        Without movement of prices: formula log(1 + 0.9717) = 0.679, deck log(1 + 0.2187) = 0.198, collection
        log(1 + 0.1731) = 0.160. The mixture loses three times in four: it is not published.
        """
        rows = market.arb.json("opportunities")
        assert names(rows) == [name_of(p) for p in (FORMULA, DECK, COLLECTION)]
        bought = ((sale.FORMULA, 2.82), (sale.DECK, 30.50), (sale.COLLECTION, 55.50))
        growths = [sold.log_growth(cost) for sold, cost in bought]
        assert [row["rank_score"] for row in rows] == pytest.approx(growths, abs=2e-4)
        chances = [sold.p_profit(cost) for sold, cost in bought]
        assert [row["p_profit"] for row in rows] == pytest.approx(chances, abs=1e-4)
        deck = rows[1]
        assert (deck["sealed_price"], deck["profit"], deck["status"]) == (30.50, 13.34, "active")
        assert (deck["as_of"], deck["flags"], deck["tcg_product_id"]) == (str(DAY), [], str(DECK))

    def test_of_another_game_or_status_there_are_none(self, market: "Market") -> None:
        assert market.arb.json("opportunities", "--category", "pokemon") == []
        assert market.arb.json("opportunities", "--status", "expired") == []
        assert len(market.arb.json("opportunities", "--category", "mtg")) == 3

    def test_as_a_table(self, market: "Market") -> None:
        shown = market.arb("opportunities").stdout
        assert "Test Deck" in shown
        assert "$30.50" in shown
        assert "43.74%" in shown

    def test_an_unknown_status_is_wrong_usage(self, market: "Market") -> None:
        assert "sold" in market.arb.quick("opportunities", "--status", "sold", code=2).stderr


class TestValuations:
    """`arb valuations`: all of a day."""

    def test_all_of_them(self, market: "Market") -> None:
        rows = market.arb.json("valuations")
        assert sorted(names(rows)) == sorted(name for name, _ in SEALED.values())
        assert set(COLUMNS) <= set(rows[0])

    def test_of_a_set(self, market: "Market") -> None:
        assert len(market.arb.json("valuations", "--set", "TST")) == 11
        assert market.arb.json("valuations", "--set", "mh2") == []

    def test_from_a_margin_up(self, market: "Market") -> None:
        # 566.30, 194.33, 86.42, 43.74 are at least 40.
        rows = market.arb.json("valuations", "--min-margin", 40, "--sort", "margin")
        assert names(rows) == [name_of(p) for p in (RING, FORMULA, UNSOLD, DECK)]

    @pytest.mark.parametrize(
        ("sort", "column"),
        [
            ("margin", "margin_percentage"),
            ("profit", "profit"),
            ("confidence", "confidence_score"),
            ("rank", "rank_score"),
        ],
    )
    def test_sorted_best_first_unknown_last(self, market: "Market", sort: str, column: str) -> None:
        values = [row[column] for row in market.arb.json("valuations", "--sort", sort)]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)
        assert values == known + [None] * (len(values) - len(known))

    def test_sorted_by_name_and_cut(self, market: "Market") -> None:
        rows = market.arb.json("valuations", "--sort", "name", "--limit", 3)
        assert names(rows) == ["=Test Formula()", "Test Booster Box", "Test Booster Pack"]

    @pytest.mark.parametrize(
        "command", ["valuations", "export valuations -o -", "report", "contents unknown"]
    )
    def test_a_day_that_was_not_analysed_is_refused(self, market: "Market", command: str) -> None:
        done = market.arb.quick(*command.split(), "--date", before(1), code=1)
        assert f"nothing was analysed on {before(1)}; the newest analysed day is {DAY}" in done.stderr
        assert done.stdout == ""

    def test_an_unknown_order_is_wrong_usage(self, market: "Market") -> None:
        assert "price" in market.arb.quick("valuations", "--sort", "price", code=2).stderr

    def test_the_sentence_and_the_column_show_one_margin(self, market: "Market") -> None:
        """-1.38 / 8.82 = -15.646 %: -15.6 % in the table and in words."""
        shown = market.arb("valuations", "--min-margin", -16, "--sort", "name", "--limit", 3).stdout
        assert "-15.65%" in shown
        assert "-15.7%" not in shown


class TestExplain:
    """`arb explain`: the valuation of one product and its inputs."""

    def test_a_day_that_was_not_analysed_is_distinguished_from_a_product_without_a_value(
        self, market: "Market"
    ) -> None:
        output = market.arb.quick("explain", "Test Deck", "--date", "2030-01-01", code=1).stderr
        assert f"mtg was not analysed on 2030-01-01; the newest analysed day is {DAY}" in output
        assert "no contents" not in output

    def test_by_part_of_the_name(self, market: "Market") -> None:
        output = market.arb.json("explain", "mixture")
        assert output["valuation"]["name"] == "Test Mixture"
        assert output["valuation"]["singles_value"] == 41.60
        cards = {card["name"]: card for card in output["cards"]}
        assert cards["Alpha Dragon"]["expected_copies"] == pytest.approx(0.75)
        assert cards["Kappa Sphinx"]["net"] == pytest.approx(84.816667, abs=1e-6)
        assert cards["Kappa Sphinx"]["value"] == pytest.approx(21.204167, abs=1e-6)
        assert cards["Kappa Sphinx"]["channel"] == "tcgplayer"

    def test_its_outcome_is_in_the_json(self, market: "Market") -> None:
        bars = market.arb.json("explain", "mixture")["outcome"]
        assert len(bars) == 24
        # 27.19 or 84.82 at the prices of today, which movement spreads; nothing lies between the two.
        assert sum(bar["chance"] for bar in bars) == pytest.approx(1)
        assert sum(bar["chance"] for bar in bars if bar["high"] < 50) == pytest.approx(0.75)
        for bar in bars[1:-1]:  # the end bars hold what lies outside too
            inside = sale.MIXTURE.below(bar["high"]) - sale.MIXTURE.below(bar["low"])
            assert bar["chance"] == pytest.approx(inside, abs=0.003)
        ends = (sale.MIXTURE.quantile(0.001), sale.MIXTURE.quantile(0.999))
        assert (bars[0]["low"], bars[-1]["high"]) == pytest.approx(ends, abs=0.01)

    def test_its_outcome_is_drawn(self, market: "Market") -> None:
        shown = market.arb("explain", "mixture").stdout.splitlines()
        assert any("mean $41.60, sd $25.03" in line and "P(profit) 25 %" in line for line in shown)
        assert any("sold within 14 days; sd of the contents $24.95" in line for line in shown)
        (longest,) = [line for line in shown if "█" * 48 in line]
        assert longest.endswith("p50")
        assert "P(profit) >99 %" in market.arb("explain", "Test Deck").stdout

    def test_by_either_id(self, market: "Market") -> None:
        by_name = market.arb.json("explain", "Test Deck")
        ours = by_name["valuation"]["product_id"]
        assert market.arb.json("explain", ours) == by_name
        assert market.arb.json("explain", ours.upper()) == by_name
        assert market.arb.json("explain", DECK) == by_name

    def test_its_parts_sum_to_its_value(self, market: "Market") -> None:
        output = market.arb.json("explain", "Test Booster Box", "--top", 20)
        assert sum(part["net"] for part in output["parts"]) == pytest.approx(267.807, abs=1e-6)
        assert sum(card["value"] for card in output["cards"]) == pytest.approx(267.807, abs=1e-6)
        assert sum(part["copies"] for part in output["parts"]) == pytest.approx(396)

    def test_for_people(self, market: "Market") -> None:
        shown = market.arb("explain", "Test Deck").stdout
        for text in ("Test Deck", "Alpha Dragon", "$43.84", "$30.50", "$13.34", "43.74%", "seller_count"):
            assert text in shown

    def test_of_an_incomplete_product_names_the_part(self, market: "Market") -> None:
        assert "A Deck In No List" in market.arb.quick("explain", name_of(GHOST)).stdout

    def test_an_ambiguous_name_lists_the_candidates(self, market: "Market") -> None:
        done = market.arb("explain", "booster", code=1)
        assert "Test Booster Box" in done.stderr
        assert "Test Booster Pack" in done.stderr
        assert "Test Deck" not in done.stderr

    def test_an_unknown_name_is_reported(self, market: "Market") -> None:
        done = market.arb.quick("explain", "Black Lotus", code=1)
        assert "Black Lotus" in done.stderr

    @pytest.mark.parametrize("text", ["%", "_", "'; DROP TABLE products; --", "[bold]", "\\"])
    def test_a_name_is_text_and_no_pattern(self, market: "Market", text: str) -> None:
        assert text in market.arb.quick("explain", text, code=1).stderr

    def test_of_a_day_on_which_it_was_not_valued(self, market: "Market") -> None:
        done = market.arb.quick("explain", "Test Deck", "--date", before(1), code=1)
        assert str(before(1)) in done.stdout + done.stderr


class TestExport:
    """`arb export`: whole files in three formats."""

    def test_csv(self, market: "Market", tmp_path: Path) -> None:
        path = tmp_path / "all.csv"
        market.arb.quick("export", "valuations", "-o", path)
        with path.open(encoding="utf-8", newline="") as file:
            rows = {row["name"]: row for row in csv.DictReader(file)}
        assert set(COLUMNS) <= set(rows["Test Deck"])
        assert len(rows) == 11
        deck = rows["Test Deck"]
        assert (deck["sealed_price"], deck["profit"], deck["margin_percentage"]) == (
            "30.50",
            "13.34",
            "43.74",
        )
        assert rows["Test Suspect Deck"]["sealed_price"] == ""
        assert rows["Test Suspect Deck"]["flags"] == "suspect_offer"
        assert rows["Test Mixture"]["missing_factors"] == "price_stability; seller_count"
        assert deck["tcg_product_id"] == str(DECK)

    @pytest.mark.parametrize("what", ["valuations", "opportunities"])
    def test_a_cell_that_a_spreadsheet_would_run_is_defused(
        self, market: "Market", tmp_path: Path, what: str
    ) -> None:
        path = tmp_path / f"{what}.csv"
        market.arb.quick("export", what, "-o", path)
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.DictReader(file) for cell in row.values()]
        assert "'=Test Formula()" in cells
        numbers = [cell for cell in cells if cell.startswith("-")]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "@", "\t", "\r")]
        assert [float(number) for number in numbers] if what == "valuations" else not numbers

    def test_json(self, market: "Market", tmp_path: Path) -> None:
        path = tmp_path / "all.json"
        market.arb.quick("export", "valuations", "-o", path)
        rows = json.loads(path.read_text("utf-8"))
        assert set(COLUMNS) <= set(rows[0])
        (formula,) = (row for row in rows if row["tcg_product_id"] == str(FORMULA))
        assert (formula["name"], formula["margin_percentage"]) == ("=Test Formula()", 194.33)
        assert formula["as_of"] == str(DAY)

    def test_parquet(self, market: "Market", tmp_path: Path) -> None:
        path = tmp_path / "all.bin"
        market.arb.quick("export", "valuations", "-o", path, "--format", "parquet")
        frame = pl.read_parquet(path)
        assert set(COLUMNS) <= set(frame.columns)
        assert frame.height == 11
        assert frame["flags"].dtype == pl.List(pl.String)
        assert frame["as_of"].dtype == pl.Date
        assert frame.filter(name="Test Deck")["profit"].cast(pl.String).item() == "13.34"

    def test_opportunities_in_every_format(self, market: "Market", tmp_path: Path) -> None:
        for ending in ("csv", "json", "parquet"):
            path = tmp_path / f"found.{ending}"
            assert "3 opportunities" in market.arb.quick("export", "opportunities", "-o", path).stdout
            assert path.stat().st_size > 0
        assert list(tmp_path.iterdir()) == [*tmp_path.glob("found.*")]  # nothing left beside them

    def test_wrong_usage(self, market: "Market", tmp_path: Path) -> None:
        assert "xlsx" in market.arb.quick("export", "valuations", "-o", tmp_path / "a.xlsx", code=2).stderr
        away = market.arb.quick("export", "valuations", "-o", tmp_path / "no/such/a.csv", code=2)
        assert "no/such" in away.stderr.replace("\n", "")
        market.arb.quick("export", "opportunities", "-o", tmp_path / "a.csv", "--date", DAY, code=2)
        assert list(tmp_path.iterdir()) == []


class TestDoctor:
    """`arb doctor`: exit code 1 when a check fails that a run needs."""

    @staticmethod
    def checks(rows: list[dict[str, str]]) -> dict[str, str]:
        return {row["check"]: row["state"] for row in rows}

    def test_a_home_that_works(self, market: "Market") -> None:
        checks = self.checks(market.arb.json("doctor"))
        assert (checks["home"], checks["database"], checks["schema"], checks["parameters"]) == ("ok",) * 4
        assert checks["analysis"] == "warn"  # of 2025: stale
        assert market.arb("doctor").stdout.count("\n") == len(market.arb.json("doctor"))

    def test_a_home_that_is_new(self, place: Path) -> None:
        checks = self.checks(Arb(place / "nobody").json("doctor"))
        assert checks["database"] == "warn"
        assert not (place / "nobody").exists()

    def test_data_that_is_not_there(self, place: Path) -> None:
        arb = Arb(place / "nobody", environment={"ARB_DATA": str(place / "nowhere")})
        assert self.checks(arb.json("doctor", code=1))["data"] == "fail"

    def test_data_that_is_there(self, market: "Market", place: Path) -> None:
        arb = Arb(place / "nobody", environment={"ARB_DATA": str(market.folder.root)})
        rows = arb.json("doctor")
        assert "8 days" in next(row["note"] for row in rows if row["check"] == "data")

    def test_a_server_that_does_not_answer(self, place: Path) -> None:
        arb = Arb(place / "nobody", "postgresql://arb:canary-secret@127.0.0.1:1/arb")
        done = arb.quick("doctor", "--json", code=1)
        assert self.checks(json.loads(done.stdout))["database"] == "fail"
        assert "canary-secret" not in done.stdout + done.stderr

    def test_parameters_that_do_not_hold(self, place: Path) -> None:
        own = place / "own.yaml"
        own.write_text("selling: {cards_per_order: none}\n")
        arb = Arb(place / "nobody", environment={"ARB_PARAMS": str(own)})
        rows = arb.json("doctor", code=1)
        assert self.checks(rows)["parameters"] == "fail"
        assert "cards_per_order" in next(row["note"] for row in rows if row["check"] == "parameters")

    @pytest.mark.parametrize(
        ("name", "check"),
        [
            ("ARB_ALERTS", "alerts"),
            ("ARB_PARAMS", "parameters"),
            ("ARB_SOURCE_DISTRIBUTOR_MAPPINGS", "mappings"),
        ],
    )
    def test_a_file_or_folder_of_ones_own_that_is_not_there(self, place: Path, name: str, check: str) -> None:
        arb = Arb(place / "nobody", environment={name: str(place / "nope")})
        rows = arb.json("doctor", code=1)
        assert self.checks(rows)[check] == "fail"
        assert str(place / "nope") in next(row["note"] for row in rows if row["check"] == check)

    def test_rules_and_mappings_that_do_not_hold(self, place: Path) -> None:
        rules, mappings = place / "alerts.yaml", place / "mappings"
        rules.write_text("targets: {phone: '${ARB_HOOK_OF_MINE}'}\noperations: {targets: phone}\n")
        mappings.mkdir()
        (mappings / "alpha.yaml").write_text("colour: red\n")
        given = {"ARB_ALERTS": str(rules), "ARB_SOURCE_DISTRIBUTOR_MAPPINGS": str(mappings)}
        rows = Arb(place / "nobody", environment=given).json("doctor", code=1)
        notes = {row["check"]: row["note"] for row in rows}
        assert (self.checks(rows)["alerts"], self.checks(rows)["mappings"]) == ("fail", "fail")
        assert "ARB_HOOK_OF_MINE, not set" in notes["alerts"]
        assert "colour is unknown" in notes["mappings"]

        (mappings / "alpha.yaml").unlink()
        given["ARB_HOOK_OF_MINE"] = "json://127.0.0.1:9/in"  # a secret of the rule file is no typo
        rows = Arb(place / "nobody", environment=given).json("doctor")
        checks = self.checks(rows)
        assert (checks["alerts"], checks["mappings"], checks["settings"]) == ("ok", "warn", "ok")

    def test_a_mistyped_setting_is_reported_with_the_nearest(self, place: Path) -> None:
        home = place / "typed" / "home"
        home.parent.mkdir()
        (home.parent / ".env").write_text("ARB_SOURCE_EBAY_CLIENTID=x\nOTHER=y\n")
        rows = Arb(home, environment={"ARB_PARMAS": "x.yaml"}).json("doctor")
        assert self.checks(rows)["settings"] == "warn"
        note = next(row["note"] for row in rows if row["check"] == "settings")
        assert "ARB_PARMAS is no setting: is ARB_PARAMS meant?" in note
        assert "ARB_SOURCE_EBAY_CLIENTID is no setting: is ARB_SOURCE_EBAY_CLIENT_ID meant?" in note
        assert "OTHER" not in note


class TestWrongDates:
    """A date that is none is wrong usage: exit code 2, the value, and how to write one."""

    @pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "2025-02-30", "08/06/2025", "2025-6-8", ""])
    @pytest.mark.parametrize("command", [["valuations"], ["explain", "Test Deck"], ["run", "--data", "DATA"]])
    def test_is_reported(self, market: "Market", command: list[str], text: str) -> None:
        words = [str(market.folder.root) if word == "DATA" else word for word in command]
        done = market.arb.quick(*words, "--date", text, code=2)
        assert repr(text) in done.stderr
        assert "2025-10-10" in done.stderr

    def test_a_range_that_ends_before_it_begins(self, market: "Market") -> None:
        done = market.arb.quick("run", "--data", market.folder.root, "--from", DAY, "--to", before(2), code=2)
        assert str(DAY) in done.stderr
        assert str(before(2)) in done.stderr

    def test_a_day_and_a_range(self, market: "Market") -> None:
        market.arb.quick("run", "--data", market.folder.root, "--date", DAY, "--from", DAY, code=2)

    def test_too_much_history(self, market: "Market") -> None:
        assert "31" in market.arb.quick("run", "--data", market.folder.root, "--history", 31, code=2).stderr


class TestDatabase:
    """`arb db`."""

    def test_the_url_hides_its_password_unless_requested(self, market: "Market") -> None:
        secret = market.arb.engine.url.password
        assert secret
        assert secret not in market.arb.quick("db", "url").stdout
        assert secret in market.arb.quick("db", "url", "--password").stdout
        assert secret not in market.arb.quick("db", "start").stdout

    def test_migrating_twice_does_nothing(self, market: "Market") -> None:
        assert "up to date" in market.arb.quick("db", "migrate").stdout
