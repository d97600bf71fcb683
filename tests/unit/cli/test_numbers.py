"""Numbers on the command line: NaN and infinity pass through no option."""

from collections.abc import Iterator
from decimal import Decimal

import click
import pytest

# Typer's own import uses a name that Click has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:'click:DeprecationWarning")


def options(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Parameter]]:
    for name, sub in getattr(command, "commands", {}).items():
        yield from options(sub, *path, name)
    yield from (
        (path, parameter)
        for parameter in command.params
        if isinstance(parameter.type, click.types.FloatParamType)
    )


def test_nan_and_infinity_are_refused_by_every_option_that_is_a_number() -> None:
    from typer.main import get_command

    from arb_pipeline.cli.main import app

    result = list(options(get_command(app)))
    assert {path for path, _ in result} >= {("valuations",), ("value",), ("backtest",)}
    for path, option in result:
        context = click.Context(click.Command(" ".join(path)))
        for text in ("nan", "inf", "-inf", "1e999"):
            with pytest.raises(click.BadParameter):
                option.process_value(context, text)
        assert option.process_value(context, "0.5") == 0.5


@pytest.mark.parametrize(
    ("text", "dollars"),
    [("55.50", "55.50"), ("$55.5", "55.5"), ("0,99", "0.99"), ("1,180.00", "1180.00"), ("0", "0")],
)
def test_every_command_reads_an_amount_as_a_price_list_does(text: str, dollars: str) -> None:
    from arb_pipeline.cli import options
    from arb_pipeline.cli.opportunity import _dollars

    assert options.dollars(text, "--buy-at", zero=True) == Decimal(dollars)
    assert _dollars(text, "--price") == Decimal(dollars)
