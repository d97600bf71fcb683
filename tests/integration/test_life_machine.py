"""Analyses, persons and cleanups in any order: the tables equal the model's, and events are only appended.

The model is plain Python and knows no ids: an opportunity is a product's, and the day that it was opened on.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from lives import FIRST, NOW, PRODUCTS, analyse, out_at, save

from arb_pipeline.core.opportunities.transitions import ActRefusedError
from arb_pipeline.storage.postgres import analysis
from arb_pipeline.storage.postgres import opportunities as store

pytestmark = pytest.mark.slow

FEW = 10
NAMES = ("box", "deck")
prices = st.sampled_from(["absent", None, 8000, 8000, 7000])
"""absent: not valued at all; None: valued and not published."""


@dataclass
class Life:
    """One opportunity, as the model knows it."""

    name: str
    opened_on: int
    as_of: int
    price: int
    status: str = "active"
    ended_by: int | None = None
    """The day whose analysis expired it; None: it ran out."""
    events: list[str] = field(default_factory=lambda: ["opened"])

    def takes(self, event: str, status: str | None = None) -> None:
        self.events.append(event)
        self.status = status or self.status


class Lives(RuleBasedStateMachine):
    """Two products, four days."""

    engine: sa.Engine

    def __init__(self) -> None:
        super().__init__()
        self.lives: list[Life] = []
        self.valued: dict[int, set[str]] = {}
        self.last: tuple[int, tuple[str, ...] | None, dict[str, Any]] | None = None
        self.seen: dict[str, tuple[Any, ...]] = {}
        self.closed: dict[str, tuple[Any, ...]] = {}

    @initialize()
    def an_empty_database(self) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(
                "ALTER TABLE opportunity_events DISABLE TRIGGER USER; DELETE FROM opportunity_events;"
                "ALTER TABLE opportunity_events ENABLE TRIGGER USER;"
                "DELETE FROM sales; DELETE FROM purchases;"
                "DELETE FROM arbitrage_opportunities; DELETE FROM sealed_valuations"
            )

    @rule(
        step=st.sampled_from([0, 0, 1, 1, -1]),
        offers=st.tuples(prices, prices),
        scope=st.sampled_from([None, None, ("box",), ("deck",)]),
    )
    def analyse(self, step: int, offers: tuple[Any, ...], scope: tuple[str, ...] | None) -> None:
        """The day after the newest, the newest again, or the one before; of all products or of one."""
        number = max(0, (self.newest if self.newest is not None else 0) + step)
        result = {name: p for name, p in zip(NAMES, offers, strict=True) if p != "absent"}
        with self.engine.begin() as connection:
            done = analyse(connection, number, scope, **result)
        of_scope = {name: p for name, p in result.items() if scope is None or name in scope}
        others = self.valued.get(number, set()) - set(scope or NAMES)
        self.valued[number] = others | of_scope.keys()
        is_latest = self.newest is None or self.newest <= number
        assert done.is_latest == is_latest
        if is_latest:
            for name in scope or NAMES:
                self.judge(number, name, of_scope.get(name))
        self.last = (number, scope, result)

    def judge(self, number: int, name: str, price: int | None) -> None:
        """Opportunities of a product after an analysis of a day."""
        own = [life for life in self.lives if life.name == name]
        live = next((life for life in own if life.status == "active"), None)
        of_day = [life for life in own if life.as_of == number]
        undone = [life for life in of_day if life.status == "expired" and life.ended_by == number]
        if price is None:
            if live:
                live.takes("expired", "expired")
                live.ended_by = number
        elif live:
            if live.as_of < number or live.price != price:
                live.takes("confirmed")
            live.as_of, live.price = number, price
        elif any(life not in undone for life in of_day):
            pass
        elif undone:
            undone[-1].takes("opened", "active")
            undone[-1].price, undone[-1].ended_by = price, None
        else:
            self.lives.append(Life(name, number, number, price))

    @rule(
        act=st.sampled_from(["execute", "execute", "cancel", "note", "result", "result"]),
        pick=st.integers(0, 9),
    )
    def act(self, act: str, pick: int) -> None:
        """A person, on any opportunity in any state."""
        if not self.lives:
            return
        life = self.lives[-1 - pick % len(self.lives)]
        allowed = {"execute": "active", "cancel": "active", "result": "executed"}.get(act, life.status)
        try:
            with self.engine.begin() as connection:
                id_ = self.ids(connection)[life.name, life.opened_on]
                if act == "execute":
                    store.execute(connection, id_, quantity=2, now=NOW)
                elif act == "cancel":
                    store.cancel(connection, id_, now=NOW)
                elif act == "note":
                    store.note(connection, id_, "seen", now=NOW)
                else:
                    store.record_result(connection, id_, 100 * pick, now=NOW)
        except ActRefusedError:
            assert life.status != allowed
            return
        assert life.status == allowed
        event, status = {
            "execute": ("executed", "executed"),
            "cancel": ("cancelled", "cancelled"),
            "note": ("noted", None),
            "result": ("realised", None),
        }[act]
        life.takes(event, status)

    @rule(hours=st.sampled_from([0, 24, 25, 49, 999]), name=st.sampled_from([None, None, *NAMES]))
    def clean_up(self, hours: int, name: str | None) -> None:
        """So many hours after the newest prices; of all products or of one."""
        number = self.newest or 0
        now = out_at(number) + timedelta(hours=hours)
        with self.engine.begin() as connection:
            result = store.expire_overdue(connection, now=now, product_id=PRODUCTS[name] if name else None)
        overdue = [
            life
            for life in self.lives
            if life.status == "active" and name in (None, life.name) and out_at(life.as_of + 1) < now
        ]
        assert result.height == len(overdue)
        for life in overdue:
            life.takes("expired", "expired")

    @rule()
    def repeat(self) -> None:
        """The last analysis again writes nothing, whatever persons and cleanups did since."""
        if self.last:
            number, scope, result = self.last
            with self.engine.begin() as connection:
                assert analyse(connection, number, scope, **result).rows == 0

    @property
    def newest(self) -> int | None:
        days = [number for number, names in self.valued.items() if names]
        return max([*days, *(life.as_of for life in self.lives)], default=None)

    @staticmethod
    def ids(connection: sa.Connection) -> dict[tuple[str, int], str]:
        query = "SELECT o.id::text, p.name, o.opened_on FROM arbitrage_opportunities o"
        query += " JOIN products p ON p.id = o.sealed_product_id"
        result = connection.execute(sa.text(query)).all()
        ids = {(name.removeprefix("Test "), (opened - FIRST).days): id_ for id_, name, opened in result}
        assert len(ids) == len(result)
        return ids

    @invariant()
    def the_tables_are_the_model(self) -> None:
        query = "SELECT id::text, status, as_of, (sealed_price * 100)::int FROM arbitrage_opportunities"
        with self.engine.connect() as connection:
            ids = self.ids(connection)
            result = {id_: tuple(rest) for id_, *rest in connection.execute(sa.text(query))}
        expected = {
            ids[life.name, life.opened_on]: (life.status, FIRST + timedelta(days=life.as_of), life.price)
            for life in self.lives
        }
        assert result == expected

    @invariant()
    def every_change_has_its_event_in_order(self) -> None:
        query = "SELECT opportunity_id::text, event FROM opportunity_events ORDER BY created_at"
        with self.engine.connect() as connection:
            ids = self.ids(connection)
            result: dict[str, list[str]] = {}
            for id_, event in connection.execute(sa.text(query)):
                result.setdefault(id_, []).append(event)
        assert result == {ids[life.name, life.opened_on]: life.events for life in self.lives}

    @invariant()
    def events_never_change(self) -> None:
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT id::text, e::text FROM opportunity_events e"))
            now = {id_: (text,) for id_, text in rows}
        assert now.items() >= self.seen.items()
        self.seen = now

    @invariant()
    def one_is_active_and_what_a_person_closed_stays_as_it_is(self) -> None:
        with self.engine.connect() as connection:
            many = "SELECT 1 FROM arbitrage_opportunities WHERE status = 'active'"
            many += " GROUP BY sealed_product_id HAVING count(*) > 1"
            assert connection.execute(sa.text(many)).all() == []
            closed = "SELECT id::text, status, sealed_price, as_of, execution_quantity, executed_at"
            closed += " FROM arbitrage_opportunities WHERE status IN ('executed', 'cancelled')"
            now = {id_: tuple(rest) for id_, *rest in connection.execute(sa.text(closed))}
        assert now.items() >= self.closed.items()
        self.closed = now


def play(engine: sa.Engine, examples: int) -> None:
    with engine.begin() as connection:
        save(connection)
    sa.event.listen(engine, "connect", lambda driver, _: driver.execute("SET synchronous_commit = off"))
    engine.dispose()
    Lives.engine = engine
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=examples,
            stateful_step_count=16,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("examples", [FEW, pytest.param(300, marks=pytest.mark.faults)], ids=["some", "many"])
def test_lives_in_any_order_of_analyses_acts_and_cleanups(engine: sa.Engine, examples: int) -> None:
    play(engine, examples)


@pytest.mark.faults
def test_the_machine_notices_an_event_that_is_lost(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Analyses that do not count an opportunity's events give the second of a kind the id of the first."""
    known = analysis._known
    forgetful = lambda *a: known(*a).with_columns(events=pl.lit(None))  # noqa: E731
    monkeypatch.setattr(analysis, "_known", forgetful)
    with pytest.raises(AssertionError):
        play(engine, 60)


@pytest.mark.faults
def test_the_machine_notices_a_resurrection(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Analyses that take all that ran out for expired by themselves."""
    known, days = analysis._known, timedelta(days=9)
    mistaken = lambda *a: known(*a).with_columns(pl.col("expires_at") - days)  # noqa: E731
    monkeypatch.setattr(analysis, "_known", mistaken)
    with pytest.raises(AssertionError):
        play(engine, 60)
