"""`arb explain`: the valuation of one product and all its inputs."""

from typing import TYPE_CHECKING, Annotated

import typer

from arb_pipeline.cli.options import MOST_ROWS, DateOption, Json, to_day
from arb_pipeline.cli.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.tree import Tree

    from arb_pipeline.services.explain import CardValue, ContentsPart, ExplanationView, OfferView

SHOWN = 8
SHOWN_PARTS = 20


def explain(
    product: Annotated[str, typer.Argument(help="Part of the name, product id, or TCGplayer id.")],
    date: DateOption = None,
    top: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="Number of cards to list.")] = 12,
    json: Json = False,
) -> None:
    """Explains the valuation of a product: contents, top cards, costs, confidence, flags."""
    from arb_pipeline.cli import render
    from arb_pipeline.cli.database import reading
    from arb_pipeline.services import catalogue
    from arb_pipeline.services import explain as service
    from arb_pipeline.settings import settings

    day = to_day(date, "--date")
    with reading() as connection:
        resolved = catalogue.resolve(connection, product)
        explanation = service.explain(settings(), connection, resolved, day=day, top=top)
    if json:
        echo(render.to_json(explanation))
    else:
        _print(render.console(), explanation)


def _print(console: "Console", explanation: "ExplanationView") -> None:
    from arb_pipeline.cli.outcome import Outcome, outcome_lines
    from arb_pipeline.cli.render import money, percent, safe
    from arb_pipeline.core.valuation.confidence import MEANS as CONFIDENCE_MEANS

    v = explanation.valuation
    source = v.sealed_source
    share = None if v.priced_share is None else v.priced_share * 100
    state = "published" if v.published else "not published"
    console.print(f"[bold]{safe(v.name)}[/] ({safe(v.set_code)}), {v.as_of}: {state}: {safe(v.why)}")
    console.print(_tree(explanation))
    console.print(_cards(explanation.cards))
    if explanation.offers:
        console.print(_offers(explanation.offers))
    console.print(
        f"Gross {money(v.gross_singles_value)}, nets {money(v.singles_value)} after fees and postage "
        f"({percent(share)} of the cards have a price)\n"
        f"Listed at {money(v.sealed_list_price)}{f' at {source}' if source else ''}, "
        f"landed {money(v.sealed_price)}, "
        f"market price {money(v.market_price)}\n"
        f"Profit {money(v.profit)}, margin {percent(v.margin_percentage)}"
    )
    for way in explanation.exits:
        channel = f" at {safe(way.channel)}" if way.channel else ""
        console.print(f"  exit {way.name:<8} {money(way.value):>12}{channel}: {way.meaning}", highlight=False)
    console.print(
        f"  handling and supplies, in these nets: {money(explanation.handling_per_order)} per order, "
        f"{money(explanation.handling_per_card)} per listed card (parameters handling.*)",
        highlight=False,
    )
    for line in outcome_lines(Outcome.of_valuation(v), explanation.outcome):
        console.print(line, highlight=False)
    for factor in explanation.factors:
        note = "  no data: neutral" if factor.is_missing else ""
        console.print(f"  {factor.name:<16} {factor.score:.2f} x {factor.weight:.1f}{note}")
    console.print(f"Confidence {v.confidence_score}, risk {v.risk_level}, competition {v.competition_level}")
    console.print(f"  {CONFIDENCE_MEANS}", highlight=False)
    console.print(f"Guards that fired: {', '.join(v.flags) or 'none'}")
    for event in explanation.events[-SHOWN:]:
        console.print(f"  {event.as_of} {event.event}: {safe(event.why or '')}")


def _tree(explanation: "ExplanationView") -> "Tree":
    from rich.tree import Tree

    from arb_pipeline.cli.render import money, safe

    tree = Tree("Contents")
    _add_parts(tree, explanation.tree)
    for unknown in explanation.valuation.unknown_parts:
        tree.add(f"[red]not known:[/] {safe(unknown)}")
    values = tree.add("worth") if explanation.parts else tree
    for part in explanation.parts:
        values.add(f"{safe(part.part)}: {part.copies:,.2f} cards net {money(part.net)}")
    return tree


def _add_parts(tree: "Tree", parts: "Sequence[ContentsPart]") -> None:
    from arb_pipeline.cli.render import safe

    for part in parts[:SHOWN_PARTS]:
        count = f"{part.count} x " if part.count != 1 else ""
        chance = f", {part.chance}" if part.chance else ""
        _add_parts(tree.add(f"{count}{safe(part.label)}{chance}"), part.parts)
    if len(parts) > SHOWN_PARTS:
        tree.add(f"and {len(parts) - SHOWN_PARTS} more")


def _cards(cards: "Sequence[CardValue]") -> "Table":
    from rich.table import Table

    from arb_pipeline.cli.render import money, safe

    table = Table("Card", "Expected copies", "Price", "Nets", "Channel", "Value", header_style="bold")
    for card in cards:
        table.add_row(
            safe(card.name + (" (foil)" if card.is_foil else "")),
            f"{card.expected_copies:.4g}",
            money(card.price),
            money(card.net),
            card.channel or "no price",
            money(card.value),
        )
    return table


def _offers(offers: "Sequence[OfferView]") -> "Table":
    from rich.table import Table

    from arb_pipeline.cli.render import money

    names = ("Offered at", "Price", "Shipping", "Landed", "Sellers", "Left", "From", "Is it the price?")
    table = Table(*names)
    for offer in offers[:SHOWN_PARTS]:
        if offer.objection:
            verdict = f"no: {offer.objection.replace('_', ' ')}"
        else:
            verdict = "yes" if offer.is_price else "dearer"
        table.add_row(
            offer.source,
            money(offer.price),
            money(offer.shipping) + ("" if offer.is_shipping_told else " (default)"),
            money(offer.landed),
            _count(offer.sellers),
            _count(offer.quantity),
            f"{offer.moq} pieces" if (offer.moq or 1) > 1 else "1",
            verdict,
        )
    return table


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"
