"""Texts of alerts."""

from alert_builders import NOW, last_notified, opportunity, rule

from arb_pipeline.core.alerting.changes import notices
from arb_pipeline.core.alerting.incidents import LoadShare, RunFact, of_loads, of_runs, of_sources
from arb_pipeline.core.alerting.rules import Operations
from arb_pipeline.core.alerting.templates import Item, harmless, item, message, money


def item_of(before=None, **changed):
    o = opportunity(**changed)
    (notice,) = notices(rule(), "phone", [o], {o.id: before} if before else {}, NOW)
    return item(notice)


def test_a_new_opportunity_says_what_to_pay_what_it_nets_and_how_sure_that_is():
    spread = {"p_profit": 0.84, "p5_cents": 9_000, "p95_cents": 21_050, "quick_sale_cents": 11_250}
    item = item_of(**spread, flags=("presale",), why="led by x")

    assert item.title == "New: Play Booster Box (MH3) +$50.00 (50.00 %)"
    assert item.body.splitlines() == [
        "Play Booster Box (MH3): buy at $100.00, nets $150.00, $90.00 to $210.50 at the sale in 9 of 10 cases.",
        "Profit $50.00 (50.00 %).",
        "P(profit) 84 %, confidence 0.80, risk medium, analysed for 2025-10-10.",
        "Sold at once, at the lowest asks, it nets $112.50.",
        "Mind: presale.",
        "led by x",
    ]


def test_an_unknown_figure_is_stated_as_not_known():
    assert "P(profit) not known" in item_of().body
    assert "in 9 of 10" not in item_of(p5_cents=1).body
    assert "at once" not in item_of().body


def test_a_product_that_nets_more_closed_says_so():
    item = item_of(resale_cents=16_000, exit="resale")

    assert "Resold unopened it nets more, $160.00: keep it closed." in item.body
    assert "keep it closed" not in item_of(resale_cents=16_000, exit="open").body


def test_a_prize_rarer_than_1_in_20_makes_an_opening_no_certainty():
    """A card of $200.00 in 1 of 100 beside $148.00: the mean is 148 + 2 = 150, and 9 of 10 net 148."""
    item = item_of(p5_cents=14_800, p95_cents=14_800)

    assert "nets $150.00, $148.00 at the sale in 9 of 10 cases." in item.body


def test_a_change_states_the_last_notified_figures():
    item = item_of(last_notified(profit_cents=4_000, risk="low"))

    assert "Last notified: buy at $100.00, profit $40.00, risk low." in item.body


def test_gone_says_not_to_act():
    assert "Do not act on it" in item_of(last_notified(), status="expired").body


def test_a_scraped_name_mentions_nobody_and_stays_on_its_line():
    assert harmless("@everyone\nbuy\x1b[31m \u202e") == "@\u200beveryone buy [31m"
    assert len(harmless("x" * 500)) == 120


def test_a_message_of_several_counts_them_and_names_itself():
    title, body = message(
        "cheap", [Item("new", "A", "a"), Item("gone", "B", "b"), Item("new", "C", "c")], "0123456789"
    )

    assert title == "3 alerts: 2 new, 1 gone"
    assert body == "A\na\n\nB\nb\n\nC\nc\n\n-- arb, rule cheap, message 01234567"


def test_a_message_about_the_pipeline_counts_what_is_amiss():
    runs = [RunFact(f"r{n}", "mart", str(n), has_failed=n > 1, started=NOW, ended=NOW) for n in (1, 2, 3)]
    ages = {"ebay": (99.0, NOW), "ecb": (200.0, NOW), "mtgjson": (1.0, NOW)}
    loads = [LoadShare("ebay", "mtg", NOW.date(), 1000, bad) for bad in (900, 0)]
    operations = Operations(targets=["phone"])
    items = [
        Item("failed" if c.is_bad else "recovered", c.title, c.body)
        for c in [*of_runs(runs), *of_sources(ages, operations), *of_loads(loads, operations)]
    ]

    assert message("operations", items, "0123456789")[0] == (
        "8 alerts: 1 run that succeeded again, 2 failed runs, 2 stale sources, 1 source that is fresh again, "
        "1 quarantine above its limit, 1 quarantine back to normal"
    )


def test_money_is_written_with_its_sign():
    assert [money(v) for v in (123456, -231, 0, None)] == ["$1,234.56", "-$2.31", "$0.00", "-"]
