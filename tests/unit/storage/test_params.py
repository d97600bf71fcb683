"""Dated parameters, and a buyer's own file on top."""

from datetime import date
from pathlib import Path

import pytest
from builders import PARAMETERS
from builders import parameters as defaults

from arb_pipeline.storage.params import ParameterError, entries, faults, longest, parameters, unchecked

DAY = date(2026, 11, 22)


def own(tmp_path: Path, text: str) -> Path:
    """A buyer's own file."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_values_are_those_of_valuation_md() -> None:
    shipped = parameters(DAY)
    # Sound rows of the tests have ten copies of a card.
    channels = ["tcgplayer", "ebay", "cardkingdom_buylist"]
    # Bounds that valuation.md does not have: measured on the real day 2025-10-15.
    bounds = {"max_pieces": 10_000, "max_copies": 500, "max_gross": 6, "max_margin": 30_000}
    expected = defaults(
        selling={"channels": channels},
        guards={"many_copies": 4, **bounds},
        prices={"contradicted_share": 0.25, "lone_ask": 500},
        # Measured too: docs/adr/0015.
        resale={"spread": 0.083, "low_ask": 0.75, "low_ask_fall": 0.344, "low_ask_mean": 0.96},
    )
    for group in PARAMETERS:
        if group not in {"selling", "movement"}:
            assert getattr(shipped, group) == getattr(expected, group), group
    # The tables of the law are measured (`arb calibrate`); its form is fixed: a fortnight, power 0.86.
    law, scalars = shipped.movement, ("horizon_days", "reference_days", "exponent")
    assert [getattr(law, name) for name in scalars] == [14, 14, 0.86]
    assert 0 < law.least_scale < 1 < law.most_scale
    assert shipped.selling.cards_per_order == 3
    assert shipped.selling.bulk_floor == 50
    assert {
        r: shipped.selling.bulk_value.get(r, 0) for r in ("common", "uncommon", "land", "rare", "mythic")
    } == {
        "common": 0,
        "uncommon": 0,
        "land": 0,
        "rare": 5,
        "mythic": 5,
    }


def test_before_the_first_date_the_first_value_holds() -> None:
    assert parameters(date(1999, 1, 1)) == parameters(DAY)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2019, 1, 1), 2),
        (date(2020, 1, 1), 2),
        (date(2024, 12, 31), 2),
        (date(2025, 1, 1), 5),
        (date(2030, 1, 1), 9),
    ],
)
def test_a_dated_value_holds_from_its_day_until_the_next(tmp_path: Path, day: date, value: int) -> None:
    text = "selling: {cards_per_order: {values: {2025-01-01: 5, 2020-01-01: 2, 2026-06-01: 9}}}"
    assert parameters(day, own(tmp_path, text)).selling.cards_per_order == value


def test_an_own_file_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    changed = parameters(DAY, own(tmp_path, "selling: {cards_per_order: 5}\nbuying: {tax: 825}"))
    shipped = parameters(DAY)
    assert (changed.selling.cards_per_order, changed.buying.tax) == (5, 825)
    assert changed.selling.bulk_floor == shipped.selling.bulk_floor
    assert changed.channels == shipped.channels


def test_an_own_file_leaves_the_shipped_values_alone(tmp_path: Path) -> None:
    parameters(DAY, own(tmp_path, "selling: {cards_per_order: 5}"))
    assert parameters(DAY).selling.cards_per_order == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seling: {cards_per_order: 5}", r"mine.yaml: unknown group 'seling'. Known: \['amazon', 'buying'"),
        ("selling: 5", "mine.yaml.*'selling'"),
        ("selling: {cards_per_ordre: 5}", r"mine.yaml: selling.cards_per_ordre = 5"),
        (
            "selling: {cards_per_order: 0}",
            r"mine.yaml: selling.cards_per_order is 0; .*greater than or equal to 1",
        ),
        ("selling: {cards_per_order: many}", r"mine.yaml: selling.cards_per_order is 'many'"),
        ("tcgplayer: {commission: 10001}", r"tcgplayer.commission is 10001"),
        ("tcgplayer: {commission: -1}", r"tcgplayer.commission is -1"),
        ("selling: {channels: []}", r"selling.channels"),
        ("selling: {cards_per_order: {values: {}}}", r"mine.yaml.*cards_per_order"),
        ("selling: {cards_per_order: {values: {soon: 5}}}", r"mine.yaml.*cards_per_order"),
        ("confidence: {margin_full: 0.9}", r"margin_full <= margin_fading < margin_unbelievable"),
        (
            "confidence: {weights: {price_stability: 0.3, seller_count: 0.2, volume_history: 0.2, margin_size: 0.2}}",
            "should sum to 1",
        ),
        ("confidence: {weights: {price_stability: 0.5, luck: 0.5}}", "luck"),
        ("risk: {rank_weight: {low: 1.0}}", "rank_weight"),
        ("tcgplayr: {commission: 1}", "unknown group 'tcgplayr'.*Did you mean 'tcgplayer'"),
        ("tcgplayer: {comission: 1}", "tcgplayer.comission = 1.*Did you mean 'commission'"),
        ("ebay: {postage: mars}", "ebay.postage is 'mars'.*us or eu"),
        ("ebay: {currency: EUR}", "ebay.*needs a price_source"),
        ("cardmarket: {price_source: cardmarkt}", "'cardmarkt' is no source"),
        ("selling: {channels: [ebay, ebay]}", "twice"),
        ("selling: {channels: [bulk]}\nbulk: {commission: 1}", "no channel can be called 'bulk'"),
        ("channels: {ebay: {}}", "unknown group 'channels'"),
        ("- a list", "should map groups to values"),
        ("", "should map groups to values"),
        ("selling: {cards_per_order: [", "does not read as YAML"),
        ("selling: {cards_per_order: 9}\nselling: {bulk_floor: 40}", "(?s)'selling' is there twice.*line 2"),
        (
            "selling: {cards_per_order: {values: {2026-01-01: 5, 2026-01-01: 2}}}",
            "'2026-01-01' is there twice",
        ),
        ("selling: {cards_per_order: {values: {2026-13-01: 5}}}", "'2026-13-01' is no date"),
        ("selling: {cards_per_order: .inf}", "selling.cards_per_order is inf; .*finite"),
        ("outliers: {z: .inf}", "outliers.z is inf; .*finite"),
    ],
)
def test_a_wrong_value_is_named_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parameters(DAY, own(tmp_path, text))


def test_an_own_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"gone.yaml cannot be read: No such file"):
        parameters(DAY, tmp_path / "gone.yaml")


def test_an_unknown_channel_in_an_own_file_is_named_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="garage"):
        parameters(DAY, own(tmp_path, "selling: {channels: [garage]}"))


def test_a_channel_of_one_s_own_is_parameters_alone(tmp_path: Path) -> None:
    text = (
        "selling: {channels: [tcgplayer, cardshop]}\ncardshop: {commission: 700, per_order: 35, postage: us}"
    )
    changed = parameters(DAY, own(tmp_path, text))
    assert changed.selling.channels == ("tcgplayer", "cardshop")
    assert (changed.channels["cardshop"].commission, changed.channels["cardshop"].payment) == (700, 0)
    shown = {(e.group, e.key): e for e in entries(DAY, own(tmp_path, text))}
    assert shown["cardshop", "per_order"].unit == "cents per order"


def test_a_channel_that_nobody_sells_at_is_an_unknown_group(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="unknown group 'cardshop'"):
        parameters(DAY, own(tmp_path, "cardshop: {commission: 700}"))


def test_our_channels_take_fees_that_they_do_not_charge_yet(tmp_path: Path) -> None:
    text = "cardkingdom_buylist: {per_item: 10}"
    assert parameters(DAY, own(tmp_path, text)).channels["cardkingdom_buylist"].per_item == 10
    (changed,) = [entry for entry in entries(DAY, own(tmp_path, text)) if entry.is_own]
    assert (changed.key, changed.value, changed.unit) == ("per_item", 10, "cents per card")


def test_entries_tell_what_is_one_s_own_and_where_the_rest_comes_from(tmp_path: Path) -> None:
    text = "tcgplayer: {commission: 1025}\nbuying: {tax: {values: {2026-01-01: 825}, source: my state, checked_on: 2026-02-01}}"
    result = {(e.group, e.key): e for e in entries(DAY, own(tmp_path, text))}
    commission = result["tcgplayer", "commission"]
    assert (commission.value, commission.unit, commission.is_own, commission.checked_on) == (
        1025,
        "bps of subtotal",
        True,
        None,
    )
    assert commission.source.endswith("mine.yaml")
    tax = result["buying", "tax"]
    assert (tax.value, tax.source, tax.checked_on) == (825, "my state", date(2026, 2, 1))
    plain = result["tcgplayer", "payment"]
    assert (plain.value, plain.is_own, plain.checked_on) == (250, False, date(2026, 11, 22))
    assert len(result) == len(entries(DAY))


def test_every_fault_of_a_file_is_reported_at_once(tmp_path: Path) -> None:
    result = faults(
        DAY, own(tmp_path, "tcgplayer: {commission: 10001, payment: -1}\nselling: {bulk_floor: x}")
    )
    assert [fault.split(" is ")[0].split(": ")[1] for fault in sorted(result)] == [
        "selling.bulk_floor",
        "tcgplayer.commission",
        "tcgplayer.payment",
    ]


def test_a_value_that_will_be_wrong_one_day_is_found_today(tmp_path: Path) -> None:
    path = own(tmp_path, "buying: {tax: {values: {2026-01-01: 0, 2030-01-01: 20000}}}")
    assert parameters(DAY, path).buying.tax == 0
    (fault,) = faults(DAY, path)
    assert "buying.tax is 20000" in fault
    assert "less than or equal to 10000" in fault


def test_a_sound_file_has_no_faults(tmp_path: Path) -> None:
    assert faults(DAY, own(tmp_path, "selling: {cards_per_order: 5}")) == []


def test_figures_that_nobody_checked_for_a_year_are_named() -> None:
    assert unchecked(DAY) == []
    a_year_on = {f"{e.group}.{e.key}" for e in unchecked(date(2027, 10, 10))}  # 366 days after 2026-10-09
    assert "ebay.commission" in a_year_on
    assert "tcgplayer.commission" not in a_year_on
    assert "ebay.commission" not in {f"{e.group}.{e.key}" for e in unchecked(date(2027, 10, 9))}


def test_the_longest_reach_of_a_parameter_is_that_of_any_day(tmp_path: Path) -> None:
    text = "prices: {window_days: {values: {2025-01-01: 20, 2026-01-01: 45, 2027-01-01: 25}}}"

    assert longest("prices", "window_days") == 30
    assert longest("prices", "window_days", own(tmp_path, text)) == 45
    assert longest("prices", "stale_days", own(tmp_path, text)) == 3
