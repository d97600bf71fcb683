"""Cleaning TCGCSV's records: what is accepted, what is refused, and that every record is accounted for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from builders import DAY, price_record
from hypothesis import given, settings
from hypothesis import strategies as st

from arb_pipeline.contracts.problems import Problem
from arb_pipeline.sources.cleaning import Cleaned
from arb_pipeline.sources.cleaning.tcgplayer import PriceFile, clean


def cleaned(*records: Any) -> Cleaned:
    """One file of these records."""
    return files({"success": True, "errors": [], "results": list(records)})


def files(*payloads: Any) -> Cleaned:
    """Files with these payloads."""
    result = clean(
        [PriceFile(f"1/{i}/prices", "mtg", payload) for i, payload in enumerate(payloads)], day=DAY
    )
    assert result.balances
    return result


def reasons(cleaned: Cleaned) -> list[tuple[str, str]]:
    return cleaned.rejected.select("record", "reason").rows()


def test_a_record_becomes_an_observation_in_cents() -> None:
    row = cleaned(price_record()).observations.row(0, named=True)
    assert row == {
        "category": "mtg",
        "source": "tcgplayer",
        "source_product_id": "1001",
        "printing": "normal",
        "condition": "near_mint",
        "language": "English",
        "day": DAY,
        "recorded_at": datetime(2025, 10, 10, 20, tzinfo=UTC),
        "market_cents": 525,
        "low_cents": 450,
        "mid_cents": 600,
        "seller_count": None,
        "available_quantity": None,
    }


@pytest.mark.parametrize(
    ("printing", "name"),
    [
        ("Normal", "normal"),
        ("Foil", "foil"),
        ("1st Edition Holofoil", "1st_edition_holofoil"),
        (" Reverse  Holofoil ", "reverse_holofoil"),
    ],
)
def test_a_printing_has_one_spelling(printing: str, name: str) -> None:
    assert cleaned(price_record(subTypeName=printing)).observations["printing"].to_list() == [name]


@pytest.mark.parametrize("parked", [0.01, 123_456_789.0, "absurd", None])
def test_the_high_price_is_never_read(parked: Any) -> None:
    assert cleaned(price_record(highPrice=parked)).observations["market_cents"].to_list() == [525]


def test_a_record_without_a_market_price_is_accepted() -> None:
    row = cleaned(price_record(marketPrice=None)).observations.row(0, named=True)
    assert (row["market_cents"], row["low_cents"]) == (None, 450)


@pytest.mark.parametrize("field", ["marketPrice", "lowPrice", "midPrice"])
@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (-1, "is negative"),
        (-0.01, "is negative"),
        (0, "is 0"),
        (0.0, "is 0"),
        (0.004, "is 0"),
        (10_000_000, "is above 9999999"),
        (1e300, "is above 9999999"),
        ("5.25", "is not a number"),
        ("", "is not a number"),
        ("cheap", "is not a number"),
        (True, "is not a number"),
        (False, "is not a number"),
        ([5.25], "is not a number"),
        ({"usd": 5.25}, "is not a number"),
    ],
)
def test_a_price_that_is_no_positive_amount_is_refused_and_named(field: str, price: Any, reason: str) -> None:
    result = cleaned(price_record(**{field: price}), price_record(productId=2))
    assert result.observations["source_product_id"].to_list() == ["2"]
    assert [r for _, r in reasons(result)] == [f"{field} {reason}"]
    assert "1001" in reasons(result)[0][0]


@pytest.mark.parametrize("price", [0.01, 0.005, 9_999_999])
def test_the_smallest_and_the_largest_price_are_accepted(price: float) -> None:
    assert cleaned(price_record(marketPrice=price)).rejected.is_empty()


def test_a_record_without_any_price_is_refused() -> None:
    result = cleaned(price_record(marketPrice=None, lowPrice=None, midPrice=None))
    assert [r for _, r in reasons(result)] == ["no price: market, low and mid are all null"]


@pytest.mark.parametrize("product", [None, "1001", "x", True, 1001.5, 0, -5, 2**63, [1]])
def test_a_product_id_that_is_no_whole_number_is_refused(product: Any) -> None:
    result = cleaned(price_record(productId=product), price_record(productId=2))
    assert result.observations["source_product_id"].to_list() == ["2"]
    assert "productId" in reasons(result)[0][1]


def test_a_record_without_its_product_id_is_refused_alone() -> None:
    record = price_record()
    del record["productId"]
    result = cleaned(record, price_record(productId=2))
    assert (result.observations.height, result.refused_records) == (1, 1)


@pytest.mark.parametrize("printing", [None, 5, True, ["Foil"], "", "  "])
def test_a_printing_that_is_no_text_is_refused(printing: Any) -> None:
    result = cleaned(price_record(subTypeName=printing), price_record(productId=2))
    assert result.observations["source_product_id"].to_list() == ["2"]
    assert "subTypeName" in reasons(result)[0][1]


@pytest.mark.parametrize("record", [None, "text", 7, [], [1001, "Normal", 5.25, 4.5, 6.0], {}])
def test_a_record_that_is_no_price_object_is_refused(record: Any) -> None:
    result = cleaned(record, price_record())
    assert (result.observations.height, result.refused_records) == (1, 1)
    alone = cleaned(record)
    assert (alone.observations.height, alone.refused_records) == (0, 1)


def test_an_exact_copy_counts_once_as_a_duplicate() -> None:
    result = cleaned(price_record(), price_record(), price_record())
    assert (result.raw, result.observations.height, result.duplicates, result.refused_records) == (3, 1, 2, 0)


def test_a_copy_that_differs_only_in_the_parked_price_is_a_copy() -> None:
    assert cleaned(price_record(), price_record(highPrice=1.0)).duplicates == 1


def test_contradicting_prices_of_one_product_are_all_refused() -> None:
    result = cleaned(price_record(), price_record(marketPrice=99.0), price_record(productId=2))
    assert result.observations["source_product_id"].to_list() == ["2"]
    assert {r for _, r in reasons(result)} == {"two different prices in one snapshot"}
    assert sorted(result.rejected["value"].to_list()) == ["5.25", "99.0"]


def test_a_copy_beside_a_contradiction_is_refused_with_it() -> None:
    result = cleaned(price_record(), price_record(), price_record(marketPrice=99.0))
    assert (result.observations.height, result.duplicates, result.refused_records) == (0, 0, 3)


def test_a_broken_record_does_not_contradict_a_sound_one() -> None:
    result = cleaned(price_record(), price_record(marketPrice=-1.0))
    assert (result.observations.height, result.refused_records) == (1, 1)


def test_two_spellings_of_a_printing_are_one_product() -> None:
    result = cleaned(price_record(), price_record(subTypeName="normal "))
    assert (result.observations.height, result.duplicates) == (1, 1)


def test_foil_and_normal_do_not_contradict_each_other() -> None:
    assert cleaned(price_record(), price_record(subTypeName="Foil", marketPrice=9.0)).observations.height == 2


def test_copies_are_found_across_files() -> None:
    result = files({"results": [price_record()]}, {"results": [price_record()]})
    assert (result.observations.height, result.duplicates) == (1, 1)


def test_the_same_id_in_two_games_is_two_products() -> None:
    payload = {"results": [price_record()]}
    result = clean(
        [PriceFile("1/1/prices", "mtg", payload), PriceFile("3/1/prices", "pokemon", payload)], day=DAY
    )
    assert (result.observations.height, result.duplicates) == (2, 0)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"success": False, "errors": ["down"], "results": []}, "success: false"),
        ({"success": False, "errors": ["down"], "results": [price_record()]}, "success: false"),
        ({"success": True}, "no list under 'results'"),
        ({"results": None}, "no list under 'results'"),
        ({"results": {}}, "no list under 'results'"),
        ([], "no list under 'results'"),
        (None, "no list under 'results'"),
        ("<html>", "no list under 'results'"),
    ],
)
def test_a_file_that_is_no_price_list_is_refused_and_the_others_count(payload: Any, reason: str) -> None:
    result = files(payload, {"results": [price_record()]})
    assert result.observations.height == 1
    assert (result.refused_files, result.refused_records, result.raw) == (1, 0, 1)
    row = result.rejected.row(0, named=True)
    assert row["file"] == "1/0/prices"
    assert reason in row["reason"]
    assert row["advice"]


def test_a_file_that_did_not_parse_carries_its_problem() -> None:
    problem = Problem("1/7/prices", "not JSON: unexpected end", '{"results": [{"pro', "Fetch it again.")
    result = clean([PriceFile("1/7/prices", "mtg", None, problem)], day=DAY)
    row = result.rejected.row(0, named=True)
    assert (row["reason"], row["value"], row["advice"]) == (problem.reason, problem.value, problem.advice)


def test_no_file_is_no_observation() -> None:
    result = clean([], day=DAY)
    assert (result.raw, result.observations.height, result.rejected.height) == (0, 0, 0)


def test_a_group_without_a_record_is_no_fault() -> None:
    result = files({"success": True, "results": []})
    assert (result.raw, result.rejected.height) == (0, 0)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.integers(2**62, 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["5.25", "", "Normal"]),
    st.just([1]),
)
SOUND = st.builds(
    price_record,
    productId=st.integers(1, 4),
    marketPrice=st.sampled_from([None, 1.0, 2.5]),
    subTypeName=st.sampled_from(["Normal", "Foil"]),
)
BROKEN = st.builds(
    price_record, productId=CELLS, marketPrice=CELLS, lowPrice=CELLS, midPrice=CELLS, subTypeName=CELLS
)
OTHER = st.sampled_from([None, 7, "text", [], {}, [1, "Normal", 1.0, 1.0, 1.0]])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.one_of(SOUND, BROKEN, OTHER), max_size=8), max_size=3))
def test_raw_is_accepted_and_duplicates_and_refused_for_any_mix_of_records(groups: list[list[Any]]) -> None:
    result = files(*({"success": True, "results": records} for records in groups))
    assert result.raw == sum(map(len, groups))
    assert result.raw == result.observations.height + result.duplicates + result.refused_records
    key = result.observations.select("category", "source_product_id", "printing")
    assert key.n_unique() == key.height


@settings(max_examples=25, deadline=None)
@given(st.lists(SOUND, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)
    one, other = cleaned(*records), cleaned(*shuffled)
    by = ["source_product_id", "printing"]
    assert one.observations.sort(by).equals(other.observations.sort(by))
    assert (one.duplicates, one.refused_records) == (other.duplicates, other.refused_records)
