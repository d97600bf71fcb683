"""`arb portfolio`: what was bought, what it is worth, sales, order exports, listing sheets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from arb_pipeline.cli.options import MOST_ROWS, Json, dollars, to_day
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    import sqlalchemy as sa

    from arb_pipeline.services.accounts import Buyer
    from arb_pipeline.services.portfolio import PurchaseView
    from arb_pipeline.services.purchases import Sale

app = typer.Typer(
    help="What was bought: results against forecasts, today's value, sales, listing sheets.",
    no_args_is_help=True,
)

Which = Annotated[
    str,
    typer.Argument(metavar="PURCHASE", help="Its id, or its product: an id or part of the name."),
]
Seller = Annotated[
    str | None, typer.Option("--buyer", metavar="NAME", help="Only purchases of this user; else of all.")
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help="Why: kept beside what is removed. 500 characters.")
]
Proceeds = Annotated[
    str | None,
    typer.Option("--proceeds", metavar="DOLLARS", help="What it netted, after fees and postage."),
]
Gross = Annotated[
    str | None,
    typer.Option(
        "--gross", metavar="DOLLARS", help="What was paid for the goods: fees of --channel are taken off."
    ),
]
KindOfSale = Annotated[
    Literal["singles", "sealed", "whole"],
    typer.Option("--kind", help="Cards; pieces resold unopened; whole contents of opened pieces."),
]
Sold = Annotated[int, typer.Option("--quantity", metavar="N", min=0, max=1_000_000, help="Cards, or pieces.")]
Channel = Annotated[
    str | None, typer.Option("--channel", metavar="NAME", help="Where: tcgplayer, ebay, a shop.")
]
SoldOn = Annotated[str | None, typer.Option("--date", metavar="DAY", help="When; else today (UTC).")]
Description = Annotated[str | None, typer.Option("--what", metavar="TEXT", help="What was sold.")]
Final = Annotated[bool, typer.Option("--final", help="Nothing of the purchase is left to sell.")]


@app.command("list")
def list_(
    state: Annotated[
        Literal["all", "open", "closed"], typer.Option("--state", help="Which purchases to show.")
    ] = "all",
    buyer: Seller = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="How many rows.")] = 50,
    json: Json = False,
) -> None:
    """Lists purchases: cost, forecast, sales, today's value, result; and their sums."""
    from arb_pipeline.cli import portfolio_view, render
    from arb_pipeline.services import portfolio as service

    with _transaction() as connection:
        view = service.portfolio(
            connection,
            buyer_id=_seller(connection, buyer).user_id,
            state=None if state == "all" else state,
            limit=limit,
        )
    if json:
        echo(render.to_json(view))
    elif not view.purchases:
        echo("Nothing was bought yet: `arb opportunity execute` records a purchase.")
    else:
        render.console().print(portfolio_view.table(view.items))
        echo(portfolio_view.sums(view))


@app.command()
def show(purchase: Which, buyer: Seller = None, json: Json = False) -> None:
    """Shows a purchase: its forecast, its sales, its result or what the rest is worth today."""
    from arb_pipeline.cli import portfolio_view, render
    from arb_pipeline.services import portfolio as service

    with _transaction() as connection:
        own = _seller(connection, buyer).user_id
        view = service.purchase(connection, service.resolve(connection, purchase, buyer_id=own))
    echo(render.to_json(view) if json else portfolio_view.details(view))


@app.command()
def sell(
    purchase: Which,
    proceeds: Proceeds = None,
    gross: Gross = None,
    kind: KindOfSale = "singles",
    quantity: Sold = 0,
    channel: Channel = None,
    sold_on: SoldOn = None,
    description: Description = None,
    final: Final = False,
    buyer: Seller = None,
    json: Json = False,
) -> None:
    """Records a sale from a purchase: singles, a piece resold unopened, or the whole contents."""
    sale = sale_of(proceeds, gross, kind, quantity, channel, sold_on, description, final=final)
    from arb_pipeline.services import portfolio as service

    with _transaction() as connection:
        actor = _seller(connection, buyer)
        picked = service.resolve(connection, purchase, buyer_id=actor.user_id, is_open=True)
        view = record(connection, actor, picked, sale)
    print_sale(view, json=json)


