"""`arb value`: value of a buyer's own offers, one or a whole price list."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import DateOption, Json, dollars, to_day
from arb_pipeline.cli.terminal import echo, print_error

if TYPE_CHECKING:
    from decimal import Decimal

MOST_PIECES = 10_000


def _chance(value: float) -> float:
    """A share above 0 and below 1; a percentage is refused with an example."""
    if not 0 < value < 1:
        msg = f"{value:g} is no chance between 0 and 1. Write 0.8 for 80 %."
        raise typer.BadParameter(msg)
    return value


Product = Annotated[str | None, typer.Argument(help="Part of the name, product id, or TCGplayer id.")]
BuyAt = Annotated[
    str | None, typer.Option("--buy-at", metavar="PRICE", help="Dollars per piece, landed. Nothing is added.")
]
Shipping = Annotated[
    str | None,
    typer.Option("--shipping", metavar="PRICE", help="Dollars for the whole order, on top of --buy-at."),
]
Quantity = Annotated[
    int | None, typer.Option("--quantity", min=1, max=MOST_PIECES, help="Pieces. [default: 1]")
]
PriceList = Annotated[
    Path | None,
    typer.Option(
        "--list", metavar="FILE", help="A price list instead of one product.", exists=True, dir_okay=False
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="OUT.csv", help="With --list: results as CSV.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        metavar="FIELD=HEADER",
        help='With --list: read this column as a field, e.g. --columns price="Unit Cost"; again for more.',
    ),
]
Channels = Annotated[
    list[str] | None,
    typer.Option("--channel", metavar="NAME", help="Sell at this exit channel only; repeatable."),
]
Chance = Annotated[
    float,
    typer.Option("--chance", help="P(profit) of the break-even price, between 0 and 1.", callback=_chance),
]


def value(
    product: Product = None,
    buy_at: BuyAt = None,
    shipping: Shipping = None,
    quantity: Quantity = None,
    price_list: PriceList = None,
    output: Output = None,
    columns: Columns = None,
    channel: Channels = None,
    date: DateOption = None,
    chance: Chance = 0.8,
    json: Json = False,
) -> None:
    """Value of an offer in hand: a distributor's quote, or a whole price list at once.

    arb value "Bloomburrow Play Booster Box" --buy-at 98.50 --quantity 6
    arb value 549431 --buy-at 180 --shipping 24 --quantity 6 --channel ebay --chance 0.9
    arb value --list quotes.csv --output valued.csv

    The product is valued with the prices of the newest analysed day (or --date), as `arb run` does, with your
    price in place of the market's. A buylist takes no more copies of a card than it wants over all pieces.

    A list is CSV, TSV or XLSX, with the columns price (or total, case_price) and product (or name, id,
    tcg_product_id, upc), and if you like quantity, case_size, shipping (of the row's order) and currency
    (USD; others at the ECB's rate of the day). The column mapping is printed; --columns changes it. A row
    that cannot be valued comes back with its reason; exit code 0 if at least one row was valued.
    """
    if price_list is not None:
        given = {"PRODUCT": product, "--buy-at": buy_at, "--shipping": shipping, "--quantity": quantity}
        _refuse(given, "is a column of the list when there is --list")
        chosen = dict(_column(text) for text in columns or [])
        _value_list(price_list, output, chosen, channel or [], date, chance, json=json)
        return
    _refuse({"--output": output, "--columns": columns}, "goes with --list")
    if product is None or buy_at is None:
        msg = 'name it with a price (arb value "Play Booster Box" --buy-at 98.50), or give --list FILE.csv.'
        raise typer.BadParameter(msg, param_hint="PRODUCT")
    price, sent = dollars(buy_at, "--buy-at"), dollars(shipping or "0", "--shipping", zero=True)
    _value_one(product, price, sent, quantity or 1, channel or [], date, chance, json=json)


def _value_one(
    product: str,
    price: "Decimal",
    shipping: "Decimal",
    quantity: int,
    channels: list[str],
    date: str | None,
    chance: float,
    *,
    json: bool,
) -> None:
    from arb_pipeline.cli import render, value_view
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import what_if
    from arb_pipeline.settings import settings

    quote = what_if.Quote(
        product=product,
        price=price,
        quantity=quantity,
        shipping=shipping,
        channels=tuple(channels),
        day=to_day(date, "--date"),
        chance=chance,
    )
    with reading() as connection:
        valued = what_if.value_quote(settings(), connection, quote)
    if valued.all is None:
        echo(f"arb: {valued.name}: {valued.reason}", err=True)
        raise typer.Exit(1)
    if json:
        echo(render.to_json(valued))
    else:
        value_view.print_one(render.console(), valued, chance, channels)


def _value_list(
    path: Path,
    output: Path | None,
    columns: Mapping[str, str],
    channels: list[str],
    date: str | None,
    chance: float,
    *,
    json: bool,
) -> None:
    from arb_pipeline.cli import render, value_view
    from arb_pipeline.cli.database import migrated
    from arb_pipeline.services import price_list
    from arb_pipeline.settings import settings

    _check_output(output, path)
    with migrated() as engine:
        valued = price_list.value_list(
            settings(),
            engine,
            path,
            day=to_day(date, "--date"),
            channels=channels,
            chance=chance,
            columns=columns,
            progress=_progress,
        )
    if output:
        price_list.write_csv(valued, output)
    if json:
        rows = price_list.as_frame(valued).to_dicts()
        echo(render.to_json({"rows": rows, "summary": valued.summary}))
    else:
        value_view.print_list(render.console(), valued)
        if output:
            echo(f"All {len(valued.rows):,} rows, as in the list, are in {output}")
    if not valued.summary.valued:
        rows = len(valued.rows)
        why = f"none of its {rows:,} rows was valued; each tells its reason" if rows else "it has no rows"
        print_error(f"{path}: {why}.")
        raise typer.Exit(1)


def _column(text: str) -> tuple[str, str]:
    field, separator, header = text.partition("=")
    if not (field.strip() and separator and header.strip()):
        msg = f'{text!r} is no FIELD=HEADER. Write --columns price="Unit Cost".'
        raise typer.BadParameter(msg, param_hint="--columns")
    return field.strip().lower(), header.strip()


def _progress(done: int, total: int) -> None:
    if total > done:
        echo(f"valued {done:,} of {total:,} rows", err=True)


def _check_output(output: Path | None, price_list: Path) -> None:
    from arb_pipeline.services.exports import check_output

    if output is None:
        return
    check_output(output)
    if output.exists() and output.samefile(price_list):
        msg = f"{output} is the list itself; name another file."
        raise typer.BadParameter(msg, param_hint="--output")


def _refuse(given: Mapping[str, object], why: str) -> None:
    for name, argument in given.items():
        if argument is not None:
            msg = f"{name} {why}."
            raise typer.BadParameter(msg, param_hint=name)
