"""`arb value`: what a buyer's own offers are worth, one or a whole price list."""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from arb_pipeline.cli.options import DateOption, Json, finite, to_day

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from arb_pipeline.core.valuation.what_if import Asked

MOST_PIECES = 10_000


def value(
    product: Annotated[
        str | None, typer.Argument(help="Part of the name, our id, or the TCGplayer id.")
    ] = None,
    buy_at: Annotated[
        str | None,
        typer.Option("--buy-at", metavar="PRICE", help="Dollars per piece, landed. Nothing is added."),
    ] = None,
    shipping: Annotated[
        str | None,
        typer.Option("--shipping", metavar="PRICE", help="Dollars for the whole order, on top of --buy-at."),
    ] = None,
    quantity: Annotated[
        int | None, typer.Option("--quantity", min=1, max=MOST_PIECES, help="Pieces. [default: 1]")
    ] = None,
    price_list: Annotated[
        Path | None,
        typer.Option(
            "--list",
            metavar="FILE.csv",
            help="A price list instead of one product.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT.csv", help="With --list: results as CSV.")
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option("--channel", metavar="NAME", help="Sell at this exit channel only; again for more."),
    ] = None,
    date: DateOption = None,
    chance: Annotated[
        float,
        typer.Option(
            "--chance", help="P(profit) to tell a break-even price for, between 0 and 1.", callback=finite
        ),
    ] = 0.8,
    json: Json = False,
) -> None:
    """What an offer in hand is worth: a distributor's quote, or a whole price list at once.

    arb value "Bloomburrow Play Booster Box" --buy-at 98.50 --quantity 6
    arb value 549431 --buy-at 180 --shipping 24 --quantity 6 --channel ebay --chance 0.9
    arb value --list quotes.csv --output valued.csv

    The product is valued with the prices of the newest analysed day (or --date), as `arb run` does, with your
    price in place of the market's. A buylist takes no more copies of a card than it wants over all pieces.

    A list has the columns price and product (or name, id, tcg_product_id, upc), and if you like quantity,
    shipping (of the row's order) and currency (USD; others at the ECB's rate of the day). A row that cannot
    be valued comes back with its reason; exit code 0 if at least one row was valued.
    """
    if not 0 < chance < 1:
        msg = f"{chance:g} is no chance between 0 and 1. Write 0.8 for 80 %."
        raise typer.BadParameter(msg, param_hint="--chance")
    day = to_day(date, "--date")
    if price_list is None:
        _refuse({"--output": output}, "goes with --list")
        if product is None or buy_at is None:
            msg = (
                'name it with a price (arb value "Play Booster Box" --buy-at 98.50), or give --list FILE.csv.'
            )
            raise typer.BadParameter(msg, param_hint="PRODUCT")
        price = _amount(buy_at, "--buy-at")
        sent = _amount(shipping or "0", "--shipping", zero=True)
        _one(product, price, sent, quantity or 1, channel or [], day, chance, json=json)
        return
    given = {"PRODUCT": product, "--buy-at": buy_at, "--shipping": shipping, "--quantity": quantity}
    _refuse(given, "is a column of the list when there is --list")
    if output and not output.parent.is_dir():
        msg = f"there is no folder {output.parent}"
        raise typer.BadParameter(msg, param_hint="--output")
    if output and output.exists() and output.samefile(price_list):
        msg = f"{output} is the list itself; name another file."
        raise typer.BadParameter(msg, param_hint="--output")
    _all(price_list, output, channel or [], day, chance, json=json)


def _refuse(given: dict[str, object], why: str) -> None:
    for name, each in given.items():
        if each is not None:
            msg = f"{name} {why}."
            raise typer.BadParameter(msg, param_hint=name)


def _amount(text: str, option: str, *, zero: bool = False) -> "Decimal":
    from arb_pipeline.sources.buyer_price_list import amount

    try:
        return amount(text, zero=zero)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _one(
    product: str,
    price: "Decimal",
    shipping: "Decimal",
    quantity: int,
    channels: list[str],
    day: "date | None",
    chance: float,
    *,
    json: bool,
) -> None:
    from arb_pipeline.cli import render, value_view
    from arb_pipeline.cli.database import reading
    from arb_pipeline.cli.resolve import pick_product
    from arb_pipeline.services.what_if import WhatIfError, value_products
    from arb_pipeline.settings import settings

    with reading() as connection:
        picked = pick_product(connection, product)
    asked = _asked(picked["product_id"], price, shipping, quantity)
    try:
        (valued,) = value_products(settings(), [asked], day=day, channels=channels, chance=chance)
    except WhatIfError as error:
        raise typer.BadParameter(str(error), param_hint="--channel") from None
    except KeyError:
        _fail(f"{picked['name']} is no longer in the catalogue: `arb run` brings it up to date.")
    if valued.reason:
        _fail(f"{valued.product['name']}: {valued.reason}")
    if json:
        typer.echo(jsonlib.dumps(valued.as_dict(), default=render.plain, indent=1))
        return
    value_view.print_one(render.console(), valued, chance, channels)


def _asked(product_id: str, price: "Decimal", shipping: "Decimal", quantity: int) -> "Asked":
    from datetime import date

    from arb_pipeline.core.pricing.currency import DOLLAR, Rates
    from arb_pipeline.core.valuation.what_if import Asked

    cents = [Rates().to_cents(each, DOLLAR, date.min) for each in (price, shipping)]
    if not cents[0]:
        msg = f"{price} is less than half a cent."
        raise typer.BadParameter(msg, param_hint="--buy-at")
    return Asked(product_id, cents[0], quantity, cents[1] or 0)


def _all(
    path: Path, output: Path | None, channels: list[str], day: "date | None", chance: float, *, json: bool
) -> None:
    from arb_pipeline.cli import render, value_view
    from arb_pipeline.core.export import for_csv
    from arb_pipeline.services.price_list import as_frame, summary, value_list
    from arb_pipeline.services.what_if import WhatIfError
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.files import written_whole

    try:
        results = value_list(settings(), path, day=day, channels=channels, chance=chance)
    except WhatIfError as error:
        raise typer.BadParameter(str(error), param_hint="--channel") from None
    frame, told = as_frame(results, chance), summary(results)
    if output:
        with written_whole(output) as aside:
            for_csv(frame).write_csv(aside)
    if json:
        rows = {"rows": frame.to_dicts(), "summary": told}
        typer.echo(jsonlib.dumps(rows, default=render.plain, ensure_ascii=False, indent=1))
    else:
        value_view.print_list(render.console(), results, told, chance)
        if output:
            typer.echo(f"All {len(results):,} rows, as in the list, are in {output}")
    if not told["valued"]:
        raise typer.Exit(1)


def _fail(message: str) -> NoReturn:
    typer.echo(f"arb: {message}", err=True)
    raise typer.Exit(1)
