"""Pull rates of sets without a table of their own."""

import pytest

from arb_pipeline.core.contents.pull_rates import Estimate, RateTable
from arb_pipeline.storage.params import pull_rates


def table(packs: int, **rates: float) -> RateTable:
    """A measured table."""
    classes = {name: (percent,) for name, percent in rates.items()}
    return RateTable(
        packs="sv", names=(f"Set of {packs}",), sample_packs=packs, confidence="B", rates=classes
    )


def test_an_estimate_is_the_mean_of_its_sets_by_packs_opened() -> None:
    tables = {"a": table(3000, double=10.0, ultra=6.0), "b": table(1000, double=20.0)}
    result = Estimate(packs="sv", names=("New",), like=("a", "b")).table(tables)
    # 10 % of 3,000 and 20 % of 1,000 packs; ultra rares were counted in the 3,000 alone.
    assert result.rates == {"double": (12.5,), "ultra": (6.0,)}
    assert (result.confidence, result.sample_packs) == ("C", 1000)
    assert result.estimated_from == ("Set of 3000", "Set of 1000")


def test_a_class_that_none_of_them_has_takes_the_rate_given() -> None:
    tables = {"a": table(3000, double=10.0)}
    result = Estimate(packs="sv", names=("New",), like=("a",), rates={"vault": (33.16,)}).table(tables)
    assert result.rates == {"double": (10.0,), "vault": (33.16,)}


def test_shining_fates_vault_has_the_rate_of_paldean_fates_shiny_cards() -> None:
    rates = pull_rates()
    shiny = rates.percent("sv04.5", "shiny") + rates.percent("sv04.5", "shiny ultra")
    assert rates.percent("swsh4.5", "shiny vault") == pytest.approx(shiny)


def test_a_measured_table_is_no_estimate() -> None:
    assert [
        name
        for name, table in pull_rates().tables.items()
        if table.estimated_from and table.confidence != "C"
    ] == []
    assert pull_rates().tables["sv08"].estimated_from == ()
