"""Tables for people: names from outside are text, whatever is in them."""

import pytest
from rich.console import Console
from view_builders import valuation

from arb_pipeline.cli.render import opportunity_table, safe


def printed(**row: object) -> str:
    console = Console(width=300, color_system=None)
    with console.capture() as capture:
        console.print(opportunity_table([valuation(**row)], "Opportunities"))
    return capture.get()


@pytest.mark.parametrize("name", ["Box [/b]", "Box [foil]", "Box [link=https://example.org]x[/link]"])
@pytest.mark.parametrize("column", ["name", "why", "set_code", "sealed_source"])
def test_a_name_in_brackets_is_printed_as_it_is(column: str, name: str) -> None:
    assert name in printed(**{column: name})


def test_what_a_terminal_would_obey_is_left_out() -> None:
    assert "\x1b" not in printed(name="Box \x1b[31mred")
    assert safe("a\x1b[2Jb\x07\u202ec\nd") == "a[2Jbc\nd"
