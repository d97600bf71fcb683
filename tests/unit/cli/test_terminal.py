"""Text from outside is harmless wherever it is printed; errors have one form and one exit code each."""

import io
import sys
from unittest.mock import patch

import polars as pl
import pytest
import typer
from rich.table import Table

from arb_pipeline.cli import main, render
from arb_pipeline.cli.terminal import clean
from arb_pipeline.contracts.errors import ConflictError, InvalidInputError, NotFoundError

HOSTILE = "Box\x1b]0;owned\x07\x1b[31m\x9b2J\u202egpj.exe[bold]"
"""An escape sequence that names the window, colours, a C1 control, a reversal of direction, and markup."""
HARMLESS = "Box]0;owned[31m2Jgpj.exe[bold]"


def ended(raised: BaseException) -> tuple[int, str]:
    """Exit code and standard error of `arb` when a command raises this."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.command()
    def command() -> None:
        raise raised

    with (
        patch.object(main, "app", app),
        patch.object(sys, "argv", ["arb"]),
        patch.object(sys, "stderr", io.StringIO()) as errors,
        pytest.raises(SystemExit) as end,
    ):
        main.run()
    return end.value.code, errors.getvalue()


def test_the_sanitiser_leaves_no_control_character():
    assert clean(HOSTILE) == HARMLESS
    assert clean("two\nlines\tand Pokémon ポケモン") == "two\nlines\tand Pokémon ポケモン"


@pytest.mark.parametrize("wrap", [str, render.safe], ids=["as it came", "escaped"])
def test_a_table_shows_a_hostile_name_without_obeying_it(wrap):
    console = render.SafeConsole(file=io.StringIO(), width=120, force_terminal=True)
    table = Table("name")
    table.add_row(wrap(HOSTILE))
    console.print(table)

    shown = console.file.getvalue()
    assert "\x1b]" not in shown
    assert not {"\x07", "\x9b", "\u202e"} & set(shown)
    assert "Box]0;owned[31m2Jgpj.exe" in shown


def test_json_escapes_what_a_terminal_would_obey_and_loses_nothing():
    text = render.as_json(pl.DataFrame({"name": [HOSTILE]}))

    assert text.replace("\n", "").isprintable()
    assert pl.read_json(text.encode())["name"][0] == HOSTILE


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            NotFoundError("No product is called 'x'.", next_step="Search."),
            1,
            "No product is called 'x'. Search.",
        ),
        (InvalidInputError("--margin", value="ten"), 2, "--margin is 'ten'."),
        (ConflictError(f"{HOSTILE} is executed"), 1, f"{HARMLESS} is executed"),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), 1, "a.csv: No such file or directory."),
    ],
)
def test_a_refusal_is_one_sentence_and_an_exit_code(error, code, message):
    result, text = ended(error)

    assert (result, text.startswith(f"arb: {message}"), text.count("\n")) == (code, True, 1)


def test_an_interrupt_ends_with_130_and_a_sentence():
    code, text = ended(KeyboardInterrupt())

    assert code == 130
    assert text.startswith("arb: interrupted.")


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        ended(ZeroDivisionError("fault"))
