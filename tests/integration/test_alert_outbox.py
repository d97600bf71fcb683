"""Deciding and sending: once per opportunity and change, without loss, and never too late to act."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alerted import DAY, NOW, Clock, analysed, close, outbox, rules
from receivers import webhook

from arb_pipeline.core.alerting.incidents import Condition
from arb_pipeline.notifications.alert_dispatch import run_round
from arb_pipeline.notifications.outbox_delivery import DeliveryError, Message, deliver
from arb_pipeline.storage.postgres.outbox import OBSOLETE, SUPERSEDED, decide

NEXT = DAY + timedelta(days=1)


class Target:
    """Takes messages, or does not."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.is_down = False

    def __call__(self, message: Message) -> None:
        if self.is_down:
            raise DeliveryError("connection refused")
        self.taken.append(message)

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.taken]


@pytest.fixture
def target() -> Target:
    return Target()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def go(engine, target, clock):
    def went(**changes):
        return run_round(engine, rules(**changes), clock=clock, send=target)

    return went


def test_an_opportunity_is_notified_once_however_often_it_is_decided(engine, go, target, clock):
    analysed(engine, DAY, 50)
    for _ in range(3):
        go()
        clock.goes(minutes=10)
    analysed(engine, NEXT, 52)
    clock.goes(hours=24)
    go()

    assert target.titles == ["New: Box 0 (mh3) +$50.00 (50.00 %)"]


def test_a_change_is_notified_once_each_way(engine, go, target, clock):
    for day, profit in ((0, 50), (1, 60), (2, 50), (3, 50)):
        analysed(engine, DAY + timedelta(days=day), profit)
        go()
        go()
        clock.goes(hours=24)

    assert [title.partition(":")[0] for title in target.titles] == ["New", "Better", "Worse"]
    assert "Last notified: buy at $100.00, profit $60.00." in target.taken[-1].body


def test_gone_is_sent_only_to_targets_notified_before(engine, go, target, clock):
    analysed(engine, DAY, 50, 40)
    go(rule={"min_profit": 45})
    clock.goes(hours=24)
    analysed(engine, NEXT, 0, 0)
    go(rule={"min_profit": 45})
    go(rule={"min_profit": 45})

    assert target.titles == ["New: Box 0 (mh3) +$50.00 (50.00 %)", "Gone: Box 0 (mh3)"]


def test_what_a_person_bought_triggers_no_alert(engine, go, target, clock):
    (first,) = analysed(engine, DAY, 50)
    go()
    with engine.begin() as connection:
        close(connection, first, "executed")
    go()

    assert len(target.taken) == 1


def test_an_outage_loses_nothing_and_repeats_nothing(engine, go, target, clock):
    analysed(engine, DAY, 50)
    target.is_down = True
    pauses = []
    for _ in range(6):
        go()
        ((due, status),) = outbox(engine, "due_at", "status")
        assert status == "pending"
        pauses.append((due - clock.now) / timedelta(seconds=1))
        clock.now = due
    target.is_down = False
    go()
    go()

    assert len(target.taken) == 1
    assert all(15 * 2**n <= pause <= 45 * 2**n for n, pause in enumerate(pauses))
    assert outbox(engine, "status", "attempts", "last_error") == [("sent", 7, None)]


def test_before_its_pause_is_over_it_is_not_tried_again(engine, go, target, clock):
    analysed(engine, DAY, 50)
    target.is_down = True
    go()
    target.is_down = False
    clock.goes(seconds=14)
    go()
    assert target.taken == []
    clock.goes(seconds=32)
    go()
    assert len(target.taken) == 1


def test_what_changed_before_it_was_sent_is_sent_as_it_is_now(engine, go, target, clock):
    analysed(engine, DAY, 50)
    target.is_down = True
    go()
    analysed(engine, NEXT, 30)
    clock.goes(hours=24)
    target.is_down = False
    go()

    assert target.titles == ["New: Box 0 (mh3) +$30.00 (30.00 %)"]
    assert sorted(outbox(engine, "status", "reason")) == [("dropped", SUPERSEDED), ("sent", None)]


