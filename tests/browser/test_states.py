"""Roles, sessions, and a server that is unavailable, slow or busy."""

import json
import re

import pytest

from tests.browser.conftest import PASSWORD, sign_in

PAGES = {
    "/what-if": "buy",
    "/price-lists": "buy",
    "/portfolio": "buy",
    "/trust": "read",
    "/sources": "read",
    "/products": "read",
    "/unknown-contents": "read",
    "/parameters": "read",
    "/runs": "operate",
    "/quarantine": "operate",
    "/alert-rules": "operate",
    "/users": "administer",
    "/api-keys": "administer",
    "/audit": "administer",
}
MAY = {
    "viewer": {"read"},
    "buyer": {"read", "buy"},
    "operator": {"read", "buy", "operate"},
    "admin": {"read", "buy", "operate", "administer"},
}


@pytest.mark.parametrize("role", list(MAY))
def test_each_role_sees_what_it_may_by_the_menu_and_by_address(page_as, role):
    page = page_as(role)
    page.goto("/")
    menu = page.get_by_role("navigation", name="Pages").first
    menu.wait_for()
    linked = {link.get_attribute("href") for link in menu.get_by_role("link").all()}
    assert linked == {"/"} | {path for path, needs in PAGES.items() if needs in MAY[role]}

    for path, needs in PAGES.items():
        page.goto(path)
        heading = page.get_by_role("heading", level=1)
        heading.wait_for()
        is_refused = heading.inner_text() == "Your role does not include this page"
        assert is_refused == (needs not in MAY[role]), path


def test_a_viewer_is_offered_no_purchase(page_as):
    page = page_as("viewer")
    page.goto("/")
    page.get_by_role("table", name="Opportunities", exact=True).get_by_role("link").first.click()
    page.get_by_role("region", name="Valuation").wait_for()
    assert page.get_by_role("button", name="Execute").count() == 0


def test_a_session_that_ends_leads_to_the_sign_in_and_back_to_the_same_address(context, users):
    page = context.new_page()
    sign_in(page, users["viewer"], "/sign-in?next=/products?q=box")
    page.get_by_role("heading", level=1, name="Products").wait_for()
    context.clear_cookies()
    page.get_by_label("Search products").fill("deck")
    page.get_by_text("Your session has ended").wait_for()
    page.get_by_label("Name").fill(users["viewer"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", level=1, name="Products").wait_for()
    assert "q=deck" in page.url


def test_signing_out_in_one_tab_signs_out_the_other(context, users):
    one = context.new_page()
    sign_in(one, users["viewer"])
    two = context.new_page()
    two.goto("/sources")
    two.get_by_role("heading", level=1, name="Sources").wait_for()
    one.get_by_role("button", name="Sign out").first.click()
    one.get_by_role("heading", level=1, name="Sign in to arb_pipeline").wait_for()
    two.get_by_role("heading", level=1, name="Sign in to arb_pipeline").wait_for()


def fail(page, status, headers=None, detail="The database does not answer."):
    body = json.dumps({"title": "Not available now", "status": status, "detail": detail, "request_id": "r-1"})
    page.route(
        "**/api/v1/opportunities?*",
        lambda route: route.fulfill(
            status=status, body=body, headers={"content-type": "application/problem+json", **(headers or {})}
        ),
    )


def test_an_unavailable_database_is_reported_with_the_next_step_and_recovers_on_retry(page_as):
    page = page_as("viewer")
    fail(page, 503)
    page.goto("/")
    page.get_by_text("The service is not available").wait_for()
    page.get_by_text("The database does not answer.").wait_for()
    page.get_by_text("r-1").wait_for()
    page.unroute("**/api/v1/opportunities?*")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("table", name="Opportunities", exact=True).wait_for()


def test_a_throttled_request_names_the_wait(page_as):
    page = page_as("viewer")
    fail(page, 429, {"Retry-After": "1"})
    page.goto("/")
    page.get_by_text("Too many requests").wait_for()
    page.get_by_text("Try again in 1 s; nothing is lost.").wait_for()


def test_a_server_that_is_gone_is_named_and_what_was_shown_stays(page_as):
    page = page_as("viewer")
    page.goto("/")
    table = page.get_by_role("table", name="Opportunities", exact=True)
    table.wait_for()
    page.route("**/api/v1/**", lambda route: route.abort())
    table.get_by_role("link").first.click()
    page.get_by_text("The server does not answer").first.wait_for()
    page.go_back()
    table.wait_for()


def test_a_slow_answer_shows_its_shape_first_and_nothing_moves(page_as):
    page = page_as("viewer")

    def late(route):
        page.wait_for_timeout(1500)
        route.continue_()

    page.route("**/api/v1/opportunities?*", late)
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver(list => { for (const e of list.getEntries()) "
        "if (!e.hadRecentInput) window.shifts += e.value }).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/")
    page.get_by_text("Loading opportunities").wait_for(state="attached")
    page.get_by_role("table", name="Opportunities", exact=True).wait_for()
    assert page.evaluate("window.shifts") < 0.1


def test_stale_prices_are_marked(page_as):
    page = page_as("viewer")

    def aged(route):
        answer = route.fetch()
        body = answer.json()
        for item in body["items"]:
            item["as_of"] = "2020-01-01"
        route.fulfill(response=answer, json=body)

    page.route("**/api/v1/opportunities?*", aged)
    page.goto("/")
    page.get_by_text(re.compile("these prices are of Jan 1, 2020")).wait_for()


def test_an_empty_list_says_why_and_what_to_do(page_as):
    page = page_as("viewer")
    empty = {"items": [], "next_cursor": None, "total": None}
    page.route("**/api/v1/opportunities?*", lambda route: route.fulfill(json=empty))
    page.goto("/")
    page.get_by_text("Nothing is worth buying right now").wait_for()
    page.get_by_role("link", name="Look at the near misses").click()
    page.get_by_role("table", name="Near misses", exact=True).wait_for()
