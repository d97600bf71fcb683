"""A marketplace's order export -> sales of a buyer's purchases, in one transaction, once each.

Of the file only what was sold is kept: nothing about who bought it, and of the order's number a digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from arb_pipeline.access.audit import Actor
from arb_pipeline.contracts.errors import InvalidInputError, NotEnoughDataError
from arb_pipeline.core.params import Parameters
from arb_pipeline.core.portfolio.allocation import Allocation, OwnedCard, Sold, allocate
from arb_pipeline.core.portfolio.sale_fees import OrderItem, order_nets, shared
from arb_pipeline.core.pricing.currency import DOLLAR
from arb_pipeline.services import parameters, purchases
from arb_pipeline.services.view import Dollars, View, dollars
from arb_pipeline.settings import Settings
from arb_pipeline.sources.marketplace_orders import SoldItem, read_order_export
from arb_pipeline.storage import marketplace_files
from arb_pipeline.storage.lake import Lake
from arb_pipeline.storage.landing import Landing
from arb_pipeline.storage.postgres import portfolio_queries as queries

PRINTINGS = "catalog/printings"


class ImportedSale(View):
    """A sale that an import recorded, or would record."""

    line: int
    title: str
    product: str
    """Name of the purchase's product."""
    kind: str
    quantity: int
    gross: Dollars | None
    proceeds: Dollars
    sold_on: date


class LeftOut(View):
    """A line of the file without a sale, and why."""

    line: int
    title: str
    reason: str


class OrderImportView(View):
    """Result of an import."""

    file: str
    reading: tuple[str, ...]
    """Field: the column that it was read from."""
    is_recorded: bool
    """False: a trial, nothing is written."""
    sales: tuple[ImportedSale, ...]
    proceeds: Dollars
    already: int
    """Lines that an earlier import recorded."""
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """An item with its key, the copies not yet recorded, and its amounts in US cents."""

    item: SoldItem
    key: str
    copies: int
    gross_cents: int | None
    net_cents: int

    @property
    def sold(self) -> Sold:
        """The item with the copies to allocate."""
        item = self.item
        return Sold(item.line, item.title, item.number, item.set_name, self.copies, item.sold_on)


def import_orders(
    connection: sa.Connection,
    settings: Settings,
    actor: Actor,
    path: Path,
    *,
    channel: str,
    now: datetime,
    columns: Mapping[str, str] | None = None,
    is_trial: bool = False,
) -> OrderImportView:
    """Records the sales of an order export in the caller's transaction: all of them, or none.

    `channel`: of the parameters; its fees and postage are taken off where the file states no proceeds and no
    fees, and its currency is that of the file. `columns`: field -> header. A line that is recorded already is
    left alone. An actor without a user sells the purchases of all, where these are one buyer's. Raises
    `InvalidFileError`, `InvalidInputError` for an unknown channel or several buyers, and
    `NotEnoughDataError` without an exchange rate.
    """
    params = parameters.in_force(connection, settings, now.date())
    if channel not in params.channels:
        field = "channel"
        raise InvalidInputError(field, value=channel, allowed=", ".join(params.channels))
    export = read_order_export(path, columns, currency=params.channels[channel].currency)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("order_import"))))
    buyer = {"buyer": UUID(actor.user_id) if actor.user_id else None}
    keys = _keys(export.items, channel)
    known = connection.execute(sa.text(queries.IMPORTED), {**buyer, "keys": list(keys)}).mappings()
    done = {str(row["import_key"]).strip(): int(row["copies"]) for row in known}
    cards, names, sets = _owned(connection, settings, buyer)
    lines = _lines(connection, settings, export.items, keys, done, channel, cards)
    allocations = allocate([line.sold for line in lines], cards, sets)
    sales: list[ImportedSale] = []
    for line, allocation in zip(lines, allocations, strict=True):
        sales += _recorded(
            connection, actor, line, allocation, channel=channel, names=names, now=now, is_trial=is_trial
        )
    left_out = [LeftOut(line=sold.line, title="", reason=sold.reason) for sold in export.rejected] + [
        LeftOut(line=line.item.line, title=line.item.title, reason=sold.reason)
        for line, sold in zip(lines, allocations, strict=True)
        if sold.reason
    ]
    return OrderImportView(
        file=path.name,
        reading=export.reading,
        is_recorded=not is_trial,
        sales=tuple(sales),
        proceeds=sum((sale.proceeds for sale in sales), Decimal(0)),
        already=len(export.items) - len(lines),
        left_out=tuple(sorted(left_out, key=lambda sold: sold.line)),
    )