def test_a_change_reverted_before_it_was_sent_is_not_sent(engine, go, target, clock):
    analysed(engine, DAY, 50)
    go()
    target.is_down = True
    analysed(engine, DAY, 70)
    go()
    analysed(engine, DAY, 51)
    target.is_down = False
    clock.goes(minutes=5)
    go()

    assert len(target.taken) == 1
    assert ("dropped", SUPERSEDED) in outbox(engine, "status", "reason")


@pytest.mark.parametrize("how", ["time", "analysis", "person"])
def test_what_nobody_can_act_on_any_more_is_not_sent_late(engine, go, target, clock, how):
    (first,) = analysed(engine, DAY, 50)
    target.is_down = True
    go()
    if how == "time":
        clock.goes(hours=24)
    elif how == "analysis":
        analysed(engine, DAY, 0)
    else:
        with engine.begin() as connection:
            close(connection, first, "cancelled")
    target.is_down = False
    clock.goes(minutes=5)
    go()

    assert target.taken == []
    assert outbox(engine, "status", "reason") == [("dropped", OBSOLETE)]


def test_after_it_was_dropped_a_later_analysis_tells_it_as_new(engine, go, target, clock):
    analysed(engine, DAY, 50)
    target.is_down = True
    go()
    clock.goes(hours=24)
    go()
    target.is_down = False
    analysed(engine, NEXT, 50)
    go()

    assert target.titles == ["New: Box 0 (mh3) +$50.00 (50.00 %)"]


def test_an_opportunity_of_an_older_analysis_is_not_notified(engine, go, target):
    analysed(engine, DAY, 50)
    analysed(engine, NEXT, 0)  # its game was analysed again
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE arbitrage_opportunities SET status = 'active'")
    go()

    assert target.taken == []


def test_the_best_come_first_and_a_message_holds_so_many(engine, go, target):
    analysed(engine, DAY, 10, 30, 20)
    go(rule={"max_per_message": 2})

    assert target.titles == ["2 alerts: 2 new", "New: Box 0 (mh3) +$10.00 (10.00 %)"]
    assert target.taken[0].body.index("Box 1") < target.taken[0].body.index("Box 2")
    assert target.taken[0].message_id != target.taken[1].message_id


def test_a_digest_waits_and_takes_in_what_changed_meanwhile(engine, go, target, clock):
    daily = {"rule": {"digest": "daily at 06:00"}}
    analysed(engine, DAY, 50, 40)
    go(**daily)
    analysed(engine, DAY, 50, 45)
    clock.goes(hours=8)
    go(**daily)
    assert target.taken == []
    clock.goes(hours=1)
    go(**daily)

    assert target.titles == ["2 alerts: 2 new"]
    assert "+$45.00" in target.taken[0].body
    assert "+$40.00" not in target.taken[0].body


def test_quiet_hours_hold_for_another_try_too(engine, go, target, clock):
    quiet = {"rule": {"quiet_hours": "21:30-07:00"}}
    analysed(engine, DAY, 50)
    target.is_down = True
    go(**quiet)
    target.is_down = False
    clock.goes(hours=2)
    go(**quiet)
    assert target.taken == []
    clock.goes(hours=8)
    go(**quiet)
    assert len(target.taken) == 1


def test_a_rule_on_gone_alone_alerts_on_that_alone(engine, go, target, clock):
    analysed(engine, DAY, 50)
    go(rule={"on": "gone"})
    clock.goes(hours=24)
    analysed(engine, NEXT, 0)
    go(rule={"on": "gone"})

    assert target.titles == ["Gone: Box 0 (mh3)"]


def test_a_target_that_is_down_leaves_the_others_alone(engine, clock):
    analysed(engine, DAY, 50)
    both = {"targets": {"a": "json://127.0.0.1:9/", "b": "json://127.0.0.1:9/"}}
    taken = []

    def send(message: Message) -> None:
        if message.target == "a":
            raise DeliveryError("down")
        taken.append(message.target)

    done = run_round(engine, rules(**both, rule={"targets": ["a", "b"]}), clock=clock, send=send)

    assert taken == ["b"]
    assert done.delivered.failures == ["a: down"]


