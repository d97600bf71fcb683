"""A buyer's price list: what a row says, and what is wrong with it."""

from decimal import Decimal
from pathlib import Path

import pytest

from arb_pipeline.sources.buyer_price_list import ListRow, PriceListError, amount, read


def rows(path: Path, *lines: str, header: str = "product,price,quantity,shipping,currency") -> list[ListRow]:
    path = path / "list.csv"
    path.write_text("\n".join((header, *lines)), "utf-8")
    return read(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("180", "180"),
        ("180.50", "180.50"),
        ("$180.50", "180.50"),
        ("180,50", "180.50"),
        ("1.180,50", "1180.50"),
        ("1,180.50", "1180.50"),
        ("0.125", "0.125"),
    ],
)
def test_an_amount_as_people_write_it(text: str, told: str) -> None:
    assert amount(text) == Decimal(told)


@pytest.mark.parametrize("text", ["-5", "-1.180,50", "- 5"])
def test_an_amount_below_0_is_called_that(text: str) -> None:
    with pytest.raises(ValueError, match="is a number below 0"):
        amount(text)


@pytest.mark.parametrize(
    "text", ["1,180", "1.180", "€180", "-5", "0", "free", "", "1,18,0", "1e3", "180 EUR"]
)
def test_what_can_mean_two_amounts_or_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"mean|price|number|USD"):
        amount(text)


def test_an_amount_in_its_currency() -> None:
    assert amount("180,50 €", "EUR") == Decimal("180.50")
    with pytest.raises(ValueError, match="not in EUR"):
        amount("$180", "EUR")


def test_only_shipping_can_be_nothing() -> None:
    assert amount("0,00", zero=True) == 0
    with pytest.raises(ValueError, match="above 0"):
        amount("0.00")


def test_a_row_with_everything(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, 'Test Deck,"25,00",6,9.90,eur')
    assert (row.line, row.given, row.slug) == (2, {"product": "Test Deck"}, "")
    assert (row.price, row.quantity, row.shipping, row.currency) == (25, 6, Decimal("9.90"), "EUR")


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    first, last = rows(tmp_path, "Test Deck,25,,,", "Test Deck,26")
    assert (first.quantity, first.shipping, first.currency, first.slug) == (1, 0, "USD", "")
    assert (last.price, last.slug) == (26, "")


@pytest.mark.parametrize(
    ("line", "slug", "said"),
    [
        ("Test Deck,,1,,", "no_price", "no price"),
        ("Test Deck,abc,1,,", "bad_price", "price: 'abc'"),
        ("Test Deck,25,0,,", "bad_quantity", "quantity: '0'"),
        ("Test Deck,25,1.5,,", "bad_quantity", "'1.5'"),
        ("Test Deck,25,10001,,", "bad_quantity", "10,000"),
        ("Test Deck,25,1,-1,", "bad_shipping", "shipping: '-1'"),
        ("Test Deck,25,1,,dollars", "bad_currency", "'DOLLARS'"),
        ("Test Deck,25,1,,USD,50", "bad_row", "6 cells"),
        ('Test "Deck" "x,25,1,,', "", ""),
    ],
)
def test_a_bad_row_costs_itself(tmp_path: Path, line: str, slug: str, said: str) -> None:
    bad, good = rows(tmp_path, line, "Test Deck,25,1,,")
    assert (bad.line, bad.slug) == (2, slug)
    assert said in bad.problem
    assert (good.line, good.slug) == (3, "")


@pytest.mark.parametrize("by", [";", "\t"])
def test_other_separators_other_cases_and_columns_of_the_buyers_own(tmp_path: Path, by: str) -> None:
    header = by.join(("\ufeffSKU", "TCG_Product_ID", "NAME", "Price", "QTY"))
    (row,) = rows(tmp_path, by.join(("A-1", "2003", "Test Deck", "25,50", "2")), header=header)
    assert row.given == {"tcg_product_id": "2003", "name": "Test Deck"}
    assert (row.price, row.quantity, row.cells["SKU"]) == (Decimal("25.50"), 2, "A-1")


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    assert [row.line for row in rows(tmp_path, "", ",,,,", "Test Deck,25", "")] == [4]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("product,cost", "'product', 'cost'"),
        ("price,quantity", "'price', 'quantity'"),
        ("product,price,Price", "2 columns tell the price"),
        ("", "nothing"),
    ],
)
def test_a_file_that_is_no_price_list(tmp_path: Path, header: str, said: str) -> None:
    with pytest.raises(PriceListError, match=said):
        rows(tmp_path, header=header)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"product,price\n\xff\xfe,25\n")
    with pytest.raises(PriceListError, match=r"no text in utf-8 .* byte 14.*Save it as CSV in UTF-8"):
        read(path)
