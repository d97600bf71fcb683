"""Journeys of a buyer in a real browser against a real server."""

import json
import re

import pytest

from tests.browser.conftest import arb

MINUS = "\N{MINUS SIGN}"
WORKER = 180_000  # Milliseconds: the first valuation of a server starts its worker processes.
TABLE = {"name": "Opportunities", "exact": True}


def best(page):
    """Link of the best opportunity."""
    return page.get_by_role("table", **TABLE).get_by_role("row").nth(1).get_by_role("link").first


def figure(region, label):
    """Value under a label of the strip of figures; the quick sale shows a margin of its own before it."""
    return region.get_by_text(label, exact=True).locator("xpath=following-sibling::div[1]")


def test_a_link_signs_in_once(context, server):
    link = server.link()
    page = context.new_page()
    page.goto(link)
    page.get_by_role("heading", level=1, name="Opportunities").wait_for()
    assert "token" not in page.url

    other = context.browser.new_context(base_url=server.url).new_page()
    other.goto(link)
    other.get_by_text("This link was used before or has expired").wait_for()
    other.context.close()


def test_find_the_best_opportunity_read_its_margin_execute_it_and_see_it_in_the_portfolio(page_as, home):
    page = page_as("buyer")
    page.goto("/")
    link = best(page)
    name = link.inner_text()
    link.click()
    page.get_by_role("heading", level=1, name=name).wait_for()
    valuation = page.get_by_role("region", name="Valuation")
    shown = figure(valuation, "Margin").inner_text()

    explained = json.loads(arb(home, "explain", name, "--json"))["valuation"]
    assert float(shown.replace(MINUS, "-").strip("+%").replace(",", "")) == pytest.approx(
        explained["margin_percentage"], abs=0.005
    )
    price = f"${explained['sealed_price']:,.2f}"
    assert price in figure(valuation, "Buy at").inner_text()

    page.get_by_role("button", name="Execute").click()
    dialog = page.get_by_role("dialog", name="Record the purchase")
    dialog.get_by_label("Pieces").fill("2")
    dialog.get_by_label("Price per piece, $").fill("12,5")
    dialog.get_by_role("button", name="Record purchase").click()
    dialog.get_by_text("An amount, as in 52.50.").wait_for()
    dialog.get_by_label("Price per piece, $").fill(str(explained["sealed_price"]))
    dialog.get_by_role("button", name="Record purchase").click()
    page.get_by_role("button", name="Open the portfolio").click()
    page.get_by_role("heading", level=1, name="Portfolio").wait_for()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name))
    spent = f"${2 * explained['sealed_price']:,.2f}"
    row.get_by_text(spent).wait_for()

    row.get_by_role("button", name=f"Enter a sale of {name}").click()
    sale = page.get_by_role("dialog", name="Enter a sale")
    sale.get_by_label("Netted, $").fill("250.00")
    sale.get_by_role("checkbox").check()
    sale.get_by_role("button", name="Record sale").click()
    realised = 250 - 2 * explained["sealed_price"]
    sign = "+" if realised > 0 else MINUS
    row.get_by_text(f"{sign}${abs(realised):,.2f}").wait_for()


def test_a_purchase_is_corrected_and_removed_in_the_portfolio(page_as):
    """Mistyped at $10.00 a piece instead of $10.50, sold by mistake, then never bought at all."""
    page = page_as("buyer")
    page.goto("/")
    name = best(page).inner_text()
    item = page.request.get("/api/v1/opportunities?limit=1").json()["items"][0]
    token = page.request.get("/api/v1/session").json()["csrf_token"]
    for action, body in (("execute", {"quantity": 2, "price": "10.00"}), ("sales", {"proceeds": "7.00"})):
        path = f"/api/v1/opportunities/{item['id']}/{action}"
        assert page.request.post(path, data=body, headers={"X-CSRF-Token": token}).ok
    page.goto("/portfolio")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name), has_text="$20.00")
    row.get_by_role("button", name=f"Edit the purchase of {name}").click()
    dialog = page.get_by_role("dialog", name="Edit the purchase")
    dialog.get_by_label("Price per piece, $").fill("10,5")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("An amount, as in 52.50.").wait_for()
    dialog.get_by_label("Price per piece, $").fill("10.50")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name), has_text="$21.00")
    row.get_by_role("button", name=f"Edit the purchase of {name}").click()
    assert dialog.get_by_role("button", name="Remove…").is_disabled()
    dialog.get_by_role("button", name=re.compile("^Remove the sale of")).click()
    dialog.get_by_role("button", name="Remove the sale").click()
    dialog.get_by_text("Say why in a few words, as in: typed twice.").wait_for()
    dialog.get_by_label("Reason").fill("of another box")
    dialog.get_by_role("button", name="Remove the sale").click()
    dialog.get_by_role("button", name="Remove…").click()
    dialog.get_by_label("Reason").fill("never bought")
    dialog.get_by_role("button", name="Remove the purchase").click()
    row.wait_for(state="detached")
    again = page.request.get(f"/api/v1/opportunities/{item['id']}").json()
    assert (again["status"], again["execution_quantity"]) == (item["status"], item["execution_quantity"])