def test_senders_at_once_send_a_message_once(engine, clock):
    analysed(engine, DAY, *range(20, 40))
    file = rules(rule={"max_per_message": 1})
    with engine.begin() as connection:
        decide(connection, file, NOW)
    taken, barrier = [], threading.Barrier(4)

    def send(message: Message) -> None:
        taken.append(message.message_id)

    def one(_: int) -> None:
        barrier.wait()
        deliver(engine, file, send, clock)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))

    assert len(taken) == len(set(taken)) == 20


def test_deciders_at_once_write_each_row_once(engine, clock):
    analysed(engine, DAY, 50, 40, 30)

    def one(_: int) -> int:
        with engine.begin() as connection:
            return decide(connection, rules(), NOW).added

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(one, range(4)))

    assert sum(added) == len(outbox(engine, "id")) == 3


def test_a_crash_between_sending_and_marking_repeats_once_with_the_same_id(engine, clock):
    """The one window: the endpoint has it, the database does not know."""
    analysed(engine, DAY, 50)
    with webhook() as hook:
        from arb_pipeline.notifications.apprise_sender import AppriseSender

        file = rules(hook.port)
        sender = AppriseSender(file)

        def dies(message: Message) -> None:
            sender(message)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_round(engine, file, clock=clock, send=dies)
        for _ in range(3):
            run_round(engine, file, clock=clock)

    assert len(hook.received) == 2
    assert len(set(hook.keys)) == 1


def test_a_dry_run_changes_nothing_and_tells_what_it_would_send(engine, clock, target):
    analysed(engine, DAY, 50)

    done = run_round(engine, rules(), clock=clock, send=target, dry_run=True)

    assert [message.title for message in done.would_send] == ["New: Box 0 (mh3) +$50.00 (50.00 %)"]
    assert target.taken == outbox(engine, "id") == []


def test_only_the_requested_opportunities_are_notified(engine, clock, target):
    first, _ = analysed(engine, DAY, 50, 40)
    run_round(engine, rules(), clock=clock, send=target, only={first})
    assert len(target.taken) == 1
    run_round(engine, rules(), clock=clock, send=target)
    assert [t.partition(" +")[0] for t in target.titles] == ["New: Box 0 (mh3)", "New: Box 1 (mh3)"]


BROKEN = Condition("stale/tcgcsv", True, "2025-10-08", "Stale source: tcgcsv", "60 h old")
WHOLE = Condition("stale/tcgcsv", False, "2025-10-10", "Source is fresh again: tcgcsv", "1 h old")


def test_an_incident_and_its_end_are_notified_once_each_and_in_order_over_an_outage(engine, target, clock):
    file = rules(operations={"targets": "hook"})

    def go(*conditions: Condition) -> None:
        run_round(engine, file, conditions=conditions, clock=clock, send=target)

    target.is_down = True
    go(BROKEN)
    go(BROKEN)
    clock.goes(seconds=5)  # the first is still in its pause
    target.is_down = False
    go(WHOLE)
    go(WHOLE)

    assert target.titles == ["Stale source: tcgcsv", "Source is fresh again: tcgcsv"]
    clock.goes(hours=1)
    go(Condition("stale/tcgcsv", True, "2025-10-11", "Stale source: tcgcsv", "again"))
    assert len(target.taken) == 3


def test_the_last_notified_state_is_kept_for_the_next_comparison(engine, go):
    analysed(engine, DAY, 50)
    go()

    ((figures,),) = outbox(engine, "figures")
    assert json.loads(json.dumps(figures)) == {
        "price_cents": 10_000,
        "value_cents": 15_000,
        "profit_cents": 5_000,
        "margin_bps": 5_000,
        "risk": "medium",
    }
