"""`arb opportunity`: one opportunity, its transitions by persons, and its result."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli import lists
from arb_pipeline.cli.opportunity_view import bought, outcome, print_act, purchases_table, sheet
from arb_pipeline.cli.options import Json, dollars
from arb_pipeline.cli.portfolio import (
    Channel,
    Description,
    Final,
    Gross,
    KindOfSale,
    Proceeds,
    Seller,
    Sold,
    SoldOn,
    print_sale,
    record,
    sale_of,
)
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    import sqlalchemy as sa

app = typer.Typer(
    help="One opportunity: show it, record that it was bought, cancelled, or its result.",
    no_args_is_help=True,
)

Which = Annotated[
    str,
    typer.Argument(
        metavar="OPPORTUNITY",
        help="Opportunity id, or its product: product id, TCGplayer id, or an unambiguous part of the name.",
    ),
]
Notes = Annotated[str, typer.Option("--notes", metavar="TEXT", help="A note of up to 500 characters.")]
Quantity = Annotated[
    int, typer.Option("--quantity", metavar="N", min=1, max=1_000_000, help="Pieces bought.")
]
Price = Annotated[
    str | None,
    typer.Option(
        "--price", metavar="DOLLARS", help="Landed price paid per piece; by default that of the opportunity."
    ),
]
Result = Annotated[
    str | None,
    typer.Option("--result", metavar="DOLLARS", help="Net proceeds of all singles, if already known."),
]
Buyer = Annotated[
    str | None,
    typer.Option("--buyer", metavar="NAME", help="User whose purchase it is; else local-admin's."),
]
Value = Annotated[
    str, typer.Option("--value", metavar="DOLLARS", help="Net proceeds of the singles of all pieces so far.")
]


app.command("list")(lists.opportunities)


@app.command()
def show(opportunity: Which, json: Json = False) -> None:
    """Shows an opportunity: figures, forecast and events."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import opportunities as service

    with _transaction() as connection:
        view = service.show(connection, service.resolve(connection, opportunity))
    if json:
        echo(render.to_json(view))
    else:
        echo(sheet(view))


@app.command()
def execute(
    opportunity: Which,
    quantity: Quantity,
    price: Price = None,
    notes: Notes = "",
    result: Result = None,
    buyer: Buyer = None,
    json: Json = False,
) -> None:
    """Records a purchase of an active opportunity, which stays active while pieces of its offer are left."""
    paid, netted = _dollars(price, "--price"), _dollars(result, "--result")
    from arb_pipeline.services import opportunities as service
    from arb_pipeline.services.accounts import buyer_of
    from arb_pipeline.services.purchases import parameters_of
    from arb_pipeline.settings import settings

    with _transaction() as connection:
        picked = service.resolve(connection, opportunity, "execute")
        view = service.execute(
            connection,
            picked,
            quantity=quantity,
            price=paid,
            notes=notes,
            result=netted,
            now=datetime.now(UTC),
            actor=buyer_of(connection, buyer),
            parameters=parameters_of(connection, settings(), picked),
        )
    print_act(view, bought(view) + (f"\n{outcome(view)}" if netted is not None else ""), json=json)


@app.command()
def cancel(opportunity: Which, notes: Notes = "", json: Json = False) -> None:
    """Closes an active opportunity that is not to be bought. A later day may open a new one."""
    from arb_pipeline.services import opportunities as service

    with _transaction() as connection:
        picked = service.resolve(connection, opportunity, "cancel")
        view = service.cancel(connection, picked, notes=notes, now=datetime.now(UTC))
    print_act(view, "cancelled", json=json)


@app.command()
def note(
    opportunity: Which,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="500 characters at most.")],
    json: Json = False,
) -> None:
    """Adds a note to an opportunity's events, in any state."""
    if not text.strip():
        msg = "The note is empty."
        raise typer.BadParameter(msg, param_hint="TEXT")
    from arb_pipeline.services import opportunities as service

    with _transaction() as connection:
        picked = service.resolve(connection, opportunity, "note")
        view = service.note(connection, picked, text, now=datetime.now(UTC))
    print_act(view, f"noted ({view.status}, opened {view.opened_on})", json=json)