def test_a_cancelled_opportunity_is_taken_back_before_it_is_sent(page_as):
    page = page_as("buyer")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "DELETE" else None)
    page.goto("/")
    best(page).click()
    page.get_by_role("button", name="Cancel opportunity").click()
    page.get_by_role("button", name="Cancel opportunity").wait_for(state="hidden")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    page.get_by_role("button", name="Cancel opportunity").wait_for()
    page.get_by_role("link", name="Opportunities").first.click()
    best(page).wait_for()
    assert sent == []


def test_a_price_list_is_valued_and_a_match_corrected(page_as, tmp_path):
    """At its opportunity's price a product is worth buying; at a dollar it is likely another one."""
    page = page_as("buyer")
    page.goto("/")
    name = best(page).inner_text()
    item = page.request.get("/api/v1/opportunities?limit=1").json()["items"][0]
    assert item["name"] == name
    file = tmp_path / "quotes.csv"
    quotes = [(name, item["sealed_price"], 2), ("No such product at all", "5.00", 1), (name, "1.00", 1)]
    rows = [f'"{product}",{price},{pieces}\n' for product, price, pieces in quotes]
    file.write_text("product,price,quantity\n" + "".join(rows), "utf-8")

    page.get_by_role("link", name="Price lists").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("heading", level=1, name="quotes").wait_for()
    table = page.get_by_role("table", name="Rows of the price list")
    table.wait_for(timeout=WORKER)
    table.get_by_role("row").filter(has_text="line 2").get_by_text("Worth buying").wait_for(timeout=WORKER)
    table.get_by_role("row").filter(has_text="line 4").get_by_text("Look twice").wait_for()

    other = table.get_by_role("row").filter(has_text="No such product")
    other.get_by_role("button", name="Choose the match of line 3").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill(name[:20])
    page.get_by_role("listbox").get_by_role("option").first.click()
    dialog.get_by_role("button", name="Use this product").click()
    dialog.wait_for(state="hidden", timeout=WORKER)
    table.get_by_role("row").filter(has_text="No such product").get_by_text("Unmatched").wait_for(
        state="hidden", timeout=WORKER
    )


def test_what_if_answers_while_the_price_moves(page_as):
    page = page_as("buyer")
    page.goto("/")
    best(page).click()
    page.get_by_role("main").get_by_role("link", name="What-if").click()
    answer = page.get_by_role("region", name="Answer")
    answer.get_by_text("Expected profit").wait_for(timeout=WORKER)
    before = answer.inner_text()
    page.get_by_label("Price per piece, $").fill("1000.00")
    answer.get_by_text("Not worth buying").wait_for(timeout=WORKER)
    assert answer.inner_text() != before
    assert "price=1000" in page.url
    page.reload()
    answer.get_by_text("Not worth buying").wait_for(timeout=WORKER)


def test_back_and_reload_keep_filters_sort_and_list(page_as):
    page = page_as("viewer")
    page.goto("/?q=box&game=mtg,pokemon&sort=-profit&show=near-misses")
    table = page.get_by_role("table", name="Near misses", exact=True)
    table.wait_for()
    rows = table.get_by_role("row").count()
    address = page.url
    profit = table.get_by_role("columnheader", name=re.compile("Profit"))
    assert profit.get_attribute("aria-sort") == "descending"

    table.get_by_role("row").nth(1).get_by_role("link").first.click()
    page.get_by_role("heading", level=1).filter(has_not_text="Opportunities").wait_for()
    page.go_back()
    table.wait_for()
    assert page.url == address
    page.reload()
    table.wait_for()
    assert page.get_by_label("Search products").input_value() == "box"
    assert table.get_by_role("row").count() == rows


def test_the_search_language_filters_and_names_what_it_does_not_know(page_as):
    page = page_as("viewer")
    page.goto("/")
    table = page.get_by_role("table", **TABLE)
    table.wait_for()
    page.get_by_label("Search products").fill("margin>100000")
    page.get_by_text("No product passes these filters").wait_for()
    page.get_by_label("Search products").fill("colour:red")
    page.get_by_text('Unknown key "colour"').wait_for()
    page.get_by_role("button", name="Clear filters").first.click()
    table.wait_for()


def test_everything_is_reached_by_keyboard(page_as):
    page = page_as("viewer")
    page.goto("/")
    best(page).wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("/")
    page.get_by_role("dialog").get_by_role("combobox").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")

    best(page).focus()
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    second = page.evaluate("document.activeElement.textContent")
    assert second != first
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=second).wait_for()
