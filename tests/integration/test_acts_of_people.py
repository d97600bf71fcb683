"""Transitions by persons, cleanup and scoped analyses on a real database, one at a time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from lives import FIRST, NOW, PRODUCTS, analyse, day, events, lives, only, out_at, rows, save
from sqlalchemy.exc import DBAPIError, IntegrityError

from arb_pipeline.core.opportunities.transitions import ActRefusedError
from arb_pipeline.storage.postgres import opportunities as store
from arb_pipeline.storage.postgres.portfolio_queries import PURCHASES

MINUTE = timedelta(minutes=1)


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    """The products, and the box opened on day 0 at $80.00 for $100.00."""
    with engine.begin() as connection:
        save(connection)
        analyse(connection, 0, box=8000)
        yield connection


def details(connection: sa.Connection, event: str) -> dict[str, Any]:
    query = sa.text("SELECT details FROM opportunity_events WHERE event = :event ORDER BY created_at DESC")
    return dict(connection.scalars(query, {"event": event}).first() or {})


class TestExecute:
    """A purchase."""

    def test_sets_what_was_bought_and_keeps_the_forecast_of_the_moment(
        self, connection: sa.Connection
    ) -> None:
        connection.execute(
            sa.text(
                "UPDATE arbitrage_opportunities SET outcome_mean = 100, outcome_sd = 20, contents_sd = 16,"
                " price_sd = 12, p5 = 75, p50 = 98, p95 = 140, p_profit = 0.8125"
            )
        )
        store.execute(
            connection, only(connection), quantity=3, price_cents=8550, notes="at the fair", now=NOW
        )
        (row,) = rows(connection)
        assert (row["status"], row["execution_quantity"], row["execution_price"]) == (
            "executed",
            3,
            Decimal("85.50"),
        )
        assert (row["execution_notes"], row["executed_at"]) == ("at the fair", NOW)
        assert events(connection) == ["opened", "executed"]
        # 3 x 100.00 = 300.00; less 3 x 85.50 = 256.50: 43.50.
        purchase_id = connection.scalar(sa.text("SELECT id::text FROM purchases"))
        assert details(connection, "executed") == {
            "why": "3 bought at $85.50: at the fair",
            "purchase_id": purchase_id,
            "quantity": 3,
            "price_cents": 8550,
            "expected_value_cents": 30000,
            "expected_profit_cents": 4350,
            "forecast": {
                "as_of": "2025-10-01",
                "sealed_price_cents": 8000,
                "singles_value_cents": 10000,
                "profit_cents": 2000,
                "margin_bps": 2500,
                "p_profit": 0.8125,
                "outcome_mean_cents": 10000,
                "outcome_sd_cents": 2000,
                "contents_sd_cents": 1600,
                "price_sd_cents": 1200,
                "p5_cents": 7500,
                "p50_cents": 9800,
                "p95_cents": 14000,
            },
        }

    @pytest.mark.parametrize(
        ("quantity", "contents_sd", "low", "high"),
        [
            # 3 x 100 -+ 1.644854 x (3 x 16^2 + 9 x 12^2 = 2064)^0.5, which is 74.73.
            (3, 16, "225.27", "374.73"),
            # One bet on the prices: 3 x 75 and 3 x 140. One piece has its own range.
            (3, 0, "225.00", "420.00"),
            (1, 16, "75.00", "140.00"),
        ],
    )
    def test_the_range_of_all_pieces_is_one_in_sql_and_in_views(
        self, connection: sa.Connection, quantity: int, contents_sd: int, low: str, high: str
    ) -> None:
        connection.execute(
            sa.text(
                f"UPDATE arbitrage_opportunities SET outcome_sd = 20, contents_sd = {contents_sd},"
                " price_sd = 12, p5 = 75, p95 = 140"
            )
        )
        store.execute(connection, only(connection), quantity=quantity, price_cents=8000, now=NOW)
        results = connection.execute(sa.text(f"SELECT p5, p95 FROM ({PURCHASES}) bought")).one()
        assert tuple(map(str, results)) == (low, high)
        view = store.one(connection, only(connection)).row(0, named=True)
        spent = quantity * Decimal(80)
        profits = [Decimal(view[f"forecast_{side}_cents"]) / 100 for side in ("low", "high")]
        assert profits == [Decimal(low) - spent, Decimal(high) - spent]

    def test_by_default_at_the_price_of_the_opportunity(self, connection: sa.Connection) -> None:
        store.execute(connection, only(connection), quantity=1, now=NOW)
        assert rows(connection)[0]["execution_price"] == Decimal("80.00")

    def test_twice_is_refused_and_changes_nothing(self, connection: sa.Connection) -> None:
        store.execute(connection, only(connection), quantity=1, now=NOW)
        before = rows(connection)
        with pytest.raises(ActRefusedError, match="Test box is executed"):
            store.execute(connection, only(connection), quantity=2, now=NOW)
        assert rows(connection) == before
        assert events(connection) == ["opened", "executed"]

    def test_of_nothing_is_refused(self, connection: sa.Connection) -> None:
        with pytest.raises(ActRefusedError, match="quantity"):
            store.execute(connection, only(connection), quantity=0, now=NOW)

    def test_of_an_unknown_one(self, connection: sa.Connection) -> None:
        with pytest.raises(store.UnknownOpportunityError, match=PRODUCTS["tin"]):
            store.execute(connection, PRODUCTS["tin"], quantity=1, now=NOW)

    def test_the_act_and_its_event_are_one(self, engine: sa.Engine) -> None:
        with engine.begin() as connection:
            save(connection)
            analyse(connection, 0, box=8000)
        with engine.begin() as connection:
            opportunity_id = only(connection)
            connection.exec_driver_sql(
                "ALTER TABLE opportunity_events ADD CONSTRAINT full_disk CHECK (event <> 'executed')"
            )
        with pytest.raises(IntegrityError, match="full_disk"), engine.begin() as connection:
            store.execute(connection, opportunity_id, quantity=1, now=NOW)
        with engine.connect() as connection:
            assert lives(connection) == [("box", "active", 0, 0)]


class TestOthers:
    """Cancelled, noted."""

    def test_cancelled(self, connection: sa.Connection) -> None:
        store.cancel(connection, only(connection), notes="damaged", now=NOW)
        (row,) = rows(connection)
        assert (row["status"], row["execution_notes"], row["executed_at"]) == ("cancelled", "damaged", None)
        assert details(connection, "cancelled") == {"why": "cancelled: damaged"}

    def test_noted_in_any_state_without_changing_the_row(self, connection: sa.Connection) -> None:
        opportunity_id = only(connection)
        store.note(connection, opportunity_id, "asked the seller", now=NOW)
        store.cancel(connection, opportunity_id, now=NOW)
        before = rows(connection)
        store.note(connection, opportunity_id, "sold out", now=NOW)
        assert rows(connection) == before
        assert events(connection) == ["opened", "noted", "cancelled", "noted"]
        assert details(connection, "noted") == {"why": "sold out"}

    def test_an_act_is_of_the_day_it_happened_on(self, connection: sa.Connection) -> None:
        store.note(connection, only(connection), "x", now=NOW)
        days = connection.scalars(sa.text("SELECT as_of FROM opportunity_events ORDER BY created_at"))
        assert list(days) == [FIRST, date(2025, 11, 1)]


class TestResult:
    """Net result of the singles."""

    def test_against_the_forecast(self, connection: sa.Connection) -> None:
        opportunity_id = only(connection)
        store.execute(connection, opportunity_id, quantity=2, price_cents=7500, now=NOW)
        store.record_result(connection, opportunity_id, 17050, now=NOW)
        row = store.one(connection, opportunity_id).row(0, named=True)
        # Paid 150.00 for 200.00: 50.00 expected; 170.50 - 150.00 = 20.50, which is 29.50 less.
        names = ("spent", "forecast_profit", "realised_profit", "error")
        assert [row[f"{name}_cents"] for name in names] == [15000, 5000, 2050, -2950]
        assert row["realised_at"] == NOW

    def test_corrected(self, connection: sa.Connection) -> None:
        opportunity_id = only(connection)
        store.execute(connection, opportunity_id, quantity=1, now=NOW)
        store.record_result(connection, opportunity_id, 5000, now=NOW)
        later = NOW + timedelta(days=3)
        store.record_result(connection, opportunity_id, 9500, now=later)
        (row,) = rows(connection)
        assert (row["realised_value"], row["realised_at"]) == (Decimal("95.00"), later)
        assert events(connection) == ["opened", "executed", "realised", "realised"]
        output = details(connection, "realised")
        assert (output["before_cents"], output["realised_value_cents"], output["error_cents"]) == (
            5000,
            9500,
            -500,
        )
        assert output["why"] == "netted $95.00, not $50.00"

    def test_of_what_was_not_bought_is_refused(self, connection: sa.Connection) -> None:
        with pytest.raises(ActRefusedError, match="arb opportunity execute"):
            store.record_result(connection, only(connection), 5000, now=NOW)
        assert events(connection) == ["opened"]

    def test_the_forecast_does_not_move_with_later_analyses(self, connection: sa.Connection) -> None:
        opportunity_id = only(connection)
        store.execute(connection, opportunity_id, quantity=1, now=NOW)
        before = store.one(connection, opportunity_id)
        analyse(connection, 0, box=7000)
        analyse(connection, 1, box=7000)
        assert store.one(connection, opportunity_id).equals(before)

    def test_purchases_latest_first(self, connection: sa.Connection) -> None:
        analyse(connection, 0, box=8000, deck=6000)
        store.execute(connection, only(connection, "deck"), quantity=1, now=NOW)
        store.execute(connection, only(connection), quantity=1, now=NOW + MINUTE)
        assert store.purchases(connection)["name"].to_list() == ["Test box", "Test deck"]


class TestFind:
    """By id, product, or part of the name."""

    def test_by(self, connection: sa.Connection) -> None:
        analyse(connection, 1, box=8000, deck=6000)
        box, deck = only(connection), only(connection, "deck")
        for text in (box, box.upper(), PRODUCTS["box"], "TEST BOX", "ox"):
            assert store.find(connection, text)["opportunity_id"].to_list() == [box]
        assert set(store.find(connection, "test")["opportunity_id"]) == {box, deck}
        for text in ("%", "tin", PRODUCTS["tin"], "no such"):
            assert store.find(connection, text).is_empty()


class TestCleanup:
    """Opportunities that no analysis confirmed in time."""

    def test_expires_after_its_time_and_says_since_when(self, connection: sa.Connection) -> None:
        # Day 0 stands for 20:00; 24 hours later it may still be bought, a minute after not.
        assert store.expire_overdue(connection, now=out_at(1)).is_empty()
        assert store.count_overdue(connection, out_at(1)) == 0
        assert store.count_overdue(connection, out_at(1) + MINUTE) == 1
        expired = store.expire_overdue(connection, now=out_at(1) + MINUTE)
        assert expired.select("name", "as_of").rows() == [("Test box", FIRST)]
        assert lives(connection) == [("box", "expired", 0, 0)]
        assert details(connection, "expired") == {"why": "not confirmed since 2025-10-01"}

    def test_again_finds_nothing(self, connection: sa.Connection) -> None:
        store.expire_overdue(connection, now=NOW)
        before = rows(connection)
        assert store.expire_overdue(connection, now=NOW).is_empty()
        assert rows(connection) == before
        assert events(connection) == ["opened", "expired"]

    def test_of_one_product(self, connection: sa.Connection) -> None:
        analyse(connection, 0, box=8000, deck=6000)
        store.expire_overdue(connection, now=NOW, product_id=PRODUCTS["deck"])
        assert lives(connection) == [("box", "active", 0, 0), ("deck", "expired", 0, 0)]

    def test_leaves_what_a_person_closed(self, connection: sa.Connection) -> None:
        store.execute(connection, only(connection), quantity=1, now=NOW)
        assert store.expire_overdue(connection, now=NOW).is_empty()

    def test_the_same_day_again_does_not_resurrect(self, connection: sa.Connection) -> None:
        store.expire_overdue(connection, now=NOW)
        assert analyse(connection, 0, box=8000).rows == 0
        analyse(connection, 0, box=7900)  # even with another price: the day is past
        assert lives(connection) == [("box", "expired", 0, 0)]
        assert events(connection) == ["opened", "expired"]

    def test_nor_what_the_day_had_confirmed(self, connection: sa.Connection) -> None:
        analyse(connection, 1, box=8000)
        store.expire_overdue(connection, now=NOW)
        assert analyse(connection, 1, box=8000).rows == 0
        assert lives(connection) == [("box", "expired", 0, 1)]

    def test_a_later_day_opens_a_new_row(self, connection: sa.Connection) -> None:
        store.expire_overdue(connection, now=NOW)
        analyse(connection, 1, box=8000)
        assert lives(connection) == [("box", "expired", 0, 0), ("box", "active", 1, 1)]


class TestAnalyses:
    """Effects of a second analysis of one day."""

    def test_expired_and_reopened_within_a_day_is_one_row_with_all_its_events(
        self, connection: sa.Connection
    ) -> None:
        for price in (None, 8000, None, 8000):
            analyse(connection, 0, box=price)
        assert lives(connection) == [("box", "active", 0, 0)]
        assert events(connection) == ["opened", "expired", "opened", "expired", "opened"]
        assert rows(connection)[0]["expires_at"] == out_at(1)

    def test_what_an_analysis_expires_is_over_at_its_instant(self, connection: sa.Connection) -> None:
        analyse(connection, 0, box=None)
        assert rows(connection)[0]["expires_at"] == out_at(0)

    def test_an_older_day_does_not_reopen_though_the_newer_has_no_valuations_left(
        self, connection: sa.Connection
    ) -> None:
        analyse(connection, 1, box=8000)
        analyse(connection, 1)
        before = rows(connection)
        assert not analyse(connection, 0, box=8000).is_latest
        assert rows(connection) == before
        assert lives(connection) == [("box", "expired", 0, 1)]

    def test_what_it_changed_is_reported(self, connection: sa.Connection) -> None:
        done = analyse(connection, 1, deck=6000)
        output = done.changes.sort("event").select("product_id", "event", "why", "profit_cents").rows()
        assert output == [
            (PRODUCTS["box"], "expired", "it has no price and no contents any more", None),
            (PRODUCTS["deck"], "opened", "deck at 6000", 4000),
        ]
        assert store.counts(connection, ["mtg"]) == {"active": 1, "expired": 1}
        assert store.counts(connection, ["pokemon"]) == {}


class TestScope:
    """An analysis of some products."""

    def test_writes_and_expires_only_those(self, connection: sa.Connection) -> None:
        analyse(connection, 0, box=8000, deck=6000)
        done = analyse(connection, 1, scope=["deck"], deck=None, tin=5000)
        assert done.is_latest
        assert lives(connection) == [("box", "active", 0, 0), ("deck", "expired", 0, 0)]
        valued = connection.execute(sa.text("SELECT product_id::text, as_of FROM sealed_valuations"))
        assert {tuple(row) for row in valued} == {
            (PRODUCTS["box"], day(0)),
            (PRODUCTS["deck"], day(0)),
            (PRODUCTS["deck"], day(1)),
        }

    def test_opens_and_confirms(self, connection: sa.Connection) -> None:
        analyse(connection, 1, scope=["box", "tin"], box=8000, tin=5000)
        assert lives(connection) == [("box", "active", 0, 1), ("tin", "active", 1, 1)]

    def test_takes_away_only_its_own_valuations_of_the_day(self, connection: sa.Connection) -> None:
        analyse(connection, 0, box=8000, deck=6000)
        analyse(connection, 0, scope=["deck"])
        assert connection.scalar(sa.text("SELECT count(*) FROM sealed_valuations")) == 1
        assert lives(connection) == [("box", "active", 0, 0), ("deck", "expired", 0, 0)]

    def test_of_none_writes_nothing(self, connection: sa.Connection) -> None:
        assert analyse(connection, 0, scope=[], box=7000).rows == 0
        assert lives(connection) == [("box", "active", 0, 0)]

    def test_of_an_older_day_leaves_opportunities_alone_whoever_was_analysed_since(
        self, connection: sa.Connection
    ) -> None:
        analyse(connection, 1, box=8000)
        done = analyse(connection, 0, scope=["tin"], tin=5000)
        assert (done.is_latest, done.valuations.total) == (False, 1)
        assert lives(connection) == [("box", "active", 0, 1)]


class TestAppendOnly:
    """Events are never changed, removed or emptied."""

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE opportunity_events SET event = 'noted'",
            "DELETE FROM opportunity_events",
            "TRUNCATE opportunity_events",
            "TRUNCATE arbitrage_opportunities CASCADE",
        ],
    )
    def test_refused(self, engine: sa.Engine, connection: sa.Connection, change: str) -> None:
        connection.commit()
        with engine.begin() as other, pytest.raises(DBAPIError, match="opportunity_events is append-only"):
            other.exec_driver_sql(change)
        with engine.connect() as other:
            assert events(other) == ["opened"]

    def test_an_opportunity_with_events_cannot_be_deleted(
        self, engine: sa.Engine, connection: sa.Connection
    ) -> None:
        connection.commit()
        with engine.begin() as other, pytest.raises(IntegrityError, match="foreign key"):
            other.exec_driver_sql("DELETE FROM arbitrage_opportunities")

    def test_an_unknown_event_is_refused(self, engine: sa.Engine, connection: sa.Connection) -> None:
        connection.commit()
        with engine.begin() as other, pytest.raises(IntegrityError, match="event_check"):
            other.execute(
                sa.text(
                    "INSERT INTO opportunity_events (opportunity_id, event, as_of)"
                    " SELECT id, 'sold', as_of FROM arbitrage_opportunities"
                )
            )


def test_now_is_kept_in_utc(connection: sa.Connection) -> None:
    there = datetime(2025, 11, 1, 23, 30, tzinfo=datetime.strptime("-0500", "%z").tzinfo)
    store.execute(connection, only(connection), quantity=1, now=there)
    assert rows(connection)[0]["executed_at"] == datetime(2025, 11, 2, 4, 30, tzinfo=UTC)
    event = sa.text("SELECT as_of FROM opportunity_events WHERE event = 'executed'")
    assert connection.scalar(event) == date(2025, 11, 2)


def test_the_doctor_counts_active_opportunities_past_their_time(connection: sa.Connection) -> None:
    from arb_pipeline.services.health import _freshness

    def result() -> list[tuple[str, str]]:
        checks = _freshness(connection, NOW)
        return [(state, note) for name, state, note in checks if name == "opportunities"]

    ((state, note),) = result()
    assert state == "warn"
    assert note.startswith("1 active past their time:")
    store.expire_overdue(connection, now=NOW)
    assert result() == [("ok", "no active one is past its time")]
