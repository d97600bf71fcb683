"""Packages of marketplaces that are not loaded yet."""

from datetime import date
from pathlib import Path

from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.marketplace_files import to_load

FRIDAY, SATURDAY = date(2025, 10, 10), date(2025, 10, 11)


def test_a_list_that_has_not_changed_is_loaded_for_every_day_it_was_fetched_on(tmp_path: Path) -> None:
    (tmp_path / "alpha.csv").write_text("SKU,Price\nA1,12.50\n", "utf-8")
    landing = Landing(tmp_path / "landing")
    friday, saturday = (
        landing.land("distributor", {"alpha.csv": tmp_path / "alpha.csv"}, part=str(day), origin="a test")
        for day in (FRIDAY, SATURDAY)
    )
    assert friday.package_id == saturday.package_id

    assert to_load(landing, set()) == {FRIDAY: [friday.package_id], SATURDAY: [friday.package_id]}
    assert to_load(landing, {(FRIDAY, friday.package_id)}) == {SATURDAY: [friday.package_id]}
    assert to_load(landing, {(day, friday.package_id) for day in (FRIDAY, SATURDAY)}) == {}
