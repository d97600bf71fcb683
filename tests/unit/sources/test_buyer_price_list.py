"""A buyer's price list: what a row says, and what is wrong with it."""

from decimal import Decimal
from pathlib import Path

import pytest

from arb_pipeline.sources.buyer_price_list import ListRow, PriceListError, amount, read_price_list


def rows(path: Path, *lines: str, header: str = "product,price,quantity,shipping,currency") -> list[ListRow]:
    path = path / "list.csv"
    path.write_text("\n".join((header, *lines)), "utf-8")
    return read_price_list(path).rows


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("180", "180"),
        ("180.50", "180.50"),
        ("$180.50", "180.50"),
        ("180,50", "180.50"),
        ("1.180,50", "1180.50"),
        ("1,180.50", "1180.50"),
        ("0.125", "0.125"),
        (".5", "0.5"),
        ("$.50", "0.50"),
        ("40.", "40"),
    ],
)
def test_an_amount_as_people_write_it(text: str, stated: str) -> None:
    assert amount(text) == Decimal(stated)


@pytest.mark.parametrize("text", ["-5", "-1.180,50", "- 5"])
def test_an_amount_below_0_is_called_that(text: str) -> None:
    with pytest.raises(ValueError, match="is a number below 0"):
        amount(text)


@pytest.mark.parametrize(
    "text",
    ["1,180", "1.180", "€180", "-5", "0", "free", "", "1,18,0", "1e3", "180 EUR", "-2+3", "=2", ".", "NaN"],
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
    ("line", "slug", "message"),
    [
        ("Test Deck,,1,,", "no_price", "no price"),
        ("Test Deck,abc,1,,", "bad_price", "price: 'abc'"),
        ("Test Deck,25,0,,", "bad_quantity", "quantity: '0'"),
        ("Test Deck,25,1.5,,", "bad_quantity", "'1.5'"),
        ("Test Deck,25,10001,,", "bad_quantity", "10,000"),
        # A thousand pieces were read as one.
        ('Test Deck,25,"1,000",,', "bad_quantity", "'1,000' can mean 1 or 1000"),
        ("Test Deck,25,2.000,,", "bad_quantity", "'2.000' can mean 2 or 2000"),
        ("Test Deck,25,1,-1,", "bad_shipping", "shipping: '-1'"),
        ("Test Deck,25,1,,dollars", "bad_currency", "'DOLLARS'"),
        ("Test Deck,25,1,,USD,50", "bad_row", "6 cells"),
        ('Test "Deck" "x,25,1,,', "", ""),
    ],
)
def test_a_bad_row_costs_itself(tmp_path: Path, line: str, slug: str, message: str) -> None:
    bad, good = rows(tmp_path, line, "Test Deck,25,1,,")
    assert (bad.line, bad.slug) == (2, slug)
    assert message in bad.problem
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
    ("header", "message"),
    [
        ("product,sum", "'product', 'sum'"),
        ("price,quantity", "'price', 'quantity'"),
        ("product,price,Price\nBox,1,2", "2 columns tell the price"),
        ("", "nothing"),
    ],
)
def test_a_file_that_is_no_price_list(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(PriceListError, match=message):
        rows(tmp_path, header=header)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"product,price\n\xff\x81,25\n")
    with pytest.raises(PriceListError, match=r"no text in utf-8 .* byte 14.*Save it as CSV in UTF-8"):
        read_price_list(path)


def listed(folder, text, *, columns=None, encoding="utf-8"):
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return read_price_list(path, columns)


def test_quantity_times_unit_equal_to_total_tells_which_column_is_per_piece(tmp_path):
    result = listed(tmp_path, "Name,Qty,Price,Unit Cost\nBox,6,360,60\nDeck,1,20,20\n")
    assert [(row.price, row.quantity, row.slug) for row in result.rows] == [(60, 6, ""), (20, 1, "")]
    assert "price: 'Unit Cost', the price of a piece" in result.reading
    assert "total: 'Price', the price of the whole row" in result.reading


def test_two_price_columns_that_no_total_explains_are_queried(tmp_path):
    with pytest.raises(
        PriceListError, match=r"2 columns tell the price: 'Price', 'Unit Cost'.*--columns price="
    ):
        listed(tmp_path, "Name,Qty,Price,Unit Cost\nBox,6,360,55\n")


def test_a_price_equal_to_the_total_of_several_pieces_is_that_of_the_row(tmp_path):
    result = listed(tmp_path, "Name,Qty,Price,Total\nBox,6,360,360\nDeck,1,20,20\n")
    assert [row.price for row in result.rows] == [60, 20]
    assert "price: 'Price', the price of the whole row" in result.reading


def test_a_row_whose_total_is_another_is_refused_and_no_other(tmp_path):
    wrong, right = listed(tmp_path, "Name,Qty,Price,Total\nBox,6,60,300\nDeck,2,20,40\n").rows
    assert (wrong.slug, wrong.problem) == ("bad_price", "price: 6 x 60 is 360, not the total 300")
    assert (right.slug, right.price) == ("", 20)


