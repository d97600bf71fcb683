"""The report of an analysis: its content, and that text from outside stays inert."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from arb_pipeline.reporting.analysis import render
from arb_pipeline.reporting.charts import histogram
from arb_pipeline.reporting.reading import Findings, _page, changes

DAY = date(2025, 10, 10)


def row(product: str = "1", profit: int = 50, **overrides):
    values = {
        "product_id": product,
        "tcg_product_id": "500",
        "name": "Play Booster Box",
        "set_code": "mh3",
        "page": "https://www.tcgplayer.com/product/500",
        "sealed_price": Decimal("100.00"),
        "sealed_source": None,
        "singles_value": Decimal(100 + profit),
        "profit": Decimal(profit),
        "margin_percentage": Decimal(profit),
        "confidence_score": Decimal("0.80"),
        "price_stability": Decimal("0.9"),
        "seller_count_factor": Decimal("0.5"),
        "volume_history": Decimal("0.5"),
        "margin_size": None,
        "missing_factors": ["volume_history"],
        "risk_level": "medium",
        "flags": ["presale"],
        "why": "singles net more",
        "market_price": Decimal("120.00"),
        "quick_sale_value": Decimal("77.70"),
        "cash_value": None,
        "resale_value": Decimal("130.00"),
        "resale_p5": Decimal("119.00"),
        "resale_p95": Decimal("142.00"),
        "exit": "open",
    }
    return values | dict.fromkeys(("p_profit", "p5", "p50", "p95")) | overrides


def page(**overrides) -> str:
    values = {
        "day": DAY,
        "written_at": datetime(2025, 10, 10, 21, tzinfo=UTC),
        "valued": 1200,
        "published": [row()],
        "near": [],
        "closed": [],
        "margins": [50.0, -20.0],
        "flags": [("presale", 3, 1)],
        "sources": [("tcgcsv", 1.0, datetime(2025, 10, 10, 20, tzinfo=UTC))],
        "previous": date(2025, 10, 9),
        "changes": [],
    }
    return render(Findings(**values | overrides), "run-1")


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.text = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src", "xlink:href", "action")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.text.append(data)


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    return parser


def test_what_is_worth_closed_has_a_section_of_its_own():
    # 130 - 100 = 30, 30 % of what it costs.
    text = " ".join(seen(page(closed=[row(name="Rare Crate")])).text)
    assert "Worth buying to resell unopened" in text
    assert "Rare Crate" in text
    for figure in ("$130.00", "$119.00 / $142.00", "$30.00", "30.00 %"):
        assert figure in text
    assert "closed" not in page().split("Changed since")[0].split("What to buy")[0]


def test_a_product_that_nets_more_closed_says_so():
    assert "nets more closed" in page(published=[row(exit="resale")])
    assert "nets more closed" not in page()


def test_every_row_tells_the_other_exits():
    assert "$77.70 / - / $130.00" in page()


def test_a_row_tells_price_net_profit_margin_chance_spread_confidence_and_why():
    html = page(
        published=[row(p_profit=Decimal("0.843"), p5=Decimal("90.10"), p50=Decimal(140), p95=Decimal(1210))]
    )
    text = " ".join(" ".join(seen(html).text).split())

    assert (
        "$100.00 $150.00 $77.70 / - / $130.00 $50.00 50.00 % 84 % $90.10 / $140.00 / $1,210.00 0.80" in text
    )
    assert "stability 0.90, sellers 0.50 trading 0.50, margin - no data: volume history" in text
    assert "singles net more; mind: presale" in text
    assert "1,200 products valued, 1 published. Run run-1, written 2025-10-10 21:00 UTC" in text


def test_what_is_not_known_is_a_dash():
    assert "- / - / -" in page()


def test_the_page_needs_nothing_from_outside_and_runs_nothing():
    contents = seen(page())

    assert not {"script", "iframe", "link", "object", "img"} & set(contents.tags)
    assert "svg" in contents.tags
    outside = [
        link for link in contents.links if not link.startswith(("#", "https://www.tcgplayer.com/product/"))
    ]
    assert outside == []
    assert "default-src 'none'" in page()


def test_scraped_text_stays_text():
    evil = "<script>alert(1)</script>\"'&"
    html = page(
        published=[row(name=evil, set_code=evil, why=evil, flags=[evil], sealed_source=evil)],
        near=[row(name=evil)],
    )

    assert "<script" not in html
    assert evil in "".join(seen(html).text)


@pytest.mark.parametrize(
    ("source", "url", "link"),
    [
        (None, "", "https://www.tcgplayer.com/product/500"),
        ("tcgplayer", "", "https://www.tcgplayer.com/product/500"),
        ("ebay", "https://www.ebay.com/itm/1", "https://www.ebay.com/itm/1"),
        ("ebay", "javascript:alert(1)", ""),
        ("ebay", "", ""),
    ],
)
def test_a_link_leads_to_where_the_price_is_from(source, url, link):
    assert _page(row(sealed_source=source), {("1", "ebay"): url} if url else {}) == link


@pytest.mark.parametrize(
    ("written", "age"),
    [(datetime(2025, 10, 10, 21, tzinfo=UTC), "0 days old"), (datetime(2025, 10, 11, 1, tzinfo=UTC), "1 day old"),
     (datetime(2026, 11, 29, 1, tzinfo=UTC), "415 days old")],
    ids=["of the day", "of yesterday", "of last year"],
)  # fmt: skip
def test_every_report_says_how_old_its_prices_were(written, age):
    """From 2025-10-10 to 2026-10-10 are 365 days, to 2026-11-29 another 50."""
    assert f"Prices of 2025-10-10, {age} when this was written." in page(written_at=written)


def test_an_old_analysis_says_that_it_is_no_offer():
    assert "do not buy by it" in page(written_at=datetime(2025, 10, 13, tzinfo=UTC))
    assert "do not buy by it" not in page()


def test_changes_are_those_of_a_tenth_of_the_profit_or_more():
    before = [
        row("same", 50),
        row("up", 50),
        row("down", 50),
        row("little", 50),
        row("gone", 50),
        row("unasked", 50),
    ]
    now = [row("same", 50), row("up", 55), row("down", 45), row("little", 54), row("new", 10)]
    result = changes(before, now, {"same", "up", "down", "little", "gone", "new"})

    assert [(c.kind, c.row["product_id"]) for c in result] == [
        ("new", "new"),
        ("better", "up"),
        ("worse", "down"),
        ("gone", "gone"),
    ]


def test_an_empty_day_makes_a_page_too():
    html = page(published=[], near=[], margins=[], flags=[], sources=[], previous=None)

    assert "Nothing was worth buying that day" in html
    assert "There is no analysis before this one" in html
    assert histogram([], "x") == ""


def test_the_same_margins_make_the_same_picture():
    margins = [-250.0, -20.0, 0.0, 35.5, 900.0]

    assert histogram(margins, "2025-10-10") == histogram(margins, "2025-10-10")
    assert re.match(r"<svg ", histogram(margins, "2025-10-10"))
