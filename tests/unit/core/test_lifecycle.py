"""The life of an opportunity."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from builders import DAY, parameters

from arb_pipeline.core.lifecycle import VALUES, Reconciled, reconcile

FIGURES = {"sealed_price_cents": 5550, "singles_value_cents": 8000, "profit_cents": 2450}
KNOWN = {
    "id": pl.String,
    "sealed_product_id": pl.String,
    "status": pl.String,
    "opened_on": pl.Date,
    "confirmed_on": pl.Date,
    **dict.fromkeys(FIGURES, pl.Int64),
}


def valuation(**changes: Any) -> dict[str, Any]:
    """A published valuation of product "box"."""
    row = dict.fromkeys(VALUES) | FIGURES | {"product_id": "box", "published": True, "why": "it nets more"}
    return row | changes


def known(**changes: Any) -> dict[str, Any]:
    """An opportunity of product "box" that was opened the day before."""
    before = DAY - timedelta(days=1)
    row = {
        "id": "old",
        "sealed_product_id": "box",
        "status": "active",
        "opened_on": before,
        "confirmed_on": before,
    }
    return row | FIGURES | changes


def analysed(valuations: list[dict[str, Any]], rows: list[dict[str, Any]], as_of: date = DAY) -> Reconciled:
    """What an analysis of a day changes."""
    frame = pl.DataFrame(
        valuations, schema_overrides={"why": pl.String, "product_id": pl.String, "published": pl.Boolean}
    )
    return reconcile(
        frame, pl.DataFrame(rows, schema=KNOWN, orient="row"), as_of=as_of, publish=parameters().publish
    )


def events(found: Reconciled) -> list[tuple[str, str]]:
    return found.events.select("opportunity_id", "event").rows()


def test_a_published_product_without_an_opportunity_opens_one() -> None:
    found = analysed([valuation()], [])
    row = found.current.row(0, named=True)
    assert (row["sealed_product_id"], row["opened_on"], row["as_of"], row["status"]) == (
        "box",
        DAY,
        DAY,
        "active",
    )
    assert events(found) == [(row["id"], "opened")]
    assert found.expired.is_empty()


def test_an_opportunity_expires_24_hours_after_the_prices_of_its_day() -> None:
    # The day's prices are out at 20:00 UTC.
    assert analysed([valuation()], []).current["expires_at"][0] == datetime(2025, 10, 11, 20, tzinfo=UTC)


def test_an_opportunity_that_still_holds_is_confirmed_with_its_id_and_first_day() -> None:
    found = analysed([valuation()], [known()])
    row = found.current.row(0, named=True)
    assert (row["id"], row["opened_on"], row["as_of"]) == ("old", DAY - timedelta(days=1), DAY)
    assert events(found) == [("old", "confirmed")]


def test_a_confirmation_takes_the_new_values() -> None:
    row = analysed([valuation(profit_cents=777, why="new")], [known()]).current.row(0, named=True)
    assert (row["profit_cents"], row["why"]) == (777, "new")


def test_an_opportunity_that_no_longer_holds_expires_and_says_why() -> None:
    found = analysed([valuation(published=False, why="margin 5.0% is under 10.0%")], [known()])
    assert found.current.is_empty()
    assert found.expired.rows() == [("old", "margin 5.0% is under 10.0%")]
    assert events(found) == [("old", "expired")]


def test_an_opportunity_whose_product_is_not_valued_any_more_expires_and_says_why() -> None:
    found = analysed([valuation(product_id="other", published=False)], [known()])
    assert found.expired.rows() == [("old", "it has no price and no contents any more")]


@pytest.mark.parametrize("status", ["executed", "cancelled"])
def test_what_a_person_closed_is_not_reopened_on_the_day_it_was_opened(status: str) -> None:
    opened = analysed([valuation()], []).current["id"][0]
    again = analysed([valuation()], [known(id=opened, status=status, opened_on=DAY, confirmed_on=DAY)])
    assert again.current.is_empty()
    assert again.expired.is_empty()
    assert again.events.is_empty()


@pytest.mark.parametrize("status", ["executed", "cancelled", "expired"])
def test_a_new_opportunity_on_a_later_day_is_a_new_row(status: str) -> None:
    opened = analysed([valuation()], []).current["id"][0]
    later = analysed(
        [valuation()], [known(id=opened, status=status, opened_on=DAY)], as_of=DAY + timedelta(days=1)
    )
    row = later.current.row(0, named=True)
    assert row["id"] != opened
    assert row["opened_on"] == DAY + timedelta(days=1)
    assert events(later) == [(row["id"], "opened")]


@pytest.mark.parametrize("status", ["executed", "cancelled"])
def test_what_a_person_closed_is_never_expired(status: str) -> None:
    found = analysed([valuation(published=False)], [known(status=status)])
    assert found.expired.is_empty()
    assert found.events.is_empty()


def test_a_day_analysed_twice_gives_the_same_ids() -> None:
    first = analysed([valuation()], [])
    opened = first.current["id"][0]
    second = analysed([valuation()], [known(id=opened, opened_on=DAY)])
    assert second.current["id"].to_list() == [opened]
    assert analysed([valuation()], []).events.equals(first.events)


def test_a_day_analysed_twice_is_no_second_event() -> None:
    assert analysed([valuation()], [known(confirmed_on=DAY)]).events.is_empty()


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_that_changed_within_the_day_is_an_event_of_its_own(figure: str) -> None:
    before = analysed([valuation()], [known()])
    again = analysed([valuation(**{figure: 1})], [known(confirmed_on=DAY)])
    assert events(again) == [("old", "confirmed")]
    assert again.events["id"][0] != before.events["id"][0]


def test_a_figure_that_became_unknown_within_the_day_is_an_event() -> None:
    assert events(analysed([valuation(profit_cents=None)], [known(confirmed_on=DAY)])) == [
        ("old", "confirmed")
    ]


def test_an_expired_opportunity_that_holds_again_on_its_first_day_keeps_its_id() -> None:
    opened = analysed([valuation()], []).current["id"][0]
    again = analysed([valuation()], [known(id=opened, status="expired", opened_on=DAY)])
    assert again.current["id"].to_list() == [opened]


def test_events_of_one_day_have_ids_of_their_own() -> None:
    found = analysed(
        [valuation(), valuation(product_id="b"), valuation(product_id="c", published=False)],
        [known(sealed_product_id="c")],
    )
    assert sorted(event for _, event in events(found)) == ["expired", "opened", "opened"]
    assert found.events["id"].n_unique() == 3


def test_one_product_never_has_two_current_rows() -> None:
    found = analysed([valuation()], [known(), known(id="done", status="executed", opened_on=DAY)])
    assert found.current["id"].to_list() == ["old"]
