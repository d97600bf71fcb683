"""Prices are loaded once, completely, in any order, and the ledger agrees with them."""

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import polars as pl
import pytest
import sqlalchemy as sa
from price_loading import (
    CATALOGUE,
    DAY,
    NEXT,
    NOON,
    emptied,
    kept,
    ledger,
    market,
    observed,
    of,
    quoted,
    quotes_load,
    save,
    save_catalogue,
)

from arb_pipeline.storage.postgres import prices, tables
from arb_pipeline.storage.postgres.prices import LoadError, SnapshotShrankError, save_prices, save_quotes


@pytest.fixture(autouse=True)
def catalogue(engine: sa.Engine) -> None:
    save_catalogue(engine)


def refuse_merging(*_: object, **__: object) -> None:
    pytest.fail("staged, though nothing of the day was there")


def test_a_first_load_is_copied_and_a_repeat_writes_nothing_at_all(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(prices, "merge", refuse_merging)
        assert save(engine, observed(*range(300))) == 600
    versions = sa.text(
        "SELECT md5(string_agg(xmin::text || xmax::text || ctid::text, '' ORDER BY id)) FROM price_history"
    )
    with engine.connect() as connection:
        before = connection.scalar(versions)
    assert save(engine, observed(*range(300))) == 0
    assert save(engine, observed(*random.Random(1).sample(range(300), 300))) == 0
    with engine.connect() as connection:
        assert connection.scalar(versions) == before, "not even a row lock"
    assert ledger(engine) == [600]


def test_batches_in_any_order_and_repeated_leave_equal_tables(engine: sa.Engine) -> None:
    whole = pl.concat([observed(*range(100)), observed(*range(100), printing="foil")])
    tomorrow = observed(*range(100), day=NEXT, cents=700)
    save(engine, whole)
    save(engine, tomorrow, "b")
    expected = kept(engine)
    shuffled = whole.sample(fraction=1, shuffle=True, seed=3)
    batches = [(shuffled[:80], "c"), (shuffled[80:130], "d"), (shuffled[130:], "e"), (tomorrow, "b")]
    for order in list(permutations(batches))[::5]:
        emptied(engine)
        assert [save(engine, part, package, confirmed=True) for part, package in order] == [
            2 * part.height for part, _ in order
        ]
        assert kept(engine) == expected
        assert [save(engine, part, package) for part, package in reversed(order)] == [0] * 4
        assert save(engine, whole, "f") == 0
        assert kept(engine) == expected


def test_late_data_of_a_month_gone_by_finds_its_place(engine: sa.Engine) -> None:
    save(engine, observed(1, day=date(2025, 12, 1)))
    assert save(engine, observed(1, 2, day=date(2025, 3, 31)), "b") == 4
    with engine.connect() as connection:
        names = set(connection.scalars(sa.text("SELECT tableoid::regclass::text FROM price_history")))
    assert names == {"price_history_2025_03", "price_history_2025_12"}


def test_what_was_fetched_later_wins_whatever_the_order(engine: sa.Engine) -> None:
    """Product 1 moves and moves back, 2 is in the first two, 3 in the first alone."""
    first = pl.concat([observed(1, 2, cents=100), observed(3, cents=100)])
    second = pl.concat([observed(1, cents=200), observed(2, cents=200)])
    packages = [(first, "a", NOON), (second, "b", NOON + timedelta(hours=1))]
    packages.append((observed(1, cents=100), "c", NOON + timedelta(hours=2)))
    for order in permutations(packages):
        emptied(engine)
        for part, package, fetched_at in order:
            save(engine, part, package, fetched_at=fetched_at)
        assert market(engine) == {"1": Decimal(1), "2": Decimal(2), "3": Decimal(1)}
        assert [save(engine, p, package, fetched_at=at) for p, package, at in order] == [0, 0, 0]


def test_without_a_time_of_fetching_the_last_load_wins(engine: sa.Engine) -> None:
    save(engine, observed(1, cents=100))
    assert save(engine, observed(1, cents=200), "b") == 2
    assert market(engine) == {"1": Decimal(2)}


def test_a_key_twice_in_a_batch_is_one_row_with_the_lower_price(engine: sa.Engine) -> None:
    both = pl.concat([observed(1, cents=300), observed(1, cents=200)])
    assert save(engine, both) == 2
    assert market(engine) == {"1": Decimal(2)}
    assert save(engine, both.reverse()) == 0


def test_what_a_new_parser_does_not_make_of_a_package_is_taken_out(engine: sa.Engine) -> None:
    save(engine, observed(1, 2, 3), "a", fetched_at=NOON)
    save(engine, observed(4), "b", fetched_at=NOON + timedelta(hours=1))
    save(engine, observed(1, day=NEXT), "c", fetched_at=NOON, confirmed=True)
    assert save(engine, observed(1, 2, cents=600), "a", fetched_at=NOON, parser_version="2") == 6
    with engine.connect() as connection:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(tables.price_history))
    assert rows == 8, "two of product 3 are gone; those of the other package and the next day are not"
    assert save(engine, observed(1, 2, cents=600), "a", fetched_at=NOON, parser_version="2") == 0


