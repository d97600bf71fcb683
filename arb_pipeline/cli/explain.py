"""`arb explain`: everything behind one product's numbers."""

import json as jsonlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arb_pipeline.cli.options import DateOption, Json, to_day

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from rich.console import Console
    from rich.tree import Tree

    from arb_pipeline.services.explain import Explained

SHOWN = 8
SHOWN_PARTS = 20


def explain(
    product: Annotated[str, typer.Argument(help="Part of the name, our id, or the TCGplayer id.")],
    date: DateOption = None,
    top: Annotated[int, typer.Option(min=1, help="How many cards to list.")] = 12,
    json: Json = False,
) -> None:
    """Why a product is worth what it is: contents, top cards, costs, confidence, guards that fired."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.cli.resolve import pick_product
    from arb_pipeline.services.explain import explain_product
    from arb_pipeline.settings import settings
    from arb_pipeline.storage.postgres import queries

    asked = to_day(date, "--date")
    with reading() as connection:
        picked = pick_product(connection, product)
        product_id = picked["product_id"]
        day = asked or queries.latest_day(connection)
        valued = queries.valuations(connection, day=day, product_id=product_id)
        events = queries.events(connection, product_id)
        is_analysed = day is not None and queries.is_analysed(connection, day, picked["category"])
        newest = queries.latest_day(connection)
    if day is not None and not is_analysed:
        last = f"the newest analysed day is {newest}" if newest else "no day is"
        said = f"{picked['category']} was not analysed on {day}; {last}. `arb run` does it."
        typer.echo(f"arb: {said}", err=True)
        raise typer.Exit(1)
    if day is None or valued.is_empty():
        typer.echo(
            f"{picked['name']} is not valued{f' on {day}' if day else ''}: "
            "no price and no contents are known."
        )
        raise typer.Exit(1)
    explained = explain_product(settings(), valued.row(0, named=True), day=day, top=top)
    if json:
        typer.echo(jsonlib.dumps(explained.as_dict(), default=render.plain, indent=1))
        return
    _print(render.console(), explained, events, day)


def _print(console: "Console", explained: "Explained", events: "pl.DataFrame", day: "date") -> None:
    from arb_pipeline.cli.outcome import outcome_lines
    from arb_pipeline.cli.render import money, percent, safe

    v = explained.valuation
    source = v["sealed_source"]
    share = None if v["priced_share"] is None else v["priced_share"] * 100
    state = "published" if v["published"] else "not published"
    console.print(f"[bold]{safe(v['name'])}[/] ({safe(v['set_code'])}), {day}: {state}: {safe(v['why'])}")
    console.print(_tree(explained))
    console.print(_cards(explained))
    if explained.offers:
        console.print(_offers(explained))
    console.print(
        f"Gross {money(v['gross_singles_value'])}, nets {money(v['singles_value'])} after fees and postage "
        f"({percent(share)} of the cards have a price)\n"
        f"Listed at {money(v['sealed_list_price'])}{f' at {source}' if source else ''}, "
        f"landed {money(v['sealed_price'])}, "
        f"market price {money(v['market_price'])}\n"
        f"Profit {money(v['profit'])}, margin {percent(v['margin_percentage'])}"
    )
    for line in outcome_lines(v, explained.outcome):
        console.print(line, highlight=False)
    for name, column in explained.FACTORS.items():
        note = "  no data: neutral" if name in v["missing_factors"] else ""
        console.print(f"  {name:<16} {v[column]:.2f} x {explained.weights[name]:.1f}{note}")
    console.print(
        f"Confidence {v['confidence_score']}, risk {v['risk_level']}, competition {v['competition_level']}"
    )
    console.print(f"Guards that fired: {', '.join(v['flags']) or 'none'}")
    for event in events.tail(SHOWN).iter_rows(named=True):
        console.print(f"  {event['as_of']} {event['event']}: {safe(event['why'] or '')}")


def _tree(explained: "Explained") -> "Tree":
    from rich.tree import Tree

    from arb_pipeline.cli.render import safe

    tree = Tree("Contents")
    _add_parts(tree, explained.tree)
    for unknown in explained.valuation["unknown_parts"]:
        tree.add(f"[red]not known:[/] {safe(unknown)}")
    values = tree.add("worth") if explained.parts else tree
    for part in explained.parts:
        values.add(f"{safe(part['part'])}: {part['copies']:,.2f} cards net ${part['net']:,.2f}")
    return tree


def _add_parts(tree: "Tree", parts: list[dict[str, Any]]) -> None:
    from arb_pipeline.cli.render import safe

    for part in parts[:SHOWN_PARTS]:
        count = f"{part['count']} x " if part["count"] != 1 else ""
        chance = f", {part['chance']}" if part["chance"] else ""
        _add_parts(tree.add(f"{count}{safe(part['label'])}{chance}"), part["parts"])
    if len(parts) > SHOWN_PARTS:
        tree.add(f"and {len(parts) - SHOWN_PARTS} more")


def _cards(explained: "Explained") -> Any:
    from rich.table import Table

    from arb_pipeline.cli.render import money, safe

    table = Table("Card", "Expected copies", "Price", "Nets", "Channel", "Value", header_style="bold")
    for card in explained.cards:
        name = card["name"] + (" (foil)" if card["is_foil"] else "")
        value = money(card["value"])
        table.add_row(
            safe(name),
            f"{card['expected_copies']:.4g}",
            money(card["price"]),
            money(card["net"]),
            card["channel"] or "no price",
            value,
        )
    return table


def _offers(explained: "Explained") -> Any:
    from rich.table import Table

    from arb_pipeline.cli.render import money

    table = Table(
        "Offered at",
        "Price",
        "Shipping",
        "Landed",
        "Sellers",
        "Left",
        "From",
        "Is it the price?",
    )
    usable = next((offer for offer in explained.offers if offer["objection"] is None), None)
    for offer in explained.offers[:SHOWN_PARTS]:
        if offer["objection"]:
            verdict = f"no: {offer['objection'].replace('_', ' ')}"
        else:
            verdict = "yes" if offer is usable else "dearer"
        table.add_row(
            offer["source"],
            money(offer["price"]),
            money(offer["shipping"]) + ("" if offer["is_shipping_told"] else " (default)"),
            money(offer["landed"]),
            _known(offer["sellers"]),
            _known(offer["quantity"]),
            f"{offer['moq']} pieces" if (offer["moq"] or 1) > 1 else "1",
            verdict,
        )
    return table


def _known(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"