@app.command()
def edit(
    purchase: Which,
    quantity: Annotated[
        int | None, typer.Option("--quantity", metavar="N", min=1, max=1_000_000, help="Pieces bought.")
    ] = None,
    price: Annotated[
        str | None, typer.Option("--price", metavar="DOLLARS", help="Landed price paid per piece.")
    ] = None,
    bought_on: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="Day of the purchase.")
    ] = None,
    notes: Annotated[
        str | None, typer.Option("--notes", metavar="TEXT", help="Replaces the note; '' removes it.")
    ] = None,
    buyer: Seller = None,
    json: Json = False,
) -> None:
    """Corrects a purchase; results follow, its forecast stays."""
    if quantity is None and price is None and bought_on is None and notes is None:
        msg = "Give what to correct: --quantity, --price, --date or --notes."
        raise typer.BadParameter(msg)
    paid = None if price is None else _whole_cents(price, "--price")
    from arb_pipeline.services import portfolio as service
    from arb_pipeline.services.corrections import Correction, correct

    correction = Correction(quantity, paid, to_day(bought_on, "--date"), notes, notes is not None)
    with _transaction() as connection:
        actor = _seller(connection, buyer)
        picked = service.resolve(connection, purchase, buyer_id=actor.user_id)
        correct(connection, actor, picked, correction, now=datetime.now(UTC))
        view = service.purchase(connection, picked)
    print_sale(view, json=json)


@app.command()
def remove(purchase: Which, reason: Reason, buyer: Seller = None, json: Json = False) -> None:
    """Removes a purchase that has no sales; its opportunity is as it was before."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import opportunities
    from arb_pipeline.services import portfolio as service
    from arb_pipeline.services.corrections import remove as remove_purchase

    with _transaction() as connection:
        actor = _seller(connection, buyer)
        picked = service.resolve(connection, purchase, buyer_id=actor.user_id)
        bought = service.purchase(connection, picked)
        remove_purchase(connection, actor, picked, reason, now=datetime.now(UTC))
        view = opportunities.show(connection, bought.opportunity_id)
    echo(
        render.to_json(view)
        if json
        else f"{bought.label}: purchase of {bought.quantity} removed; the opportunity is {view.status}."
    )


@app.command("remove-sale")
def remove_sale(
    purchase: Which,
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=1, help="Number of the sale in `arb portfolio show`.")
    ],
    reason: Reason,
    buyer: Seller = None,
    json: Json = False,
) -> None:
    """Removes a sale from a purchase, which is open again if the sale ended it."""
    from arb_pipeline.services import portfolio as service
    from arb_pipeline.services.corrections import remove_sale as remove_one

    with _transaction() as connection:
        actor = _seller(connection, buyer)
        picked = service.resolve(connection, purchase, buyer_id=actor.user_id)
        sales = service.purchase(connection, picked).sales
        if number > len(sales):
            msg = f"The purchase has {len(sales)} sale{'' if len(sales) == 1 else 's'}."
            raise typer.BadParameter(msg, param_hint="NUMBER")
        remove_one(connection, actor, sales[number - 1].id, reason, now=datetime.now(UTC))
        view = service.purchase(connection, picked)
    print_sale(view, json=json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Order export: CSV, TSV, XLSX.")],
    channel: Annotated[
        str, typer.Option("--channel", metavar="NAME", help="Marketplace: tcgplayer, ebay, cardmarket.")
    ],
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", metavar="FIELD=HEADER", help='A column by name: title="Listing".'),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would record.")] = False,
    buyer: Seller = None,
    json: Json = False,
) -> None:
    """Records the sales of a marketplace's order export, each line once. Nothing about its buyers is kept."""
    chosen = _columns(columns or [])
    from arb_pipeline.cli import portfolio_view, render
    from arb_pipeline.services.order_import import import_orders
    from arb_pipeline.settings import settings

    with _transaction() as connection:
        view = import_orders(
            connection,
            settings(),
            _seller(connection, buyer),
            file,
            channel=channel,
            columns=chosen,
            now=datetime.now(UTC),
            is_trial=dry_run,
        )
    echo(render.to_json(view) if json else portfolio_view.imported(view))