def _keys(items: Sequence[SoldItem], channel: str) -> list[str]:
    """Key of each line: the same line of the same order, in whatever file, has the same one."""
    seen: dict[str, int] = {}
    keys = []
    for item in items:
        parts = (channel, item.order, item.title, item.set_name, item.number, item.quantity, item.sold_on)
        text = "\n".join(map(str, (*parts, item.gross, item.fees, item.proceeds)))
        seen[text] = seen.get(text, 0) + 1
        keys.append(sha256(f"{text}\n{seen[text]}".encode()).hexdigest())
    return keys


def _owned(
    connection: sa.Connection, settings: Settings, buyer: Mapping[str, UUID | None]
) -> tuple[list[OwnedCard], dict[str, str], dict[str, str]]:
    """(what the buyer's open purchases hold, purchase -> product name, set code -> set name)."""
    numbers = _numbers(settings)
    sold = {
        (row["purchase_id"], row["card_id"]): int(row["copies"])
        for row in connection.execute(sa.text(queries.SOLD_CARDS), buyer).mappings()
    }
    cards: dict[tuple[str, str], OwnedCard] = {}
    names, sets = {}, {}
    closed = connection.execute(sa.text(queries.OWNED_CLOSED), buyer).mappings().all()
    if len({row["buyer_id"] for row in closed}) > 1:
        field = "buyer"
        raise InvalidInputError(
            field,
            allowed="one buyer: open purchases are of several",
            next_step="Name whose orders the file holds: --buyer NAME.",
        )
    for row in closed:
        day, code = row["purchased_at"].date(), row["set_code"] or ""
        names[row["purchase_id"]] = row["name"]
        sets[code] = row["set_name"] or ""
        key = (row["purchase_id"], "")
        cards[key] = OwnedCard(row["purchase_id"], day, row["name"], "", code, int(row["pieces_left"]))
    for row in connection.execute(sa.text(queries.OWNED), buyer).mappings():
        key = (row["purchase_id"], row["card_id"])
        code = row["set_code"] or ""
        sets.setdefault(code, row["set_name"] or "")
        inside = row["copies"] if row["guaranteed"] else max(row["copies"], row["draws"])
        before = cards[key].copies if key in cards else -sold.get(key, 0)
        copies = before + inside * int(row["pieces"])
        day, number = row["purchased_at"].date(), numbers.get(row["card_id"], "")
        cards[key] = OwnedCard(row["purchase_id"], day, row["name"], number, code, copies, row["card_id"])
    return [card for card in cards.values() if card.copies > 0], names, sets


def _numbers(settings: Settings) -> dict[str, str]:
    """Card -> collector number, as the catalogue has it; {} before anything is catalogued."""
    lake = Lake(settings.lake)
    if not lake.has(PRINTINGS):
        return {}
    return dict(lake.read(PRINTINGS).select("product_id", "number").unique("product_id").iter_rows())