@app.command()
def result(opportunity: Which, value: Value, json: Json = False) -> None:
    """Records the result of a purchase and compares it with the forecast. Run again, it corrects."""
    netted = _dollars(value, "--value") or Decimal(0)
    from arb_pipeline.services import opportunities as service

    with _transaction() as connection:
        picked = service.resolve(connection, opportunity, "result")
        view = service.record_result(connection, picked, netted, now=datetime.now(UTC))
    print_act(view, f"{bought(view)}\n{outcome(view)}", json=json)


@app.command()
def sell(
    opportunity: Which,
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
    """Records a sale from the purchase of an opportunity: singles, a piece resold unopened, or the whole."""
    sale = sale_of(proceeds, gross, kind, quantity, channel, sold_on, description, final=final)
    from arb_pipeline.services import opportunities as service
    from arb_pipeline.services.accounts import seller_of
    from arb_pipeline.services.purchases import find_purchase

    with _transaction() as connection:
        actor = seller_of(connection, buyer)
        picked = service.resolve(connection, opportunity, "result")
        view = record(connection, actor, find_purchase(connection, actor, picked), sale)
    print_sale(view, json=json)


@app.command()
def results(json: Json = False) -> None:
    """Lists purchases: realised profit against the forecast, and how far forecasts were off."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import opportunities as service

    with _transaction() as connection:
        view = service.results(connection)
    if json:
        echo(render.to_json(view))
        return
    if not view.rows:
        echo("Nothing was bought yet: `arb opportunity execute` records a purchase.")
        return
    render.console().print(purchases_table(view.rows))
    echo(f"{view.results} of {view.purchases} have a result.")
    if view.mean_error is not None and view.error_of_forecast is not None:
        echo(
            f"Realised - forecast: {render.money(view.mean_error)} on average, "
            f"{view.error_of_forecast:+.1%} of the forecast value."
        )
    if view.with_range:
        echo(f"{view.within} of {view.with_range} lie within p5 to p95; 90% are to be expected.")


@app.command()
def cleanup(
    product: Annotated[
        str | None, typer.Option("--product", help="Only this product's: its name, or an id.")
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(
            "--now", metavar="TIME", help="Time to use instead of the clock, e.g. 2025-10-12T06:00Z."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Expires active opportunities that no analysis confirmed in time. Run it after the day's analysis."""
    instant = _instant(now)
    from arb_pipeline.cli import render
    from arb_pipeline.services import catalogue
    from arb_pipeline.services import opportunities as service

    with _transaction() as connection:
        product_id = None if product is None else catalogue.resolve(connection, product).product_id
        expired = service.cleanup(connection, now=instant, product_id=product_id)
    if json:
        echo(render.to_json(list(expired)))
        return
    for view in expired:
        echo(f"{view.name}: expired, not confirmed since {view.as_of}")
    if not expired:
        echo(f"No active opportunity ran out before {instant:%Y-%m-%d %H:%M} UTC.")


@contextmanager
def _transaction() -> Iterator["sa.Connection"]:
    """One transaction: a transition and its event, or neither."""
    from arb_pipeline.cli.database import reading

    with reading() as connection, connection.begin():
        yield connection


def _dollars(text: str | None, option: str) -> Decimal | None:
    """A whole number of cents, exact."""
    if text is None:
        return None
    cents = dollars(text, option, zero=True)
    if cents != round(cents, 2):
        msg = f"{text!r} has a fraction of a cent. Write it as 55.50."
        raise typer.BadParameter(msg, param_hint=option)
    return cents


def _instant(text: str | None) -> datetime:
    """The clock's time, or the one that is given; one without a zone is UTC."""
    if text is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no time. Write it as 2025-10-12T06:00Z."
        raise typer.BadParameter(msg, param_hint="--now") from None
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