def test_a_total_alone_is_shared_by_the_pieces(tmp_path):
    (row,) = listed(tmp_path, "Item,Quantity,Total Cost\nBox,4,100\n").rows
    assert (row.price, row.quantity) == (25, 4)


def test_a_case_price_is_shared_by_its_pieces(tmp_path):
    (row,) = listed(tmp_path, "Title,Case Price,Case Size,Qty\nBox,600,6,2\n").rows
    assert (row.price, row.quantity) == (100, 12)


def test_a_case_price_that_is_not_its_pieces_is_refused(tmp_path):
    (row,) = listed(tmp_path, "Title,Case Price,Case Size,Unit Price\nBox,600,6,90\n").rows
    assert (row.slug, row.problem) == ("bad_price", "price: 6 pieces of 90 are not the case's 600")


def test_a_price_beside_a_case_size_is_queried_and_can_be_chosen(tmp_path):
    text = "Title,Price,Case Size\nBox,600,6\n"
    with pytest.raises(PriceListError, match=r"piece or of a case.*case_price="):
        listed(tmp_path, text)
    assert listed(tmp_path, text, columns={"case_price": "Price"}).rows[0].price == 100
    assert listed(tmp_path, text, columns={"price": "Price"}).rows[0].price == 600


def test_an_unknown_heading_is_queried_with_a_guess(tmp_path):
    with pytest.raises(PriceListError, match=r"""'Our Cost \$'.*--columns price="Our Cost \$"."""):
        listed(tmp_path, "Title,Our Cost $\nBox,60\n")
    assert listed(tmp_path, "Title,Our Cost $\nBox,60\n", columns={"price": "our cost $"}).rows[0].price == 60


def test_a_chosen_column_that_is_not_there_is_named_with_the_nearest(tmp_path):
    with pytest.raises(PriceListError, match=r"no column is called 'Unit Cst'.*'Unit Cost' meant"):
        listed(tmp_path, "Title,Unit Cost\nBox,60\n", columns={"price": "Unit Cst"})


def test_an_empty_column_is_no_rival(tmp_path):
    (row,) = listed(tmp_path, "Product Name,Title,Price\nBox,,60\n").rows
    assert row.given == {"name": "Box"}


def test_a_quoted_cell_may_have_line_breaks_and_separators(tmp_path):
    first, second = listed(
        tmp_path, 'name,price,quantity\n"Play Booster Box\nsealed, new",98.5,6.0\nDeck,40.,2\n'
    ).rows
    assert (first.given["name"], first.price, first.quantity) == (
        "Play Booster Box sealed, new",
        Decimal("98.5"),
        6,
    )
    assert (second.line, second.price) == (4, 40)


def test_an_open_quote_costs_its_row_alone(tmp_path):
    bad, good = listed(tmp_path, 'name,price\n"Box,98.5\nDeck,40\n').rows
    assert (bad.slug, good.given, good.price) == ("bad_row", {"name": "Deck"}, 40)


def test_a_total_row_at_the_end_names_no_product(tmp_path):
    *_, last = listed(tmp_path, "name,qty,price\nBox,6,60\nGrand Total:,6,360\n").rows
    assert (last.slug, last.given) == ("total_row", {})


def test_a_title_line_before_the_header_is_passed_over(tmp_path):
    (row,) = listed(tmp_path, "Spring wholesale offer\nvalid until May\nName;Price\nBox;60\n").rows
    assert (row.line, row.price) == (4, 60)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_text_as_spreadsheets_write_it(tmp_path, encoding):
    (row,) = listed(tmp_path, "Name\tPrice\nPokémon Box\t60\n", encoding=encoding).rows
    assert (row.given["name"], row.price) == ("Pokémon Box", 60)


def test_xlsx_is_read_by_its_content_whatever_its_name(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for cells in (("Product Name", "Qty", "Unit Cost"), ("Box", 6, 60.1), ("Deck", 2.0, 20)):
        book.active.append(cells)
    book.save(tmp_path / "list.csv")
    result = read_price_list(tmp_path / "list.csv")
    assert [(row.price, row.quantity) for row in result.rows] == [(Decimal("60.1"), 6), (20, 2)]


def test_tcgplayers_pricing_export_gives_skus_not_product_ids(tmp_path):
    header = "TCGplayer Id,Product Name,Title,TCG Market Price,TCG Low Price,TCG Marketplace Price"
    row = "8777517,Box,,21.47,,27.17"
    with pytest.raises(PriceListError, match='--columns price="TCG Market Price"'):
        listed(tmp_path, f"{header}\n{row}\n")
    result = listed(tmp_path, f"{header}\n{row}\n", columns={"price": "TCG Marketplace Price"})
    assert result.rows[0].given == {"name": "Box"}
    assert result.rows[0].price == Decimal("27.17")


def test_a_hundred_thousand_rows_and_a_header_are_read(tmp_path):
    result = listed(tmp_path, "name,price\n" + "Box,60\n" * 100_000)
    assert len(result.rows) == 100_000
    with pytest.raises(PriceListError, match="more than 100,000 rows"):
        listed(tmp_path, "name,price\n" + "Box,60\n" * 100_001)