def _lines(
    connection: sa.Connection,
    settings: Settings,
    items: Sequence[SoldItem],
    keys: Sequence[str],
    done: Mapping[str, int],
    channel: str,
    cards: Sequence[OwnedCard],
) -> list[_Line]:
    """The items that are not wholly recorded, with their amounts in US cents."""
    closed = {card.name.casefold() for card in cards if not card.card_id}
    params = {day: parameters.in_force(connection, settings, day) for day in {item.sold_on for item in items}}
    nets = _nets(items, channel, params, closed)
    currency = next(iter(params.values())).channels[channel].currency if params else DOLLAR
    rate = _rates(settings, currency)
    lines = []
    for item, key, net in zip(items, keys, nets, strict=True):
        copies = item.quantity - done.get(key, 0)
        if copies <= 0:
            continue
        gross = int(item.gross * 100) if item.gross else None
        left = [copies, item.quantity - copies]
        lines.append(
            _Line(
                item,
                key,
                copies,
                None if gross is None else shared(rate(gross, item.sold_on), left)[0],
                shared(rate(net, item.sold_on), left)[0],
            )
        )
    return lines


def _nets(
    items: Sequence[SoldItem], channel: str, params: Mapping[date, Parameters], closed: set[str]
) -> list[int]:
    """Net of each item in cents of the file's currency: as stated, less its fees, or less the channel's."""
    nets = [0] * len(items)
    by_day: dict[date, list[int]] = {}
    for at, item in enumerate(items):
        if item.proceeds is not None:
            nets[at] = int(item.proceeds * 100)
        elif item.fees is not None:
            nets[at] = int((item.gross - item.fees) * 100)
        else:
            by_day.setdefault(item.sold_on, []).append(at)
    for day, places in by_day.items():
        parts = [
            OrderItem(
                items[at].order,
                int(items[at].gross * 100),
                items[at].quantity,
                is_sealed=any(name in items[at].title.casefold() for name in closed),
            )
            for at in places
        ]
        for at, net in zip(places, order_nets(parts, channel, params[day]), strict=True):
            nets[at] = net
    return nets


def _rates(settings: Settings, currency: str) -> Any:
    """(cents of the file's currency, day) -> US cents."""
    if currency == DOLLAR:
        return lambda cents, _day: cents
    rates = marketplace_files.rates(Landing(settings.landing))

    def convert(cents: int, day: date) -> int:
        sign = -1 if cents < 0 else 1
        converted = rates.to_cents(Decimal(abs(cents)).scaleb(-2), currency, day)
        if converted is None:
            msg = f"No exchange rate of {currency} on {day} has landed."
            raise NotEnoughDataError(msg, next_step="Fetch them: `arb fetch ecb`.")
        return sign * converted

    return convert


def _recorded(
    connection: sa.Connection,
    actor: Actor,
    line: _Line,
    allocation: Allocation,
    *,
    channel: str,
    names: Mapping[str, str],
    now: datetime,
    is_trial: bool,
) -> list[ImportedSale]:
    """Sales of one line, one per purchase that its copies come from."""
    if not allocation.copies:
        return []
    weights = [*allocation.copies.values(), line.copies - sum(allocation.copies.values())]
    nets = shared(line.net_cents, weights)
    grosses = None if line.gross_cents is None else shared(line.gross_cents, weights)
    card = next(iter(allocation.card_ids)) if len(allocation.card_ids) == 1 else None
    kind: purchases.SaleKind = "sealed" if card == "" else "singles"
    made = []
    for at, (purchase_id, copies) in enumerate(allocation.copies.items()):
        gross = None if grosses is None else dollars(grosses[at])
        sale = purchases.Sale(
            proceeds=dollars(nets[at]),
            gross=gross,
            kind=kind,
            quantity=copies,
            sold_on=line.item.sold_on,
            channel=channel,
            description=line.item.title[: purchases.LONGEST_TEXT],
            single_product_id=card or None,
            import_key=line.key,
        )
        if not is_trial:
            purchases.record_sale(connection, actor, purchase_id, sale, now=now)
        made.append(
            ImportedSale(
                line=line.item.line,
                title=line.item.title,
                product=names[purchase_id],
                kind=kind,
                quantity=copies,
                gross=gross,
                proceeds=dollars(nets[at]),
                sold_on=line.item.sold_on,
            )
        )
    return made
