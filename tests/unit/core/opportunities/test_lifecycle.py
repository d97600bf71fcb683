"""The life of an opportunity."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from builders import DAY, parameters

from arb_pipeline.core.opportunities.lifecycle import VALUES, Reconciled, reconcile

FIGURES = {"sealed_price_cents": 5550, "singles_value_cents": 8000, "profit_cents": 2450}
KNOWN = {
    "id": pl.String,
    "sealed_product_id": pl.String,
    "status": pl.String,
    "opened_on": pl.Date,
    "confirmed_on": pl.Date,
    "expires_at": pl.Datetime("us", "UTC"),
    "events": pl.Int64,
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
        "events": 1,
    }
    row |= FIGURES | changes
    return {"expires_at": out_at(row["confirmed_on"] + timedelta(days=1))} | row


def out_at(day: date) -> datetime:
    """Time at which the prices of a day are published."""
    return datetime(day.year, day.month, day.day, 20, tzinfo=UTC)


def analysed(
    valuations: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    as_of: date = DAY,
    now: datetime | None = None,
) -> Reconciled:
    """Changes by an analysis of a day."""
    frame = pl.DataFrame(
        valuations, schema_overrides={"why": pl.String, "product_id": pl.String, "published": pl.Boolean}
    )
    known_rows = pl.DataFrame(rows, schema=KNOWN, orient="row")
    return reconcile(frame, known_rows, as_of=as_of, publish=parameters().publish, now=now)


def events(reconciled: Reconciled) -> list[tuple[str, str]]:
    return reconciled.events.select("opportunity_id", "event").rows()


def test_a_published_product_without_an_opportunity_opens_one() -> None:
    result = analysed([valuation()], [])
    row = result.current.row(0, named=True)
    assert (row["sealed_product_id"], row["opened_on"], row["as_of"], row["status"]) == (
        "box",
        DAY,
        DAY,
        "active",
    )
    assert events(result) == [(row["id"], "opened")]
    assert result.expired.is_empty()


def test_an_opportunity_expires_24_hours_after_the_prices_of_its_day() -> None:
    # The day's prices are out at 20:00 UTC.
    assert analysed([valuation()], []).current["expires_at"][0] == datetime(2025, 10, 11, 20, tzinfo=UTC)


def test_one_found_later_holds_24_hours_from_then() -> None:
    now = datetime(2025, 10, 12, 7, 30, tzinfo=UTC)
    assert analysed([valuation()], [], now=now).current["expires_at"][0] == datetime(
        2025, 10, 13, 7, 30, tzinfo=UTC
    )


def test_a_clock_before_the_prices_were_out_does_not_shorten_it() -> None:
    early = datetime(2025, 10, 10, 3, tzinfo=UTC)
    assert analysed([valuation()], [], now=early).current["expires_at"][0] == out_at(DAY + timedelta(days=1))


def test_the_same_day_again_keeps_the_time_it_gave_and_a_later_day_gives_more() -> None:
    given, now = datetime(2025, 10, 11, 21, tzinfo=UTC), datetime(2025, 10, 11, 9, tzinfo=UTC)
    row = known(confirmed_on=DAY, expires_at=given)
    assert analysed([valuation()], [row], now=now).current["expires_at"][0] == given
    row = known(confirmed_on=DAY - timedelta(days=1), expires_at=given)
    assert analysed([valuation()], [row], now=now).current["expires_at"][0] == now + timedelta(hours=24)


def test_an_opportunity_that_still_holds_is_confirmed_with_its_id_and_first_day() -> None:
    result = analysed([valuation()], [known()])
    row = result.current.row(0, named=True)
    assert (row["id"], row["opened_on"], row["as_of"]) == ("old", DAY - timedelta(days=1), DAY)
    assert events(result) == [("old", "confirmed")]


def test_a_confirmation_takes_the_new_values() -> None:
    row = analysed([valuation(profit_cents=777, why="new")], [known()]).current.row(0, named=True)
    assert (row["profit_cents"], row["why"]) == (777, "new")


def test_an_opportunity_that_no_longer_holds_expires_and_says_why() -> None:
    result = analysed([valuation(published=False, why="margin 5.0% is under 10.0%")], [known()])
    assert result.current.is_empty()
    assert result.expired.rows() == [("old", "box", "margin 5.0% is under 10.0%")]
    assert events(result) == [("old", "expired")]


def test_an_opportunity_whose_product_is_not_valued_any_more_expires_and_says_why() -> None:
    result = analysed([valuation(product_id="other", published=False)], [known()])
    assert result.expired.rows() == [("old", "box", "it has no price and no contents any more")]


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
    result = analysed([valuation(published=False)], [known(status=status)])
    assert result.expired.is_empty()
    assert result.events.is_empty()


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
    again = analysed([valuation(**{figure: 1})], [known(confirmed_on=DAY, events=2)])
    assert events(again) == [("old", "confirmed")]
    assert again.events["id"][0] != before.events["id"][0]


def test_a_figure_that_became_unknown_within_the_day_is_an_event() -> None:
    assert events(analysed([valuation(profit_cents=None)], [known(confirmed_on=DAY)])) == [
        ("old", "confirmed")
    ]


@pytest.mark.parametrize("opened_on", [DAY, DAY - timedelta(days=1)])
def test_what_the_day_itself_expired_is_reopened_when_the_day_publishes_it_after_all(opened_on: date) -> None:
    row = known(status="expired", opened_on=opened_on, confirmed_on=DAY, expires_at=out_at(DAY), events=2)
    again = analysed([valuation()], [row])
    assert again.current.select("id", "opened_on", "status").rows() == [("old", opened_on, "active")]
    assert again.current["expires_at"][0] == out_at(DAY + timedelta(days=1))
    assert events(again) == [("old", "opened")]


@pytest.mark.parametrize("opened_on", [DAY, DAY - timedelta(days=1)])
def test_what_ran_out_is_not_reopened_by_the_day_that_it_stands_for(opened_on: date) -> None:
    """It kept the time that the day gave it: a cleanup expired it, and the day again says nothing new."""
    row = known(status="expired", opened_on=opened_on, confirmed_on=DAY)
    for valuations in ([valuation()], [valuation(profit_cents=9999)], [valuation(published=False)]):
        again = analysed(valuations, [row])
        assert again.current.is_empty()
        assert again.expired.is_empty()
        assert again.events.is_empty()


def test_what_ran_out_is_a_new_row_on_the_next_day_it_is_published() -> None:
    row = known(status="expired", opened_on=DAY, confirmed_on=DAY)
    later = analysed([valuation()], [row], as_of=DAY + timedelta(days=1))
    assert later.current["opened_on"].to_list() == [DAY + timedelta(days=1)]
    assert events(later) == [(later.current["id"][0], "opened")]
    assert later.current["id"][0] != "old"


def test_of_two_expired_rows_of_the_day_the_later_one_is_reopened() -> None:
    gone = {"status": "expired", "confirmed_on": DAY, "expires_at": out_at(DAY)}
    again = analysed([valuation()], [known(**gone, id="new", opened_on=DAY), known(**gone)])
    assert again.current["id"].to_list() == ["new"]


def test_an_active_row_is_confirmed_before_an_expired_one_is_reopened() -> None:
    gone = known(id="gone", status="expired", opened_on=DAY, confirmed_on=DAY, expires_at=out_at(DAY))
    assert analysed([valuation()], [known(), gone]).current["id"].to_list() == ["old"]


def test_the_same_change_twice_in_a_day_is_two_events() -> None:
    """Opened, expired, opened, expired: figures and day are the same each time."""
    opened = analysed([valuation()], [])
    id_ = opened.current["id"][0]
    active = {"id": id_, "opened_on": DAY, "confirmed_on": DAY}
    gone = active | {"status": "expired", "expires_at": out_at(DAY)}
    result = [opened.events]
    for number, row in enumerate((active, gone, active), 1):
        published = row["id"] == id_ and "status" in row
        result.append(analysed([valuation(published=published)], [known(**row, events=number)]).events)
    output = pl.concat(frame.select("id", "event") for frame in result)
    assert output["event"].to_list() == ["opened", "expired", "opened", "expired"]
    assert output["id"].n_unique() == 4


def test_events_of_one_day_have_ids_of_their_own() -> None:
    result = analysed(
        [valuation(), valuation(product_id="b"), valuation(product_id="c", published=False)],
        [known(sealed_product_id="c")],
    )
    assert sorted(event for _, event in events(result)) == ["expired", "opened", "opened"]
    assert result.events["id"].n_unique() == 3


def test_one_product_never_has_two_current_rows() -> None:
    result = analysed([valuation()], [known(), known(id="done", status="executed", opened_on=DAY)])
    assert result.current["id"].to_list() == ["old"]
