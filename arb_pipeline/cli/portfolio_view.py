"""The portfolio in the terminal: purchases, sums, one purchase, imports, listing sheets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from arb_pipeline.services.listing_sheet import SheetView
    from arb_pipeline.services.order_import import OrderImportView
    from arb_pipeline.services.portfolio import PortfolioView, PurchaseView

MOST_LISTED = 40
"""Cards of a sheet that the terminal shows."""


def table(items: "Sequence[PurchaseView]") -> "Table":
    """A line per purchase."""
    from rich.table import Table
    from rich.text import Text

    from arb_pipeline.cli.render import money

    purchases = Table(title="Purchases, all pieces together", title_justify="left", header_style="bold")
    for name in (
        "Product",
        "Bought",
        "Left",
        "Spent",
        "Forecast",
        "p5 to p95",
        "Sold for",
        "Unsold",
        "Result",
    ):
        purchases.add_column(name, justify="left" if name in ("Product", "Bought") else "right")
    for item in items:
        result = item.realised_profit if item.is_final else item.unrealised_profit
        purchases.add_row(
            Text(item.label),
            f"{item.purchased_at:%Y-%m-%d}",
            "sold" if item.is_final else f"{item.pieces_left} of {item.quantity}",
            money(item.spent),
            money(item.forecast_profit),
            _range(item) or "-",
            money(item.proceeds),
            money(item.unsold_value),
            f"{money(result)}{'' if item.is_final else ' open'}",
        )
    return purchases


def sums(view: "PortfolioView") -> str:
    """The sums over all purchases, and how far to trust the forecasts."""
    from arb_pipeline.cli.render import money

    count = view.purchases
    returned = "" if view.realised_return is None else f" ({view.realised_return:+.1%})"
    lines = [
        f"{count} purchase{_s(count)}: spent {money(view.spent)}, sold for {money(view.proceeds)}",
        f"Realised, {view.realised_purchases} final: {money(view.realised_profit)}{returned}",
        f"  forecast of them: {money(view.realised_forecast_profit)}",
        f"Unrealised: {money(view.unrealised_profit)}, with {money(view.unsold_value)} not sold",
    ]
    if view.unmarked:
        lines.append(f"  {view.unmarked} more are not valued today")
    trust = view.calibration
    if trust.purchases:
        low, high = trust.within_low or 0.0, trust.within_high or 0.0
        lines.append(
            f"Within p5 to p95: {trust.within} of {trust.purchases} (95 % interval {low:.0%} to {high:.0%}; "
            "90 % are expected)"
        )
        below, lower, upper, above = trust.pit
        lines.append(f"Below p5, to p50, to p95, above: {below}, {lower}, {upper}, {above}")
    if trust.brier is not None:
        lines.append(
            f"{trust.profits} made a profit, at a mean P(profit) of {trust.mean_p_profit:.2f}; "
            f"Brier score {trust.brier:.3f}"
        )
    if trust.not_comparable:
        lines.append(f"{trust.not_comparable} final: resold unopened in part, so no test of the forecast")
    return "\n".join(lines)


def details(view: "PurchaseView") -> str:
    """Everything about one purchase."""
    from arb_pipeline.cli.render import money
    from arb_pipeline.core.chance import chance

    owner = f" by {view.buyer}" if view.buyer else ""
    bought = f"{view.quantity} bought on {view.purchased_at:%Y-%m-%d}{owner}"
    lines = [
        f"{view.label}: {bought} at {money(view.price)} = {money(view.spent)}",
        f"  id         {view.id}",
    ]
    if view.forecast:
        low_to_high = f" ({_range(view)})" if _range(view) else ""
        lines.append(
            f"  forecast   of {view.forecast.as_of}: nets {money(view.forecast_value)}, "
            f"profit {money(view.forecast_profit)}{low_to_high}, P(profit) {chance(view.p_profit)}"
        )
    for number, sale in enumerate(view.sales, 1):
        count = f"{sale.quantity} x " if sale.quantity else ""
        what = sale.card or sale.description or sale.kind
        fees = f", fees and postage {money(sale.fees)}" if sale.fees is not None else ""
        where = f" at {sale.channel}" if sale.channel else ""
        lines.append(f"  sale {number}: {sale.sold_on} {count}{what}{where}: {money(sale.proceeds)}{fees}")
    lines.append(f"  sold for   {money(view.proceeds)}")
    if view.is_final:
        side = {True: ", within p5 to p95", False: ", outside p5 to p95", None: ""}[view.within]
        lines.append(
            f"  result     {money(view.realised_profit)}: {money(view.error)} against the forecast{side}"
        )
    else:
        lines.append(
            f"  unsold     {view.pieces_left} of {view.quantity} pieces not sold closed or whole; worth "
            f"{money(view.unsold_value)} at today's nets; result so far {money(view.unrealised_profit)}"
        )
    return "\n".join(lines)


def imported(view: "OrderImportView") -> str:
    """Sales that an import recorded, and the lines left out."""
    from arb_pipeline.cli.render import money

    verb = "recorded" if view.is_recorded else "to record"
    lines = [f"Read {'; '.join(view.reading)}"]
    lines += [
        f"  line {sale.line}: {sale.quantity} x {sale.title} -> {sale.product} ({sale.kind}): "
        f"{money(sale.proceeds)}"
        for sale in view.sales
    ]
    lines.append(f"{len(view.sales)} sale{_s(len(view.sales))} {verb}: {money(view.proceeds)} net.")
    if view.already:
        lines.append(f"{view.already} line{_s(view.already)} recorded before.")
    if view.left_out:
        lines.append(f"{len(view.left_out)} line{_s(len(view.left_out))} left out:")
        lines += [
            f"  line {rejected.line}: {rejected.title or '-'}: {rejected.reason}"
            for rejected in view.left_out
        ]
    return "\n".join(lines)


def listing_sheet(view: "SheetView") -> str:
    """The cards of a sheet, the highest net first."""
    from arb_pipeline.cli.render import money

    lines = [f"{view.product}: {view.pieces} opened, prices of {view.as_of}, all cards net {money(view.net)}"]
    for card in view.listings[:MOST_LISTED]:
        name = f"{card.name} {card.number}{' foil' if card.is_foil else ''}"
        lines.append(
            f"  {card.copies:>3} x {name} ({card.set_code}): ask {money(card.ask)}, nets {money(card.net)} "
            f"at {card.channel or '-'}"
        )
    if len(view.listings) > MOST_LISTED:
        lines.append(f"  and {len(view.listings) - MOST_LISTED} more: --json, or --upload, has all")
    if view.drawn_copies:
        lines.append(
            f"About {view.drawn_copies:,.0f} cards of packs are unknown: list them with --pulled FILE."
        )
    lines += [f"  line {note.line} is left out: {note.reason}" for note in view.left_out]
    return "\n".join(lines)


def _range(view: "PurchaseView") -> str:
    """`low to high` of the forecast profit; '' where it is not known."""
    from arb_pipeline.cli.render import money

    if view.forecast_low is None:
        return ""
    return f"{money(view.forecast_low)} to {money(view.forecast_high)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"
