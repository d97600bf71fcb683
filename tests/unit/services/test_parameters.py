"""Parameters as a service: those of a group, a buyer's own, and the check of a file."""

from datetime import date
from pathlib import Path

import pytest

from arb_pipeline.contracts.errors import NotFoundError
from arb_pipeline.services import parameters as service
from arb_pipeline.settings import Settings

DAY = date(2026, 11, 22)


def settings(folder: Path, text: str = "") -> Settings:
    """Settings of a home, with a parameter file where a text is given."""
    own = folder / "own.yaml"
    if text:
        own.write_text(text, "utf-8")
    return Settings(home=folder, params=own if text else None)


def test_a_group_is_listed_with_source_and_the_buyers_own_marked(tmp_path: Path) -> None:
    listed = service.listed(settings(tmp_path, "tcgplayer: {commission: 1025}"), DAY, group="tcgplayer")
    assert {entry.group for entry in listed} == {"tcgplayer"}
    (commission,) = [entry for entry in listed if entry.key == "commission"]
    assert (commission.value, commission.is_own) == (1025, True)
    (payment,) = [entry for entry in listed if entry.key == "payment"]
    assert (payment.value, payment.is_own) == (250, False)
    assert payment.source == "help.tcgplayer.com article 201357836"


def test_an_unknown_group_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as refused:
        service.listed(settings(tmp_path), DAY, group="tcgplayr")
    assert "'tcgplayr'" in str(refused.value)
    assert "Did you mean 'tcgplayer'?" in str(refused.value)
    assert refused.value.exit_code == 1


def test_a_file_with_faults_is_checked_fault_by_fault(tmp_path: Path) -> None:
    given = settings(tmp_path, "selling: {cards_per_order: 0}\nebay: {commission: 20000}")
    result = service.check(given, DAY)
    assert {fault.partition(": ")[2].partition(":")[0] for fault in result.faults} == {
        "selling.cards_per_order is 0; allowed",
        "ebay.commission is 20000; allowed",
    }
    assert (result.path, result.own, result.unchecked) == (given.params, (), ())


def test_a_sound_file_is_returned_with_its_changes_and_old_figures(tmp_path: Path) -> None:
    given = settings(tmp_path, "selling: {cards_per_order: 5}")
    result = service.check(given, DAY)
    assert result.faults == ()
    assert [(entry.group, entry.key, entry.value) for entry in result.own] == [
        ("selling", "cards_per_order", 5)
    ]
    assert result.unchecked == ()
    assert service.check(given, date(2028, 1, 1)).unchecked


def test_without_a_file_the_shipped_parameters_are_checked(tmp_path: Path) -> None:
    result = service.check(settings(tmp_path), DAY)
    assert (result.path, result.faults, result.own) == (None, (), ())
