"""Rules for every source of quotes: guards, copies, and a balance of all records."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quote_builders import AT, CLEANERS, IDS, PRICE, RATES, batch, cleaned, of_batches, record, slugs

from arb_pipeline.contracts.base import BrokenContractError, conform
from arb_pipeline.contracts.problems import Problem
from arb_pipeline.contracts.quotes import KEY, Quotes
from arb_pipeline.core.pricing.currency import Rates
from arb_pipeline.sources.raw_frames import Batch

SOURCES = sorted(CLEANERS)
each_source = pytest.mark.parametrize("source", SOURCES)


@each_source
def test_a_sound_record_is_quoted(source: str) -> None:
    result = cleaned(source, record(source))
    assert (result.raw, result.quoted, result.duplicates) == (1, 1, 0)
    assert result.quotes.height >= 1
    assert result.rejected.is_empty()
    assert result.unquoted == {}


NO_PRICES = [
    (-1.5, "negative"),
    (10_000_000, "absurd"),
    (1e300, "absurd"),
    (0.004, "below_a_cent"),
    ("0,02", "decimal_comma"),
    ("1.234,50", "decimal_comma"),
    ("cheap", "not_a_number"),
    ("", "not_a_number"),
    ("1e5", "not_a_number"),
    ("1.5\n", "not_a_number"),
    (True, "not_a_number"),
    (float("nan"), "not_a_number"),
    (float("inf"), "not_a_number"),
    ([5.25], "not_a_number"),
    (10**400, "not_a_number"),
]


@each_source
def test_a_price_that_is_none_is_refused_alone(source: str) -> None:
    spoilt = [record(source, **{PRICE[source]: price, IDS[source]: 9}) for price, _ in NO_PRICES]
    result = cleaned(source, record(source), *spoilt)
    says_numbers = source in {"cardmarket", "tcgplayer_api"}  # any text is none there
    due = ["not_a_number" if says_numbers and isinstance(price, str) else slug for price, slug in NO_PRICES]
    assert sorted(slugs(result)) == sorted(due)
    assert (result.raw, result.quoted) == (len(NO_PRICES) + 1, 1)


@each_source
def test_a_column_of_one_wrong_type_is_refused_as_one_value_is(source: str) -> None:
    """Whole columns of text, of numbers and of flags each have a fast way of their own."""
    for price, slug in NO_PRICES:
        (result,) = slugs(cleaned(source, record(source, **{PRICE[source]: price})))
        assert result == slug or (isinstance(price, str) and result == "not_a_number")


@each_source
@pytest.mark.parametrize("price", [0.01, 0.005, 9_999_999])
def test_the_smallest_and_the_largest_price_are_accepted(source: str, price: float) -> None:
    result = cleaned(source, record(source, currency="USD", **{PRICE[source]: price}))
    if source == "cardmarket" and price > 1:
        assert slugs(result) == ["absurd"]  # euros: $11.6 m
    else:
        assert slugs(result) == []


@each_source
@pytest.mark.parametrize("value", [None, "", [1], {"a": 1}, True, 1.5])
def test_a_record_that_names_no_product_is_refused(source: str, value: Any) -> None:
    result = cleaned(source, record(source, **dict.fromkeys(("sku", "upc", "id", IDS[source]), value)))
    assert slugs(result) == ["no_id" if value in (None, "") else "wrong_type"]


@each_source
def test_what_is_no_record_is_refused_alone(source: str) -> None:
    result = cleaned(source, None, 5, record(source), "record", [], [{"price": 1}], 10**5000)
    assert set(slugs(result)) == {"not_an_object"}
    assert result.rejected["record"].to_list() == [f"record {n}" for n in (0, 1, 3, 4, 5, 6)]
    assert result.quoted == 1


@each_source
def test_a_copy_counts_once(source: str) -> None:
    result = cleaned(source, record(source), record(source))
    assert (result.raw, result.quoted, result.duplicates) == (2, 1, 1)


@each_source
def test_of_two_files_the_later_one_counts(source: str) -> None:
    later = batch(source, record(source, **{PRICE[source]: 3.21, "nm_price": 3.21}), path="later")
    earlier = batch(source, record(source), path="earlier", at=AT - timedelta(hours=1))
    for order in ([later, earlier], [earlier, later]):
        result = of_batches(source, *order)
        assert result.unquoted == {"superseded": 1}
        assert set(result.quotes["file"]) == {"later"}
        assert "3.21" in set(result.quotes["amount_text"])


@pytest.mark.parametrize("source", sorted(set(SOURCES) - {"amazon", "amazon_sp"}))
def test_two_different_prices_at_one_time_are_both_refused(source: str) -> None:
    other = record(source, **{IDS[source]: 2})
    result = cleaned(source, record(source), record(source, **{PRICE[source]: 3.21}), other)
    assert slugs(result) == ["contradiction", "contradiction"]
    assert result.quoted == 1


@each_source
def test_a_file_of_the_day_after_tomorrow_is_refused_whole(source: str) -> None:
    ahead = batch(source, record(source), at=AT + timedelta(days=1, seconds=1))
    result = of_batches(source, ahead)
    assert slugs(result) == ["future"]
    assert (result.raw, result.refused_files, result.refused_records) == (0, 1, 0)
    assert of_batches(source, batch(source, record(source), at=AT + timedelta(days=1))).rejected.is_empty()


@each_source
def test_a_file_that_could_not_be_read_is_reported(source: str) -> None:
    problem = Problem("file", "no JSON", "<html>", "Fetch it again.")
    result = of_batches(source, Batch("file", AT, (), problem=problem), batch(source, record(source)))
    row = result.rejected.row(0, named=True)
    assert (row["file"], row["record"], row["reason"], row["value"]) == ("file", "", "no JSON", "<html>")
    assert result.quoted == 1


@pytest.mark.parametrize("source", ["ebay", "amazon", "amazon_sp", "distributor"])
@pytest.mark.parametrize(
    ("currency", "slug"),
    [(None, "no_currency"), ("", "no_currency"), ("XYZ", "unknown_currency"), ("CHF", "no_rate")],
)
def test_money_that_cannot_be_converted_is_refused(source: str, currency: Any, slug: str) -> None:
    result = cleaned(source, record(source, currency=currency))
    assert slugs(result) == [slug]
    assert result.rejected["advice"][0]
    if slug == "unknown_currency":
        assert "EUR, GBP, USD" in result.rejected["reason"][0]
        assert result.rejected["value"].to_list() == ["XYZ"]


@pytest.mark.parametrize("source", ["ebay", "amazon", "amazon_sp", "distributor"])
def test_pounds_become_cents_through_the_euro(source: str) -> None:
    result = cleaned(source, record(source, currency="GBP", **{PRICE[source]: "100"}))
    # 100 / 0.8694 x 1.1611 = 133.5518
    assert set(result.quotes["price_cents"]) == {13355}
    assert set(result.quotes["currency"]) == {"GBP"}


def test_a_guide_without_a_rate_is_refused_record_by_record() -> None:
    result = CLEANERS["cardmarket"]([batch("cardmarket", record("cardmarket"))], rates=Rates(), now=AT)
    assert slugs(result) == ["no_rate"]
    assert result.rejected["value"].to_list() == ["EUR on 2025-10-10"]


@pytest.mark.parametrize("source", ["cardkingdom", "distributor"])
@pytest.mark.parametrize("quantity", [-1, "1,000", "many", 1.5, True, 10**12, [3]])
def test_a_count_that_is_none_is_refused(source: str, quantity: Any) -> None:
    field = {"cardkingdom": "qty_retail", "distributor": "moq"}[source]
    assert slugs(cleaned(source, record(source, **{field: quantity})))[0] in {
        "not_a_whole_number",
        "wrong_type",
    }


@each_source
def test_no_file_is_no_fault(source: str) -> None:
    assert of_batches(source).raw == 0
    assert of_batches(source, batch(source)).quotes.is_empty()


def test_a_quote_that_is_stated_twice_breaks_the_contract() -> None:
    quotes = cleaned("ebay", record("ebay")).quotes
    with pytest.raises(BrokenContractError, match="price_type: multiple_fields_uniqueness"):
        conform(pl.concat([quotes, quotes]), Quotes)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "0,02",
            "1.50",
            "USD",
            "EUR",
            "CHF",
            "New",
            "1000",
            "FIXED_PRICE",
            "true",
            "\x00",
            "\ud800",
            "offer",
            "-JP",
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@st.composite
def batches(draw: st.DrawFn, source: str) -> list[Batch]:
    sound = record(source)
    spoilt = st.dictionaries(st.sampled_from([*sound, "low-holo"]), JSON, max_size=4).map(
        lambda new: sound | new
    )
    records = st.lists(st.just(sound) | spoilt | spoilt | JSON, max_size=6)
    hours = st.integers(min_value=-72, max_value=30)
    return [
        batch(source, *draw(records), path=f"file {n}", at=AT + timedelta(hours=draw(hours)))
        for n in range(draw(st.integers(min_value=0, max_value=3)))
    ]


@each_source
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_records_balance_and_none_raises(source: str, data: st.DataObject) -> None:
    result = of_batches(source, *data.draw(batches(source)))
    records = result.quotes.select("file", "record", "source_product_id").unique()
    assert result.quotes.select(KEY).is_duplicated().sum() == 0
    assert records.height <= result.quoted
    assert (result.quotes["price_cents"] > 0).all()
    assert result.rejected["advice"].str.len_chars().min() != 0


@each_source
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_order_of_files_does_not_matter(source: str, data: st.DataObject) -> None:
    files = data.draw(batches(source))
    result, other = of_batches(source, *files), of_batches(source, *reversed(files))
    assert result.quotes.sort(KEY).equals(other.quotes.sort(KEY))
    columns = ["file", "record", "reason", "value"]
    assert result.rejected.sort(columns).equals(other.rejected.sort(columns))
    assert (result.unquoted, result.duplicates) == (other.unquoted, other.duplicates)


def test_rates_are_of_the_day_of_the_file() -> None:
    before = [batch("cardmarket", record("cardmarket"), at=AT - timedelta(days=2))]
    assert slugs(CLEANERS["cardmarket"](before, rates=RATES, now=AT)) == ["no_rate"]
