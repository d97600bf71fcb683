"""Order exports: items sold, and nothing about who bought them."""

from datetime import date
from decimal import Decimal

import pytest

from arb_pipeline.sources.marketplace_orders import OrderExportError, read_order_export

EBAY = (
    '"Sales Record Number","Order Number","Buyer Username","Buyer Name","Buyer Email","Item Title","Quantity",'
    '"Sold For","Sale Date"\n'
    '"101","12-34567-89012","card_fan_77","Ada Lovelace","ada@example.com","Lightning Bolt M10 146","2","$1.50","Jan-05-26"\n'
)


def export(folder, text):
    path = folder / "orders.csv"
    path.write_text(text, "utf-8")
    return path


def test_an_ebay_export_gives_items_without_their_buyer(tmp_path):
    result = read_order_export(export(tmp_path, EBAY))
    (item,) = result.items
    assert (item.order, item.title, item.quantity) == ("12-34567-89012", "Lightning Bolt M10 146", 2)
    assert (item.gross, item.sold_on) == (Decimal("3.00"), date(2026, 1, 5))
    for secret in ("card_fan_77", "Ada", "ada@example.com", "Buyer"):
        assert secret not in repr(result)


def test_proceeds_and_fees_are_taken_where_the_file_has_them(tmp_path):
    text = "Order ID,Name,Set,Number,Qty,Order Date,Price,Fees,Net\n7,Bolt,M10,146,1,2026-01-31,2.00,-0.56,1.44\n"
    (item,) = read_order_export(export(tmp_path, text)).items
    assert (item.gross, item.fees, item.proceeds) == (2, Decimal("0.56"), Decimal("1.44"))
    assert (item.set_name, item.number) == ("M10", "146")


def test_columns_can_be_named(tmp_path):
    path = export(tmp_path, "Listing;When;You earned\nBolt;31.01.2026;1,44\n")
    with pytest.raises(OrderExportError, match="it lacks title, sold_on, proceeds"):
        read_order_export(path)
    columns = {"title": "Listing", "sold_on": "When", "proceeds": "You earned"}
    (item,) = read_order_export(path, columns).items
    assert (item.proceeds, item.sold_on) == (Decimal("1.44"), date(2026, 1, 31))


def test_a_column_that_is_not_there_is_named_without_the_buyers_columns(tmp_path):
    with pytest.raises(OrderExportError, match="no column is called 'Titel'") as raised:
        read_order_export(export(tmp_path, EBAY.replace("Sold For", "X")), {"title": "Titel"})
    assert "Buyer" not in str(raised.value)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Bolt,1,03/04/20266,2.00", "date '03/04/20266'"),
        ("Bolt,0,01/31/2026,2.00", "quantity '0'"),
        ("Bolt,1,01/31/2026,two", "'two' is no number"),
        (",1,01/31/2026,2.00", "it has no title"),
        ("Bolt,1,01/31/2026,", "it has no amount"),
    ],
)
def test_a_bad_line_costs_itself(tmp_path, row, reason):
    text = f"Name,Qty,Order Date,Price\n{row}\nShock,1,01/31/2026,1.00\n"
    result = read_order_export(export(tmp_path, text))
    assert [item.title for item in result.items] == ["Shock"]
    assert [line.line for line in result.rejected] == [2]
    assert reason in result.rejected[0].reason
