"""`arb value` on the market of `conftest.market`; nets of its cards are worked in `test_one_day.py`."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sale
from folder import BOX, DAY, DECK, FORMULA, GHOST, MIXTURE, NO_OFFER, before, name_of

from arb_pipeline.core.valuation import what_if

if TYPE_CHECKING:
    from conftest import Market

pytestmark = pytest.mark.slow

MONEY = ("gross", "net", "profit", "margin_percentage", "mean", "sd", "p5", "p50", "p95", "p_profit")
STORED = (
    *("gross_singles_value", "singles_value", "profit", "margin_percentage", "outcome_mean", "outcome_sd"),
    *("p5", "p50", "p95", "p_profit"),
)


def listed(folder: Path, *rows: str, header: str = "product,price,quantity,shipping,currency,note") -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join((header, *rows)), "utf-8")
    return path


def valued_list(
    market: "Market", path: Path, *more: object, code: int = 0
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    output = market.arb.json("value", "--list", path, *more, code=code)
    return output["rows"], output["summary"]


class TestOneProduct:
    """A quote in hand."""

    def test_at_the_markets_price_it_is_the_days_valuation(self, market: "Market") -> None:
        output = market.arb.json("value", name_of(DECK), "--buy-at", "30.50")
        assert (output["name"], output["as_of"], output["quantity"]) == (name_of(DECK), str(DAY), 1)
        figures = output["all"]
        assert (figures["cost"], figures["gross"], figures["net"]) == (30.5, 56.2, 43.84)
        assert (figures["profit"], figures["margin_percentage"]) == (13.34, 43.74)
        assert figures["p_profit"] == pytest.approx(sale.DECK.p_profit(30.50), abs=1e-4)
        assert (output["confidence_score"], output["risk_level"], output["flags"]) == (0.64, "medium", [])
        assert (output["cheapest_offer"], output["cheapest_source"], output["market_price"]) == (
            30.5,
            "tcgplayer",
            28.0,
        )
        assert output["is_worth_buying"]
        # At 43.841667 today; a sale nets more than its median half the time, and than its 20 % quantile in 80 %.
        even, sure = figures["break_even"]
        assert (even["chance"], sure["chance"]) == (0.5, 0.8)
        assert (even["cost"], sure["cost"]) == (even["per_piece"], sure["per_piece"])
        costs = (sale.DECK.quantile(0.5), sale.DECK.quantile(0.2))
        assert (even["cost"], sure["cost"]) == pytest.approx(costs, abs=0.02)

    def test_every_valuation_of_the_day_is_met_to_the_cent(self, market: "Market") -> None:
        rows = [row for row in market.arb.json("valuations") if row["profit"] is not None]
        assert len(rows) >= 6
        for row in rows:
            output = market.arb.json("value", row["product_id"], "--buy-at", row["sealed_price"])
            assert [output["all"][name] for name in MONEY] == [row[name] for name in STORED]
            assert output["confidence_score"] == row["confidence_score"]
            assert output["flags"] == row["flags"]

    def test_two_mixtures(self, market: "Market") -> None:
        """27.188333 with 3/4, 84.816667 with 1/4. Two: 54.376667 (9/16), 112.005 (6/16), 169.633333 (1/16).

        For 2 x 35.00 + 1.00 = 71.00: mean 83.190833, profit 12.19; P = 7/16, which no movement of prices changes: 54.38
        would have to rise by 31 %, 112.01 to fall by 37 %.
        """
        given = ("value", name_of(MIXTURE), "--buy-at", 35, "--shipping", 1, "--quantity", 2, "--chance", 0.4)
        output = market.arb.json(*given)
        one, both = output["one"], output["all"]
        assert (one["cost"], one["net"], one["p_profit"]) == (35.5, 41.6, 0.25)
        assert (both["cost"], both["net"], both["profit"], both["p_profit"]) == (71, 83.19, 12.19, 0.4375)
        assert both["sd"] == pytest.approx(sale.TWO_MIXTURES.sd, abs=0.02)
        quantiles = [sale.TWO_MIXTURES.quantile(p) for p in (0.05, 0.5, 0.95)]
        assert [both["p5"], both["p50"], both["p95"]] == pytest.approx(quantiles, abs=0.03)
        likely, even = both["break_even"]
        assert (likely["chance"], even["chance"]) == (0.4, 0.5)
        costs = (sale.TWO_MIXTURES.quantile(0.6), sale.TWO_MIXTURES.quantile(0.5))
        assert (likely["cost"], even["cost"]) == pytest.approx(costs, abs=0.03)
        for price in both["break_even"]:  # a whole cent per piece, such that both keep to it
            assert price["per_piece"] == int(price["cost"] * 100 + 0.5) // 2 / 100

    def test_at_another_channel(self, market: "Market") -> None:
        """Kappa at eBay: 100 - 13.25 - (0.40 + 5.50) / 3 = 84.783333; TCGplayer leaves 84.816667.

        Mana Pool: 100 - 5 - 2.90 - (0.30 + 5.50) / 3 = 90.166667, and the best of several counts.
        """
        given = ("value", name_of(NO_OFFER), "--buy-at", 50)
        assert market.arb.json(*given)["all"]["net"] == 84.82
        assert market.arb.json(*given, "--channel", "ebay")["all"]["net"] == 84.78
        several = ("--channel", "ebay", "--channel", "manapool")
        assert market.arb.json(*given, *several)["all"]["net"] == 90.17

    def test_what_nobody_offers_can_be_in_hand(self, market: "Market") -> None:
        output = market.arb.json("value", name_of(NO_OFFER), "--buy-at", 50)
        assert (output["cheapest_offer"], output["flags"]) == (None, [])

    def test_for_people(self, market: "Market") -> None:
        shown = market.arb("value", "mixture", "--buy-at", "$35.50", "--quantity", 2, "--chance", 0.4).stdout
        for text in (
            "2 pieces for $71.00 ($35.50 each)",
            "43.8 %",  # 7/16
            "$107.95 ($53.97 each)",  # what 40 % of sales net more than
            "█",
            "Guards that fired",
        ):
            assert text in shown
        assert "not worth buying" not in market.arb.quick("value", name_of(DECK), "--buy-at", 30).stdout

    def test_a_price_far_under_the_market_asks_for_a_second_look(self, market: "Market") -> None:
        # 60 % of 28.00 is 16.80
        assert "Check the offer" in market.arb.quick("value", name_of(DECK), "--buy-at", 16.79).stdout
        assert "Check the offer" not in market.arb.quick("value", name_of(DECK), "--buy-at", "16.80").stdout

    def test_unknown_contents_are_not_enough_data(self, market: "Market") -> None:
        done = market.arb.quick("value", name_of(GHOST), "--buy-at", 5, code=1)
        assert "not enough data" in done.stderr
        assert "A Deck In No List" in done.stderr

    def test_names_that_are_several_or_none(self, market: "Market") -> None:
        assert name_of(BOX) in market.arb.quick("value", "booster", "--buy-at", 5, code=1).stderr
        assert "Black Lotus" in market.arb.quick("value", "Black Lotus", "--buy-at", 5, code=1).stderr

    def test_a_day_that_was_not_analysed(self, market: "Market") -> None:
        done = market.arb.quick("value", name_of(DECK), "--buy-at", 5, "--date", before(1), code=1)
        assert str(before(1)) in done.stderr
        assert str(DAY) in done.stderr

    def test_a_channel_without_prices_is_no_channel_that_pays_nothing(self, market: "Market") -> None:
        done = market.arb.quick("value", name_of(DECK), "--buy-at", 5, "--channel", "cardmarket", code=1)
        assert "cardmarket states no prices" in done.stderr

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (("Test Deck",), "--buy-at"),
            (("--buy-at", 5), "--list"),
            (("Test Deck", "--buy-at", "1,234"), "1,234"),
            (("Test Deck", "--buy-at", -5), "-5"),
            (("Test Deck", "--buy-at", 5, "--shipping", "x"), "'x'"),
            (("Test Deck", "--buy-at", 5, "--quantity", 0), "1<=x<=10000"),
            (("Test Deck", "--buy-at", 5, "--chance", 80), "0.8"),
            (("Test Deck", "--buy-at", 5, "--channel", "evay"), "evay"),
            (("Test Deck", "--buy-at", 5, "--output", "a.csv"), "--list"),
            (("--list", "no.csv"), "no.csv"),
        ],
    )
    def test_wrong_usage(self, market: "Market", given: tuple[object, ...], said: str) -> None:
        assert said in market.arb.quick("value", *given, code=2).stderr


class TestPriceList:
    """A whole list at once."""

    def test_every_row_comes_back(self, market: "Market", tmp_path: Path) -> None:
        path = listed(
            tmp_path,
            "Test Deck,40.00,1,,,",
            "2003,25.00,2,3.00,,=1+1",
            "Test Ghost Bundle,5,1,,,",
            "Black Lotus Box,5,1,,,",
            'Test Deck,"1,234",1,,,',
            "Test Deck,25,1,,EUR,",
            "Test Mixture,32.00,1,,,",
        )
        rows, summary = valued_list(market, path)
        assert [row["line"] for row in rows] == [2, 3, 4, 5, 6, 7, 8]
        assert [row["result"] for row in rows] == [
            "valued",  # 43.84 - 40.00 = 3.84: under 10 %
            "worth buying",
            *("not_enough_data", "unknown", "bad_price", "no_rate"),
            "valued",  # 41.60 - 32.00 = 9.60, 30 %, but a loss three times in four
        ]
        assert summary == {
            "rows": 7,
            "valued": 3,
            "worth_buying": 1,
            "refused": {"not_enough_data": 1, "unknown": 1, "bad_price": 1, "no_rate": 1},
        }
        decks = rows[1]
        assert (decks["matched_name"], decks["matched_by"], decks["pieces"]) == (
            name_of(DECK),
            "tcg_product_id",
            2,
        )
        # 2 x 43.841667 = 87.683333 against 53.00
        assert (decks["cost"], decks["cost_per_piece"], decks["profit"]) == (53.0, 26.5, 34.68)
        assert all(row["reason"] for row in rows if row["result"] not in ("valued", "worth buying"))
        assert "A Deck In No List" in rows[2]["reason"]
        assert "arb fetch ecb" in rows[5]["reason"]

    def test_a_row_is_worth_what_the_product_alone_is(self, market: "Market", tmp_path: Path) -> None:
        (row,), _ = valued_list(market, listed(tmp_path, "Test Booster Box,200,3,12,,"), "--chance", 0.7)
        alone = ("value", name_of(BOX), "--buy-at", 200, "--quantity", 3, "--shipping", 12, "--chance", 0.7)
        figures = market.arb.json(*alone)["all"]
        same = ("cost", "profit", "margin_percentage", "p5", "p50", "p95", "p_profit")
        assert [row[name] for name in same] == [figures[name] for name in same]
        assert [row["break_even_50"], row["break_even_at_chance"]] == [
            price["per_piece"] for price in figures["break_even"]
        ]

    def test_the_terminal_shows_the_best_first(self, market: "Market", tmp_path: Path) -> None:
        path = listed(
            tmp_path, "Test Mixture,60,1,,,", "Test Mixture,32,1,,,", "Test Deck,20,1,,,", "Nothing,1,1,,,"
        )
        shown = market.arb.quick("value", "--list", path).stdout
        # deck 0.99 x 23.84; mixture 0.25 x 9.60; mixture -18.40
        assert shown.index("$20.00") < shown.index("$32.00") < shown.index("$60.00")
        assert "line 5: Nothing" in shown
        assert "4 rows: 3 valued, 1 worth buying" in shown
        assert "1 not valued: 1 unknown" in shown

    def test_the_csv_has_the_lists_order_and_columns_and_runs_nothing(
        self, market: "Market", tmp_path: Path
    ) -> None:
        path = listed(
            tmp_path,
            f"{name_of(FORMULA)},60,1,,,=cmd()",
            "@SUM(1),5,1,,,+1",
            "Test Deck,20,1,,,fine",
            header="product,price,quantity,reason,currency,note",
        )
        out = tmp_path / "out.csv"
        assert str(out) in market.arb.quick("value", "--list", path, "-o", out).stdout
        with out.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["line"] for row in rows] == ["2", "3", "4"]
        assert [row["note"] for row in rows] == ["'=cmd()", "'+1", "fine"]
        assert rows[0]["matched_name"] == "'=Test Formula()"
        assert (rows[1]["result"], rows[1]["given_reason"]) == ("unknown", "")
        assert rows[2]["profit"] == "23.84"
        cells = [
            cell for row in rows for name, cell in row.items() if name not in ("profit", "margin_percentage")
        ]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]

    def test_no_row_valued_is_a_failure_with_its_reasons(self, market: "Market", tmp_path: Path) -> None:
        rows, summary = valued_list(market, listed(tmp_path, "Black Lotus Box,5,1,,,"), code=1)
        assert (len(rows), summary["valued"]) == (1, 0)
        assert valued_list(market, listed(tmp_path), code=1) == (
            [],
            {"rows": 0, "valued": 0, "worth_buying": 0, "refused": {}},
        )

    def test_a_file_that_is_no_list(self, market: "Market", tmp_path: Path) -> None:
        done = market.arb.quick("value", "--list", listed(tmp_path, header="a,b"), code=1)
        assert "`price`" in done.stderr

    def test_wrong_usage(self, market: "Market", tmp_path: Path) -> None:
        path = listed(tmp_path, "Test Deck,20,1,,,")
        assert "column" in market.arb.quick("value", "Test Deck", "--list", path, code=2).stderr
        assert "column" in market.arb.quick("value", "--buy-at", 5, "--list", path, code=2).stderr
        assert "another file" in market.arb.quick("value", "--list", path, "-o", path, code=2).stderr
        away = market.arb.quick("value", "--list", path, "-o", tmp_path / "no/a.csv", code=2)
        assert "no/a.csv" in away.stderr.replace("\n", "") or "no folder" in away.stderr
        assert (
            json.loads(market.arb.quick("value", "--list", path, "--json").stdout)["summary"]["valued"] == 1
        )


def test_help_has_examples(market: "Market") -> None:
    shown = market.arb.quick("value", "--help").stdout
    assert "arb value --list quotes.csv" in shown
    assert "--buy-at 98.50" in shown
    assert what_if.MOST_PIECES == 10_000  # as --quantity says, which loads nothing to say so
