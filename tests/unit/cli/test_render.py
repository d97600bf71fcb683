"""Tables for people: names from outside are text, whatever is in them."""

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text
from view_builders import valuation

from arb_pipeline.cli.render import SafeConsole, closed_table, opportunity_table, safe


def printed(**row: object) -> str:
    console = Console(width=300, color_system=None)
    with console.capture() as capture:
        console.print(opportunity_table([valuation(**row)], "Opportunities"))
    return capture.get()


@pytest.mark.parametrize("name", ["Box [/b]", "Box [foil]", "Box [link=https://example.org]x[/link]"])
@pytest.mark.parametrize("column", ["name", "why", "set_code", "sealed_source"])
def test_a_name_in_brackets_is_printed_as_it_is(column: str, name: str) -> None:
    assert name in printed(**{column: name})


def test_a_row_has_both_exits_and_the_band() -> None:
    shown = printed(quick_sale_value="12.50", p5="13.10", p95="17.20")
    assert "$15.00" in shown
    assert "$12.50" in shown
    assert "$13.10 to $17.20" in shown


def test_what_is_sold_on_closed_shows_its_own_margin() -> None:
    # 13.00 - 10.00 = 3.00, 30 % of 10.00; opened it nets 15.00.
    console = Console(width=300, color_system=None)
    with console.capture() as capture:
        console.print(closed_table([valuation(resale_value="13.00")], "Closed"))
    row = capture.get().splitlines()[-2]
    for text in ("$10.00", "$11.00", "$13.00", "$3.00", "30.00%", "$15.00"):
        assert text in row


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert "\x1b" not in printed(name="Box \x1b[31mred")
    assert safe("a\x1b[2Jb\x07\u202ec\nd") == "a[2Jbc\nd"


def in_width(width: int, **row: object) -> list[str]:
    console = SafeConsole(width=width, color_system=None)
    with console.capture() as capture:
        console.print(opportunity_table([valuation(**row)], "Valuations"))
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= width
    return lines


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140, 180])
def test_product_price_profit_and_margin_are_in_every_width(width: int) -> None:
    shown = " ".join(in_width(width, name="Box", set_code="tst"))
    for text in ("Box (tst)", "$10.00", "$5.00", "50.00%"):
        assert text in shown


def test_a_narrow_table_names_the_columns_that_it_goes_without() -> None:
    lines = in_width(80)
    assert "Confidence" not in lines[2]
    assert "Not shown in this width: Confidence, Risk" in " ".join(lines)


def test_a_very_narrow_one_stacks_its_rows_and_loses_nothing() -> None:
    lines = in_width(40, name="Box of a Longer Name", set_code="tst", sealed_source="tcgplayer")
    assert "Product: Box of a Longer Name (tst)" in lines
    assert "Where: tcgplayer" in lines


def test_of_valuations_a_column_tells_which_are_published() -> None:
    assert "Published" not in printed()
    console = Console(width=300, color_system=None)
    with console.capture() as capture:
        rows = [valuation(name="Deck"), valuation(name="Box")]
        console.print(opportunity_table(rows, "Valuations", published=[False, True]))
    header, deck, box = (capture.get().splitlines()[at] for at in (2, 4, 5))
    at = header.index("Published")
    assert (deck[at : at + 9].strip(), box[at : at + 9].strip()) == ("no", "yes")


def test_short_columns_that_wrap_take_no_more_than_they_need() -> None:
    """Ten columns of a list to resell: in 120 characters all but those of least weight stand in one row."""
    console = SafeConsole(width=120, color_system=None)
    with console.capture() as capture:
        console.print(closed_table([valuation(resale_value="13.00")], "Closed"))
    assert "Buy at" in capture.get().splitlines()[2]


def test_a_stacked_text_from_outside_is_no_markup() -> None:
    table = Table("Product", *(f"A long heading {n}" for n in range(9)))
    table.add_row(Text("Box [/b] [red]"), *["a value that is long"] * 9)
    console = SafeConsole(width=40, color_system=None)
    with console.capture() as capture:
        console.print(table)
    assert "Product: Box [/b] [red]" in capture.get().splitlines()
