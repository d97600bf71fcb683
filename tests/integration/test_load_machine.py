"""Packages landed, loaded, cut off, replayed, late and twice, in any order: the balance holds, and a model.

The model is plain Python: what a package holds is counted record by record, and of two prices of a key that
of the package fetched later is kept.
"""

import json
import random
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from load_model import DAYS, FIRST, PRODUCTS, Record, Snapshot, counted, priced, rows_of, spoiled

from arb_pipeline.sources.cleaning import tcgplayer
from arb_pipeline.storage.landing import Landing, files_under
from arb_pipeline.storage.postgres import exports, prices
from arb_pipeline.storage.postgres.prices import Load, SnapshotShrankError, save_prices
from arb_pipeline.storage.postgres.reference import save_products
from arb_pipeline.storage.tcgcsv_files import price_files

pytestmark = pytest.mark.slow

FEW = 10
"""Examples of a quick run."""


class Loads(RuleBasedStateMachine):
    """One landing and one database, and what they should hold."""

    engine: sa.Engine
    snapshots: Any = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="arb-test-"))
        self.landing = Landing(self.home / "landing")
        self.loaded: list[Snapshot] = []
        self.number = 0

    @initialize(target=snapshots, records=st.lists(priced, min_size=3, max_size=9), others=st.lists(priced))
    def three_packages(self, records: list[Record], others: list[Record]) -> Any:
        """An empty database; two packages of one day, the later of which has other prices, and one of the next."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM price_history; DELETE FROM load_ledger")
        dearer = [record | {"marketPrice": 20.0} for record in records]
        self.number = 3
        days = (FIRST, FIRST, FIRST + timedelta(days=1))
        held = (records, dearer, records + others)
        landed = [
            self.landed(day, batch, n) for n, (day, batch) in enumerate(zip(days, held, strict=True), 1)
        ]
        return multiple(*landed)

    def teardown(self) -> None:
        shutil.rmtree(self.home)

    @rule(
        target=snapshots,
        offset=st.integers(0, DAYS - 1),
        records=st.lists(priced, max_size=12),
        bad=st.lists(spoiled, max_size=2),
        copies=st.integers(0, 3),
    )
    def land(self, offset: int, records: list[Record], bad: list[Record], copies: int) -> Any:
        """A package of any day, later than those before; some of its records are there twice, some bad."""
        self.number += 1
        held = records + bad + records[:copies]
        random.Random(self.number).shuffle(held)
        return self.landed(FIRST + timedelta(days=offset), held, self.number)

    @rule(target=snapshots, of=snapshots, records=st.lists(priced, min_size=1, max_size=4))
    def land_anew(self, of: Snapshot, records: list[Record]) -> Any:
        """A later package of the same day, with other prices for some."""
        self.number += 1
        before = json.loads((of.package.files / "1/1/prices").read_bytes())["results"]
        changed = {(r["productId"], r["subTypeName"]): r for r in records}
        held = [changed.pop((r["productId"], r["subTypeName"]), r) for r in before]
        return self.landed(of.day, held + list(changed.values()), self.number)

    def landed(self, day: date, records: list[Record], number: int) -> Any:
        fetched_at = datetime(2025, 10, 5, tzinfo=UTC) + timedelta(hours=number)
        source = self.home / f"source-{number}"
        (source / "1/1").mkdir(parents=True)
        (source / "1/1/prices").write_text(json.dumps({"success": True, "results": records}))
        part = day.isoformat()
        package = self.landing.land(
            "tcgcsv",
            files_under(source, "*/*/prices"),
            part=part,
            origin="the machine",
            crawl={"answers": [{"fetched_at": fetched_at.isoformat()}]},
        )
        if not package.is_new:  # the same bytes again: the package that is there
            return multiple()
        assert package.fetched_at == fetched_at
        counts, kept = counted(records)
        return Snapshot(package, day, fetched_at, counts, rows_of(kept, day))

    @rule(snapshot=snapshots, confirmed=st.booleans())
    def load(self, snapshot: Snapshot, confirmed: bool) -> None:
        """For the first time or again, in order or late."""
        if not confirmed and self.is_shrunk(snapshot):
            with self.engine.connect() as connection, pytest.raises(SnapshotShrankError):
                self.save(connection, snapshot, confirmed=False)
            return
        expected = self.changes(snapshot)
        with self.engine.begin() as connection:
            assert self.save(connection, snapshot, confirmed=confirmed) == expected
        if snapshot not in self.loaded:
            self.loaded.append(snapshot)

    @rule(snapshot=snapshots)
    def raise_in_the_midst(self, snapshot: Snapshot) -> None:
        """The process comes to nothing between the rows and the commit."""

        def cut_off() -> None:
            with self.engine.begin() as connection:
                self.save(connection, snapshot)
                raise InterruptedError

        with pytest.raises(InterruptedError):
            cut_off()

    @rule(snapshot=snapshots)
    def end_the_backend(self, snapshot: Snapshot) -> None:
        """The server ends the session before the commit."""
        with self.engine.connect() as connection:
            self.save(connection, snapshot)
            pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
            with self.engine.connect() as other:
                assert other.scalar(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
            with pytest.raises(sa.exc.DBAPIError):
                connection.commit()

    @precondition(lambda self: self.loaded)
    @rule(pick=st.integers(0, 99))
    def replay(self, pick: int) -> None:
        """A second load of the same package writes nothing."""
        snapshot = self.loaded[pick % len(self.loaded)]
        with self.engine.begin() as connection:
            assert self.save(connection, snapshot) == 0

    @precondition(lambda self: len(self.loaded) > 1)
    @rule(seed=st.integers(0, 99))
    def load_everything_anew(self, seed: int) -> None:
        """Into an empty table, shuffled, each package split in two: the same table; then whole: 0 rows."""
        draw, before = random.Random(seed), self.fingerprint()
        with self.engine.connect() as connection:  # rolled back
            connection.exec_driver_sql("DELETE FROM price_history; DELETE FROM load_ledger")
            for snapshot in draw.sample(self.loaded, len(self.loaded)):
                for part in draw.sample((0, 1), 2):
                    self.save(connection, snapshot, part=part)
            assert exports.fingerprint(connection, "price_history", without=("created_at",)) == before
            for snapshot in draw.sample(self.loaded, len(self.loaded)):
                assert self.save(connection, snapshot) == 0

    def save(
        self,
        connection: sa.Connection,
        snapshot: Snapshot,
        *,
        confirmed: bool = True,
        part: int | None = None,
    ) -> int:
        """From the landed bytes to the rows written. `part`: one half of the products, as a package of its own."""
        package = snapshot.package
        cleaned = tcgplayer.clean(
            price_files(package.files, day=snapshot.day.isoformat(), categories={"mtg": 1}), day=snapshot.day
        )
        assert cleaned.balances
        assert (
            cleaned.raw,
            cleaned.observations.height,
            cleaned.duplicates,
            cleaned.refused_records,
        ) == snapshot.counts
        observations, counts, name = cleaned.observations, snapshot.counts, package.package_id
        if part is not None:
            # Two ids of a product stay together: 8 apart, they are of one half.
            observations = observations.filter(pl.col("source_product_id").cast(pl.Int64) % 2 == part)
            counts, name = (observations.height, observations.height, 0, 0), f"{part}{name[1:]}"
        load = Load(*("tcgplayer", "mtg", snapshot.day, name, "1", *counts), fetched_at=package.fetched_at)
        known = pl.DataFrame(
            {
                "product_id": [str(product) for product in PRODUCTS.values()],
                "tcg_product_id": [str(n) for n in PRODUCTS],
            }
        )
        return save_prices(connection, [load], observations, known, confirmed=confirmed)["mtg"]

    def model(self) -> dict[tuple[Any, ...], tuple[Decimal, datetime]]:
        """Of the packages loaded, the one fetched latest says what a key costs."""
        rows: dict[tuple[Any, ...], tuple[Decimal, datetime]] = {}
        for snapshot in sorted(self.loaded, key=lambda package: package.fetched_at):
            rows |= {key: (price, snapshot.fetched_at) for key, price in snapshot.rows.items()}
        return rows

    def changes(self, snapshot: Snapshot) -> int:
        """Rows that a load of it writes: new ones, and those of an earlier package."""
        rows = self.model()
        return sum(key not in rows or rows[key][1] < snapshot.fetched_at for key in snapshot.rows)

    def is_shrunk(self, snapshot: Snapshot) -> bool:
        """Less than half the fullest load of the newest day before, and never let in."""
        if snapshot in self.loaded:
            return False
        before = [earlier for earlier in self.loaded if earlier.day < snapshot.day]
        newest = max((earlier.day for earlier in before), default=None)
        most = max((earlier.counts[1] for earlier in before if earlier.day == newest), default=0)
        return snapshot.counts[1] < most / 2

    def fingerprint(self) -> tuple[int, str]:
        with self.engine.connect() as connection:
            return exports.fingerprint(connection, "price_history", without=("created_at",))

    @invariant()
    def the_table_is_the_model(self) -> None:
        columns = "product_id, price_type, printing, recorded_at, price, fetched_at"
        with self.engine.connect() as connection:
            result = connection.execute(sa.text(f"SELECT {columns} FROM price_history")).all()
        rows = {
            (p, kind, printing, at.date()): (price, when) for p, kind, printing, at, price, when in result
        }
        assert len(rows) == len(result)
        assert rows == self.model()

    @invariant()
    def the_ledger_balances(self) -> None:
        """One entry per package and day: the same bytes may stand for two days."""
        columns = "day, package_id, rows_raw, rows_accepted, rows_duplicate, rows_quarantined"
        with self.engine.connect() as connection:
            result = connection.execute(sa.text(f"SELECT {columns} FROM load_ledger")).all()
        assert all(raw == accepted + duplicate + refused for *_, raw, accepted, duplicate, refused in result)
        entries = {(day, package, *counts) for day, package, *counts in result}
        assert len(entries) == len(result)
        assert entries == {(loaded.day, loaded.package.package_id, *loaded.counts) for loaded in self.loaded}


def play(engine: sa.Engine, examples: int) -> None:
    names = pl.DataFrame({"product": sorted({str(product) for product in PRODUCTS.values()})})
    rows = names.select(id="product", name="product", product_type=pl.lit("single"), category=pl.lit("mtg"))
    with engine.begin() as connection:
        save_products(connection, rows.with_columns(tcg_product_id=pl.col("id")))
    sa.event.listen(engine, "connect", lambda driver, _: driver.execute("SET synchronous_commit = off"))
    engine.dispose()
    Loads.engine = engine
    run_state_machine_as_test(
        Loads,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=examples <= FEW,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("examples", [FEW, pytest.param(300, marks=pytest.mark.faults)], ids=["some", "many"])
def test_packages_in_any_order_and_cut_off_anywhere_hold_the_balance(
    engine: sa.Engine, examples: int
) -> None:
    play(engine, examples)


@pytest.mark.faults
def test_the_machine_notices_an_earlier_package_that_wins(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Merges that know no later and earlier; the machine is shown to be able to fail."""
    merge = prices.merge
    monkeypatch.setattr(prices, "merge", lambda *a, **options: merge(*a, **options | {"later": None}))
    with pytest.raises(AssertionError):
        play(engine, 300)
