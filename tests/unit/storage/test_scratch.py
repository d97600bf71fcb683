"""Scratch folders of the lake: one's own is removed, and what a killed run left."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from arb_pipeline.storage.lake import Where, place
from arb_pipeline.storage.scratch import own_folder


@pytest.fixture(params=["folder", "store"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    return place(tmp_path / "scratch" if request.param == "folder" else f"memory://{tmp_path.name}/scratch")


def filled(folder: Where) -> Where:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "step").mkdir(exist_ok=True)
    (folder / "step" / "part.parquet").write_bytes(b"rows")
    return folder


def names(scratch: Where) -> set[str]:
    return {folder.name for folder in scratch.iterdir()} if scratch.exists() else set()


def test_a_folder_of_its_own_is_gone_after_an_error(scratch: Where) -> None:
    def stopped() -> None:
        with own_folder(scratch) as own:
            filled(own)
            assert names(scratch) == {own.name}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert names(scratch) == set()


def test_what_a_killed_run_left_goes_after_a_day_and_a_running_one_keeps_its_own(scratch: Where) -> None:
    now = datetime.now(UTC)
    for hours in (25, 23):
        filled(scratch / f"{now - timedelta(hours=hours):%Y%m%dT%H%M%SZ}-0123")
    filled(scratch / "notes")
    with own_folder(scratch) as own:
        filled(own)
    assert names(scratch) == {f"{now - timedelta(hours=23):%Y%m%dT%H%M%SZ}-0123", "notes"}
