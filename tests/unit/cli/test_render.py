"""Tables for people: names from outside are text, whatever is in them."""

import pytest
from rich.console import Console
from view_builders import valuation

from arb_pipeline.cli.render import closed_table, opportunity_table, safe


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