@app.command()
def sheet(
    purchase: Which,
    pieces: Annotated[
        int | None, typer.Option("--pieces", metavar="N", min=1, help="Opened pieces; else all left.")
    ] = None,
    pulled: Annotated[
        Path | None,
        typer.Option("--pulled", exists=True, dir_okay=False, help="File of the cards that packs held."),
    ] = None,
    upload: Annotated[
        Literal["tcgplayer", "ebay", "cardmarket", "buylist"] | None,
        typer.Option("--upload", help="Marketplace whose upload file to write to --output."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", dir_okay=False, help="Upload file.")] = None,
    buyer: Seller = None,
    json: Json = False,
) -> None:
    """Lists the cards of an opened purchase: copies, best channel, price to ask; writes upload files."""
    if (upload is None) != (output is None):
        msg = "--upload and --output belong together."
        raise typer.BadParameter(msg)
    from arb_pipeline.cli import portfolio_view, render
    from arb_pipeline.services import listing_sheet, portfolio
    from arb_pipeline.settings import settings

    with _transaction() as connection:
        own = _seller(connection, buyer).user_id
        bought = portfolio.purchase(connection, portfolio.resolve(connection, purchase, buyer_id=own))
        cards = listing_sheet.sheet(settings(), connection, bought, pieces=pieces, pulled=pulled)
    if upload and output:
        rows = listing_sheet.write_upload(settings(), cards, upload, output)
        echo(f"{output}: {rows} rows for {upload}", err=json)
        if missing := listing_sheet.TO_COMPLETE.get(upload):
            echo(f"Before you upload it: {missing}.", err=json)
    echo(render.to_json(cards.view) if json else portfolio_view.listing_sheet(cards.view))


def sale_of(
    proceeds: str | None,
    gross: str | None,
    kind: Literal["singles", "sealed", "whole"],
    quantity: int,
    channel: str | None,
    sold_on: str | None,
    description: str | None,
    *,
    final: bool,
) -> "Sale":
    """The sale that options describe; anything else is wrong use."""
    if (proceeds is None) == (gross is None):
        msg = "Give --proceeds, what it netted, or --gross with --channel."
        raise typer.BadParameter(msg)
    from arb_pipeline.services.purchases import Sale

    amounts = [
        None if text is None else _whole_cents(text, option)
        for text, option in ((proceeds, "--proceeds"), (gross, "--gross"))
    ]
    return Sale(
        proceeds=amounts[0],
        gross=amounts[1],
        kind=kind,
        quantity=quantity,
        sold_on=to_day(sold_on, "--date"),
        channel=channel,
        description=description,
        is_final=final,
    )


def _whole_cents(text: str, option: str) -> Decimal:
    """Dollars of an option, without a fraction of a cent."""
    amount = dollars(text, option, zero=True)
    if amount != round(amount, 2):
        msg = f"{text!r} has a fraction of a cent. Write it as 55.50."
        raise typer.BadParameter(msg, param_hint=option)
    return amount


def record(connection: "sa.Connection", actor: "Buyer", purchase_id: str, sale: "Sale") -> "PurchaseView":
    """Records a sale; the purchase as it stands then."""
    from arb_pipeline.services import parameters, portfolio, purchases
    from arb_pipeline.settings import settings

    now = datetime.now(UTC)
    params = parameters.in_force(connection, settings(), sale.sold_on or now.date())
    purchases.record_sale(connection, actor, purchase_id, sale, now=now, params=params)
    return portfolio.purchase(connection, purchase_id)


def print_sale(view: "PurchaseView", *, json: bool) -> None:
    """The purchase after a sale."""
    from arb_pipeline.cli import portfolio_view, render

    echo(render.to_json(view) if json else portfolio_view.details(view))


def _columns(pairs: list[str]) -> dict[str, str]:
    """Field -> header of `FIELD=HEADER`."""
    headers = {}
    for pair in pairs:
        field, equals, header = pair.partition("=")
        if not equals or not field.strip() or not header.strip():
            msg = f'{pair!r} names no column. Write it as title="Listing title".'
            raise typer.BadParameter(msg, param_hint="--columns")
        headers[field.strip()] = header.strip()
    return headers


def _seller(connection: "sa.Connection", name: str | None) -> "Buyer":
    from arb_pipeline.services.accounts import seller_of

    return seller_of(connection, name)


@contextmanager
def _transaction() -> Iterator["sa.Connection"]:
    """One transaction: all of a command's writes, or none."""
    from arb_pipeline.cli.database import reading

    with reading() as connection, connection.begin():
        yield connection
