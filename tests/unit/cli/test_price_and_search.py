"""`arb price` and `arb search`: what they print, and their exit codes."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from arb_pipeline.fetching import live_lookup
from arb_pipeline.fetching.live_lookup import BaseScraper, FoundProduct, ScrapedPrice

# Typer's own import uses a name that Click has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:'click:DeprecationWarning")

PRICE = ScrapedPrice(
    source="ebay",
    product_id="v1|1|0",
    title="Box [red]\x1b[31m",
    price=Decimal("1134.99"),
    shipping=Decimal("5.95"),
    currency="USD",
    url="https://ebay/1",
    seller_count=1,
    quantity=None,
    condition="New",
    fetched_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
)


class Stub(BaseScraper):
    source = "ebay"

    def scrape_product_price(self, product_id: str) -> ScrapedPrice | None:
        return PRICE if product_id == "1" else None

    def search_products(self, query: str) -> list[FoundProduct]:
        result = FoundProduct("ebay", "v1|1|0", "Box", Decimal("120.00"), "EUR", "https://ebay/1")
        return [result] if query == "box" else []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    import typer
    from typer.testing import CliRunner

    from arb_pipeline.cli import live

    app = typer.Typer()
    app.command("price")(live.price)
    app.command("search")(live.search)
    monkeypatch.setitem(live_lookup.SCRAPERS, "ebay", Stub)
    return lambda *words: CliRunner().invoke(app, [*words, "--source", "ebay"])


def test_a_price_is_shown_landed_and_text_from_outside_is_text(run: Any) -> None:
    shown = run("price", "1")
    assert shown.exit_code == 0
    for part in ("Box [red][31m", "$1,134.99", "$5.95", "$1,140.94", "2026-03-04 05:06 UTC"):
        assert part in shown.stdout
    assert "\x1b[31m" not in shown.stdout


def test_a_price_as_json_has_every_field(run: Any) -> None:
    output = json.loads(run("price", "1", "--json").stdout)
    assert (output["price"], output["shipping"], output["landed"]) == (1134.99, 5.95, 1140.94)
    assert output["quantity"] is None


def test_a_search_shows_other_currencies_as_such(run: Any) -> None:
    assert "120.00 EUR" in run("search", "box").stdout
    assert json.loads(run("search", "box", "--json").stdout)[0]["currency"] == "EUR"


def test_a_search_without_results_is_an_error(run: Any) -> None:
    answered = run("search", "nothing")
    assert answered.exit_code == 1
    assert "arb: ebay finds nothing for 'nothing'." in answered.stderr
    assert not answered.stdout.strip()


def test_a_search_without_results_is_an_empty_list_for_scripts(run: Any) -> None:
    answered = run("search", "nothing", "--json")
    assert (answered.exit_code, json.loads(answered.stdout)) == (1, [])
