"""`arb price` and `arb search`: live look-ups at a shop."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import Json
from arb_pipeline.cli.terminal import clean, echo
from arb_pipeline.contracts.choices import Shop

if TYPE_CHECKING:
    from rich.table import Table

    from arb_pipeline.services.live import LivePriceView, LiveProductView

ShopOption = Annotated[Shop, typer.Option("--source", help="Shop to look up.")]


def price(
    product: Annotated[
        str, typer.Argument(help="TCGplayer product id, eBay item number, or Amazon ASIN.", metavar="PRODUCT")
    ],
    source: ShopOption = Shop.TCGPLAYER,
    json: Json = False,
) -> None:
    """Prints the current price of one product at a shop.

    TCGplayer: its market price and the lowest ask. eBay: an item, with shipping. Amazon: the buy box.
    """
    from arb_pipeline.cli import render
    from arb_pipeline.services import live
    from arb_pipeline.settings import settings

    with render.progress_console(quiet=json).status(f"asking {source}"):
        view = live.price(settings(), source, product)
    if json:
        echo(render.to_json(view))
    else:
        render.console().print(_price_table(view))


def search(
    query: Annotated[str, typer.Argument(help="Text to search for.", metavar="QUERY")],
    source: ShopOption = Shop.TCGPLAYER,
    json: Json = False,
) -> None:
    """Lists products (at eBay: offers) that a shop finds for a text, in its own order."""
    from arb_pipeline.cli import render
    from arb_pipeline.services import live
    from arb_pipeline.settings import settings

    with render.progress_console(quiet=json).status(f"asking {source}"):
        products = live.search(settings(), source, query)
    if json:
        echo(render.to_json(list(products)))
    elif products:
        render.console().print(_found_table(products, f"{query!r} at {source}"))
    if not products:
        echo(f"arb: {source} finds nothing for {query!r}.", err=True)
        raise typer.Exit(1)


def _price_table(view: "LivePriceView") -> "Table":
    facts = {
        "Market price" if view.lowest is not None else "Price": _money(view.price, view.currency),
        "Lowest ask": view.lowest and _money(view.lowest, view.currency),
        "Shipping": view.shipping is not None and _money(view.shipping, view.currency),
        "Landed": view.landed is not None and _money(view.landed, view.currency),
        "Condition": view.condition,
        "In stock": view.quantity,
        "Sellers": view.seller_count,
        "At": view.url,
        "Fetched": f"{view.fetched_at:%Y-%m-%d %H:%M} UTC",
    }
    title = f"{view.title or view.product_id} ({view.source} {view.product_id})"
    return _table(title, ("", ""), [(name, str(fact)) for name, fact in facts.items() if fact])


def _found_table(products: Sequence["LiveProductView"], title: str) -> "Table":
    columns = ("Product", "Title", "Price", "At")
    rows = [(p.product_id, p.title or "-", _money(p.price, p.currency), p.url or "-") for p in products]
    return _table(title, columns, rows)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(clean(title)), title_justify="left", show_header=any(columns))
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column == "Price" else "left")
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    return table


def _money(amount: Decimal | None, currency: str | None) -> str:
    from arb_pipeline.cli import render

    return render.money(amount) if amount is None or currency == "USD" else f"{amount:,.2f} {currency}"