def test_quotes_are_loaded_once_and_a_new_parser_replaces_them(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        assert save_quotes(connection, quotes_load(3, fetched_at=NOON), quoted(1, 2, 3)) == 3
        assert save_quotes(connection, quotes_load(3, fetched_at=NOON), quoted(3, 2, 1)) == 0
        anew = quotes_load(2, fetched_at=NOON, parser_version="2")
        assert save_quotes(connection, anew, quoted(1, 2, shipping_cents=150)) == 3, "two changed, one gone"
        table = tables.price_history.c
        query = sa.select(table.price, table.shipping_cost, table.data_source_quality, table.currency)
        assert set(connection.execute(query)) == {(Decimal("19.99"), Decimal("1.50"), Decimal("0.85"), "USD")}
        with pytest.raises(LoadError, match="2 rows are not of cardkingdom"):
            save_quotes(connection, quotes_load(2, "b"), quoted(1, 2, source="ebay"))


def test_answers_to_requests_may_be_fewer_than_the_day_before(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        save_quotes(connection, quotes_load(100, day=DAY), quoted(1))
        few = quotes_load(1, "b")
        assert save_quotes(connection, few, quoted(2), is_snapshot=False) == 1
        with pytest.raises(SnapshotShrankError, match="cardkingdom all of 2025-10-02 has 1 rows"):
            save_quotes(connection, quotes_load(1, "c"), quoted(3))


def test_a_row_that_the_ledger_does_not_know_of_ends_in_a_merge(engine: sa.Engine) -> None:
    save(engine, observed(1, 2))
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE load_ledger")
    assert save(engine, observed(1, 2, 3)) == 2
    assert kept(engine)[0] == 6


def test_observations_outside_the_catalogue_stay_out_and_of_no_load_are_refused(engine: sa.Engine) -> None:
    assert save(engine, observed(1, 9999)) == 2
    mixed = pl.concat([observed(1), observed(1, category="pokemon")])
    with pytest.raises(LoadError, match="1 observations belong to no load"):
        save(engine, mixed, "b")


def test_a_load_without_a_single_row_is_in_the_ledger(engine: sa.Engine) -> None:
    load = of(observed(1), rows_raw=0, rows_accepted=0)
    with engine.begin() as connection:
        assert save_prices(connection, [load], observed(1).clear(), CATALOGUE) == {"mtg": 0}
    assert ledger(engine) == [0]


def test_less_than_half_the_rows_of_the_day_before_is_refused_until_confirmed(engine: sa.Engine) -> None:
    save(engine, observed(*range(100)))
    with pytest.raises(SnapshotShrankError, match="2025-10-01 has 49 rows; 2025-09-30 had 100"):
        save(engine, observed(*range(49), day=NEXT), "b")
    assert (kept(engine)[0], ledger(engine)) == (200, [200]), "nothing of it is there"
    assert save(engine, observed(*range(49), day=NEXT), "b", confirmed=True) == 98
    assert save(engine, observed(*range(49), day=NEXT), "b") == 0, "what was let in is not asked about again"


def test_half_the_rows_and_an_earlier_day_pass(engine: sa.Engine) -> None:
    save(engine, observed(*range(100)))
    assert save(engine, observed(*range(50), day=NEXT), "b") == 100
    assert save(engine, observed(1, day=DAY - timedelta(days=1)), "c") == 2
